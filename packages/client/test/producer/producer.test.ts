import { inspect } from 'node:util'
import { LIMITS, partitionForKey, YakError } from '@yak/protocol'
import { describe, expect, test } from 'vitest'
import type { Message } from '../../src/consumer/message.ts'
import { eventsOf, fakeClient, pathsOf, until, valuesIn } from '../support/fake-client.ts'
import { rejectionOf } from '../support/rejection-of.ts'

describe('send', () => {
  test('a receipt says where the record lies', async () => {
    const { yak, cluster, clock } = fakeClient()
    await clock.advance(5_000)
    const receipt = await yak.producer().send({ topic: 'orders', key: 'a', value: { n: 1 }, partition: 2 })
    expect(receipt).toMatchObject({ topic: 'orders', partition: 2, offset: 0, epoch: 1 })
    // By the client's own clock, not the machine's.
    expect(receipt.timestamp).toBeGreaterThanOrEqual(5_000)
    expect(receipt.timestamp).toBeLessThanOrEqual(clock.wallClockMs())
    expect(valuesIn(cluster, 'orders', 2)).toEqual(['{"n":1}'])
  })

  test('a key goes where a Kafka client would put it, and every record of it there', async () => {
    const { yak } = fakeClient({ partitions: 7 })
    const producer = yak.producer()
    for (const key of ['web-1', 'Grüße', '🐂', '']) {
      const [first, second] = await Promise.all([
        producer.send({ topic: 't', key, value: 1 }),
        producer.send({ topic: 't', key: Buffer.from(key), value: 2 }),
      ])
      expect(first.partition).toBe(partitionForKey(key, 7))
      expect(second.partition).toBe(first.partition)
      expect(second.offset).toBe(first.offset! + 1)
    }
  })

  test('what is sent in one turn travels in one request', async () => {
    const { yak, cluster } = fakeClient({ partitions: 3 })
    const producer = yak.producer()
    await producer.send({ topic: 't', value: 0 })
    cluster.requests.length = 0
    await Promise.all(Array.from({ length: 500 }, (_, n) => producer.send({ topic: 't', key: `k${n}`, value: n })))
    expect(pathsOf(cluster)).toEqual(['/v1/produce'])
  })

  test('gathers while a request is under way', async () => {
    const { yak, cluster, clock } = fakeClient({ partitions: 1 })
    const producer = yak.producer()
    await producer.send({ topic: 't', value: 0 })
    cluster.requests.length = 0
    cluster.onRequest = () => ({ kind: 'delay', delayMs: 30 })
    const sends: Promise<unknown>[] = []
    for (let n = 1; n <= 10; n++) {
      sends.push(producer.send({ topic: 't', value: n }))
      await clock.sleep(1)
    }
    await Promise.all(sends)
    expect(pathsOf(cluster).length).toBeLessThanOrEqual(3)
    expect(valuesIn(cluster, 't')).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10'])
  })

  test('lingers when told to, and flush does not wait for it', async () => {
    const { yak, clock } = fakeClient()
    const producer = yak.producer({ lingerMs: 10_000 })
    const sent = producer.send({ topic: 't', value: 1 })
    await clock.sleep(30)
    expect(producer.bufferedBytes).toBeGreaterThan(0)
    await producer.flush()
    expect((await sent).offset).toBe(0)
    expect(producer.bufferedBytes).toBe(0)
  })

  test.each([
    ['topic is still looked up', {}],
    ['topic is still looked up, and which would linger', { lingerMs: 10_000 }],
    ['turn in the buffer has not come', { maxBufferBytes: 2_000, maxBatchBytes: 1_000 }],
  ])('flush waits for sends whose %s, and for nothing after', async (_, options) => {
    const { yak, cluster } = fakeClient({ partitions: 1 })
    cluster.onRequest = () => ({ kind: 'delay', delayMs: 10 })
    const producer = yak.producer(options)
    let settled = 0
    const sends = Array.from({ length: 20 }, () => producer.send({ topic: 't', value: 'x'.repeat(500) }))
    for (const send of sends) void send.then(() => settled++)
    const flushed = producer.flush()
    const later = producer.send({ topic: 't', value: 'later' })
    await flushed
    expect(settled).toBe(20)
    expect((await later).offset).toBe(20)
    expect(producer.bufferedBytes).toBe(0)
  })

  test('records of every kind: codecs, headers, no value, compressed', async () => {
    const { yak } = fakeClient({ partitions: 1 })
    const producer = yak.producer({ compression: 'gzip' })
    await producer.send({ topic: 't', value: { deep: [1, null] }, headers: { trace: 'ä', raw: Buffer.from([1]) } })
    await producer.send({ topic: 't', value: 'plain', codec: 'string', timestamp: 5 })
    await producer.send({ topic: 't', value: Buffer.from([0, 255]), codec: 'bytes' })
    await producer.send({ topic: 't', key: 'gone', value: null, codec: 'bytes' })
    await producer.send({ topic: 't', value: null })
    const messages: Message[] = []
    for await (const message of yak.consumer({ topics: ['t'], follow: false })) messages.push(message)
    expect(messages[0]!.value).toEqual({ deep: [1, null] })
    expect(messages[0]!.headers).toEqual({ trace: 'ä', raw: '\u0001' })
    expect(messages[1]).toMatchObject({ timestamp: 5, valueBytes: Buffer.from('plain') })
    expect(() => messages[1]!.value).toThrowError(expect.objectContaining({ code: 'DESERIALIZATION_FAILED' }))
    expect([...(messages[2]!.valueBytes ?? [])]).toEqual([0, 255])
    expect([messages[3]!.key, messages[3]!.valueBytes, messages[3]!.value]).toEqual(['gone', null, null])
    expect([messages[4]!.value, messages[4]!.valueBytes]).toEqual([null, Buffer.from('null')])
  })

  test('a byte order mark comes back in keys, values and headers', async () => {
    const { yak } = fakeClient({ partitions: 1 })
    const text = '\ufeffa'
    await yak.producer().send({ topic: 't', key: text, value: text, codec: 'string', headers: { [text]: text } })
    for await (const { key, value, headers } of yak.consumer({ topics: ['t'], codec: 'string', follow: false })) {
      expect([key, value, headers]).toEqual([text, text, { [text]: text }])
    }
    expect.assertions(1)
  })

  test.each([
    ['no topic', { value: 1 }, TypeError],
    ['a key that is none', { topic: 't', key: 5, value: 1 }, TypeError],
    ['a partition that is none', { topic: 't', partition: 1.5, value: 1 }, TypeError],
    ['a timestamp that is none', { topic: 't', timestamp: -1, value: 1 }, TypeError],
    ['a codec that is none', { topic: 't', codec: 'xml', value: 1 }, TypeError],
    ['a header that is none', { topic: 't', headers: { a: 1 }, value: 1 }, TypeError],
    ['a partition out of range', { topic: 't', partition: 9, value: 1 }, 'PARTITION_OUT_OF_RANGE'],
    ['a topic that cannot be', { topic: '../etc', value: 1 }, 'INVALID_TOPIC'],
    ['a value that is no JSON', { topic: 't', value: undefined }, 'SERIALIZATION_FAILED'],
    ['a value that JSON cannot hold', { topic: 't', value: 1n }, 'SERIALIZATION_FAILED'],
    ['a value of another codec', { topic: 't', value: 1, codec: 'bytes' }, 'SERIALIZATION_FAILED'],
    ['bytes as JSON, which would be an object of numbers', { topic: 't', value: Buffer.of(1) }, 'SERIALIZATION_FAILED'],
    ['a buffer as JSON, which would be {}', { topic: 't', value: new ArrayBuffer(1) }, 'SERIALIZATION_FAILED'],
    ['a key that UTF-8 cannot hold', { topic: 't', key: 'a\ud800', value: 1 }, 'SERIALIZATION_FAILED'],
    ['one with a partition', { topic: 't', key: '\ud800', partition: 0, value: 1 }, 'SERIALIZATION_FAILED'],
    ['a key that is none, with a partition', { topic: 't', key: 5, partition: 0, value: 1 }, TypeError],
    ['a text that UTF-8 cannot hold', { topic: 't', codec: 'string', value: '\udfff' }, 'SERIALIZATION_FAILED'],
    ['a header that UTF-8 cannot hold', { topic: 't', headers: { a: '\udfff' }, value: 1 }, 'SERIALIZATION_FAILED'],
    ['a name that UTF-8 cannot hold', { topic: 't', headers: { '\udfff': 'a' }, value: 1 }, 'SERIALIZATION_FAILED'],
    ['too much', { topic: 't', value: 'x'.repeat(LIMITS.maxRecordBytes) }, 'RECORD_TOO_LARGE'],
    ['too much in UTF-8', { topic: 't', value: '€'.repeat(LIMITS.maxRecordBytes / 2.5) }, 'RECORD_TOO_LARGE'],
    ['headers that are a text', { topic: 't', headers: 'a=b', value: 1 }, TypeError],
    ['headers that are a list', { topic: 't', headers: ['a'], value: 1 }, TypeError],
    ['headers in a Map, which would be none', { topic: 't', headers: new Map([['a', 'b']]), value: 1 }, TypeError],
    ['headers that are null', { topic: 't', headers: null, value: 1 }, TypeError],
    ['nothing at all', undefined, TypeError],
  ])('refuses %s, and only that', async (_what, message, expected) => {
    const { yak } = fakeClient()
    const producer = yak.producer()
    const [error, receipt] = await Promise.all([
      rejectionOf(producer.send(message as never)),
      producer.send({ topic: 't', value: 'good' }),
    ])
    if (typeof expected === 'string') expect(error).toMatchObject({ code: expected, outcome: 'not-written' })
    else expect(error).toBeInstanceOf(expected)
    expect(receipt.offset).toBe(0)
  })

  test('a record larger than a batch travels alone', async () => {
    const { yak } = fakeClient({ partitions: 1 })
    const producer = yak.producer({ maxBatchBytes: 1_000 })
    const sizes = [10, 50_000, 10, 900_000, 10]
    const receipts = await Promise.all(sizes.map((size) => producer.send({ topic: 't', value: 'x'.repeat(size) })))
    expect(receipts.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4])
  })
})

test('a field that a message does not have is refused: a key spelled wrong would be no key', async () => {
  const { yak, cluster } = fakeClient()
  const producer = yak.producer()
  await expect(producer.send({ topic: 't', value: 1, kay: 'a' } as never)).rejects.toThrow(
    new TypeError(
      'A message of send() has no option `kay`. It has: topic, value, key, partition, headers, timestamp, codec.',
    ),
  )
  expect(cluster.topics.size).toBe(0)
  const all = { topic: 't', value: 1, key: null, partition: 0, headers: {}, timestamp: 1, codec: undefined }
  expect(await producer.send(all)).toMatchObject({ offset: 0 })
  // What it has from its class, as a message of one's own may, is not among its fields.
  class Reading {
    readonly topic = 't'
    readonly value = 2
    get unit(): string {
      return 'V'
    }
  }
  expect(await producer.send(new Reading())).toMatchObject({ partition: expect.any(Number) })
})

describe('sendBatch', () => {
  test('receipts in the order of the records', async () => {
    const { yak } = fakeClient({ partitions: 4 })
    const records = Array.from({ length: 1_000 }, (_, n) => ({ key: `k${n % 50}`, value: n }))
    const receipts = await yak.producer({ maxBatchBytes: 2_000 }).sendBatch({ topic: 't', records })
    expect(receipts).toHaveLength(1_000)
    for (const [index, { partition, offset }] of receipts.entries()) {
      expect(partition).toBe(partitionForKey(`k${index % 50}`, 4))
      expect(offset).toBeTypeOf('number')
    }
    expect(await yak.producer().sendBatch({ topic: 't', records: [] })).toEqual([])
  })

  test('a field that it does not know is refused, of a record too, and nothing is sent', async () => {
    const { yak, cluster } = fakeClient({ partitions: 4 })
    for (const name of ['kay', 'topic']) {
      const records = [{ value: 1 }, { value: 2, [name]: 'a' }]
      await expect(yak.producer().sendBatch({ topic: 't', records })).rejects.toThrow(
        new TypeError(
          `A record of sendBatch() has no option \`${name}\`. It has: value, key, partition, headers, timestamp.`,
        ),
      )
    }
    expect(cluster.topics.size).toBe(0)
    const messages = { topic: 't', records: [{ value: 1 }], codek: 'json' }
    await expect(yak.producer().sendBatch(messages)).rejects.toThrow(
      new TypeError('sendBatch() has no option `codek`. It has: topic, records, codec.'),
    )
  })

  test.each([undefined, null, 5, 'a'])(
    'a record that is %j is a wrong argument, and nothing is sent',
    async (record) => {
      const { yak, cluster } = fakeClient()
      const records = [{ value: 1 }, record as never]
      await expect(yak.producer().sendBatch({ topic: 't', records })).rejects.toThrow(
        new TypeError(
          `A record of sendBatch() takes an object with value, key, partition, headers, timestamp, not ${JSON.stringify(record)}.`,
        ),
      )
      expect(cluster.topics.size).toBe(0)
    },
  )

  test('each record has its own fate', async () => {
    const { yak } = fakeClient()
    const error = await rejectionOf(
      yak.producer().sendBatch({ topic: 't', records: [{ value: 1 }, { value: undefined }, { value: 3 }] }),
    )
    expect(error).toMatchObject({ code: 'SERIALIZATION_FAILED', details: { written: 2, notWritten: 1, unknown: 0 } })
    const results = error.details.results as unknown[]
    expect(results[0]).toMatchObject({ offset: 0 })
    expect(YakError.is(results[1])).toBe(true)
    // A thousand of them would bury the reason.
    expect(inspect(error), 'what is printed when nobody catches it').not.toContain('results:')
  })
})

describe('sendBatch with a wrong argument in it', () => {
  test('the other records are sent, and the failure counts what is written', async () => {
    const { yak } = fakeClient()
    const producer = yak.producer()
    await producer.send({ topic: 't', value: 0 })
    const records = [{ value: 1, partition: 1.5 }, { value: 2 }]
    const error = await rejectionOf(producer.sendBatch({ topic: 't', records }))
    expect(error).toMatchObject({ code: 'INVALID_RECORD', details: { written: 1, notWritten: 1, unknown: 0 } })
    const alone = await rejectionOf(producer.sendBatch({ topic: 't', records: records.slice(0, 1) }))
    expect(alone).toMatchObject({ code: 'INVALID_RECORD', outcome: 'not-written' })
  })
})

describe('retries', () => {
  test.each(['lose-request', 'lose-answer', 'hang'] as const)('%s: written once, in order', async (kind) => {
    const { yak, cluster } = fakeClient({ partitions: 2 })
    const retries = eventsOf(yak, 'retry')
    const producer = yak.producer({ maxBatchBytes: 256 })
    let produced = 0
    cluster.onRequest = ({ path }) => (path === '/v1/produce' && ++produced % 4 === 2 ? { kind } : undefined)
    const sends = Array.from({ length: 60 }, (_, n) => producer.send({ topic: 't', partition: n % 2, value: n }))
    const receipts = await Promise.all(sends)
    const numbers = (partition: number) => valuesIn(cluster, 't', partition).map(Number)
    expect(numbers(0)).toEqual(Array.from({ length: 30 }, (_, n) => n * 2))
    expect(numbers(1)).toEqual(Array.from({ length: 30 }, (_, n) => n * 2 + 1))
    for (const [n, { partition, offset }] of receipts.entries()) expect(numbers(partition)[offset!]).toBe(n)
    expect(retries.length).toBeGreaterThan(0)
  })

  test('refusals for now are waited out', async () => {
    const { yak, cluster } = fakeClient()
    let left = 6
    cluster.onEntry = () => (left-- > 0 ? { code: 'NOT_ENOUGH_REPLICAS' } : undefined)
    expect((await yak.producer().send({ topic: 't', value: 1 })).offset).toBe(0)
    left = 3
    cluster.onRequest = ({ path }) =>
      path === '/v1/produce' && left-- > 0 ? { kind: 'problem', code: 'OVERLOADED' } : undefined
    expect((await yak.producer().send({ topic: 't', value: 1 })).epoch).toBe(1)
  })

  test('without idempotence: at least once, one request at a time', async () => {
    const { yak, cluster } = fakeClient({ partitions: 1 })
    const producer = yak.producer({ idempotent: false, maxBatchBytes: 256 })
    let isLost = false
    cluster.onRequest = ({ path }) => {
      if (path !== '/v1/produce' || isLost) return undefined
      isLost = true
      return { kind: 'lose-answer' }
    }
    await Promise.all(
      Array.from({ length: 9 }, (_, n) => producer.send({ topic: 't', value: `${n}${'x'.repeat(90)}` })),
    )
    const values = valuesIn(cluster, 't').map((text) => Number(text[1]))
    expect([...new Set(values)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    expect(values.length).toBeGreaterThan(9)
    expect(pathsOf(cluster)).not.toContain('/v1/producer-ids')
  })

  test('an outcome that is not known is never told as failed', async () => {
    const { yak, cluster } = fakeClient({ partitions: 1 })
    const failures = eventsOf(yak, 'delivery-failed')
    cluster.onEntry = () => ({ code: 'REQUEST_TIMED_OUT', isWritten: true })
    const producer = yak.producer({ deliveryTimeoutMs: 150 })
    const error = await rejectionOf(producer.send({ topic: 't', value: 1 }))
    expect(error).toMatchObject({ code: 'DELIVERY_TIMEOUT', outcome: 'unknown' })
    expect(failures).toMatchObject([{ topic: 't', partition: 0, recordCount: 1, outcome: 'unknown' }])
    expect(valuesIn(cluster, 't')).toEqual(['1'])
    // What was given up was written after all: the sequence has no gap, and nothing need be begun anew.
    cluster.onEntry = () => undefined
    expect(await producer.send({ topic: 't', value: 2 })).toMatchObject({ offset: 1 })
  })

  test('a batch given up and not written: the next goes on under a higher epoch', async () => {
    const { yak, cluster } = fakeClient({ partitions: 1 })
    const raised = eventsOf(yak, 'producer-epoch-raised')
    const producer = yak.producer({ deliveryTimeoutMs: 150 })
    await producer.send({ topic: 't', value: 0 })
    cluster.onEntry = () => ({ code: 'REQUEST_TIMED_OUT' })
    expect(await rejectionOf(producer.send({ topic: 't', value: 1 }))).toMatchObject({ outcome: 'unknown' })
    cluster.onEntry = () => undefined
    await producer.send({ topic: 't', value: 2 })
    // An attempt may have been under way at the deadline and be written after all: that is what unknown means.
    if (valuesIn(cluster, 't').includes('1')) {
      expect(valuesIn(cluster, 't')).toEqual(['0', '1', '2'])
      return
    }
    expect(raised).toMatchObject([{ topic: 't', partition: 0, producerEpoch: 1 }])
    expect(valuesIn(cluster, 't')).toEqual(['0', '2'])
  })

  test('a broker that has forgotten the producer', async () => {
    const { yak, cluster } = fakeClient({ partitions: 1 })
    const producer = yak.producer()
    await producer.send({ topic: 't', value: 0 })
    cluster.topic('t').partitions[0]!.forgetProducers()
    expect(await producer.send({ topic: 't', value: 1 })).toMatchObject({ offset: 1 })
    expect(valuesIn(cluster, 't')).toEqual(['0', '1'])
  })
})

describe('topics', () => {
  test('created on first use, unless switched off', async () => {
    const { yak, cluster } = fakeClient()
    const careful = yak.producer({ createTopics: false })
    expect(await rejectionOf(careful.send({ topic: 'new', value: 1 }))).toMatchObject({
      code: 'UNKNOWN_TOPIC',
      outcome: 'not-written',
    })
    expect(cluster.topics.size).toBe(0)
    await yak.producer().send({ topic: 'new', value: 1 })
    // It is there now, and the careful one looks again.
    expect((await careful.send({ topic: 'new', value: 2 })).topic).toBe('new')
  })

  test('deleted and created again: what follows goes to the new one', async () => {
    const { yak, cluster, clock } = fakeClient({ partitions: 1 })
    const producer = yak.producer()
    await producer.send({ topic: 't', value: 'old' })
    cluster.topics.delete('t')
    cluster.createTopic('t', 3)
    const receipts = await Promise.all([
      producer.send({ topic: 't', value: 'a', partition: 0 }),
      producer.send({ topic: 't', value: 'b', partition: 0 }),
    ])
    expect(receipts.map(({ offset }) => offset)).toEqual([0, 1])
    await until(clock, () => true)
    expect((await producer.send({ topic: 't', value: 'c', partition: 2 })).partition).toBe(2)
    expect(valuesIn(cluster, 't')).toEqual(['"a"', '"b"'])
  })

  test('created again with fewer partitions: what was for another is refused, and names those there are', async () => {
    const { yak, cluster } = fakeClient({ partitions: 3 })
    const producer = yak.producer()
    await producer.send({ topic: 't', value: 'old' })
    cluster.topics.delete('t')
    cluster.createTopic('t', 2)
    const error = await rejectionOf(producer.send({ topic: 't', value: 1, partition: 2 }))
    expect(error).toMatchObject({ code: 'PARTITION_OUT_OF_RANGE', details: { partition: 2, partitionCount: 2 } })
    expect(error.message).toContain('it has 0 to 1')
  })

  test('deleted for good: refused, with nothing left behind', async () => {
    const { yak, cluster, clock } = fakeClient({ createsTopics: false })
    cluster.createTopic('t')
    const producer = yak.producer()
    await producer.send({ topic: 't', value: 1 })
    cluster.topics.delete('t')
    expect(await rejectionOf(producer.send({ topic: 't', value: 2 }))).toMatchObject({ code: 'UNKNOWN_TOPIC' })
    await until(clock, () => producer.bufferedBytes === 0, 'an empty buffer')
  })
})
