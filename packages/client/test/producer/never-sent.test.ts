import { expect, test } from 'vitest'
import { fakeClient } from '../support/fake-client.ts'

// What no attempt was made with has no error of its own: what kept it from being sent is told in its place.

test.each([true, false])(
  'a record for which no producer id could be had says why (Retry-After: %s)',
  async (isAsked) => {
    const { yak, cluster } = fakeClient({ partitions: 1 })
    await yak.producer({ idempotent: false }).send({ topic: 't', value: 0 })
    cluster.onRequest = ({ path }) =>
      path === '/v1/producer-ids'
        ? { kind: 'problem', code: 'NOT_ENOUGH_REPLICAS', ...(isAsked ? { retryAfterSeconds: 1 } : {}) }
        : undefined
    const sent = yak.producer({ deliveryTimeoutMs: 700 }).send({ topic: 't', value: 1 })
    await expect(sent).rejects.toMatchObject({
      code: 'DELIVERY_ABANDONED',
      outcome: 'not-written',
      cause: { code: 'NOT_ENOUGH_REPLICAS' },
      message: expect.stringMatching(/could not be sent within 700 ms .* It is not written\. \S/),
    })
  },
)

test('a reason that has passed is not told', async () => {
  const { yak, cluster } = fakeClient({ partitions: 1 })
  cluster.onRequest = ({ path }) =>
    path === '/v1/producer-ids' ? { kind: 'problem', code: 'NOT_ENOUGH_REPLICAS' } : undefined
  const producer = yak.producer({ deliveryTimeoutMs: 300 })
  await expect(producer.send({ topic: 't', value: 0 })).rejects.toMatchObject({ cause: expect.anything() })
  cluster.onRequest = () => undefined
  await producer.send({ topic: 't', value: 1 })
  cluster.onRequest = ({ path }) => (path === '/v1/produce' ? { kind: 'hang' } : undefined)
  // More than may be under way: the last waits behind them.
  const sends = Array.from({ length: 8 }, (_, n) => producer.send({ topic: 't', value: 'x'.repeat(250_000) + n }))
  for (const send of sends.slice(0, -1)) send.catch(() => {})
  const error = await sends.at(-1)!.catch((error: unknown) => error)
  expect(error).toMatchObject({ code: 'DELIVERY_ABANDONED' })
  expect((error as Error).cause).toBeUndefined()
})

test('a record behind one that is refused has its reason', async () => {
  const { yak, cluster, clock } = fakeClient({ partitions: 1 })
  const producer = yak.producer({ deliveryTimeoutMs: 300 })
  await producer.send({ topic: 't', value: 0 })
  cluster.onRequest = ({ path }) =>
    path === '/v1/produce' ? { kind: 'problem', code: 'NOT_ENOUGH_REPLICAS', retryAfterSeconds: 1 } : undefined
  const first = producer.send({ topic: 't', value: 1 }).catch(() => {})
  await clock.sleep(50)
  const behind = producer.send({ topic: 't', value: 2 })
  await expect(behind).rejects.toMatchObject({ code: 'DELIVERY_ABANDONED', cause: { code: 'NOT_ENOUGH_REPLICAS' } })
  await first
})
