import { describe, expect, test, vi } from 'vitest'
import { fakeClient, until, valuesIn } from '../support/fake-client.ts'
import { rejectionOf } from '../support/rejection-of.ts'

describe('abort', () => {
  test('before the call, while it waits, and before it is sent: dropped for certain', async () => {
    const { yak, cluster, clock } = fakeClient({ partitions: 1 })
    const producer = yak.producer({ lingerMs: 100 })
    const reason = new Error('enough')
    const early = rejectionOf(producer.send({ topic: 't', value: 'early' }, { signal: AbortSignal.abort(reason) }))
    expect(await early).toMatchObject({ code: 'DELIVERY_ABANDONED', cause: reason })

    const waiting = new AbortController()
    const unknownTopic = rejectionOf(producer.send({ topic: 't', value: 'waiting' }, { signal: waiting.signal }))
    waiting.abort()
    expect(await unknownTopic).toMatchObject({ code: 'DELIVERY_ABANDONED' })

    await producer.send({ topic: 't', value: 'sent' })
    const gathered = new AbortController()
    const kept = producer.send({ topic: 't', value: 'kept' })
    const dropped = rejectionOf(producer.send({ topic: 't', value: 'dropped' }, { signal: gathered.signal }))
    const last = producer.send({ topic: 't', value: 'last' })
    gathered.abort()
    expect(await dropped).toMatchObject({ code: 'DELIVERY_ABANDONED', outcome: 'not-written' })
    expect([(await kept).offset, (await last).offset]).toEqual([1, 2])
    expect(valuesIn(cluster, 't')).toEqual(['"sent"', '"kept"', '"last"'])
    await until(clock, () => producer.bufferedBytes === 0, 'an empty buffer')
  })

  test('alone in its batch: what is sent later, and what stands behind it, leaves all the same', async () => {
    const { yak, clock } = fakeClient({ partitions: 1 })
    const producer = yak.producer({ maxBatchBytes: 256, deliveryTimeoutMs: 1_000 })
    await producer.send({ topic: 't', value: 0 })
    for (const value of [1, 'x'.repeat(180)]) {
      const controller = new AbortController()
      const options = { signal: controller.signal }
      const dropped = rejectionOf(producer.send({ topic: 't', value: 'y'.repeat(100) }, options))
      controller.abort()
      expect(await dropped).toMatchObject({ code: 'DELIVERY_ABANDONED' })
      if (value === 1) await clock.sleep(10)
      expect(await producer.send({ topic: 't', value })).toMatchObject({ topic: 't' })
    }
  })

  test('under way: unknown, and it is written all the same', async () => {
    const { yak, cluster, clock } = fakeClient({ partitions: 1 })
    const producer = yak.producer()
    await producer.send({ topic: 't', value: 0 })
    cluster.onRequest = () => ({ kind: 'delay', delayMs: 50 })
    const controller = new AbortController()
    const sent = rejectionOf(producer.send({ topic: 't', value: 1 }, { signal: controller.signal }))
    await clock.sleep(20)
    controller.abort()
    expect(await sent).toMatchObject({ code: 'OUTCOME_UNKNOWN', outcome: 'unknown' })
    await producer.flush()
    expect(valuesIn(cluster, 't')).toEqual(['0', '1'])
  })

  test('one signal for many sends has one listener, and none when they are done', async () => {
    const { yak } = fakeClient()
    const controller = new AbortController()
    const { signal } = controller
    const added = vi.spyOn(signal, 'addEventListener')
    const removed = vi.spyOn(signal, 'removeEventListener')
    const records = Array.from({ length: 100 }, (_, n) => ({ value: n }))
    await yak.producer().sendBatch({ topic: 't', records }, { signal })
    expect(added).toHaveBeenCalledTimes(1)
    expect(removed).toHaveBeenCalledTimes(1)
  })
})
