import { partitionForKey } from '@yak/protocol'
import { describe, expect, test } from 'vitest'
import { call, createTopic, endOffsets, expectProblem } from './http-json.ts'
import { newTopicName, useTarget } from './target.ts'

const target = useTarget()

async function recordsOf(topic: string, partition: number, query = '') {
  const { body } = await call(target, `/consume?topic=${topic}&partition=${partition}${query}`)
  return body.records
}

describe('POST /produce with one record', () => {
  test('creates the topic with three partitions and answers where the record is', async () => {
    const topic = newTopicName()
    const before = Date.now()
    const { status, body } = await call(target, '/produce', { body: { topic, key: 'web-1', value: { cpu: 0.7 } } })
    expect(status).toBe(200)
    expect(body).toEqual({
      topic,
      partition: partitionForKey('web-1', 3),
      offset: 0,
      epoch: expect.any(Number),
      timestamp: expect.any(Number),
    })
    expect(body.epoch).toBeGreaterThan(0)
    expect(body.timestamp).toBeGreaterThanOrEqual(before - 60_000)
    const [record] = await recordsOf(topic, body.partition)
    expect(record).toEqual({
      offset: 0,
      timestamp: body.timestamp,
      key: 'web-1',
      value: { cpu: 0.7 },
      headers: {},
      epoch: body.epoch,
    })
  })

  test.each([
    ['a number beyond a double', '12345678901234567890'],
    ['a fraction that ends in zero', '1.0'],
    ['an exponent', '1e400'],
    ['minus zero', '-0'],
    ['nested', '{"a":[1.50,{"b":9007199254740993}],"c":null}'],
    ['a string', '"plain \\u00e9 \\ud83d\\ude00"'],
    ['null', 'null'],
    ['false', 'false'],
  ])('keeps a value digit for digit: %s', async (_name, json) => {
    const topic = newTopicName()
    const produced = await call(target, '/produce', { body: `{"topic":"${topic}","partition":0,"value":${json}}` })
    expect(produced.status).toBe(200)
    const { text } = await call(target, `/consume?topic=${topic}&partition=0`)
    const sent = json.startsWith('"') ? JSON.stringify(JSON.parse(json)) : json
    expect(text).toContain(`"value":${sent},"headers"`)
  })

  test('keeps the names of fields, whatever was sent before', async () => {
    const topic = newTopicName()
    await createTopic(target, topic, 1)
    const values = [String.raw`{"h":[],"\\":0}`, String.raw`{"h":1,"\"":2}`, String.raw`{"h":1,"\n":2}`]
    for (const value of values) {
      await call(target, '/produce', { body: `{"topic":"${topic}","partition":0,"value":${value}}` })
    }
    const { text } = await call(target, `/consume?topic=${topic}&partition=0`)
    for (const value of values) expect(text).toContain(`"value":${value},`)
  })

  test('takes headers, a timestamp and a partition as they are named', async () => {
    const topic = newTopicName()
    const headers = { one: 'x', none: null, bytes: { base64: '/wA=' }, many: ['a', 'b'] }
    const record = { topic, partition: 2, timestamp: 1_700_000_000_123, headers, value: 1 }
    const { body } = await call(target, '/produce', { body: record })
    expect(body).toMatchObject({ partition: 2, timestamp: 1_700_000_000_123 })
    expect((await recordsOf(topic, 2))[0]).toMatchObject({ headers, timestamp: 1_700_000_000_123, key: null })
  })

  test('spreads records without a key over the partitions', async () => {
    const topic = newTopicName()
    const partitions = new Set<number>()
    for (let count = 0; count < 3; count++) {
      partitions.add((await call(target, '/produce', { body: { topic, value: count } })).body.partition)
    }
    expect(partitions.size).toBe(3)
  })

  test('makes one topic of many first messages', async () => {
    const topic = newTopicName()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, value) => call(target, '/produce', { body: { topic, key: 'same', value } })),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(answers.map(({ body }) => body.offset).sort((a, b) => a - b)).toEqual([...Array(20).keys()])
    const { body } = await call(target, '/topics')
    expect(body.topics.filter(({ name }: { name: string }) => name === topic)).toHaveLength(1)
  })
})

describe('POST /produce with many records', () => {
  test('answers each in its place and keeps the order of a key', async () => {
    const topic = newTopicName()
    await createTopic(target, topic)
    const records = Array.from({ length: 300 }, (_, value) => ({ key: `k${value % 5}`, value }))
    const { body } = await call(target, '/produce', { body: { topic, records } })
    expect(body.topic).toBe(topic)
    expect(body.results).toHaveLength(300)
    for (const [index, result] of body.results.entries()) {
      expect(result.partition).toBe(partitionForKey(records[index]!.key, 3))
    }
    for (let partition = 0; partition < 3; partition++) {
      const stored = await recordsOf(topic, partition)
      for (const record of stored) {
        const result = body.results[record.value]
        expect(result).toMatchObject({ partition, offset: record.offset })
      }
      const values = stored.map((record: { value: number }) => record.value)
      expect(values).toEqual(values.toSorted((a: number, b: number) => a - b))
    }
  })

  test('a record that is refused leaves the others alone', async () => {
    const topic = newTopicName()
    await createTopic(target, topic)
    const records = [{ value: 'good' }, { value: 'x', partition: 3 }, { value: 'good' }, { value: 'x', partition: -1 }]
    const { status, body } = await call(target, '/produce', { body: { topic, records } })
    expect(status).toBe(200)
    expect(body.results[0]).toMatchObject({ offset: 0 })
    expect(body.results[2]).toMatchObject({ offset: 0 })
    for (const index of [1, 3]) {
      expect(body.results[index].error).toMatchObject({
        code: 'PARTITION_OUT_OF_RANGE',
        retriable: false,
        outcome: 'not-written',
      })
    }
  })

  test('and one beside them: nothing is written, and the answer says that only one of the two may be given', async () => {
    const topic = newTopicName()
    await createTopic(target, topic)
    const answer = await call(target, '/produce', { body: { topic, value: 1, records: [{ value: 2 }] } })
    expectProblem(answer, 'INVALID_REQUEST', 400)
    expect(answer.body.detail).toContain('give either "value" or "records", not both')
    expect(answer.body.details.issues).toEqual([
      { field: 'records', message: 'give either "value" or "records", not both' },
    ])
    expect(await endOffsets(target, topic)).toEqual([0, 0, 0])
  })
})
