import { beforeAll, describe, expect, test } from 'vitest'
import { call, createTopic } from './http-json.ts'
import { newTopicName, useTarget } from './target.ts'

const target = useTarget()

// biome-ignore lint/suspicious/noExplicitAny: a JSON document, looked at from outside
let document: any

beforeAll(async () => {
  document = (await call(target, '/openapi.json')).body
})

/** Every path that a broker has: of the JSON forms, the pages and docs/protocol.md. */
const operations = [
  'get /health',
  'post /produce',
  'get /consume',
  'get /topics',
  'post /topics',
  'get /topics/{topic}',
  'delete /topics/{topic}',
  'get /topics/{topic}/histogram',
  'get /metrics',
  'get /metadata/leader',
  'get /cluster',
  'get /leader',
  'get /',
  'post /v1/produce',
  'post /v1/fetch',
  'get /v1/metadata',
  'post /v1/producer-ids',
  'post /v1/offsets',
  'get /api/leader',
  'get /api/topics',
  'post /api/send',
  'post /api/upload',
  'post /api/send_batch',
  'post /api/subscribe',
  'get /api/subscriptions',
  'get /api/messages/{id}',
  'delete /api/unsubscribe/{id}',
]

test('every path is in the document', () => {
  expect(document.openapi).toMatch(/^3\.1\./)
  for (const operation of operations) {
    const [method, path] = operation.split(' ') as [string, string]
    expect(document.paths[path]?.[method], operation).toMatchObject({ summary: expect.any(String) })
  }
})

test('every reference leads somewhere', () => {
  const names = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
    (match) => match[1]!,
  )
  expect(names.length).toBeGreaterThan(10)
  for (const name of names) expect(document.components.schemas, name).toHaveProperty([name])
})

describe('the examples work', () => {
  const resolved = (schema: { $ref?: string }) =>
    schema.$ref === undefined ? schema : document.components.schemas[schema.$ref.split('/').at(-1)!]

  /** The example bodies of a path, one for each form that its body may have. */
  const examplesOf = (path: string): unknown[] => {
    const schema = resolved(document.paths[path].post.requestBody.content['application/json'].schema)
    return (schema.anyOf ?? [schema]).flatMap((form: object) => resolved(form).examples ?? [])
  }

  test('POST /topics', async () => {
    const examples = examplesOf('/topics')
    expect(examples.length).toBeGreaterThan(0)
    for (const example of examples) {
      const name = newTopicName()
      const { status } = await call(target, '/topics', { body: { ...(example as object), name } })
      expect(status).toBe(201)
    }
  })

  test('POST /produce', async () => {
    const examples = examplesOf('/produce')
    expect(examples.length).toBeGreaterThanOrEqual(2)
    for (const example of examples) {
      expect((await call(target, '/produce', { body: { ...(example as object), topic: newTopicName() } })).status).toBe(
        200,
      )
    }
  })

  test('POST /v1/offsets', async () => {
    for (const example of examplesOf('/v1/offsets')) {
      expect((await call(target, '/v1/offsets', { body: example })).status).toBe(200)
    }
  })

  test('GET /topics/:topic/histogram with the examples of its parameters', async () => {
    const topic = newTopicName()
    await createTopic(target, topic, 3)
    await call(target, '/produce', { body: { topic, records: [{ value: 1 }, { value: 2 }] } })
    const operation = document.paths['/topics/{topic}/histogram'].get
    const given: [string, string][] = operation.parameters
      .filter((parameter: { in: string }) => parameter.in === 'query')
      .map(({ name, example, schema }: { name: string; example?: string; schema: { default?: number } }) => [
        name,
        String(example ?? schema.default),
      ])
    expect(Object.fromEntries(given)).toEqual({ partitions: '0,2', buckets: '60' })
    const answer = await call(target, `/topics/${topic}/histogram?${new URLSearchParams(given)}`)
    expect(answer.status).toBe(200)
    const [example] = resolved(operation.responses['200'].content['application/json'].schema).examples
    expect(Object.keys(answer.body).toSorted()).toEqual(Object.keys(example).toSorted())
    expect(answer.body.partitions.map((each: { partition: number }) => each.partition)).toEqual([0, 2])
    expect(Object.keys(answer.body.partitions[0]).toSorted()).toEqual(Object.keys(example.partitions[0]).toSorted())
  })

  test('GET /consume with the examples of its parameters', async () => {
    const topic = newTopicName()
    await createTopic(target, topic, 1)
    await call(target, '/produce', { body: { topic, records: Array.from({ length: 50 }, (_, value) => ({ value })) } })
    const offset = document.paths['/consume'].get.parameters.find(({ name }: { name: string }) => name === 'offset')
    const examples = Object.values(offset.examples as Record<string, { value: unknown }>).map(({ value }) => value)
    expect(examples.length).toBeGreaterThanOrEqual(3)
    for (const value of examples) {
      const { status } = await call(target, `/consume?topic=${topic}&partition=0&offset=${value}`)
      expect(status, String(value)).toBe(200)
    }
  })
})
