import type { FaultCluster } from './harness/fault-cluster.ts'
import { FaultRun } from './harness/fault-run.ts'
import { until } from './harness/until.ts'

/** The record of the cluster's group as Redis keeps it, and how to bring it back: a restored backup, a stale replica. */
export async function savedRecord(cluster: FaultCluster): Promise<() => Promise<void>> {
  const { redis } = cluster
  const key = await cluster.leaseKey()
  const fields = (await redis.command('HGETALL', key)) as string[] | Readonly<Record<string, string>>
  const flat = Array.isArray(fields) ? fields : Object.entries(fields).flat()
  return async () => {
    await redis.command('HSET', key, ...flat)
  }
}

async function isrInRedis(cluster: FaultCluster): Promise<readonly string[]> {
  const isr = JSON.parse(
    String(await cluster.redis.command('HGET', await cluster.leaseKey(), 'isr')),
  ) as readonly (readonly string[])[]
  return isr.map(([brokerId]) => brokerId!)
}

/** Two brokers with m = 1, of which one has died; what is acknowledged now lies on the other alone. */
async function oneLeft(run: FaultRun) {
  const { cluster } = run
  const producer = run.producer('p1').start()
  await run.untilAcknowledged(producer, 20)
  const leader = await cluster.leader()
  const [follower] = cluster.others(leader.id)
  const saved = await savedRecord(cluster)
  await follower!.kill()
  await until('the leader goes on alone', async () => (await leader.health())?.isr.length === 1)
  await run.untilAcknowledged(producer, 20)
  return { leader, follower: follower!, producer, restore: saved }
}

/** B5: the last in-sync broker dies, and one that had fallen out comes back: it may not lead without the other. */
export async function lastStanding(mutation?: string): Promise<void> {
  await using run = await FaultRun.start({ brokers: 2, minInsync: 1, mutation })
  const { leader, follower, producer } = await oneLeft(run)
  await leader.kill()
  void producer.stop()
  await run.expectNoLeader(
    'only the old follower is there',
    () => follower.start(),
    () => leader.start(),
  )
  await run.verdict()
}

/** B5 with three brokers and m = 2: what two of them acknowledged, the third alone may not lead past. */
export async function thirdAlone(mutation?: string): Promise<void> {
  await using run = await FaultRun.start({ mutation })
  const { cluster } = run
  const producer = run.producer('p1').start()
  await run.untilAcknowledged(producer, 20)
  const leader = await cluster.leader()
  const [third, other] = cluster.others(leader.id)
  await third!.kill()
  await run.untilAcknowledged(producer, 20)
  await leader.kill()
  await other!.kill()
  void producer.stop()
  await run.expectNoLeader(
    'only the third broker is there',
    () => third!.start(),
    () => {
      leader.start()
      other!.start()
    },
  )
  await run.verdict()
}

/**
 * B4: a stale replica of Redis is promoted, and with it an ISR that names a broker long gone (two brokers, m = 1, where the
 * coordinator's ISR decides). The leader notices with its next renewal, stops acknowledging and writes its own again.
 */
export async function staleIsr(mutation?: string): Promise<void> {
  await using run = await FaultRun.start({ brokers: 2, minInsync: 1, mutation })
  const { cluster } = run
  const { leader, follower, producer, restore } = await oneLeft(run)
  await restore()
  // A renewal comes with each third of the lease.
  await until(
    'the ISR in Redis is that of the leader again',
    async () => (await isrInRedis(cluster)).join() === leader.id,
    {
      withinMs: 3 * cluster.leaseMs,
    },
  )
  await run.untilAcknowledged(producer, 100)
  await leader.kill()
  void producer.stop()
  await run.expectNoLeader(
    'only the old follower is there',
    () => follower.start(),
    () => leader.start(),
  )
  await run.verdict()
}

/** Two brokers, m = 1: the leader dies, the other takes over at once, and the old one comes back behind it. */
export async function pairTakesOver(): Promise<number> {
  await using run = await FaultRun.start({ brokers: 2, minInsync: 1 })
  const { cluster, recorder } = run
  const producer = await run.underLoad()
  const old = await cluster.leader()
  const fromMs = recorder.nowMs()
  await recorder.during('SIGKILL of the leader', async () => {
    await old.kill()
    await cluster.leader({ notId: old.id })
    await run.untilAcknowledged(producer, 30)
  })
  const gapMs = run.longestGapMs(fromMs)
  old.start()
  await cluster.untilWhole()
  await run.untilAcknowledged(producer, 30)
  await run.verdict()
  return gapMs
}

/** B21: Redis empty and every broker killed: they come back with all files and every record. */
export async function allGone(): Promise<void> {
  await using run = await FaultRun.start()
  const { cluster, recorder } = run
  const producer = await run.underLoad(50)
  await recorder.during('SIGKILL of all, and Redis emptied', async () => {
    await Promise.all(cluster.brokers.map((broker) => broker.kill()))
    await cluster.redis.kill()
    await cluster.redis.restart()
    for (const broker of cluster.brokers) broker.start()
    await cluster.untilWhole()
    await run.untilAcknowledged(producer, 20)
  })
  await run.verdict()
}
