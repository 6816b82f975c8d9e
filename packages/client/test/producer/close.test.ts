import { describe, expect, test } from 'vitest'
import { fakeClient } from '../support/fake-client.ts'
import { rejectionOf } from '../support/rejection-of.ts'

describe('close', () => {
  test('with all done: at once, and again', async () => {
    const { yak, clock } = fakeClient()
    const producer = yak.producer()
    await producer.send({ topic: 't', value: 1 })
    const startMs = clock.nowMs()
    await producer.close()
    await producer.close()
    expect(clock.nowMs() - startMs).toBeLessThan(30)
    expect(await rejectionOf(producer.send({ topic: 't', value: 2 }))).toMatchObject({ code: 'CLIENT_CLOSED' })
    expect(await rejectionOf(producer.sendBatch({ topic: 't', records: [] }))).toMatchObject({ code: 'CLIENT_CLOSED' })
  })

  test('sends what was gathered', async () => {
    const { yak, clock } = fakeClient()
    const producer = yak.producer({ lingerMs: 10_000 })
    const sent = producer.send({ topic: 't', value: 1 })
    await clock.sleep(20)
    await producer.close({ timeoutMs: 10_000 })
    expect((await sent).offset).toBe(0)
  })

  test('with a silent broker: in 100 ms, and honest', async () => {
    const { yak, cluster, clock } = fakeClient({ partitions: 1 }, { requestTimeoutMs: 60_000 })
    const producer = yak.producer({ maxBatchBytes: 256 })
    await producer.send({ topic: 't', value: 0 })
    cluster.brokers[0]!.isFrozen = true
    const sends = Array.from({ length: 30 }, () => rejectionOf(producer.send({ topic: 't', value: 'x'.repeat(90) })))
    const otherTopic = rejectionOf(producer.send({ topic: 'never-seen', value: 1 }))
    await clock.sleep(20)
    const startMs = clock.nowMs()
    await yak.close()
    expect(clock.nowMs() - startMs).toBeLessThan(100)
    const codes = (await Promise.all(sends)).map(({ code }) => code)
    // Five requests of one record each were under way.
    expect(codes).toEqual([...Array(5).fill('OUTCOME_UNKNOWN'), ...Array(25).fill('DELIVERY_ABANDONED')])
    expect(await otherTopic).toMatchObject({ code: 'DELIVERY_ABANDONED' })
  })
})
