import { expect } from 'vitest'
import { BrokerProcess } from './harness/broker-process.ts'
import { FaultRun } from './harness/fault-run.ts'
import { until } from './harness/until.ts'

/**
 * What the leader acknowledged alone, with m = 1, is on its disk only; then all are stopped, and m becomes 2. The other two would be a quorum of
 * that, and wait for it.
 */
export async function raisedMinInsync(): Promise<void> {
  await using run = await FaultRun.start({ minInsync: 1, leaseMs: 500, coordinator: 'sqlite' })
  const { cluster, recorder } = run
  const producer = run.producer('p1').start()
  await run.untilAcknowledged(producer, 20)
  const leader = await cluster.leader()
  const others = cluster.others(leader.id)
  const changed = new Map<string, BrokerProcess>()
  for (const { id, options } of cluster.brokers) {
    const flags = options.flags.with(options.flags.indexOf('--min-insync') + 1, '2')
    changed.set(id, new BrokerProcess({ ...options, flags }))
  }
  try {
    await recorder.during('m is raised while all are stopped', async () => {
      await Promise.all(others.map((broker) => broker.terminate()))
      await until('it is in sync alone', async () => (await leader.health())?.isr.length === 1)
      await run.untilAcknowledged(producer, 20)
      await leader.kill()
      for (const { id } of others) changed.get(id)!.start()
      await until('one says what it waits for', async () => {
        for (const { id } of others) {
          const health = await changed.get(id)!.health()
          expect(health?.role, `broker ${id}`).not.toBe('leader')
          if (health?.reasons.some((reason) => /2 of the 3 votes needed.*start the others too/.test(reason)))
            return true
        }
        return false
      })
      changed.get(leader.id)!.start()
      await run.untilAcknowledged(producer, 20)
      await until('all are in sync', async () => (await changed.get(leader.id)!.health())?.isr.length === 3)
    })
  } finally {
    await Promise.all([...changed.values()].map((broker) => broker.terminate()))
  }
  for (const broker of cluster.brokers) broker.start()
  await cluster.untilWhole()
  await run.verdict()
}
