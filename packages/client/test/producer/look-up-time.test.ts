import { expect, test } from 'vitest'
import { fakeClient } from '../support/fake-client.ts'

test('each send has its own time, also while its topic is looked up', async () => {
  const { yak, cluster, clock } = fakeClient({ partitions: 1 })
  const producer = yak.producer({ deliveryTimeoutMs: 2_000 })
  await producer.send({ topic: 'known', value: 0 })
  cluster.brokers[0]!.stop()
  const startMs = clock.nowMs()
  const first = producer.send({ topic: 'new', value: 1 }).catch((error) => error)
  await clock.sleep(1_900)
  const second = producer.send({ topic: 'new', value: 2 })
  const third = producer.send({ topic: 'new', value: 3 }).catch((error) => error)
  expect(await first).toMatchObject({
    code: 'BROKERS_UNREACHABLE',
    message: expect.stringContaining('refuses connections'),
  })
  expect(clock.nowMs() - startMs).toBeLessThan(2_300)
  await clock.sleep(500)
  cluster.brokers[0]!.start()
  expect(await second).toMatchObject({ offset: 0 })
  expect(await third).toMatchObject({ offset: 1 })
})

test('with nobody there, each is given up in its own time', async () => {
  const { yak, cluster, clock } = fakeClient({ partitions: 1 })
  cluster.brokers[0]!.stop()
  const producer = yak.producer({ deliveryTimeoutMs: 2_000 })
  const waited: number[] = []
  const sends = [0, 1, 2].map(async (value) => {
    await clock.sleep(value * 500)
    const startMs = clock.nowMs()
    const error = await producer.send({ topic: 'new', value }).catch((cause) => cause)
    waited.push(clock.nowMs() - startMs)
    return error.code
  })
  expect(await Promise.all(sends)).toEqual(Array(3).fill('BROKERS_UNREACHABLE'))
  for (const waitedMs of waited) {
    expect(waitedMs).toBeGreaterThan(1_700)
    expect(waitedMs).toBeLessThan(2_300)
  }
})
