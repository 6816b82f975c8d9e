import { type Cluster, startCluster } from '@yak/broker'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BatchStamp, IdempotentProducer, settleAgain } from '../../../src/data/produce/idempotent-producer.ts'
import { findTopic, type ProduceTarget } from '../../../src/data/produce/produce-target.ts'

let cluster: Cluster
let target: ProduceTarget
let topicId: string

beforeAll(async () => {
  cluster = await startCluster({ settings: { leaseMs: 1_000 } })
  const { url } = await cluster.leader()
  await fetch(`${url}/topics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'orders', partitions: 2 }),
  })
  target = {
    peers: () => cluster.urls.map((each, index) => ({ id: String(index + 1), url: each })),
    token: () => '',
    leaderUrl: null,
  }
  topicId = (await findTopic(target, 'orders', AbortSignal.timeout(5_000))).topicId
})
afterAll(async () => {
  await cluster?.close()
})

const batch = (value: string, partition = 0) => ({
  topic: 'orders',
  topicId,
  partition,
  records: [{ key: null, value, timestamp: 1 }],
  signal: AbortSignal.timeout(20_000),
})

test('messages of a partition keep the order of the calls, each once, across a leader that stops', async () => {
  const producer = new IdempotentProducer(target)
  const leader = await cluster.leader()
  const settled = Array.from({ length: 40 }, (_, index) => producer.produce(batch(String(index))))
  const id = String(cluster.brokers.indexOf(leader) + 1)
  const stopped = cluster.stop(id)
  const offsets = (await Promise.all(settled)).map((each) => (each.kind === 'written' ? each.offset : each.error.code))
  expect(offsets).toEqual(Array.from({ length: 40 }, (_, index) => index))
  await stopped
  await cluster.restart(id)
})

test('the same again under the same stamp is the same message, at its place', async () => {
  const producer = new IdempotentProducer(target)
  const stamps: BatchStamp[] = []
  const asked = { ...batch('once', 1), onStamped: (stamp: BatchStamp) => stamps.push(stamp) }
  const first = await producer.produce(asked)
  const again = await settleAgain(target, stamps[0]!, asked)
  expect(first).toMatchObject({ kind: 'written', offset: 0 })
  expect(again).toMatchObject({ kind: 'written', offset: 0 })
  expect(await producer.produce(batch('next', 1))).toMatchObject({ kind: 'written', offset: 1 })
})

test('after one that was given up, the next has a name of its own', async () => {
  const producer = new IdempotentProducer(target)
  const stamps: BatchStamp[] = []
  const onStamped = (stamp: BatchStamp) => stamps.push(stamp)
  await producer.produce({ ...batch('a', 1), onStamped })
  const given = new AbortController()
  const lost = producer.produce({
    ...batch('b', 1),
    signal: given.signal,
    onStamped: (stamp) => {
      onStamped(stamp)
      given.abort(new Error('given up'))
    },
  })
  await expect(lost).rejects.toThrow('given up')
  expect(await producer.produce({ ...batch('c', 1), onStamped })).toMatchObject({ kind: 'written' })
  expect(stamps[1]!.producerId).toBe(stamps[0]!.producerId)
  expect(stamps[2]!.producerId).not.toBe(stamps[0]!.producerId)
})

test('one that waits behind another is given up at once, and was never sent', async () => {
  const producer = new IdempotentProducer({
    ...target,
    peers: () => [{ id: null, url: 'http://127.0.0.1:1' }],
    leaderUrl: null,
  })
  const [first, second] = [new AbortController(), new AbortController()]
  let attempts = 0
  const onAttempt = () => attempts++
  const head = producer.produce({ ...batch('head', 1), signal: first.signal })
  const behind = producer.produce({ ...batch('behind', 1), signal: second.signal, onAttempt })
  second.abort(new Error('given up'))
  await expect(behind).rejects.toThrow('given up')
  first.abort(new Error('given up too'))
  await expect(head).rejects.toThrow('given up too')
  expect(attempts).toBe(0)
})
