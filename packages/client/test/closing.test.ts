import { expect, test } from 'vitest'
import { fakeClient } from './support/fake-client.ts'

test.each([
  ['a producer', 'producer'],
  ['a client', 'yak'],
] as const)('%s that is closed again with less time is closed by then', async (_, which) => {
  const { yak, cluster, clock } = fakeClient({ partitions: 1 }, { requestTimeoutMs: 30_000 })
  const producer = yak.producer()
  await producer.send({ topic: 't', value: 0 })
  cluster.brokers[0]!.isFrozen = true
  const sent = producer.send({ topic: 't', value: 1 }).catch(({ code }) => code)
  await clock.sleep(10)
  const closed = which === 'yak' ? yak : producer
  const startMs = clock.nowMs()
  const first = closed.close({ timeoutMs: 20_000 })
  await clock.sleep(10)
  await closed.close({ timeoutMs: 50 })
  expect(clock.nowMs() - startMs).toBeLessThan(100)
  expect(await sent).toBe('OUTCOME_UNKNOWN')
  await first
  expect(clock.nowMs() - startMs).toBeLessThan(100)
})

test('closed again with more time, it is closed as the first said', async () => {
  const { yak, cluster, clock } = fakeClient({ partitions: 1 }, { requestTimeoutMs: 30_000 })
  const producer = yak.producer()
  cluster.brokers[0]!.isFrozen = true
  const sent = producer.send({ topic: 't', value: 1 }).catch(({ code }) => code)
  const startMs = clock.nowMs()
  const first = producer.close()
  await producer.close({ timeoutMs: 20_000 })
  await first
  expect(clock.nowMs() - startMs).toBeLessThan(100)
  expect(await sent).toBe('DELIVERY_ABANDONED')
})
