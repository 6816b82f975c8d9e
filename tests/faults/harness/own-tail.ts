import { expect } from 'vitest'
import type { BrokerProcess } from './broker-process.ts'
import type { FaultRun } from './fault-run.ts'
import { rawSend } from './raw-send.ts'
import { until } from './until.ts'

/** Where the log of partition 0 ends on one broker, whoever leads. */
export async function endAt(run: FaultRun, broker: BrokerProcess): Promise<number> {
  return (await run.partitionsAt(broker))[0]!.logEndOffset
}

/** A record of partition 0 that is acknowledged. */
export async function sendTo(run: FaultRun, leader: BrokerProcess, value: string): Promise<number> {
  const { status, body } = await rawSend(run, leader, value)
  expect(status, `what broker ${leader.id} says of ${value}`).toBe(200)
  return body.offset as number
}

/**
 * Records that the leader alone has: what it answers to the others' fetches is on its way, and never arrives. Then it is
 * killed.
 */
export async function killWithOwnTail(run: FaultRun, leader: BrokerProcess, values: readonly string[]): Promise<void> {
  const { cluster } = run
  const before = await endAt(run, leader)
  const others = cluster.others(leader.id).filter(({ isRunning }) => isRunning)
  for (const { id } of others) cluster.links.between(id, leader.id).hold('toClient')
  const sent = values.map((value) => rawSend(run, leader, value))
  await until('records that only the leader has', async () => (await endAt(run, leader)) === before + values.length)
  await leader.kill()
  await Promise.all(sent)
  for (const { id } of others) {
    cluster.links.between(id, leader.id).cut()
    cluster.links.between(id, leader.id).heal()
  }
}
