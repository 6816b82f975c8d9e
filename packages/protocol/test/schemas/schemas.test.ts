import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { LIMITS, parseJsonExact, YakError } from '../../src/index.ts'
import * as schemas from '../../src/schemas/index.ts'

const { parseRequest } = schemas
const named = (Object.entries(schemas) as [string, unknown][]).filter((entry): entry is [string, z.ZodType] =>
  entry[0].endsWith('Schema'),
)
const requests = named.filter(([name]) => /(Request|Query|Parameters|Config)Schema$/.test(name))

const errorOf = (schema: z.ZodType, value: unknown, part: 'body' | 'query' = 'body'): YakError | undefined => {
  try {
    parseRequest(schema, value, part)
  } catch (error) {
    if (YakError.is(error, 'INVALID_REQUEST')) return error
    throw error
  }
  return undefined
}

const messageOf = (schema: z.ZodType, value: unknown, part: 'body' | 'query' = 'body'): string =>
  errorOf(schema, value, part)?.message ?? 'no error'

describe('every schema', () => {
  test.each(named)('%s has its examples right', (_, schema) => {
    for (const example of (schema.meta()?.examples ?? []) as unknown[]) {
      expect(schema.safeParse(example).error).toBeUndefined()
    }
  })

  test.each(named)('%s can stand in an OpenAPI document', (_, schema) => {
    expect(() => z.toJSONSchema(schema, { io: 'input' })).not.toThrow()
  })

  test('has a name of its own there', () => {
    const ids = named.flatMap(([, schema]) => schema.meta()?.id ?? [])
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('every request', () => {
  test.each(requests)('%s refuses a field it does not know', (_, schema) => {
    expect(messageOf(schema, { noSuchField: 1 })).toContain('unknown field "noSuchField"')
  })

  test.each(requests)('%s refuses what is no object', (_, schema) => {
    for (const value of [null, 'text', 5, [], true, undefined]) expect(schema.safeParse(value).success).toBe(false)
  })
})

describe('produce', () => {
  const { produceRequestSchema } = schemas

  test('one record, or many', () => {
    expect(parseRequest(produceRequestSchema, { topic: 't', value: null }, 'body')).toEqual({ topic: 't', value: null })
    const many = { topic: 't', records: [{ value: 1, key: 'k', partition: 0, headers: { a: 'b' }, timestamp: 5 }] }
    expect(parseRequest(produceRequestSchema, many, 'body')).toEqual(many)
  })

  test('numbers of fields are numbers, however they are written; the value stays as it is', () => {
    const body = parseJsonExact('{"topic":"t","partition":2.0,"timestamp":1.7e12,"value":{"cpu":1.50}}')
    const parsed = parseRequest(produceRequestSchema, body, 'body')
    expect(parsed).toMatchObject({ partition: 2, timestamp: 1_700_000_000_000 })
    expect(JSON.stringify(parsed)).toContain('{"cpu":1.50}')
  })

  test.each([
    [{}, 'topic: missing; value: missing'],
    [{ topic: 't' }, 'value: missing'],
    [{ topic: 5, value: 1 }, 'topic: give a string, not 5'],
    [{ topic: 't', value: 1, partition: '0' }, 'partition: give a whole number, not "0"'],
    [{ topic: 't', value: 1, partition: 0.5 }, 'partition: give a whole number, not 0.5'],
    [{ topic: 't', value: 1, key: 5 }, 'key: give a string, not 5'],
    [{ topic: 't', value: 1, timestamp: -1 }, 'timestamp: give at least 0.'],
    [{ topic: 't', value: 1, partition: 2 ** 63 }, 'wrong: partition: give a number from 0 to 999. '],
    [{ topic: 't', value: 1, timestamp: Number.POSITIVE_INFINITY }, 'timestamp: give a whole number, not Infinity'],
    [{ topic: 't', value: 1, key: { a: 1 } }, 'key: give a string, not an object'],
    [{ topic: 't', value: 1, headers: [] }, 'headers: give an object, not a list'],
    [{ topic: 't', value: 1, key: 'a\ud800' }, 'key: it has half of a surrogate pair'],
    [{ topic: 't', value: 1, headers: { a: 'x', b: ['\udfff'] } }, 'headers.b: it has half of a surrogate pair'],
    [{ topic: 't', value: 1, headers: { '\ud800': 'x' } }, 'it has half of a surrogate pair'],
    [{ topic: 't', value: 1, valeu: 2 }, 'unknown field "valeu"'],
    [{ topic: 't', records: [] }, 'records: give at least 1 item.'],
    [{ topic: 't', records: [{ value: 1 }, { key: 'k' }] }, 'records[1].value: missing'],
    [{ topic: 't', records: [{ value: 1, topic: 'u' }] }, 'records[0]: unknown field "topic"'],
    [{ topic: 't', value: 1, records: [{ value: 1 }] }, 'wrong: records: give either "value" or "records", not both. '],
    [{ topic: 't', value: 1, records: 'x' }, 'wrong: records: give either "value" or "records", not both. '],
    [{ topic: 't', key: 'k', records: [{ value: 1 }] }, 'wrong: records: give either "key" or "records", not both. '],
    [
      { topic: 't', value: 1, key: 'k', records: [{ value: 1 }], colour: 2 },
      'wrong: records: give either "value", "key" or "records", not both. ',
    ],
    [{ topic: 't', value: 1, headers: { a: 5 } }, 'headers.a: Give a string, null'],
    [{ topic: 't', value: 1, headers: { a: ['x', 5] } }, 'headers.a[1]: Give a string'],
    [5, 'Give an object with topic and value, or with topic and records'],
    [{ topic: 't', value: 1, headers: { a: { base64: '*' } } }, 'headers.a.base64: '],
    [{ topic: 't', value: 1, headers: JSON.parse('{"__proto__":"x"}') }, 'can not be named __proto__'],
  ])('%j', (body, problem) => {
    expect(messageOf(produceRequestSchema, body)).toContain(problem)
  })

  test('an answer is not much longer than a sentence, whatever was sent', () => {
    const records = Array.from({ length: LIMITS.maxJsonRecordsPerRequest }, () => ({ value: 1, x: 1 }))
    const manyFields = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`f${index}`, 1]))
    for (const body of [
      { topic: 't', records },
      { topic: 't', value: 1, ...manyFields },
      { topic: 't', value: 1, ['q'.repeat(100_000)]: 1 },
      { topic: 't', value: 1, key: ['q'.repeat(100_000)] },
      { topic: 't', value: 1, partition: 'q'.repeat(100_000) },
      { topic: 't', value: 1, headers: { ['q'.repeat(100_000)]: 5 } },
    ]) {
      const error = errorOf(produceRequestSchema, body)
      expect(error?.message.length).toBeLessThan(600)
      expect(JSON.stringify(error?.details).length).toBeLessThan(10_000)
    }
    expect(messageOf(produceRequestSchema, { topic: 't', value: 1, ...manyFields })).toContain('"f4" and 1995 more')
  })

  test('of the headers of a record the first that is wrong is told, however many are', () => {
    const wrong = Object.fromEntries(Array.from({ length: 90 }, (_, index) => [`h${index}`, ['x', index, 1]]))
    const issuesOf = (headers: object) =>
      errorOf(produceRequestSchema, { topic: 't', records: [{ value: 1, headers }] })?.details?.['issues']
    expect(issuesOf(wrong)).toEqual([
      { field: 'records[0].headers.h0[1]', message: expect.stringContaining('Give a string, null') },
    ])
    expect(issuesOf({ a: Array.from({ length: 90 }, () => ({ base64: '*' })) })).toHaveLength(1)
    expect(issuesOf(Object.fromEntries(Array.from({ length: 90 }, (_, index) => [`${index}`, '\ud800'])))).toHaveLength(
      1,
    )
  })

  test('of more headers than a record may have, one too many is left', () => {
    const count = (headers: object) => {
      const parsed = parseRequest(produceRequestSchema, { topic: 't', value: 1, headers }, 'body')
      return 'value' in parsed ? Object.values(parsed.headers ?? {}).flat().length : undefined
    }
    const names = (length: number) => Object.fromEntries(Array.from({ length }, (_, index) => [`h${index}`, 'x']))
    expect(count(names(LIMITS.maxHeadersPerRecord))).toBe(LIMITS.maxHeadersPerRecord)
    expect(count(names(5_000))).toBe(LIMITS.maxHeadersPerRecord + 1)
    expect(count({ first: 'x', a: new Array(5_000).fill('x') })).toBe(LIMITS.maxHeadersPerRecord + 1)
    expect(count({ ...Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`e${index}`, []])), a: 'x' })).toBe(
      1,
    )
  })

  test('too many records', () => {
    const records = Array.from({ length: LIMITS.maxJsonRecordsPerRequest + 1 }, () => ({ value: 1 }))
    expect(messageOf(produceRequestSchema, { topic: 't', records })).toContain('records: give at most 10000 items')
  })

  test('names a few of many problems, and lists all', () => {
    const records = Array.from({ length: 20 }, () => ({ value: 1, key: 5 }))
    try {
      parseRequest(produceRequestSchema, { topic: 't', records }, 'body')
      expect.unreachable()
    } catch (error) {
      expect(YakError.is(error, 'INVALID_REQUEST') && error.message).toContain('and 15 more')
      expect((error as YakError).details.issues).toHaveLength(20)
    }
  })

  test('names beyond its own rules are left to the broker, which has a code for each', () => {
    expect(messageOf(produceRequestSchema, { topic: '../etc', value: 1, partition: -5 })).toBe('no error')
  })
})

describe('consume', () => {
  const { consumeQuerySchema } = schemas

  test('has defaults', () => {
    expect(parseRequest(consumeQuerySchema, { topic: 't', partition: '0' }, 'query')).toEqual({
      topic: 't',
      partition: 0,
      offset: 'earliest',
      limit: LIMITS.defaultConsumeRecords,
      maxBytes: LIMITS.defaultFetchBytes,
      maxWaitMs: 0,
    })
  })

  test.each([
    ['42', 42],
    ['-1', -1],
    ['latest', 'latest'],
    ['2026-01-31T10:00:00Z', { timestampMs: Date.UTC(2026, 0, 31, 10) }],
  ])('offset %s', (offset, position) => {
    expect(parseRequest(consumeQuerySchema, { topic: 't', partition: '0', offset }, 'query').offset).toEqual(position)
  })

  test.each([
    [{ partition: '0' }, 'topic: missing'],
    [{ topic: 't' }, 'partition: missing'],
    [{ topic: 't', partition: 'a' }, 'partition: '],
    [{ topic: 't', partition: '' }, 'partition: '],
    [{ topic: 't', partition: ['0', '1'] }, 'partition: '],
    [{ topic: 't', partition: '0', offset: 'yesterday' }, '"yesterday" is no offset'],
    [{ topic: 't', partition: '0', offset: '2026-02-30T00:00:00Z' }, 'is no offset'],
    [
      { topic: 't', partition: '0', offset: ['1', '2'] },
      'offset: give a whole number, earliest, latest or an ISO time such as 2026-01-31T10:00:00Z, not a list',
    ],
    [{ topic: 't', partition: '0', limit: '0' }, 'limit: give at least 1.'],
    [{ topic: 't', partition: '0', limit: '10001' }, 'limit: give at most 10000.'],
    [{ topic: 't', partition: '0', maxWaitMs: '30001' }, 'maxWaitMs: give at most 30000.'],
    [{ topic: 't', partition: '0', maxBytes: '1e3' }, 'maxBytes: '],
  ])('%j', (query, problem) => {
    expect(messageOf(consumeQuerySchema, query, 'query')).toContain(problem)
  })
})

describe('topics', () => {
  const { createTopicRequestSchema } = schemas

  test('with settings, or without', () => {
    const body = {
      name: 'orders',
      partitions: 6,
      config: { retentionMs: -1, retentionBytes: 1, segmentBytes: 1_048_576, flush: 'interval', flushIntervalMs: 50 },
    }
    expect(parseRequest(createTopicRequestSchema, body, 'body')).toEqual(body)
    expect(parseRequest(createTopicRequestSchema, { name: 'orders' }, 'body')).toEqual({ name: 'orders' })
  })

  test.each([
    [{ name: 'a', config: { retentionMs: 0 } }, 'config.retentionMs: Give -1 for no limit, or 1 or more'],
    [{ name: 'a', config: { retentionMs: -5 } }, 'wrong: config.retentionMs: Give -1 for no limit, or 1 or more. '],
    [{ name: 'a', config: { flush: 'never' } }, 'config.flush: '],
    [{ name: 'a', config: { retention: 5 } }, 'config: unknown field "retention"'],
    [{ name: 'a', partitions: 1.5 }, 'partitions: '],
  ])('%j', (body, problem) => {
    expect(messageOf(createTopicRequestSchema, body)).toContain(problem)
  })
})

describe('the pages', () => {
  test('an upload or rows, and not both', () => {
    const { sendBatchRequestSchema } = schemas
    const rows = [{ host: 'web-1', cpu: 0.7 }]
    expect(messageOf(sendBatchRequestSchema, { topic: 't', rows, keyField: 'host' })).toBe('no error')
    expect(messageOf(sendBatchRequestSchema, { topic: 't', uploadId: 'u' })).toBe('no error')
    expect(messageOf(sendBatchRequestSchema, { topic: 't', uploadId: 'u', rows })).toContain(
      'rows: give either "uploadId" or "rows", not both',
    )
    expect(messageOf(sendBatchRequestSchema, { topic: 't' })).toContain('wrong: give either "uploadId" or "rows". ')
    expect(messageOf(sendBatchRequestSchema, { keyField: 5 })).toContain(
      'wrong: topic: missing; keyField: give a string, not 5; give either "uploadId" or "rows". ',
    )
    expect(messageOf(sendBatchRequestSchema, { topic: 't', rows: [5] })).toContain('rows[0]: give an object of fields')
    const odd = JSON.parse('{"topic":"t","rows":[{"__proto__":"x","a":1}]}')
    expect(JSON.stringify(parseRequest(sendBatchRequestSchema, odd, 'body'))).toContain('{"__proto__":"x","a":1}')
    expect(messageOf(sendBatchRequestSchema, { topic: 't', rows: [] })).toContain('rows: give at least 1 item.')
  })

  test('a subscription begins at the earliest record unless told otherwise', () => {
    const { subscribeRequestSchema } = schemas
    const body = { topic: 't', partition: 0 }
    expect(parseRequest(subscribeRequestSchema, body, 'body')).toEqual({ ...body, offset: 'earliest' })
    expect(parseRequest(subscribeRequestSchema, { ...body, offset: 5 }, 'body').offset).toBe(5)
  })
})

describe('/v1/', () => {
  test('metadata of some topics, or of all', () => {
    const { metadataQuerySchema } = schemas
    expect(parseRequest(metadataQuerySchema, {}, 'query')).toEqual({ create: false })
    expect(parseRequest(metadataQuerySchema, { topics: 'a,b', create: 'true' }, 'query')).toEqual({
      topics: ['a', 'b'],
      create: true,
    })
    expect(messageOf(metadataQuerySchema, { create: 'yes' }, 'query')).toContain('create: ')
    expect(messageOf(metadataQuerySchema, { topics: 'a,'.repeat(1_001) }, 'query')).toContain(
      'topics: give at most 1000 items',
    )
  })

  test('offsets by name or time', () => {
    const { offsetsRequestSchema } = schemas
    const topicId = '0195d7b3-2f1a-7abc-8def-0123456789ab'
    for (const at of ['earliest', 'latest', 1_767_225_600_000]) {
      expect(messageOf(offsetsRequestSchema, { partitions: [{ topicId, partition: 0, at }] })).toBe('no error')
    }
    expect(messageOf(offsetsRequestSchema, { partitions: [{ topicId: 'x', partition: 0, at: 0 }] })).toContain(
      'partitions[0].topicId: ',
    )
    expect(messageOf(offsetsRequestSchema, { partitions: [{ topicId, partition: 0, at: 'noon' }] })).toContain(
      'partitions[0].at: Give earliest, latest or milliseconds since 1970',
    )
  })
})
