import { encodeRecordBatch } from '@yak/protocol'
import { beforeAll, describe, expect, test } from 'vitest'
import { produce } from './frames.ts'
import { call, createTopic, expectProblem } from './http-json.ts'
import { newTopicName, useTarget } from './target.ts'

const target = useTarget()
const topic = newTopicName()
let topicId = ''

const consume = (query: string) => call(target, `/consume?topic=${topic}&partition=0${query}`)

beforeAll(async () => {
  topicId = (await createTopic(target, topic, 2)).id
  for (const start of [0, 10, 20]) {
    const batch = encodeRecordBatch(
      Array.from({ length: 10 }, (_, index) => ({
        key: `k${start + index}`,
        value: String(start + index),
        timestamp: 1_000_000 + (start + index) * 1_000,
      })),
    )
    const [result] = await produce(target, [{ topicId, partition: 0, batch }])
    expect(result).toMatchObject({ error: null, baseOffset: start })
  }
})

describe('GET /consume', () => {
  test('reads from the earliest unless told', async () => {
    const { body } = await consume('')
    expect(body).toMatchObject({ topic, partition: 0, nextOffset: 30, logStartOffset: 0, highWatermark: 30 })
    expect(body.records.map(({ value }: { value: number }) => value)).toEqual([...Array(30).keys()])
  })

  test('begins in the middle of a batch and stops at the limit', async () => {
    const { body } = await consume('&offset=13&limit=9')
    expect(body.records.map(({ offset }: { offset: number }) => offset)).toEqual([13, 14, 15, 16, 17, 18, 19, 20, 21])
    expect(body.nextOffset).toBe(22)
  })

  test('one batch comes however small maxBytes is, and nextOffset goes on', async () => {
    const seen: number[] = []
    for (let offset = 0; offset < 30; ) {
      const { body } = await consume(`&offset=${offset}&maxBytes=1`)
      expect(body.records.length).toBeGreaterThan(0)
      seen.push(...body.records.map((record: { value: number }) => record.value))
      offset = body.nextOffset
    }
    expect(seen).toEqual([...Array(30).keys()])
  })

  test('what unpacks to far more than it is comes in answers of a bounded size, each record once', async () => {
    const packed = newTopicName()
    const { id } = await createTopic(target, packed, 1)
    const value = JSON.stringify('x'.repeat(60_000))
    const records = Array.from({ length: 250 }, () => ({ key: null, value, timestamp: 1 }))
    const batch = encodeRecordBatch(records, { compression: 'zstd' })
    expect(batch.length).toBeLessThan(10_000)
    const sent = await produce(target, Array(4).fill({ topicId: id, partition: 0, batch }))
    expect(sent.map(({ baseOffset }) => baseOffset)).toEqual([0, 250, 500, 750])
    let answers = 0
    for (let offset = 0; offset < 1_000; answers++) {
      const { body, text } = await call(target, `/consume?topic=${packed}&partition=0&offset=${offset}&limit=10000`)
      expect(text.length).toBeLessThan(20_000_000)
      const got = body.records.map((record: { offset: number }) => record.offset)
      expect(got).toEqual(Array.from({ length: got.length }, (_, index) => offset + index))
      expect(body.nextOffset).toBe(offset + got.length)
      offset = body.nextOffset
    }
    expect(answers).toBeGreaterThan(1)
  })

  test('at the end there is nothing, at once', async () => {
    const { body } = await consume('&offset=30')
    expect(body).toMatchObject({ records: [], nextOffset: 30 })
    expect((await consume('&offset=latest')).body).toMatchObject({ records: [], nextOffset: 30 })
  })

  test('a time finds the first record at or after it', async () => {
    expect((await consume(`&offset=${new Date(1_015_000).toISOString()}&limit=1`)).body.records[0].offset).toBe(15)
    expect((await consume(`&offset=${new Date(1_014_001).toISOString()}&limit=1`)).body.records[0].offset).toBe(15)
    expect((await consume(`&offset=${new Date(2_000_000).toISOString()}`)).body).toMatchObject({
      records: [],
      nextOffset: 30,
    })
  })

  test('shows bytes that are not JSON as text, and what is not text in base64', async () => {
    const batch = encodeRecordBatch([
      { key: new Uint8Array([0xff, 0]), value: 'not json', timestamp: 0 },
      { key: null, value: new Uint8Array([0xfe, 0xed]), timestamp: 0 },
      { key: '', value: null, timestamp: 0 },
      { key: null, value: '', timestamp: 0 },
    ])
    await produce(target, [{ topicId, partition: 1, batch }])
    const { body } = await call(target, `/consume?topic=${topic}&partition=1`)
    const [text, bytes, tombstone, empty] = body.records
    expect(text).toMatchObject({ key: '/wA=', keyEncoding: 'base64', value: 'not json', encoding: 'utf8' })
    expect(bytes).toMatchObject({ key: null, value: '/u0=', encoding: 'base64' })
    expect(tombstone).toMatchObject({ key: '', value: null })
    expect(tombstone).not.toHaveProperty('encoding')
    expect(empty).toMatchObject({ value: '', encoding: 'utf8' })
  })
})

describe('waiting', () => {
  test('wakes on the commit of the first record', async () => {
    const name = newTopicName()
    await createTopic(target, name, 1)
    const waiting = call(target, `/consume?topic=${name}&partition=0&offset=latest&maxWaitMs=30000`)
    const started = performance.now()
    await call(target, '/produce', { body: { topic: name, value: 'now' } })
    const { body } = await waiting
    expect(body.records).toMatchObject([{ value: 'now', offset: 0 }])
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  test('answers empty at the deadline', async () => {
    const name = newTopicName()
    await createTopic(target, name, 1)
    const started = performance.now()
    const { body } = await call(target, `/consume?topic=${name}&partition=0&maxWaitMs=150`)
    expect(body.records).toEqual([])
    expect(performance.now() - started).toBeGreaterThanOrEqual(140)
  })

  test('ends when the topic is deleted', async () => {
    const name = newTopicName()
    await createTopic(target, name, 1)
    const waiting = call(target, `/consume?topic=${name}&partition=0&maxWaitMs=30000`)
    // The poll must be waiting before the topic goes: a request that came later could not be told from one that did.
    await call(target, `/topics/${name}`)
    await call(target, `/topics/${name}`, { method: 'DELETE' })
    const answer = await waiting
    expect([404]).toContain(answer.status)
    expect(['UNKNOWN_TOPIC', 'UNKNOWN_TOPIC_ID']).toContain(answer.body.code)
  })
})

describe('bad input', () => {
  test.each([
    ['offset=-1', 'OFFSET_OUT_OF_RANGE', 416],
    ['offset=31', 'OFFSET_OUT_OF_RANGE', 416],
    ['offset=9007199254740991', 'OFFSET_OUT_OF_RANGE', 416],
    ['offset=9007199254740993', 'INVALID_REQUEST', 400],
    ['offset=yesterday', 'INVALID_REQUEST', 400],
    ['offset=2026-02-30', 'INVALID_REQUEST', 400],
    ['limit=0', 'INVALID_REQUEST', 400],
    ['limit=1e3', 'INVALID_REQUEST', 400],
    ['maxBytes=-1', 'INVALID_REQUEST', 400],
    ['maxWaitMs=30001', 'INVALID_REQUEST', 400],
    ['colour=red', 'INVALID_REQUEST', 400],
    ['limit=1&limit=2', 'INVALID_REQUEST', 400],
  ])('%s', async (query, code, status) => {
    expectProblem(await consume(`&${query}`), code, status)
  })

  test('a partition the topic does not have', async () => {
    for (const partition of ['2', '-1', '2147483647']) {
      expectProblem(await call(target, `/consume?topic=${topic}&partition=${partition}`), 'PARTITION_OUT_OF_RANGE', 404)
    }
    expectProblem(await call(target, `/consume?topic=${topic}&partition=one`), 'INVALID_REQUEST', 400)
    expectProblem(await call(target, `/consume?topic=${topic}`), 'INVALID_REQUEST', 400)
  })

  test('a topic that does not exist, or cannot', async () => {
    expectProblem(await call(target, '/consume?topic=nowhere&partition=0'), 'UNKNOWN_TOPIC', 404)
    for (const name of ['..', 'a/b', '', 'a%00b', '__metadata', 'x'.repeat(250)]) {
      expectProblem(await call(target, `/consume?topic=${name}&partition=0`), 'INVALID_TOPIC', 400)
    }
  })
})
