import { getEventListeners } from 'node:events'
import { readRecordBatchHeader } from '@yak/protocol'
import { expect, test } from 'vitest'
import { clientOf, eventsOf, fakeClient, pathsOf, until } from '../support/fake-client.ts'
import { fill, range, readAll, take } from '../support/reading.ts'

test('without follow, a topic that is waited for is read to its end once it is there', async () => {
  const { yak, clock } = fakeClient({ partitions: 1 })
  const missing = eventsOf(yak, 'topic-missing')
  const consumer = yak.consumer({ topics: ['later'], follow: false, missingTopic: 'wait' })
  const messages = readAll(consumer)
  await until(clock, () => missing.length === 1)
  await fill(yak, 'later', 3)
  expect(await messages).toHaveLength(3)
})

test('without follow, a pattern that no topic has is at its end', async () => {
  const { yak } = fakeClient({ partitions: 1 })
  await fill(yak, 'orders', 3)
  const consumer = yak.consumer({ topics: [/^none/], follow: false })
  expect(await readAll(consumer)).toEqual([])
  await fill(yak, 'none-yet', 2)
  expect(await readAll(consumer)).toHaveLength(2)
})

test('a loop that was left while it waited takes nothing from the next', async () => {
  const { yak, clock } = fakeClient({ partitions: 1 })
  await fill(yak, 't', 1)
  const consumer = yak.consumer({ topics: ['t'] })
  const left = consumer[Symbol.asyncIterator]()
  await left.next()
  const waiting = left.next()
  await clock.sleep(10)
  void left.return?.()
  const received = take(consumer, 3)
  await fill(yak, 't', 3)
  expect((await received).map(({ offset }) => offset)).toEqual([1, 2, 3])
  expect(await waiting).toEqual({ value: undefined, done: true })
})

/** A hundred records, and a consumer that fetches a few of them at a time. */
async function behindByHundred(maxPrefetchBytes: number) {
  const { yak, cluster, clock } = fakeClient({ partitions: 1 })
  await fill(yak, 't', 100)
  const resets = eventsOf(yak, 'offset-reset')
  const consumer = yak.consumer({
    topics: ['t'],
    maxFetchBytes: 400,
    maxPrefetchBytes,
    onOffsetOutOfRange: 'earliest',
  })
  return { yak, cluster, clock, consumer, resets }
}

test('out of range behind what is not read yet: it is asked for when that is read, and not all the time', async () => {
  const { cluster, clock, yak, consumer, resets } = await behindByHundred(4_000)
  const messages = consumer[Symbol.asyncIterator]()
  await messages.next()
  cluster.topic('t').partitions[0]!.deleteBefore(100)
  await clock.sleep(1_000)
  cluster.requests.length = 0
  await clock.sleep(5_000)
  expect(cluster.requests.filter(({ path }) => path === '/v1/fetch').length).toBeLessThan(5)
  consumer.seek({ topic: 't', partition: 0, to: 100 })
  await fill(yak, 't', 1)
  expect((await messages.next()).value?.offset).toBe(100)
  expect(resets).toEqual([])
  await messages.return?.()
})

test('a seek goes to the topic it was meant for, and not to one of that name that is created later', async () => {
  const { yak, cluster, clock } = fakeClient({ partitions: 1 })
  await fill(yak, 'a.1', 5)
  const consumer = yak.consumer({ topics: [/^a\./], metadataRefreshMs: 50, maxWaitMs: 30 })
  consumer.seek({ topic: 'a.1', partition: 0, to: 3 })
  expect((await take(consumer, 2)).map(({ offset }) => offset)).toEqual([3, 4])
  const messages = consumer[Symbol.asyncIterator]()
  const next = messages.next()
  cluster.topics.delete('a.1')
  await until(clock, () => consumer.positions().length === 0)
  await fill(yak, 'a.1', 5)
  expect((await next).value?.offset).toBe(0)
  await messages.return?.()
})

test('a consumer that is closed in the middle of a loop leaves nothing on its signal', async () => {
  const { yak } = fakeClient({ partitions: 1 })
  await fill(yak, 't', 3)
  const { signal } = new AbortController()
  const consumer = yak.consumer({ topics: ['t'], signal })
  await consumer[Symbol.asyncIterator]().next()
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  await consumer.close()
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('out of range behind what is not read yet: all of that is read first, and then it goes on where the log begins', async () => {
  const { cluster, clock, yak, consumer, resets } = await behindByHundred(800)
  const messages = consumer[Symbol.asyncIterator]()
  await messages.next()
  // Until the prefetch is full.
  await clock.sleep(1_000)
  cluster.topic('t').partitions[0]!.deleteBefore(100)
  await fill(yak, 't', 1)
  const read = [0]
  while (read.at(-1)! < 100) read.push((await messages.next()).value!.offset)
  const from = read.at(-2)! + 1
  expect(from).toBeLessThan(100)
  expect(read).toEqual([...range(from), 100])
  expect(resets).toEqual([{ topic: 't', partition: 0, from, to: 100 }])
  await messages.return?.()
})

test('batches: what stands before a batch that cannot be read is handed out, and what comes after it is not skipped to', async () => {
  const { yak, cluster } = fakeClient({ partitions: 1 })
  await fill(yak, 't', 40)
  const stored = cluster.topic('t').partitions[0]!.read(0, Number.MAX_SAFE_INTEGER)
  const broken = stored[1]!
  broken[broken.length - 1]! ^= 1
  const consumer = yak.consumer({ topics: ['t'] })
  for (const expected of [range(readRecordBatchHeader(stored[0]!).recordCount), []]) {
    const offsets: number[] = []
    const reading = (async () => {
      for await (const batch of consumer.batches()) offsets.push(...batch.messages.map(({ offset }) => offset))
    })()
    await expect(reading).rejects.toMatchObject({ code: 'CORRUPT_BATCH' })
    expect(offsets).toEqual(expected)
  }
})

test('what cannot be read is fetched anew by the next loop: it may have been hurt on the way', async () => {
  const { cluster, clock } = fakeClient({ partitions: 1 })
  let count = 0
  const yak = clientOf(cluster, clock, {
    transport: {
      connect: (url, options) => {
        const connection = cluster.transport.connect(url, options)
        const { request } = connection
        return Object.assign(connection, {
          request: async (asked: Parameters<typeof request>[0]) => {
            const answer = await request.call(connection, asked)
            if (asked.path === '/v1/fetch' && count++ === 0) answer.body[answer.body.length - 1]! ^= 1
            return answer
          },
        })
      },
    },
  })
  await fill(yak, 't', 40)
  const consumer = yak.consumer({ topics: ['t'] })
  const offsets: number[] = []
  const reading = (async () => {
    for await (const { offset } of consumer) offsets.push(offset)
  })()
  await expect(reading).rejects.toMatchObject({ code: 'CORRUPT_BATCH' })
  expect(offsets).toEqual(range(offsets.length))
  const rest = await take(consumer, 40 - offsets.length)
  expect(rest.map(({ offset }) => offset)).toEqual(range(40 - offsets.length, offsets.length))
})

test('a topic that a new leader does not know yet is looked up once, and not for each of its partitions', async () => {
  const { yak, cluster } = fakeClient({ partitions: 50 })
  await fill(yak, 't', 3)
  let count = 0
  cluster.onRequest = ({ path }) =>
    path === '/v1/fetch' && count++ === 0 ? { kind: 'problem', code: 'UNKNOWN_TOPIC_ID' } : undefined
  cluster.requests.length = 0
  expect(await take(yak.consumer({ topics: ['t'] }), 3)).toHaveLength(3)
  expect(pathsOf(cluster).filter((path) => path === '/v1/metadata').length).toBeLessThan(5)
})

test('two calls of next at once, and the first fails: the second is the end, as of any iterator', async () => {
  const { yak, cluster } = fakeClient({ partitions: 1 })
  cluster.createTopic('t')
  const messages = yak.consumer({ partitions: [{ topic: 't', partition: 4 }] })[Symbol.asyncIterator]()
  const [first, second] = await Promise.allSettled([messages.next(), messages.next()])
  expect(first).toMatchObject({ reason: { code: 'PARTITION_OUT_OF_RANGE' } })
  expect(second).toEqual({ status: 'fulfilled', value: { value: undefined, done: true } })
})

test('a loop that is left in the very turn in which a leader is found opens no connection', async () => {
  const { cluster, clock } = fakeClient({ partitions: 1 })
  const connections: string[] = []
  const yak = clientOf(cluster, clock, {
    transport: {
      connect: (url, options) => {
        connections.push(url)
        return cluster.transport.connect(url, options)
      },
    },
  })
  await fill(yak, 't', 1)
  const consumer = yak.consumer({ topics: ['t'] })
  await take(consumer, 1)
  const next = consumer[Symbol.asyncIterator]().next()
  // Until it is in a long-poll, and then until it looks for a leader.
  await clock.sleep(100)
  cluster.brokers[0]!.stop()
  await clock.sleep(100)
  yak.on('connected', () => queueMicrotask(() => void consumer.close()))
  connections.length = 0
  cluster.brokers[0]!.start()
  expect(await next).toEqual({ value: undefined, done: true })
  await clock.sleep(1_000)
  // The one that found the leader.
  expect(connections).toHaveLength(1)
  expect(pathsOf(cluster).at(-1)).toBe('/v1/metadata')
})

test('something in between that answers in the place of a broker is waited out', async () => {
  const { yak, cluster } = fakeClient({ partitions: 1 })
  await fill(yak, 't', 3)
  const retries = eventsOf(yak, 'retry')
  let count = 0
  cluster.onRequest = ({ path }) => (path === '/v1/fetch' && ++count <= 2 ? { kind: 'html' } : undefined)
  expect((await take(yak.consumer({ topics: ['t'] }), 3)).map(({ offset }) => offset)).toEqual(range(3))
  expect(retries.map(({ code }) => code)).toEqual(['INVALID_RESPONSE', 'INVALID_RESPONSE'])
})

test('fetches that break again and again are tried a few times a second, and on when they do not', async () => {
  const { cluster, clock } = fakeClient({ partitions: 1 })
  const yak = clientOf(cluster, clock, { retryBackoffMs: 20, retryBackoffMaxMs: 500 })
  await fill(yak, 't', 3)
  let count = 0
  cluster.onRequest = ({ path }) => {
    if (path !== '/v1/fetch') return undefined
    count++
    return clock.nowMs() < 60_000 ? { kind: 'lose-request' } : undefined
  }
  expect(await take(yak.consumer({ topics: ['t'] }), 3)).toHaveLength(3)
  expect(count).toBeLessThan(60 * 10)
})

test('what is sought while the beginning of another partition is looked up is not kept waiting by a long-poll', async () => {
  const { yak, cluster, clock } = fakeClient({ partitions: 2 })
  await fill(yak, 't', 5, 0)
  const consumer = yak.consumer({ topics: ['t'], maxWaitMs: 30_000 })
  await take(consumer, 5)
  const messages = consumer[Symbol.asyncIterator]()
  const next = messages.next()
  await clock.sleep(100)
  cluster.onRequest = ({ path }) => (path === '/v1/offsets' ? { kind: 'delay', delayMs: 100 } : undefined)
  consumer.seek({ topic: 't', partition: 0, to: 'latest' })
  await clock.sleep(50)
  consumer.seek({ topic: 't', partition: 0, to: 3 })
  const startMs = clock.nowMs()
  expect((await next).value?.offset).toBe(3)
  expect(clock.nowMs() - startMs).toBeLessThan(1_000)
  await messages.return?.()
})

test('the position that was sought is known at once', async () => {
  const { yak } = fakeClient({ partitions: 1 })
  await fill(yak, 't', 5)
  const consumer = yak.consumer({ topics: ['t'] })
  await take(consumer, 2)
  consumer.seek({ topic: 't', partition: 0, to: 4 })
  expect(consumer.positions()).toMatchObject([{ offset: 4 }])
  consumer.seek({ topic: 't', partition: 0, to: 'earliest' })
  expect(consumer.positions()).toMatchObject([{ offset: undefined }])
})
