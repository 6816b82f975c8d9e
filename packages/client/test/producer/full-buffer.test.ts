import { describe, expect, test } from 'vitest'
import { fakeClient, valuesIn } from '../support/fake-client.ts'

describe('a full buffer', () => {
  test('makes sends wait, in their order, and stays bounded', async () => {
    const { yak, cluster, clock } = fakeClient({ partitions: 1 }, { requestTimeoutMs: 5_000 })
    const producer = yak.producer({ maxBufferBytes: 10_000, maxBatchBytes: 2_000 })
    await producer.send({ topic: 't', value: 'first', codec: 'string' })
    cluster.brokers[0]!.isFrozen = true
    const settled = { count: 0 }
    const sends = Array.from({ length: 500 }, (_, n) =>
      producer.send({ topic: 't', value: `${n}:${'x'.repeat(80)}`, codec: 'string' }).then((receipt) => {
        settled.count++
        return receipt.offset
      }),
    )
    await clock.sleep(100)
    expect(settled.count).toBe(0)
    expect(producer.bufferedBytes).toBeLessThan(10_200)
    expect(producer.bufferedBytes).toBeGreaterThan(9_000)
    cluster.brokers[0]!.isFrozen = false
    // The requests that were swallowed are lost with their connection.
    cluster.brokers[0]!.stop()
    cluster.brokers[0]!.start()
    expect(await Promise.all(sends)).toEqual(Array.from({ length: 500 }, (_, n) => n + 1))
    expect(
      valuesIn(cluster, 't')
        .slice(1)
        .map((text) => Number.parseInt(text, 10)),
    ).toEqual(Array.from({ length: 500 }, (_, n) => n))
  })

  test('what waits too long is definitely not written', async () => {
    const { yak, cluster } = fakeClient({ partitions: 1 }, { requestTimeoutMs: 5_000 })
    const producer = yak.producer({ maxBufferBytes: 2_000, maxBatchBytes: 1_000, deliveryTimeoutMs: 200 })
    await producer.send({ topic: 't', value: 0 })
    cluster.brokers[0]!.isFrozen = true
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, () => producer.send({ topic: 't', value: 'x'.repeat(80) })),
    )
    const codes = new Set(outcomes.map((outcome) => (outcome as PromiseRejectedResult).reason.code))
    expect(codes).toEqual(new Set(['DELIVERY_TIMEOUT', 'DELIVERY_ABANDONED']))
  })

  test('topics take turns, however much one of them sends', async () => {
    const { yak, cluster } = fakeClient({ partitions: 1 })
    const producer = yak.producer({ maxBufferBytes: 2_000, maxBatchBytes: 1_000 })
    await Promise.all(['busy', 'quiet'].map((topic) => producer.send({ topic, value: 'first', codec: 'string' })))
    const settled: string[] = []
    const sends = Array.from({ length: 201 }, (_, n) => {
      const topic = n === 100 ? 'quiet' : 'busy'
      const value = `${n}:${'x'.repeat(80)}`
      return producer.send({ topic, value, codec: 'string' }).then(() => settled.push(topic))
    })
    await Promise.all(sends)
    expect(settled.indexOf('quiet')).toBeLessThan(50)
    const numbers = valuesIn(cluster, 'busy')
      .slice(1)
      .map((text) => Number.parseInt(text, 10))
    expect(numbers).toEqual(Array.from({ length: 201 }, (_, n) => n).filter((n) => n !== 100))
  })
})
