import { describe, expect, test } from 'vitest'
import { eventsOf, fakeClient } from '../support/fake-client.ts'

describe('delivery-failed', () => {
  test.each([
    ['the topic does not exist', { createTopics: false }, 'UNKNOWN_TOPIC'],
    ['no broker answers', { deliveryTimeoutMs: 200 }, 'BROKERS_UNREACHABLE'],
    ['the producer is closed', {}, 'DELIVERY_ABANDONED'],
  ])('tells of sends that had no partition yet: %s', async (what, options, code) => {
    const { yak, cluster } = fakeClient()
    const failures = eventsOf(yak, 'delivery-failed')
    if (what !== 'the topic does not exist') cluster.brokers[0]!.stop()
    const producer = yak.producer(options)
    const sends = Promise.allSettled([1, 2, 3].map((value) => producer.send({ topic: 't', value })))
    if (what === 'the producer is closed') await producer.close()
    const outcomes = await sends
    expect(outcomes).toMatchObject([1, 2, 3].map(() => ({ reason: { code, outcome: 'not-written' } })))
    expect(failures).toMatchObject([{ topic: 't', recordCount: 3, outcome: 'not-written', error: { code } }])
    expect(failures[0]!.partition).toBeUndefined()
  })

  test('tells of sends that waited for room until their deadline, each once', async () => {
    const { yak, cluster } = fakeClient({ partitions: 1 }, { requestTimeoutMs: 5_000 })
    const failures = eventsOf(yak, 'delivery-failed')
    const producer = yak.producer({ maxBufferBytes: 2_000, maxBatchBytes: 1_000, deliveryTimeoutMs: 200 })
    await producer.send({ topic: 't', value: 0 })
    cluster.brokers[0]!.isFrozen = true
    const sends = Array.from({ length: 100 }, () => producer.send({ topic: 't', value: 'x'.repeat(80) }))
    const outcomes = await Promise.allSettled(sends)
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
    expect(failures.reduce((sum, { recordCount }) => sum + recordCount, 0)).toBe(100)
    expect(failures.some(({ partition }) => partition === undefined)).toBe(true)
  })

  test('does not tell of sends that their signal has ended', async () => {
    const { yak, cluster, clock } = fakeClient()
    const failures = eventsOf(yak, 'delivery-failed')
    const producer = yak.producer({ deliveryTimeoutMs: 2_000 })
    await producer.send({ topic: 't', partition: 0, value: 0 })
    const controller = new AbortController()
    cluster.brokers[0]!.stop()
    const { signal } = controller
    const sends = Promise.allSettled([
      producer.send({ topic: 't', partition: 0, value: 1 }, { signal }),
      producer.send({ topic: 't', partition: 0, value: 2 }),
      producer.send({ topic: 'u', value: 1 }, { signal }),
      producer.send({ topic: 'u', value: 2 }),
    ])
    await clock.sleep(100)
    controller.abort(new Error('gone'))
    await sends
    expect(failures.map(({ topic, recordCount }) => [topic, recordCount]).sort()).toEqual([
      ['t', 1],
      ['u', 1],
    ])
  })
})
