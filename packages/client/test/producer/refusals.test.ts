import { describe, expect, test } from 'vitest'
import { eventsOf, fakeClient } from '../support/fake-client.ts'

const produces = ({ path }: { readonly path: string }) => path === '/v1/produce'

describe('Retry-After', () => {
  test.each(['TOO_MANY_REQUESTS', 'OVERLOADED', 'NOT_ENOUGH_REPLICAS'] as const)(
    '%s: all partitions leave the broker alone for that long',
    async (code) => {
      const { yak, cluster, clock } = fakeClient({ partitions: 4 })
      const producer = yak.producer()
      await producer.send({ topic: 't', value: 0 })
      const times: number[] = []
      cluster.onRequest = (request) => {
        if (!produces(request)) return undefined
        times.push(clock.nowMs())
        return times.length === 1 ? { kind: 'problem', code, retryAfterSeconds: 2 } : undefined
      }
      const first = producer.send({ topic: 't', partition: 0, value: 1 })
      await clock.sleep(100)
      const others = [1, 2, 3].map((partition) => producer.send({ topic: 't', partition, value: 1 }))
      await Promise.all([first, ...others])
      expect(times).toHaveLength(2)
      expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(2_000)
      expect(times[1]! - times[0]!).toBeLessThan(2_200)
    },
  )

  test.each(['LEADER_NOT_AVAILABLE', 'SHUTTING_DOWN'] as const)(
    '%s: the next leader did not ask for it',
    async (code) => {
      const { yak, cluster, clock } = fakeClient({ brokers: 2, partitions: 1 })
      const producer = yak.producer()
      await producer.send({ topic: 't', value: 0 })
      cluster.onRequest = ({ path, brokerId }) =>
        brokerId === 'b1' && path !== '/v1/metadata' ? { kind: 'problem', code, retryAfterSeconds: 5 } : undefined
      cluster.elect(cluster.brokers[1]!)
      const startMs = clock.nowMs()
      expect((await producer.send({ topic: 't', value: 1 })).epoch).toBe(2)
      await yak.admin().createTopic({ topic: 'u' })
      expect(clock.nowMs() - startMs).toBeLessThan(500)
    },
  )

  test('a leader elected meanwhile is asked at once', async () => {
    const { yak, cluster, clock } = fakeClient({ brokers: 2, partitions: 1 })
    const producer = yak.producer()
    await producer.send({ topic: 't', value: 0 })
    cluster.onRequest = (request) =>
      request.brokerId === 'b1' && produces(request)
        ? { kind: 'problem', code: 'OVERLOADED', retryAfterSeconds: 5 }
        : undefined
    const startMs = clock.nowMs()
    const sent = producer.send({ topic: 't', value: 1 })
    await clock.sleep(300)
    cluster.elect(cluster.brokers[1]!)
    await yak.admin().cluster()
    expect((await sent).epoch).toBe(2)
    expect(clock.nowMs() - startMs).toBeLessThan(1_000)
  })

  test('a fetch keeps to it too', async () => {
    const { yak, cluster, clock } = fakeClient({ partitions: 1 })
    await yak.producer().send({ topic: 't', value: 0 })
    const times: number[] = []
    cluster.onRequest = ({ path }) => {
      if (path !== '/v1/fetch') return undefined
      times.push(clock.nowMs())
      return times.length === 1 ? { kind: 'problem', code: 'OVERLOADED', retryAfterSeconds: 1 } : undefined
    }
    for await (const { offset } of yak.consumer({ topics: ['t'] })) {
      expect(offset).toBe(0)
      break
    }
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(1_000)
  })
})

test.each(['/topics', '/cluster'])(
  'Retry-After: a call that any broker can answer keeps to it too, %s',
  async (path) => {
    const { yak, cluster, clock } = fakeClient({ brokers: 2, partitions: 1 })
    await yak.producer().send({ topic: 't', value: 0 })
    const times: Record<string, number[]> = { b1: [], b2: [] }
    cluster.onRequest = ({ path: asked, brokerId }) => {
      if (asked !== path) return undefined
      times[brokerId]!.push(clock.nowMs())
      return times[brokerId]!.length === 1 ? { kind: 'problem', code: 'OVERLOADED', retryAfterSeconds: 3 } : undefined
    }
    await (path === '/topics' ? yak.admin().listTopics() : yak.admin().cluster())
    for (const [first, second = Number.POSITIVE_INFINITY] of Object.values(times)) {
      expect(second - first!).toBeGreaterThanOrEqual(3_000)
    }
  },
)

describe('too large', () => {
  test('a request over many partitions goes in parts, and those to come are smaller', async () => {
    const { yak, cluster } = fakeClient({ partitions: 16, maxRequestBytes: 20_000 })
    const failures = eventsOf(yak, 'delivery-failed')
    const producer = yak.producer({ maxBatchBytes: 8_000, codec: 'string' })
    await producer.send({ topic: 't', value: '' })
    const round = () =>
      Promise.all(
        Array.from({ length: 160 }, (_, n) => producer.send({ topic: 't', partition: n % 16, value: 'x'.repeat(700) })),
      )
    await round()
    const requestsBefore = cluster.requests.filter(produces).length
    await round()
    // 120 kB in requests of at most 20 kB; learnt in the first round, so nothing is refused in the second.
    expect(cluster.requests.filter(produces).length - requestsBefore).toBeLessThan(24)
    expect(failures).toEqual([])
    const seen = new Map<number, number>()
    for await (const { partition, offset } of yak.consumer({ topics: ['t'], codec: 'string', follow: false })) {
      expect(offset).toBe(seen.get(partition) ?? 0)
      seen.set(partition, offset + 1)
    }
    expect([...seen.values()].reduce((sum, count) => sum + count)).toBe(321)
  })

  test('partitions that are all busy get their turns, however few fit a request', async () => {
    const { yak } = fakeClient({ partitions: 12, maxRequestBytes: 10_000 })
    const producer = yak.producer({ maxBatchBytes: 4_000, codec: 'string' })
    const acknowledged = Array.from({ length: 12 }, () => 0)
    let spread = 0
    const value = 'x'.repeat(900)
    await Promise.all(
      Array.from({ length: 12 * 80 }, async (_, n) => {
        await producer.send({ topic: 't', partition: n % 12, value })
        acknowledged[n % 12]!++
        spread = Math.max(spread, Math.max(...acknowledged) - Math.min(...acknowledged))
      }),
    )
    // Four records to a batch, and five batches of a partition under way.
    expect(spread).toBeLessThanOrEqual(24)
  })

  test('one batch alone is halved until it fits, in order, and those to come are built smaller', async () => {
    const { yak, cluster } = fakeClient({ partitions: 1, maxRequestBytes: 3_000 })
    const producer = yak.producer({ maxBatchBytes: 40_000 })
    const send = (from: number) =>
      Promise.all(
        Array.from({ length: 100 }, (_, n) => producer.send({ topic: 't', value: `${from + n}:${'x'.repeat(300)}` })),
      )
    await send(0)
    const before = cluster.requests.filter(produces).length
    await send(100)
    // Some 32 kB: a dozen batches at 2,700 bytes, at most twice that at half of it.
    expect(cluster.requests.filter(produces).length - before).toBeLessThan(40)
    const values: number[] = []
    for await (const { value } of yak.consumer<string>({ topics: ['t'], follow: false })) {
      values.push(Number.parseInt(value, 10))
    }
    expect(values).toEqual(Array.from({ length: 200 }, (_, n) => n))
  })

  test('one record alone: a clear refusal, and the others are written', async () => {
    const { yak } = fakeClient({ partitions: 1, maxRequestBytes: 3_000 })
    const producer = yak.producer()
    const outcomes = await Promise.allSettled(
      [10, 5_000, 10].map((size) => producer.send({ topic: 't', value: 'x'.repeat(size) })),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(outcomes[1]).toMatchObject({
      reason: { code: 'BODY_TOO_LARGE', outcome: 'not-written', message: expect.stringContaining('at most 3000') },
    })
  })
})
