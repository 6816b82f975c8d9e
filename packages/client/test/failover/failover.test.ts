import { decodeRecordBatch } from '@yak/protocol'
import { describe, expect, test } from 'vitest'
import type { FakeCluster, FakeRequest } from '../../src/testing/index.ts'
import { clientOf, eventsOf, fakeClient } from '../support/fake-client.ts'

const range = (count: number, from = 0) => Array.from({ length: count }, (_, n) => from + n)
const produces = ({ path }: FakeRequest) => path === '/v1/produce'

function numbersIn(cluster: FakeCluster, partition = 0): number[] {
  return cluster
    .topic('t')
    .partitions[partition]!.read(0, Number.MAX_SAFE_INTEGER)
    .flatMap((bytes) => decodeRecordBatch(bytes))
    .map(({ value }) => Number(Buffer.from(value!).toString()))
}

/** Three brokers, the first leads; one partition with the record -1 in it, so that the producer has its connection and its id. */
async function running(options: Parameters<typeof fakeClient>[1] = {}) {
  const client = fakeClient({ brokers: 3, partitions: 1 }, options)
  const producer = client.yak.producer({ maxBatchBytes: 256 })
  await producer.send({ topic: 't', value: -1 })
  client.cluster.requests.length = 0
  const [first, second, third] = client.cluster.brokers
  return { ...client, producer, first: first!, second: second!, third: third! }
}

describe('the producer', () => {
  test('NOT_LEADER names the next: it is asked at once, and nobody else', async () => {
    const { cluster, clock, producer, second } = await running()
    cluster.elect(second)
    const startMs = clock.nowMs()
    expect(await producer.send({ topic: 't', value: 0 })).toMatchObject({ offset: 1, epoch: 2 })
    expect(clock.nowMs() - startMs).toBeLessThan(20)
    expect(cluster.requests.map(({ brokerId, path }) => `${brokerId} ${path}`)).toEqual([
      'b1 /v1/produce',
      'b2 /v1/metadata',
      'b2 /v1/produce',
    ])
  })

  test.each([
    'the connection is cut after the request was written',
    'the request is written and never answered',
    'unknown, and written',
    'unknown, and not written',
  ])('%s: the same sequence at the next leader, once in the log', async (what) => {
    const { cluster, clock, producer, first, second } = await running({ requestTimeoutMs: 3_000 })
    let isDone = false
    cluster.onRequest = (request) => {
      if (!produces(request) || isDone || what.startsWith('unknown')) return undefined
      isDone = true
      return { kind: what.includes('cut') ? 'lose-answer' : 'hang-after' }
    }
    const seen: { baseSequence: number; producerEpoch: number }[] = []
    cluster.onEntry = ({ baseSequence, producerEpoch }) => {
      seen.push({ baseSequence, producerEpoch })
      if (isDone || !what.startsWith('unknown')) return undefined
      isDone = true
      return { code: 'OUTCOME_UNKNOWN', isWritten: what === 'unknown, and written' }
    }
    const sent = producer.send({ topic: 't', value: 0 })
    await clock.sleep(1)
    first.stop()
    cluster.elect(second)
    // A duplicate is answered with the offset of the first.
    expect(await sent).toMatchObject({ offset: 1, epoch: 2 })
    expect(numbersIn(cluster)).toEqual([-1, 0])
    expect(new Set(seen.map(({ baseSequence }) => baseSequence))).toEqual(new Set([1]))
    expect(new Set(seen.map(({ producerEpoch }) => producerEpoch))).toEqual(new Set([0]))
    expect(await producer.send({ topic: 't', value: 1 })).toMatchObject({ offset: 2 })
  })

  test.each(['none written', 'the first two written', 'all written'])(
    'a window of five in flight, %s: it goes again in its order',
    async (what) => {
      const { cluster, clock, producer, first, second } = await running()
      const written = what === 'all written' ? 5 : what === 'none written' ? 0 : 2
      let taken = 0
      cluster.onRequest = (request) => {
        if (!produces(request) || request.brokerId !== 'b1') return undefined
        return { kind: ++taken <= written ? 'hang-after' : 'hang' }
      }
      // One record to a batch.
      const sends = range(8).map((n) => producer.send({ topic: 't', value: n, headers: { pad: 'x'.repeat(120) } }))
      await clock.sleep(20)
      expect(taken).toBe(5)
      const sequences: number[] = []
      cluster.onEntry = ({ baseSequence }) => {
        sequences.push(baseSequence)
        return undefined
      }
      first.stop()
      cluster.elect(second)
      expect((await Promise.all(sends)).map(({ offset }) => offset)).toEqual(range(8, 1))
      expect(numbersIn(cluster)).toEqual(range(9, -1))
      expect(sequences).toEqual(sequences.toSorted((a, b) => a - b))
    },
  )

  test('unknown answers are retried until the deadline, and then told as unknown, never as failed', async () => {
    const { cluster, clock, yak } = await running()
    const failures = eventsOf(yak, 'delivery-failed')
    const producer = yak.producer({ deliveryTimeoutMs: 5_000 })
    let attempts = 0
    cluster.onEntry = () => {
      attempts++
      return { code: 'OUTCOME_UNKNOWN' }
    }
    const startMs = clock.nowMs()
    await expect(producer.send({ topic: 't', value: 0 })).rejects.toMatchObject({ outcome: 'unknown' })
    expect(clock.nowMs() - startMs).toBeGreaterThanOrEqual(5_000)
    expect(attempts).toBeGreaterThan(50)
    expect(failures).toMatchObject([{ outcome: 'unknown' }])
  })

  test('B12: one unknown attempt, then refusals of every kind: unknown, for it may show up later', async () => {
    for (const code of ['NOT_ENOUGH_REPLICAS', 'DISK_FULL', 'CORRUPT_BATCH', 'OUT_OF_ORDER_SEQUENCE'] as const) {
      const { cluster, yak } = await running()
      const producer = yak.producer({ deliveryTimeoutMs: 1_000 })
      let attempts = 0
      cluster.onEntry = () => (attempts++ === 0 ? { code: 'OUTCOME_UNKNOWN', isWritten: true } : { code })
      await expect(producer.send({ topic: 't', value: 0 }), code).rejects.toMatchObject({ outcome: 'unknown' })
      // It was there all along.
      expect(numbersIn(cluster)).toEqual([-1, 0])
    }
  })

  test('B13: a dead leader gets no records any more, and is only asked now and then whether it lives', async () => {
    const { cluster, clock, producer, first, second } = await running()
    first.stop()
    let connectsToDead = 0
    const { connect } = cluster.transport
    ;(cluster.transport as { connect: typeof connect }).connect = (url, options) => {
      if (url === first.url) connectsToDead++
      return connect(url, options)
    }
    const sends = range(50).map((n) => producer.send({ topic: 't', value: n }))
    await clock.sleep(1_000)
    cluster.elect(second)
    await Promise.all(sends)
    const whileNobodyLed = connectsToDead
    expect(whileNobodyLed).toBeLessThan(60)
    for (const n of range(200, 50)) await producer.send({ topic: 't', value: n })
    expect(connectsToDead).toBe(whileNobodyLed)
    expect(numbersIn(cluster)).toEqual(range(251, -1))
  })

  test('a stale leader that still takes records is never given any, whoever names it', async () => {
    const { cluster, yak, producer, first, second, third } = await running()
    const stale = eventsOf(yak, 'stale-answer')
    cluster.elect(second)
    await producer.send({ topic: 't', value: 0 })
    cluster.elect(third)
    await producer.send({ topic: 't', value: 1 })
    first.belief = { epoch: 1, leader: first }
    second.belief = { epoch: 2, leader: second }
    third.stop()
    cluster.requests.length = 0
    const sent = producer.send({ topic: 't', value: 2 })
    const listed = yak.admin().listTopics()
    await expect(yak.admin().createTopic({ topic: 'u' }, { timeoutMs: 2_000 })).rejects.toMatchObject({
      code: 'LEADER_NOT_AVAILABLE',
    })
    expect(stale.length).toBeGreaterThan(0)
    third.start()
    expect(await sent).toMatchObject({ offset: 3, epoch: 3 })
    await listed
    expect(cluster.requests.filter((request) => produces(request) && request.brokerId !== 'b3')).toEqual([])
  })

  test('a hint with an older epoch leads nowhere', async () => {
    const { cluster, producer, first, second, third } = await running()
    cluster.elect(second)
    await producer.send({ topic: 't', value: 0 })
    cluster.elect(third)
    // The second says NOT_LEADER, and names the first under the first's old epoch.
    second.belief = { epoch: 1, leader: first }
    first.belief = { epoch: 1, leader: first }
    cluster.requests.length = 0
    expect(await producer.send({ topic: 't', value: 1 })).toMatchObject({ epoch: 3 })
    expect(cluster.requests.filter((request) => produces(request) && request.brokerId === 'b1')).toEqual([])
  })
})

describe('the consumer', () => {
  test.each(['the leader is stopped', 'the leader hangs', 'the leader says NOT_LEADER', 'nobody leads for a while'])(
    '%s: on with the next offset, once, and the high watermark never falls',
    async (what) => {
      const { cluster, clock, yak, producer, first, second } = await running({ requestTimeoutMs: 2_000 })
      await producer.sendBatch({ topic: 't', records: range(100).map((value) => ({ value })) })
      const consumer = yak.consumer<number>({ topics: ['t'], maxFetchBytes: 500, maxWaitMs: 1_000 })
      const seen: number[] = []
      let highWatermark = -1
      for await (const { value } of consumer) {
        seen.push(value)
        const now = consumer.positions()[0]!.highWatermark!
        expect(now).toBeGreaterThanOrEqual(highWatermark)
        highWatermark = now
        if (value === 40) {
          if (what === 'the leader is stopped') first.stop()
          if (what === 'the leader hangs') first.isFrozen = true
          if (what === 'nobody leads for a while') cluster.elect(null)
          const electLater = what === 'nobody leads for a while' || what === 'the leader hangs'
          clock.setTimer(() => cluster.elect(second), electLater ? 3_000 : 0)
          void producer.sendBatch({ topic: 't', records: range(20, 100).map((each) => ({ value: each })) })
        }
        if (value === 119) break
      }
      expect(seen).toEqual(range(121, -1))
    },
  )

  test('records from a leader of an older epoch are not handed out', async () => {
    const { cluster, clock, yak, producer, first, second, third } = await running({ retryBackoffMaxMs: 20 })
    const retries = eventsOf(yak, 'retry')
    const consumer = yak.consumer<number>({ topics: ['t'], maxWaitMs: 200 })
    const iterator = consumer[Symbol.asyncIterator]()
    await iterator.next()
    cluster.elect(second)
    await producer.send({ topic: 't', value: 0 })
    expect((await iterator.next()).value?.offset).toBe(1)
    // The second fetches on from the first, which answers as if nothing had happened.
    const next = iterator.next()
    first.belief = { epoch: 1, leader: first, endOffset: 1 }
    second.stop()
    await clock.sleep(2_000)
    cluster.elect(third)
    await yak.producer().send({ topic: 't', value: 1 })
    expect((await next).value?.offset).toBe(2)
    expect(retries.map(({ code }) => code)).not.toContain('OFFSET_OUT_OF_RANGE')
    await iterator.return?.()
  })

  test('out of range, said by a leader that was replaced: not believed, and nothing is reset', async () => {
    // The client knows of the first only, which has been replaced and does not know it.
    const { cluster, clock } = fakeClient({ brokers: 2, partitions: 1 })
    const [first, second] = cluster.brokers
    const informed = clientOf(cluster, clock)
    const producer = informed.producer()
    for (const n of range(10)) await producer.send({ topic: 't', value: n })
    const yak = clientOf(cluster, clock)
    await yak.admin().createTopic({ topic: 'u' })
    first!.belief = { epoch: 1, leader: first!, endOffset: 5 }
    cluster.elect(second!)
    const resets = eventsOf(yak, 'offset-reset')
    const consumer = yak.consumer({ topics: ['t'], from: 8, onOffsetOutOfRange: 'latest' })
    for await (const { offset } of consumer) {
      expect(offset).toBe(8)
      break
    }
    expect(resets).toEqual([])
  })

  test('out of range for real: told, or reset, also right after a failover', async () => {
    const { cluster, clock, yak, producer, first, second } = await running()
    for (const n of range(10)) await producer.send({ topic: 't', value: n })
    first.isFrozen = true
    cluster.elect(second)
    cluster.topic('t').partitions[0]!.deleteBefore(5)
    await expect(
      yak
        .consumer({ topics: ['t'], from: 2 })
        [Symbol.asyncIterator]()
        .next(),
    ).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
    })
    const startMs = clock.nowMs()
    for await (const { offset } of yak.consumer({ topics: ['t'], from: 2, onOffsetOutOfRange: 'earliest' })) {
      expect(offset).toBe(5)
      break
    }
    // The broker that hangs is asked too, and not waited for.
    expect(clock.nowMs() - startMs).toBeLessThan(1_500)
  })
})
