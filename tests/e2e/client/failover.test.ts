import { startCluster } from '@yak/broker'
import { YakClient } from '@yak/client'
import { expect, onTestFinished, test } from 'vitest'
import { FaultCluster } from '../../faults/harness/fault-cluster.ts'
import { expectExactlyOnce, partitions, SteadyReader, SteadySenders, topic } from './load.ts'

const leaseMs = 1_000

function report(what: string, gapsMs: readonly number[], count: number): void {
  const gaps = gapsMs.map((gapMs) => `${Math.round(gapMs)} ms`).join(', ')
  process.stdout.write(`  ${what}: ${count} records once each, longest gap between receipts ${gaps}\n`)
}

/** Three producers and two consumers, each a client of its own, while `disturb` is done three times over. */
async function underLoad(
  makeClient: () => YakClient,
  disturb: () => Promise<void>,
): Promise<{ readonly gapsMs: number[]; readonly count: number }> {
  await makeClient().admin().createTopic({ topic, partitions })
  const senders = new SteadySenders([makeClient(), makeClient(), makeClient()])
  const readers = [new SteadyReader(makeClient()), new SteadyReader(makeClient())]
  const gapsMs: number[] = []
  await readers[0]!.untilSeen(100)
  for (let round = 0; round < 3; round++) {
    const fromMs = performance.now()
    await disturb()
    const before = readers[0]!.seen.size
    await readers[0]!.untilSeen(before + 200)
    gapsMs.push(senders.longestGapMs(fromMs))
  }
  await senders.stop()
  for (const reader of readers) await reader.untilSeen(senders.sent.length)
  for (const reader of readers) await reader.stop()
  expectExactlyOnce(senders, readers)
  return { gapsMs, count: senders.sent.length }
}

test('the leader is stopped gracefully, and comes back as a follower: each record once, in the order of its key', async () => {
  const cluster = await startCluster({ settings: { leaseMs } })
  const clients: YakClient[] = []
  onTestFinished(async () => {
    await Promise.all(clients.map((client) => client.close()))
    await cluster.close()
  })
  const makeClient = (): YakClient => {
    const client = new YakClient({ brokers: cluster.urls })
    clients.push(client)
    return client
  }
  const { gapsMs, count } = await underLoad(makeClient, async () => {
    const { id } = await cluster.leader()
    await cluster.stop(id)
    await cluster.leader()
    await cluster.restart(id)
  })
  report('stopped gracefully', gapsMs, count)
})

test.each(['killed', 'stopped as a process and woken'])(
  'the leader is %s: each record once, in the order of its key',
  async (how) => {
    const cluster = await FaultCluster.start({ leaseMs })
    onTestFinished(() => cluster.close())
    const { gapsMs, count } = await underLoad(
      () => cluster.client({ requestTimeoutMs: 10_000 }),
      async () => {
        const leader = await cluster.leader()
        if (how === 'killed') await leader.kill()
        else leader.pause()
        await cluster.leader({ notId: leader.id })
        await cluster.heal()
        await cluster.untilWhole()
      },
    )
    report(how, gapsMs, count)
  },
)

test('one broker of three is left: it tells of the cluster and its topics, and takes nothing', async () => {
  await using cluster = await startCluster({ settings: { leaseMs } })
  await using yak = new YakClient({ brokers: cluster.urls })
  const producer = yak.producer()
  await yak.admin().createTopic({ topic, partitions })
  expect((await producer.send({ topic, partition: 0, value: 1 })).offset).toBe(0)
  const { id } = await cluster.leader()
  const followers = cluster.brokers.filter((broker) => broker.id !== id)
  // A follower is left, and has nobody to vote for it.
  await cluster.stop(followers[0]!.id)
  await cluster.stop(id)
  const seen = await yak.admin().cluster()
  expect(seen.brokers.map((broker) => broker.id)).toEqual(['1', '2', '3'])
  expect((await yak.admin().listTopics()).map(({ name }) => name)).toEqual([topic])
  expect((await yak.admin().describeTopic(topic)).partitions).toHaveLength(partitions)
  await expect(yak.admin().createTopic({ topic: 'more' }, { timeoutMs: 1_500 })).rejects.toMatchObject({
    outcome: 'not-written',
    code: expect.stringMatching(/^(LEADER_NOT_AVAILABLE|NOT_ENOUGH_REPLICAS)$/),
  })
  const waiting = producer.send({ topic, partition: 0, value: 2 })
  const hopeless = yak.producer({ deliveryTimeoutMs: 1_500 }).send({ topic, partition: 0, value: 3 })
  await expect(hopeless).rejects.toMatchObject({ outcome: 'not-written' })
  await cluster.restart(id)
  expect((await waiting).offset).toBe(1)
  const values: unknown[] = []
  for await (const { value } of yak.consumer({ partitions: [{ topic, partition: 0 }], follow: false }))
    values.push(value)
  expect(values).toEqual([1, 2])
})
