import type { YakError } from '@yak/protocol'
import { expect, test } from 'vitest'
import { fakeClient } from '../support/fake-client.ts'

test.each([
  ['wait for their topic to be looked up', 'new', 'stopped', ['DELIVERY_ABANDONED', 'DELIVERY_ABANDONED']],
  ['wait for a broker', 'known', 'stopped', ['OUTCOME_UNKNOWN', 'DELIVERY_ABANDONED']],
  ['wait for an answer', 'known', 'frozen', ['OUTCOME_UNKNOWN', 'DELIVERY_ABANDONED']],
])('flush does not wait for aborted sends that %s', async (_, topic, state, expected) => {
  const { yak, cluster, clock } = fakeClient({}, { requestTimeoutMs: 5_000 })
  const producer = yak.producer({ deliveryTimeoutMs: 10_000 })
  await producer.send({ topic: 'known', value: 0 })
  for (const broker of cluster.brokers) {
    if (state === 'frozen') broker.isFrozen = true
    else broker.stop()
  }
  const controller = new AbortController()
  const codes: Promise<string>[] = []
  for (const value of ['under way, if anything can be', 'gathered']) {
    const sent = producer.send({ topic, value, partition: 0 }, { signal: controller.signal })
    codes.push(sent.then(String, (error: YakError) => error.code))
    await clock.sleep(20)
  }
  controller.abort()
  expect(await Promise.all(codes)).toEqual(expected)
  const startMs = clock.nowMs()
  await producer.flush()
  expect(clock.nowMs() - startMs).toBeLessThan(1_000)
})

test('flush waits for the others of a batch with an aborted send in it', async () => {
  const { yak, cluster, clock } = fakeClient({ partitions: 1 })
  const producer = yak.producer({ deliveryTimeoutMs: 2_000 })
  await producer.send({ topic: 't', value: 0 })
  cluster.onRequest = () => ({ kind: 'delay', delayMs: 400 })
  const controller = new AbortController()
  const aborted = producer.send({ topic: 't', value: 1 }, { signal: controller.signal }).catch(() => 'aborted')
  let isSettled = false
  const kept = producer.send({ topic: 't', value: 2 }).then(() => (isSettled = true))
  await clock.sleep(20)
  controller.abort()
  expect(await aborted).toBe('aborted')
  await producer.flush()
  expect(isSettled).toBe(true)
  await kept
})

test('flush waits for what takes the place of an aborted send', async () => {
  const { yak, cluster, clock } = fakeClient({}, { requestTimeoutMs: 5_000 })
  const producer = yak.producer({ deliveryTimeoutMs: 2_000 })
  await producer.send({ topic: 't', value: 0 })
  for (const broker of cluster.brokers) broker.stop()
  const controller = new AbortController()
  const codes: Promise<string>[] = []
  for (const value of ['under way', 'gathered']) {
    const sent = producer.send({ topic: 't', value, partition: 0 }, { signal: controller.signal })
    codes.push(sent.then(String, (error: YakError) => error.code))
    await clock.sleep(20)
  }
  controller.abort()
  expect(await Promise.all(codes)).toEqual(['OUTCOME_UNKNOWN', 'DELIVERY_ABANDONED'])
  await clock.sleep(300)
  let isSettled = false
  const later = producer.send({ topic: 't', value: 'later', partition: 0 }).catch(() => (isSettled = true))
  await producer.flush()
  expect(isSettled).toBe(true)
  await later
})
