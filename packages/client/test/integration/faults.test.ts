import { describe, expect, test } from 'vitest'
import { eventsOf } from '../support/fake-client.ts'
import { type RealBroker, realBroker } from '../support/real-broker.ts'

const range = (count: number, from = 0) => Array.from({ length: count }, (_, n) => from + n)

/** All values in a topic, partition by partition. */
async function valuesOf(broker: RealBroker, topic: string): Promise<number[][]> {
  const values: number[][] = []
  const yak = broker.client()
  for await (const { partition, value } of yak.consumer<number>({ topics: [topic], follow: false })) {
    values[partition] ??= []
    values[partition].push(value)
  }
  return values
}

describe('on a bad network, against a real broker', () => {
  test('connections that break again and again: each record once, in order', async () => {
    const broker = await realBroker({ defaultPartitions: 2 })
    const yak = broker.client({ retryBackoffMaxMs: 50 })
    const retries = eventsOf(yak, 'retry')
    const producer = yak.producer({ maxBatchBytes: 2_000 })
    // Always with something under way, and never so often that nothing gets through on a slow machine.
    broker.proxy.cutEvery(3)
    const sends: Promise<unknown>[] = []
    for (const n of range(6_000)) {
      sends.push(producer.send({ topic: 't', partition: n % 2, value: n }))
      await sends[n - 200]
    }
    await Promise.all(sends)
    expect(broker.proxy.connectionCount).toBeGreaterThan(10)
    expect(retries.length).toBeGreaterThan(5)
    broker.proxy.cutEvery(Number.POSITIVE_INFINITY)
    const values = await valuesOf(broker, 't')
    expect(values[0]).toEqual(range(3_000).map((n) => n * 2))
    expect(values[1]).toEqual(range(3_000).map((n) => n * 2 + 1))
  })

  test('a consumer whose connections break: each record once, in order', async () => {
    const broker = await realBroker({ defaultPartitions: 2 })
    const producer = broker.client().producer({ maxBatchBytes: 2_000 })
    await producer.sendBatch({ topic: 't', records: range(20_000).map((n) => ({ value: n, partition: n % 2 })) })
    const yak = broker.client({ retryBackoffMaxMs: 20 })
    const connectionsBefore = broker.proxy.connectionCount
    broker.proxy.cutEvery(5)
    const seen: number[][] = [[], []]
    let count = 0
    for await (const { partition, offset } of yak.consumer({ topics: ['t'], maxFetchBytes: 4_000 })) {
      seen[partition]!.push(offset)
      if (++count === 20_000) break
    }
    expect(broker.proxy.connectionCount - connectionsBefore).toBeGreaterThan(10)
    expect(seen).toEqual([range(10_000), range(10_000)])
  })

  test('the broker stops and starts again under both: nothing lost, nothing doubled, epochs go up', async () => {
    const broker = await realBroker({ defaultPartitions: 1 })
    const yak = broker.client({ retryBackoffMaxMs: 50 })
    const changes = eventsOf(yak, 'leader-changed')
    const producer = yak.producer()
    const consumed: number[] = []
    const consuming = (async () => {
      for await (const { value } of yak.consumer<number>({ topics: ['t'], metadataRefreshMs: 50 })) {
        consumed.push(value)
        if (consumed.length === 900) break
      }
    })()
    const sends: Promise<{ epoch: number }>[] = []
    const sendHundred = () => {
      for (const n of range(100, sends.length)) sends.push(producer.send({ topic: 't', value: n }))
    }
    for (let stops = 0; stops < 3; stops++) {
      sendHundred()
      // Each life of the broker takes some: otherwise the client may never get to see the second one.
      await sends.at(-100)
      const connectionsBefore = broker.proxy.connectionCount
      const stopped = broker.stop()
      sendHundred()
      await stopped
      await expect.poll(() => broker.proxy.connectionCount).toBeGreaterThan(connectionsBefore)
      sendHundred()
      await broker.start()
      await Promise.all(sends)
    }
    const receipts = await Promise.all(sends)
    await consuming
    expect(consumed).toEqual(range(900))
    const epochs = receipts.map(({ epoch }) => epoch)
    expect(epochs).toEqual(epochs.toSorted((a, b) => a - b))
    expect(new Set(epochs).size).toBe(4)
    expect(changes.map(({ to }) => to.epoch)).toEqual([...new Set(epochs)])
  })

  test('down and up again: the sends that waited are through at once', async () => {
    const broker = await realBroker({ defaultPartitions: 1 })
    const yak = broker.client()
    const producer = yak.producer()
    await producer.send({ topic: 't', value: -1 })
    await broker.stop()
    const connectionsBefore = broker.proxy.connectionCount
    const sends = range(1_000).map((n) => producer.send({ topic: 't', value: n }))
    // Often enough in vain for the pauses between two attempts to have grown.
    await expect.poll(() => broker.proxy.connectionCount).toBeGreaterThan(connectionsBefore + 5)
    await broker.start()
    await Promise.all(sends)
    expect((await valuesOf(broker, 't'))[0]).toEqual(range(1_001, -1))
  })

  test('a connection that nobody closed: given up after requestTimeoutMs, and sent again', async () => {
    const broker = await realBroker({ defaultPartitions: 1 })
    const yak = broker.client({ requestTimeoutMs: 300 })
    const producer = yak.producer()
    await producer.send({ topic: 't', value: 0 })
    // On a busy machine the first send may have taken more than one attempt.
    const retries = eventsOf(yak, 'retry')
    broker.proxy.freeze()
    const sent = producer.send({ topic: 't', value: 1 })
    await expect.poll(() => retries[0]?.message).toMatch(/did not answer POST \/v1\/produce within 300 ms/)
    broker.proxy.cut()
    broker.proxy.thaw()
    expect((await sent).offset).toBe(1)
    expect((await valuesOf(broker, 't'))[0]).toEqual([0, 1])
  })

  test('a broker that takes nothing: sends wait, and memory stays flat', async () => {
    const broker = await realBroker({ defaultPartitions: 1 })
    const yak = broker.client({ requestTimeoutMs: 60_000 })
    const producer = yak.producer({ maxBufferBytes: 2_000_000, maxBatchBytes: 100_000, codec: 'bytes' })
    await producer.send({ topic: 't', value: Buffer.alloc(1) })
    broker.proxy.freeze()
    const value = Buffer.alloc(20_000)
    let settled = 0
    let sent = 0
    // A program that keeps thousands of sends under way, as one does. All of them encoded would be 60 MB.
    const sender = async (): Promise<void> => {
      while (sent < 3_500) {
        sent++
        await producer.send({ topic: 't', value }).then(
          () => settled++,
          () => settled++,
        )
      }
    }
    const before = process.memoryUsage().rss
    const sending = Promise.all(range(3_000).map(sender))
    await expect.poll(() => producer.bufferedBytes).toBeGreaterThan(1_900_000)
    expect([sent, settled]).toEqual([3_000, 0])
    expect(producer.bufferedBytes).toBeLessThan(2_030_000)
    expect(process.memoryUsage().rss - before).toBeLessThan(30_000_000)
    broker.proxy.thaw()
    await sending
    expect(settled).toBe(3_500)
  })

  test('await using: over long before the requests are, with a broker that is silent', async () => {
    const broker = await realBroker({ defaultPartitions: 1 })
    const outcomes: Promise<unknown>[] = []
    {
      await using yak = broker.client({ requestTimeoutMs: 120_000 })
      const producer = yak.producer()
      await producer.send({ topic: 't', value: 0 })
      const iterator = yak.consumer({ topics: ['t'] })[Symbol.asyncIterator]()
      await iterator.next()
      broker.proxy.freezeAnswers()
      for (const n of range(10)) {
        outcomes.push(producer.send({ topic: 't', value: n }).catch(({ code, outcome }) => ({ code, outcome })))
      }
      outcomes.push(iterator.next().then(({ done }) => done))
      // Of a topic that the broker was never asked for.
      outcomes.push(producer.send({ topic: 'u', value: 1 }).catch(({ code, outcome }) => ({ code, outcome })))
      await expect.poll(() => broker.endOffset('t')).toBe(11)
    }
    // 75 ms by its own clock, as producer.test.ts has it; a request may take two minutes.
    expect(await Promise.all(outcomes)).toEqual([
      ...Array(10).fill({ code: 'OUTCOME_UNKNOWN', outcome: 'unknown' }),
      true,
      { code: 'DELIVERY_ABANDONED', outcome: 'not-written' },
    ])
  })
})
