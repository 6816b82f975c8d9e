import type { YakError } from '@yak/protocol'
import { expect, test } from 'vitest'
import { eventsOf, fakeClient } from './support/fake-client.ts'

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

test('a producer that is closed with something under way says nothing about the leader', async () => {
  const { yak, cluster, clock } = fakeClient({ partitions: 1 }, { requestTimeoutMs: 30_000 })
  const disconnected = eventsOf(yak, 'disconnected')
  const other = yak.producer()
  await other.send({ topic: 't', value: 0 })
  const producer = yak.producer()
  await producer.send({ topic: 't', value: 1 })
  cluster.onRequest = ({ path }) => (path === '/v1/produce' ? { kind: 'delay', delayMs: 5_000 } : undefined)
  const sent = producer.send({ topic: 't', value: 2 }).catch(({ code }: YakError) => code)
  await clock.sleep(50)
  await producer.close()
  expect(await sent).toBe('OUTCOME_UNKNOWN')
  await clock.sleep(100)
  expect(disconnected).toEqual([])
})

test('a client that is closed with a call under way says nothing about the leader', async () => {
  const { yak, cluster, clock } = fakeClient({ partitions: 1 }, { requestTimeoutMs: 30_000 })
  const disconnected = eventsOf(yak, 'disconnected')
  await yak.producer().send({ topic: 't', value: 0 })
  cluster.onRequest = () => ({ kind: 'hang' })
  const deleted = yak
    .admin()
    .deleteTopic('t')
    .catch(({ code }: YakError) => code)
  await clock.sleep(50)
  await yak.close()
  expect(await deleted).toBe('OUTCOME_UNKNOWN')
  await clock.sleep(100)
  expect(disconnected).toEqual([])
})
