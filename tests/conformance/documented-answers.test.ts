import { beforeAll, describe, expect, test } from 'vitest'
import { DocumentedAnswers, type GivenAnswer } from './documented-answers.ts'
import { call, createTopic, expectDocumented, expectProblem } from './http-json.ts'
import { newTopicName, useTarget } from './target.ts'

/** `call` and the frames' requests hold every answer of this suite against the document; here is what else a path answers. */

const target = useTarget()
let document: DocumentedAnswers

beforeAll(async () => {
  document = await DocumentedAnswers.of(target.url)
})

test('messages of a subscription, with headers and epoch', async () => {
  const topic = newTopicName()
  await createTopic(target, topic, 1)
  await call(target, '/produce', { body: { topic, key: 'k', value: 1, headers: { a: ['b', 'c'] } } })
  const { id } = (await call(target, '/api/subscribe', { body: { topic, partition: 0 } })).body
  const [message] = (await call(target, `/api/messages/${id}`)).body.messages
  expect(message).toMatchObject({ topic, headers: { a: ['b', 'c'] }, epoch: expect.any(Number) })
  await call(target, '/api/subscriptions')
  await call(target, `/api/unsubscribe/${id}`, { method: 'DELETE' })
})

test('an upload, its rows and a message of the pages', async () => {
  const topic = newTopicName()
  const form = new FormData()
  form.append('file', new Blob(['host,cpu\nweb-1,0.7\nweb-2\n']), 'rows.csv')
  const response = await fetch(new URL('/api/upload', target.url), { method: 'POST', body: form })
  const text = await response.text()
  await expectDocumented(target, '/api/upload', 'POST', response, text)
  const { uploadId } = JSON.parse(text) as { uploadId: string }
  expect((await call(target, '/api/send_batch', { body: { topic, uploadId, keyField: 'host' } })).body).toMatchObject({
    sent: 1,
    failed: 1,
  })
  expect((await call(target, '/api/send', { body: { topic, value: 1 } })).status).toBe(200)
})

test('metrics, as JSON and as Prometheus asks for them', async () => {
  expect((await call(target, '/metrics')).body.metrics.length).toBeGreaterThan(10)
  const text = await call(target, '/metrics', { headers: { accept: 'text/plain;version=0.0.4' } })
  expect(text.headers.get('content-type')).toContain('text/plain')
  expect(text.body).toContain('# TYPE')
})

test.each([
  '/health',
  '/cluster',
  '/metadata/leader',
  '/topics',
  '/v1/metadata',
  '/v1/broker-state',
  '/v1/journal',
  '/v1/broker-config',
  '/v1/broker-log',
  '/v1/counter-history',
  '/api/leader',
  '/api/topics',
])('%s', async (path) => {
  expect((await call(target, path)).status).toBe(200)
  expectProblem(await call(target, `${path}?nope=1`), 'INVALID_REQUEST', 400)
})

describe('an answer is refused', () => {
  const given = (changed: Partial<GivenAnswer>): GivenAnswer => ({
    method: 'GET',
    path: '/api/topics',
    status: 200,
    headers: new Headers({ 'content-type': 'application/json; charset=utf-8' }),
    text: '{"topics":[{"name":"a","partitions":1}]}',
    ...changed,
  })

  test('not when it is as documented', () => {
    document.expectDocumented(given({}))
  })

  test.each<[string, Partial<GivenAnswer>, string]>([
    ['an unknown field', { text: '{"topics":[{"name":"a","partitions":1,"more":1}]}' }, 'is as the document says'],
    ['a missing field', { text: '{"topics":[{"name":"a"}]}' }, 'is as the document says'],
    ['a field of another type', { text: '{"topics":[{"name":"a","partitions":"1"}]}' }, 'is as the document says'],
    ['another status', { status: 202 }, '202 is documented'],
    ['another content type', { headers: new Headers({ 'content-type': 'text/plain' }) }, 'is documented as'],
    ['no problem where nothing is', { path: '/nothing', status: 404 }, 'application/problem+json'],
    ['no location where it leads elsewhere', { path: '/consume', status: 307 }, 'location'],
  ])('with %s', (_name, changed, message) => {
    expect(() => document.expectDocumented(given(changed))).toThrow(message)
  })
})
