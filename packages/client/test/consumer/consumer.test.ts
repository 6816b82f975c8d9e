import { describe, expect, test } from 'vitest'
import type { Message } from '../../src/consumer/message.ts'
import { eventsOf, fakeClient, pathsOf, until } from '../support/fake-client.ts'
import { fill, range, take } from '../support/reading.ts'

const valuesOf = (messages: Message<unknown>[]) => messages.map(({ value }) => value)

describe('where it begins', () => {
  test('earliest, latest, an offset, a time', async () => {
    const { yak, clock } = fakeClient({ partitions: 1 })
    const producer = yak.producer()
    for (const value of range(6)) await producer.send({ topic: 't', value, timestamp: 1_000 * value })
    const first = async (from: never) => (await take(yak.consumer({ topics: ['t'], from }), 1))[0]!.value
    expect(await first('earliest' as never)).toBe(0)
    expect(await first(2 as never)).toBe(2)
    expect(await first('3' as never)).toBe(3)
    expect(await first({ offset: 4 } as never)).toBe(4)
    expect(await first({ timestamp: 2_001 } as never)).toBe(3)
    expect(await first(new Date(5_000) as never)).toBe(5)
    expect(await first('1970-01-01T00:00:04Z' as never)).toBe(4)
    const latest = take(yak.consumer({ topics: ['t'], from: 'latest' }), 1)
    await clock.sleep(50)
    await producer.send({ topic: 't', value: 'new' })
    expect(valuesOf(await latest)).toEqual(['new'])
  })

  test('by default at the beginning; a single partition from where it says', async () => {
    const { yak } = fakeClient({ partitions: 2 })
    await fill(yak, 't', 3, 0)
    await fill(yak, 't', 3, 1)
    const consumer = yak.consumer({ partitions: [{ topic: 't', partition: 1, from: 1 }] })
    expect((await take(consumer, 2)).map(({ partition, offset }) => [partition, offset])).toEqual([
      [1, 1],
      [1, 2],
    ])
  })

  test.each([
    [{}],
    [{ topics: [] }],
    [{ topics: [5] }],
    [{ topics: ['t'], from: -1 }],
    [{ topics: ['t'], from: 'soon' }],
    [{ topics: ['t'], from: new Date('never') }],
    [{ topics: ['t'], from: {} }],
    [{ topics: ['t'], codec: 'xml' }],
    [{ topics: ['t'], maxWaitMs: -1 }],
    [{ partitions: [{ topic: 't', partition: -1 }] }],
    [{ topics: ['t'], groupId: 'g' }],
  ])('refuses %j', (options) => {
    const { yak } = fakeClient()
    expect(() => yak.consumer(options as never)).toThrow(TypeError)
  })
})

describe('what it hands out', () => {
  test('every record once, in order, through small fetches', async () => {
    const { yak } = fakeClient({ partitions: 3 })
    for (const partition of range(3)) await fill(yak, 't', 200, partition)
    const messages = await take(yak.consumer({ topics: ['t'], maxFetchBytes: 2_000 }), 600)
    for (const partition of range(3)) {
      const own = messages.filter((message) => message.partition === partition)
      expect(own.map(({ offset }) => offset)).toEqual(range(200))
    }
  })

  test('batches: of one partition, with what is known of it', async () => {
    const { yak } = fakeClient({ partitions: 2 })
    await fill(yak, 't', 50, 0)
    await fill(yak, 't', 50, 1)
    let count = 0
    const next = [0, 0]
    for await (const batch of yak.consumer({ topics: ['t'], follow: false }).batches()) {
      expect(batch.firstOffset).toBe(next[batch.partition])
      expect(batch).toMatchObject({ topic: 't', highWatermark: 50, logStartOffset: 0 })
      expect([...batch]).toHaveLength(batch.length)
      next[batch.partition] = batch.lastOffset + 1
      count += batch.length
    }
    expect(count).toBe(100)
  })

  test('without follow: ends where the partitions ended, also when there is more by then', async () => {
    const { yak } = fakeClient({ partitions: 2 })
    await fill(yak, 't', 20)
    const values: unknown[] = []
    for await (const message of yak.consumer({ topics: ['t'], follow: false })) {
      if (values.length === 0) await fill(yak, 't', 20)
      values.push(message.value)
    }
    expect(values).toEqual(range(20))
    const empty = yak.consumer({ partitions: [{ topic: 't', partition: 1 }], follow: false })
    expect(await empty[Symbol.asyncIterator]().next()).toEqual({ value: undefined, done: true })
  })

  test('without follow, looped over again: on to the end of then, with nothing left out', async () => {
    const { yak } = fakeClient({ partitions: 1 })
    await fill(yak, 't', 50)
    const consumer = yak.consumer({ topics: ['t'], follow: false, maxFetchBytes: 600 })
    const offsets = (await take(consumer, 7)).map(({ offset }) => offset)
    offsets.push(...(await take(consumer, 999)).map(({ offset }) => offset))
    expect(offsets).toEqual(range(50))
    await fill(yak, 't', 5)
    expect((await take(consumer, 999)).map(({ offset }) => offset)).toEqual(range(5, 50))
  })

  test('a message that is no JSON fails when it is looked at, and the loop goes on', async () => {
    const { yak } = fakeClient({ partitions: 1 })
    const producer = yak.producer({ codec: 'string' })
    await producer.sendBatch({ topic: 't', records: [{ value: 'not json' }, { value: '7' }] })
    const [bad, good] = await take(yak.consumer({ topics: ['t'] }), 2)
    expect(() => bad!.value).toThrow(expect.objectContaining({ code: 'DESERIALIZATION_FAILED' }))
    expect(good!.value).toBe(7)
    expect(JSON.parse(JSON.stringify(good))).toMatchObject({ topic: 't', offset: 1, key: null, value: 7, headers: {} })
  })

  test('next called many times at once', async () => {
    const { yak } = fakeClient({ partitions: 1 })
    await fill(yak, 't', 10)
    const iterator = yak.consumer({ topics: ['t'], follow: false })[Symbol.asyncIterator]()
    const results = await Promise.all(range(12).map(() => iterator.next()))
    expect(results.map(({ value }) => value?.offset)).toEqual([...range(10), undefined, undefined])
  })
})

describe('one long-poll', () => {
  test('wakes on the first record of any partition', async () => {
    const { yak, cluster, clock } = fakeClient({ partitions: 20 })
    cluster.createTopic('t')
    const producer = yak.producer()
    await producer.send({ topic: 'u', value: 0 })
    const received = take(yak.consumer({ topics: ['t'], maxWaitMs: 30_000 }), 1)
    await clock.sleep(100)
    const fetches = pathsOf(cluster).filter((path) => path === '/v1/fetch').length
    expect(fetches).toBe(1)
    const startMs = clock.nowMs()
    await producer.send({ topic: 't', partition: 13, value: 'now' })
    expect((await received)[0]).toMatchObject({ partition: 13 })
    expect(clock.nowMs() - startMs).toBeLessThan(200)
  })

  test('a quiet partition does not delay a busy one, nor a busy one a quiet one', async () => {
    const { yak } = fakeClient({ partitions: 2 })
    await fill(yak, 't', 500, 0)
    await fill(yak, 't', 1, 1)
    const messages = await take(yak.consumer({ topics: ['t'], maxFetchBytes: 1_000, maxWaitMs: 30_000 }), 501)
    expect(messages.findIndex(({ partition }) => partition === 1)).toBeLessThan(100)
  })

  test('prefetches no more than it may', async () => {
    const { yak, cluster, clock } = fakeClient({ partitions: 1 })
    await fill(yak, 't', 1_000)
    const fetchesBefore = pathsOf(cluster).filter((path) => path === '/v1/fetch').length
    const iterator = yak
      .consumer({ topics: ['t'], maxFetchBytes: 1_000, maxPrefetchBytes: 3_000 })
      [Symbol.asyncIterator]()
    await iterator.next()
    await clock.sleep(150)
    const fetches = pathsOf(cluster).filter((path) => path === '/v1/fetch').length - fetchesBefore
    expect(fetches).toBeGreaterThan(1)
    expect(fetches).toBeLessThan(6)
    await iterator.return?.()
  })
})

describe('loops', () => {
  test('one after another: each goes on where the last ended', async () => {
    const { yak } = fakeClient({ partitions: 1 })
    await fill(yak, 't', 30)
    const consumer = yak.consumer({ topics: ['t'] })
    expect(valuesOf(await take(consumer, 7))).toEqual(range(7))
    expect(consumer.positions()).toEqual([{ topic: 't', partition: 0, offset: 7, highWatermark: 30, isPaused: false }])
    expect(valuesOf(await take(consumer, 5))).toEqual(range(5, 7))
    for await (const batch of consumer.batches()) {
      expect(batch.firstOffset).toBe(12)
      break
    }
  })

  test('two at once: refused', async () => {
    const { yak } = fakeClient({ partitions: 1 })
    await fill(yak, 't', 3)
    const consumer = yak.consumer({ topics: ['t'] })
    const first = consumer[Symbol.asyncIterator]()
    await first.next()
    await expect(consumer[Symbol.asyncIterator]().next()).rejects.toThrow(TypeError)
    expect((await first.next()).value?.offset).toBe(1)
  })

  test('left: nothing is fetched any more', async () => {
    const { yak, cluster, clock } = fakeClient({ partitions: 1 })
    await fill(yak, 't', 3)
    await take(yak.consumer({ topics: ['t'], maxWaitMs: 20 }), 3)
    await clock.sleep(50)
    cluster.requests.length = 0
    await clock.sleep(150)
    expect(pathsOf(cluster)).toEqual([])
  })

  test('close ends the loop; a signal ends it with its reason', async () => {
    const { yak, clock } = fakeClient({ partitions: 1 })
    await fill(yak, 't', 3)
    const consumer = yak.consumer({ topics: ['t'] })
    clock.setTimer(() => void consumer.close(), 50)
    expect(valuesOf(await take(consumer, 99))).toEqual(range(3))
    await expect(take(consumer, 1)).rejects.toMatchObject({ code: 'CLIENT_CLOSED' })

    const controller = new AbortController()
    const signalled = take(yak.consumer({ topics: ['t'], signal: controller.signal }), 99)
    clock.setTimer(() => controller.abort(new Error('enough')), 50)
    await expect(signalled).rejects.toThrow('enough')
    await expect(take(yak.consumer({ topics: ['t'], signal: controller.signal }), 1)).rejects.toThrow('enough')
  })

  test('closing the client ends it, in 100 ms, also with a silent broker', async () => {
    const { yak, cluster, clock } = fakeClient({ partitions: 1 })
    await fill(yak, 't', 3)
    const consumed = take(yak.consumer({ topics: ['t'] }), 99)
    await clock.sleep(50)
    cluster.brokers[0]!.isFrozen = true
    const startMs = clock.nowMs()
    await yak.close()
    expect(await consumed).toHaveLength(3)
    expect(clock.nowMs() - startMs).toBeLessThan(100)
  })
})

describe('seek, pause, resume', () => {
  test('seek back, forward, to an end and to a time', async () => {
    const { yak } = fakeClient({ partitions: 1 })
    const producer = yak.producer({ maxBatchBytes: 256 })
    for (const value of range(20)) await producer.send({ topic: 't', value, timestamp: value * 10 })
    const consumer = yak.consumer({ topics: ['t'] })
    const seen: unknown[] = []
    for await (const { value } of consumer) {
      seen.push(value)
      if (seen.length === 3) consumer.seek({ topic: 't', partition: 0, to: 10 })
      if (seen.length === 5) consumer.seek({ topic: 't', partition: 0, to: 'earliest' })
      if (seen.length === 6) consumer.seek({ topic: 't', partition: 0, to: { timestamp: 175 } })
      if (seen.length === 8) break
    }
    expect(seen).toEqual([0, 1, 2, 10, 11, 0, 18, 19])
  })

  test('before the first loop, and while a long-poll is under way', async () => {
    const { yak, clock } = fakeClient({ partitions: 1 })
    await fill(yak, 't', 10)
    const consumer = yak.consumer({ topics: ['t'], maxWaitMs: 30_000 })
    consumer.seek({ topic: 't', partition: 0, to: 8 })
    clock.setTimer(() => consumer.seek({ topic: 't', partition: 0, to: 5 }), 100)
    expect(valuesOf(await take(consumer, 4))).toEqual([8, 9, 5, 6])
  })

  test('pause holds a partition back, and resume goes on without a gap', async () => {
    const { yak, clock } = fakeClient({ partitions: 2 })
    await fill(yak, 't', 30, 0)
    await fill(yak, 't', 30, 1)
    const consumer = yak.consumer({ topics: ['t'], maxFetchBytes: 1_000 })
    const seen: [number, number][] = []
    for await (const { partition, offset } of consumer) {
      seen.push([partition, offset])
      if (seen.length === 5) consumer.pause([{ topic: 't', partition: 0 }])
      if (seen.length === 5) clock.setTimer(() => consumer.resume(), 150)
      if (seen.length === 60) break
    }
    const offsets = (partition: number) => seen.filter((each) => each[0] === partition).map(([, offset]) => offset)
    expect(offsets(0)).toEqual(range(30))
    expect(offsets(1)).toEqual(range(30))
    expect(() => consumer.pause([{ topic: 'u', partition: 0 }])).toThrow(TypeError)
  })
})

describe('out of range', () => {
  test('an error that says what to do, by default; the consumer can be sought and go on', async () => {
    const { yak, cluster } = fakeClient({ partitions: 1 })
    await fill(yak, 't', 50)
    cluster.topic('t').partitions[0]!.deleteBefore(20)
    const consumer = yak.consumer({ topics: ['t'], from: 5 })
    await expect(take(consumer, 1)).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
    consumer.seek({ topic: 't', partition: 0, to: 'earliest' })
    expect((await take(consumer, 1))[0]!.offset).toBe(20)
  })

  test('on to the earliest or the latest, where that is asked for', async () => {
    const { yak, cluster, clock } = fakeClient({ partitions: 1 })
    await fill(yak, 't', 50)
    cluster.topic('t').partitions[0]!.deleteBefore(20)
    const resets = eventsOf(yak, 'offset-reset')
    const options = { topics: ['t'], from: 5 }
    const [first] = await take(yak.consumer({ ...options, onOffsetOutOfRange: 'earliest' }), 1)
    expect(first!.offset).toBe(20)
    expect(resets).toEqual([{ topic: 't', partition: 0, from: 5, to: 20 }])
    const latest = take(yak.consumer({ ...options, onOffsetOutOfRange: 'latest' }), 1)
    await until(clock, () => resets.length === 2)
    await fill(yak, 't', 1)
    expect((await latest)[0]!.offset).toBe(50)
  })

  test('what was prefetched before is handed out first', async () => {
    const { yak, cluster, clock } = fakeClient({ partitions: 1 })
    await fill(yak, 't', 100)
    const log = cluster.topic('t').partitions[0]!
    const consumer = yak.consumer({ topics: ['t'], maxFetchBytes: 400, onOffsetOutOfRange: 'earliest' })
    const offsets: number[] = []
    for await (const { offset } of consumer) {
      if (offsets.length === 0) {
        await clock.sleep(50)
        log.deleteBefore(80)
      }
      offsets.push(offset)
      if (offset === 99) break
    }
    const jump = offsets.findIndex((offset, index) => index > 0 && offset !== offsets[index - 1]! + 1)
    expect(offsets.slice(0, jump)).toEqual(range(jump))
    expect(offsets.slice(jump)).toEqual(range(20, 80))
  })
})

describe('topics come and go', () => {
  test('a topic that does not exist yet is waited for', async () => {
    const { yak, clock } = fakeClient()
    const missing = eventsOf(yak, 'topic-missing')
    const received = take(yak.consumer({ topics: ['later'], from: 'latest', metadataRefreshMs: 50 }), 2)
    await until(clock, () => missing.length === 1)
    const producer = yak.producer()
    await producer.send({ topic: 'later', value: 1, key: 'k' })
    await producer.send({ topic: 'later', value: 2, key: 'k' })
    expect(valuesOf(await received)).toEqual([1, 2])
    expect(missing).toEqual([{ topic: 'later' }])
  })

  test('or is an error, where that is asked for and without follow', async () => {
    const { yak } = fakeClient()
    const expected = { code: 'UNKNOWN_TOPIC' }
    await expect(take(yak.consumer({ topics: ['never'], missingTopic: 'error' }), 1)).rejects.toMatchObject(expected)
    await expect(take(yak.consumer({ topics: ['never'], follow: false }), 1)).rejects.toMatchObject(expected)
    expect(() => yak.consumer({ topics: ['../x'] })).toThrow(expect.objectContaining({ code: 'INVALID_TOPIC' }))
  })

  test('new partitions, and topics that match a pattern, are read from their first record', async () => {
    const { yak, cluster, clock } = fakeClient({ partitions: 1 })
    cluster.createTopic('metrics.a')
    cluster.createTopic('other')
    const added = eventsOf(yak, 'partitions-added')
    const options = { topics: [/^metrics\./g], from: 'latest' as const, metadataRefreshMs: 50, maxWaitMs: 30_000 }
    const received = take(yak.consumer({ ...options }), 3)
    await until(clock, () => added.length === 1)
    const producer = yak.producer()
    await producer.send({ topic: 'metrics.b', value: 'b' })
    await producer.send({ topic: 'other', value: 'o' })
    cluster.addPartitions('metrics.a', 1)
    await until(clock, () => added.length === 3)
    const fresh = yak.producer()
    await fresh.send({ topic: 'metrics.a', partition: 1, value: 'a1' })
    await fresh.send({ topic: 'metrics.a', partition: 0, value: 'a0' })
    expect(valuesOf(await received).sort()).toEqual(['a0', 'a1', 'b'])
  })

  test('a topic that only a pattern asked for may be deleted', async () => {
    const { yak, cluster, clock } = fakeClient({ partitions: 1 })
    await fill(yak, 'a.1', 1)
    await fill(yak, 'a.2', 1)
    const missing = eventsOf(yak, 'topic-missing')
    const consumer = yak.consumer({ topics: [/^a\./], metadataRefreshMs: 50, maxWaitMs: 30 })
    expect(await take(consumer, 2)).toHaveLength(2)
    const received = take(consumer, 1)
    cluster.topics.delete('a.1')
    await until(clock, () => missing.length > 0)
    await yak.producer().send({ topic: 'a.2', value: 'on' })
    expect(valuesOf(await received)).toEqual(['on'])
    expect(consumer.positions().map(({ topic }) => topic)).toEqual(['a.2'])
  })

  test('a partition that the topic does not have', async () => {
    const { yak, cluster } = fakeClient({ partitions: 1 })
    cluster.createTopic('t')
    const consumer = yak.consumer({ partitions: [{ topic: 't', partition: 4 }] })
    await expect(take(consumer, 1)).rejects.toMatchObject({ code: 'PARTITION_OUT_OF_RANGE' })
  })

  test('deleted, or created again: a clear error, never the records of another topic', async () => {
    const { yak, cluster, clock } = fakeClient({ partitions: 1 })
    await fill(yak, 't', 3)
    const consumer = yak.consumer({ topics: ['t'], metadataRefreshMs: 50, maxWaitMs: 30 })
    expect(await take(consumer, 3)).toHaveLength(3)
    const again = expect(take(consumer, 1)).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_ID',
      message: expect.stringContaining('created again'),
    })
    await clock.sleep(50)
    cluster.topics.delete('t')
    cluster.createTopic('t')
    await fill(yak, 't', 3)
    await again
    const options = { topics: ['t'], from: 'latest' as const, metadataRefreshMs: 50, maxWaitMs: 30 }
    const deleted = expect(take(yak.consumer(options), 1)).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' })
    await clock.sleep(50)
    cluster.topics.delete('t')
    await deleted
  })
})

describe('on a bad network', () => {
  test.each(['lose-request', 'lose-answer', 'hang'] as const)('%s: no record lost, none twice', async (kind) => {
    const { yak, cluster } = fakeClient({ brokers: 2, partitions: 2 }, { requestTimeoutMs: 100 })
    await fill(yak, 't', 100, 0)
    await fill(yak, 't', 100, 1)
    let fetched = 0
    cluster.onRequest = ({ path }) => (path === '/v1/fetch' && ++fetched % 3 === 0 ? { kind } : undefined)
    const messages = await take(yak.consumer({ topics: ['t'], maxFetchBytes: 3_000, maxWaitMs: 50 }), 200)
    for (const partition of range(2)) {
      const own = messages.filter((message) => message.partition === partition)
      expect(own.map(({ offset }) => offset)).toEqual(range(100))
    }
  })

  test('a failover in the middle: on with the next offset, and a stale leader is not listened to', async () => {
    const { yak, cluster } = fakeClient({ brokers: 3, partitions: 1 })
    await fill(yak, 't', 20)
    const consumer = yak.consumer({ topics: ['t'], maxWaitMs: 50 })
    const seen: number[] = []
    for await (const { offset } of consumer) {
      seen.push(offset)
      if (offset === 19) {
        const [first, second] = cluster.brokers
        first!.belief = { epoch: 1, leader: first! }
        cluster.elect(second!)
        await fill(yak, 't', 20)
      }
      if (offset === 39) break
    }
    expect(seen).toEqual(range(40))
  })

  test('a silent leader is left as soon as another leads', async () => {
    const { yak, cluster, clock } = fakeClient({ brokers: 2, partitions: 1 }, { requestTimeoutMs: 30_000 })
    await fill(yak, 't', 5)
    const consumer = yak.consumer({ topics: ['t'], maxWaitMs: 100 })
    await take(consumer, 5)
    const received = take(consumer, 1)
    await clock.sleep(50)
    cluster.brokers[0]!.isFrozen = true
    const startMs = clock.nowMs()
    cluster.elect(cluster.brokers[1]!)
    await fill(yak, 't', 1)
    expect((await received)[0]!.offset).toBe(5)
    expect(clock.nowMs() - startMs).toBeLessThan(2_500)
  })

  test('all brokers down and up again: it waits, and goes on', async () => {
    const { yak, cluster, clock } = fakeClient({ brokers: 2, partitions: 1 })
    await fill(yak, 't', 5)
    const consumer = yak.consumer({ topics: ['t'] })
    await take(consumer, 5)
    for (const broker of cluster.brokers) broker.stop()
    const received = take(consumer, 5)
    await clock.sleep(300)
    for (const broker of cluster.brokers) broker.start()
    await fill(yak, 't', 5)
    expect((await received).map(({ offset }) => offset)).toEqual(range(5, 5))
  })
})
