import { partitionForKey } from '@yak/protocol'
import { describe, expect, test } from 'vitest'
import { realBroker } from '../support/real-broker.ts'

const range = (count: number, from = 0) => Array.from({ length: count }, (_, n) => from + n)

describe('against a real broker', () => {
  test('20,000 keyed records: each once, every key in one partition, in the order sent', async () => {
    const broker = await realBroker()
    const yak = broker.client()
    const producer = yak.producer()
    const keys = range(17).map((n) => `host-${n}`)
    const receipts = await Promise.all(
      range(20_000).map((n) => producer.send({ topic: 'metrics', key: keys[n % 17]!, value: { n } })),
    )
    const seen = new Map<string, number[]>()
    for await (const message of yak.consumer<{ n: number }>({ topics: ['metrics'], follow: false })) {
      expect(message.partition).toBe(partitionForKey(message.key!, 3))
      expect(receipts[message.value.n]).toMatchObject({ partition: message.partition, offset: message.offset })
      seen.set(message.key!, [...(seen.get(message.key!) ?? []), message.value.n])
    }
    expect(seen.size).toBe(17)
    for (const [index, key] of keys.entries()) {
      expect(seen.get(key)).toEqual(range(20_000).filter((n) => n % 17 === index))
    }
  })

  test.each(['none', 'gzip', 'zstd'] as const)('sendBatch and batches, compression %s', async (compression) => {
    const yak = (await realBroker()).client()
    const producer = yak.producer({ compression, codec: 'string' })
    const records = range(10_000).map((n) => ({ value: `value ${n}`, headers: { n: String(n) }, timestamp: n }))
    const receipts = await producer.sendBatch({ topic: 't', records })
    expect(new Set(receipts.map(({ partition, offset }) => `${partition}:${offset}`)).size).toBe(10_000)
    let count = 0
    for await (const batch of yak.consumer({ topics: ['t'], codec: 'string', follow: false }).batches()) {
      for (const message of batch) {
        expect(message.value).toBe(`value ${message.timestamp}`)
        expect(message.headers).toEqual({ n: String(message.timestamp) })
      }
      count += batch.length
    }
    expect(count).toBe(10_000)
  })

  test('batches that unpack to far more than was fetched are handed out in pieces of a bounded size', async () => {
    const yak = (await realBroker({ defaultPartitions: 1 })).client()
    const producer = yak.producer({ compression: 'zstd', codec: 'string' })
    const value = 'x'.repeat(1_000_000)
    await Promise.all(range(50).map((n) => producer.send({ topic: 't', value, timestamp: n })))
    const seen: number[] = []
    for await (const { messages } of yak.consumer({ topics: ['t'], codec: 'string', follow: false }).batches()) {
      expect(messages.length).toBeLessThanOrEqual(18)
      seen.push(...messages.map(({ offset }) => offset))
    }
    expect(seen).toEqual(range(50))
  })

  test('bytes of every length, up to the largest record', async () => {
    const yak = (await realBroker()).client()
    const producer = yak.producer({ codec: 'bytes' })
    const sizes = [0, 1, 127, 128, 8_191, 8_192, 65_536, 300_000, 1_048_576]
    for (const size of sizes) await producer.send({ topic: 't', partition: 0, value: Buffer.alloc(size, size) })
    const lengths: number[] = []
    for await (const message of yak.consumer<Uint8Array>({ topics: ['t'], codec: 'bytes', follow: false })) {
      expect(message.value.every((byte) => byte === message.value[0])).toBe(true)
      lengths.push(message.value.length)
    }
    expect(lengths).toEqual(sizes)
  })

  test('from an offset, a time, the end; seek; positions', async () => {
    const yak = (await realBroker({ defaultPartitions: 1 })).client()
    const producer = yak.producer()
    for (const n of range(100)) void producer.send({ topic: 't', value: n, timestamp: 1_000_000 + n * 10 })
    await producer.flush()
    const first = async (from: Parameters<typeof yak.consumer>[0]['from']) => {
      for await (const message of yak.consumer({ topics: ['t'], ...(from === undefined ? {} : { from }) })) {
        return message.value
      }
      return undefined
    }
    expect(await first(undefined)).toBe(0)
    expect(await first(42)).toBe(42)
    expect(await first(new Date(1_000_555))).toBe(56)
    const consumer = yak.consumer({ topics: ['t'], from: 90 })
    const seen: unknown[] = []
    for await (const { value } of consumer) {
      if (seen.push(value) === 2) consumer.seek({ topic: 't', partition: 0, to: 98 })
      if (value === 99) break
    }
    expect(seen).toEqual([90, 91, 98, 99])
    expect(consumer.positions()).toEqual([
      { topic: 't', partition: 0, offset: 100, highWatermark: 100, isPaused: false },
    ])
    await expect(first(101)).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
  })

  test('many topics with long names, whose list fills more than one request', async () => {
    const yak = (await realBroker({ defaultPartitions: 1 })).client()
    const topics = range(200).map((n) => `${'long-'.repeat(45)}${n}`)
    await yak.producer().send({ topic: topics[199]!, value: 'found' })
    const lookUp = yak.consumer({ topics, follow: false })
    await expect(lookUp[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' })
    const consumer = yak.consumer({ topics, missingTopic: 'wait' })
    expect((await consumer[Symbol.asyncIterator]().next()).value?.value).toBe('found')
  })

  test('a record on its way from send to loop, again and again', async () => {
    const yak = (await realBroker()).client()
    await yak.admin().createTopic({ topic: 't', partitions: 3 })
    const producer = yak.producer()
    const consumer = yak.consumer({ topics: ['t'], from: 'latest' })
    const iterator = consumer[Symbol.asyncIterator]()
    let received = iterator.next()
    // Until it knows where the end is: what is sent before that is not its to read.
    await expect.poll(() => consumer.positions().filter(({ offset }) => offset === 0).length).toBe(3)
    for (const n of range(50)) {
      await producer.send({ topic: 't', value: n })
      expect((await received).value?.value).toBe(n)
      received = iterator.next()
    }
    await consumer.close()
    expect((await received).done).toBe(true)
  })

  test('many topics and partitions in one producer and one consumer', async () => {
    const yak = (await realBroker()).client()
    const admin = yak.admin()
    for (const n of range(10)) await admin.createTopic({ topic: `t${n}`, partitions: 20 })
    const producer = yak.producer()
    await Promise.all(
      range(4_000).map((n) => producer.send({ topic: `t${n % 10}`, partition: Math.floor(n / 10) % 20, value: n })),
    )
    const values: number[] = []
    for await (const { value } of yak.consumer<number>({ topics: [/^t\d$/], follow: false })) values.push(value)
    expect(values.sort((a, b) => a - b)).toEqual(range(4_000))
  })

  test('what a broker refuses: with its code, and the neighbours are written', async () => {
    const broker = await realBroker({ autoCreateTopics: false, maxRecordBytes: 10_000 })
    const yak = broker.client()
    const producer = yak.producer()
    await expect(producer.send({ topic: 'none', value: 1 })).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' })
    await yak.admin().createTopic({ topic: 't', partitions: 1 })
    const results = await Promise.allSettled(
      range(9).map((n) => producer.send({ topic: 't', value: n === 4 ? 'x'.repeat(20_000) : n })),
    )
    expect(results.map((result) => (result.status === 'fulfilled' ? result.value.offset : result.reason.code))).toEqual(
      [0, 1, 2, 3, 'RECORD_TOO_LARGE', 4, 5, 6, 7],
    )
  })

  test('a topic deleted and created again, under a producer and a consumer', async () => {
    const yak = (await realBroker({ defaultPartitions: 1 })).client()
    const producer = yak.producer()
    await producer.send({ topic: 't', value: 'old' })
    const consumer = yak.consumer({ topics: ['t'], metadataRefreshMs: 50 })
    const iterator = consumer[Symbol.asyncIterator]()
    expect((await iterator.next()).value?.value).toBe('old')
    // Whether it looks between the two or after both.
    const next = expect(iterator.next()).rejects.toMatchObject({ code: expect.stringMatching(/^UNKNOWN_TOPIC(_ID)?$/) })
    await yak.admin().deleteTopic('t')
    await yak.admin().createTopic({ topic: 't', partitions: 1 })
    expect((await producer.send({ topic: 't', value: 'new' })).offset).toBe(0)
    await next
  })
})
