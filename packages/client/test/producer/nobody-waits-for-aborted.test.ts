import type { YakError } from '@yak/protocol'
import { expect, test } from 'vitest'
import { fakeClient } from '../support/fake-client.ts'

/** Sends of `topic` that one signal ends, and how many requests reach brokers within a minute after that. */
async function afterAborted(
  topic: string,
  count: number,
  begin: (given: ReturnType<typeof fakeClient>) => Promise<void> | void,
) {
  const given = fakeClient({ partitions: 1 })
  const { yak, cluster, clock } = given
  const producer = yak.producer({ maxBatchBytes: 256 })
  await producer.send({ topic: 'known', value: 0 })
  await begin(given)
  const { signal, abort } = signalOf()
  const codes = Array.from({ length: count }, (_, value) =>
    producer.send({ topic, value: `${value}`.padEnd(100) }, { signal }).catch(({ code }: YakError) => code),
  )
  await clock.sleep(2_000)
  abort()
  await Promise.all(codes)
  await clock.sleep(2_000)
  const before = cluster.requests.length
  await clock.sleep(60_000)
  return { ...given, producer, codes: await Promise.all(codes), requests: cluster.requests.slice(before) }
}

function signalOf() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}

const refused =
  (path: string, code: 'OVERLOADED' | 'NOT_ENOUGH_REPLICAS') => (given: ReturnType<typeof fakeClient>) => {
    given.cluster.onRequest = (request) => (request.path === path ? { kind: 'problem', code } : undefined)
  }

test('a topic is no longer looked up when all sends to it are aborted, and the next send looks it up anew', async () => {
  const { codes, requests, cluster, producer } = await afterAborted('new', 3, refused('/v1/metadata', 'OVERLOADED'))
  expect(codes).toEqual(Array(3).fill('DELIVERY_ABANDONED'))
  expect(requests).toEqual([])
  cluster.onRequest = () => undefined
  expect(await producer.send({ topic: 'new', value: 1 })).toMatchObject({ offset: 0 })
})

test('no producer id is asked for when all sends that need one are aborted', async () => {
  const { yak, cluster, clock } = fakeClient({ partitions: 1 })
  cluster.onRequest = ({ path }) => (path === '/v1/producer-ids' ? { kind: 'problem', code: 'OVERLOADED' } : undefined)
  const producer = yak.producer()
  const { signal, abort } = signalOf()
  const sent = producer.send({ topic: 't', value: 1 }, { signal }).catch(({ code }: YakError) => code)
  await clock.sleep(1_000)
  abort()
  expect(await sent).toBe('DELIVERY_ABANDONED')
  await clock.sleep(1_000)
  const before = cluster.requests.length
  await clock.sleep(60_000)
  expect(cluster.requests).toHaveLength(before)
  cluster.onRequest = () => undefined
  expect(await producer.send({ topic: 't', value: 2 })).toMatchObject({ offset: 0 })
})

test('whole batches of aborted sends are forgotten, and their bytes given back', async () => {
  const { requests, producer, cluster } = await afterAborted('known', 6, ({ cluster }) => cluster.elect(null))
  expect(requests).toEqual([])
  expect(producer.bufferedBytes).toBe(0)
  cluster.elect(cluster.brokers[0]!)
  expect(await producer.send({ topic: 'known', value: 1 })).toMatchObject({ offset: 1 })
})

test('what was refused and then aborted is not tried again, and what follows takes its sequence', async () => {
  const { requests, producer, cluster } = await afterAborted('known', 6, refused('/v1/produce', 'NOT_ENOUGH_REPLICAS'))
  expect(requests).toEqual([])
  expect(producer.bufferedBytes).toBe(0)
  cluster.onRequest = () => undefined
  expect(await producer.send({ topic: 'known', value: 1 })).toMatchObject({ offset: 1 })
  expect(cluster.topic('known').partitions[0]!.headers.map(({ producerEpoch }) => producerEpoch)).toEqual([0, 0])
})

test('what may be written and was then aborted is not tried again, and what follows is written once', async () => {
  const { requests, producer, cluster } = await afterAborted('known', 1, ({ cluster }) => {
    cluster.onRequest = ({ path }) => (path === '/v1/produce' ? { kind: 'lose-request' } : undefined)
  })
  expect(requests).toEqual([])
  cluster.onRequest = () => undefined
  expect(await producer.send({ topic: 'known', value: 1 })).toMatchObject({ offset: 1 })
  expect(await producer.send({ topic: 'known', value: 2 })).toMatchObject({ offset: 2 })
})
