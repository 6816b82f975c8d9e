import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { BrokerProcess } from './harness/broker-process.ts'
import { FaultRun } from './harness/fault-run.ts'
import { endAt, killWithOwnTail, sendTo } from './harness/own-tail.ts'
import { rawCall } from './harness/raw-call.ts'
import { until } from './harness/until.ts'

/**
 * B6 (KIP-101): a broker that comes back with a tail of its own cuts that, and not what it does not know to be committed. What
 * two of three acknowledged is on it and on the leader that has it cut; then that leader dies, and it is all there is.
 */
export async function cutTail(mutation?: string): Promise<void> {
  await using run = await FaultRun.start({ isLinked: true, partitions: 1, mutation })
  const { cluster, recorder } = run
  const old = await cluster.leader()
  const [next, absent] = cluster.others(old.id)
  await sendTo(run, old, 'early')
  await absent!.terminate()
  // Saved every so often: a crash may leave an older one.
  const saved = join(old.dataDir, 'high-watermarks.json')
  await until('an older high watermark', () =>
    copyFile(saved, `${saved}.older`).then(
      () => true,
      () => false,
    ),
  )
  let committed = 0
  for (const value of ['late.1', 'late.2', 'late.3']) committed = (await sendTo(run, old, value)) + 1
  await recorder.during('a leader dies with a tail of its own, and comes back', async () => {
    await killWithOwnTail(run, old, ['tail'])
    await copyFile(`${saved}.older`, saved)
    // The third may vote, and neither fetch nor lead.
    cluster.links.between(absent!.id, next!.id).hold('toServer')
    cluster.links.between(absent!.id, 'redis').refuse()
    absent!.start()
    await until('the second leads', async () => (await next!.health())?.role === 'leader')
    // Slow enough to be met between having cut and having fetched.
    cluster.links.between(old.id, next!.id).delay(150)
    old.start()
    await until(
      'the first has cut its tail',
      async () => {
        const [partition] = (await run.partitionsAt(old).catch(() => undefined)) ?? []
        return partition !== undefined && partition.logEndOffset <= committed
      },
      { state: () => cluster.describe() },
    )
    await next!.kill()
    cluster.links.heal()
    const leader = await cluster.leader({ notId: next!.id })
    expect(await endAt(run, leader), 'the end of what was acknowledged').toBeGreaterThanOrEqual(committed)
  })
  await run.verdict()
}

/** What is read at an offset of partition 0, once the leader serves reads. */
async function valueAt(run: FaultRun, leader: BrokerProcess, offset: number): Promise<unknown> {
  const url = `${leader.url}/consume?topic=${run.topic}&partition=0&offset=${offset}&maxWaitMs=2000`
  return await until(`a read at ${offset}`, async () => {
    const { body } = await rawCall(url)
    return (body.records as readonly { readonly value: unknown }[] | undefined)?.[0]?.value
  })
}

/**
 * B7 (KIP-279): two leaders die one after the other. The first left a long tail that nobody else has, the second a short one that
 * was acknowledged. The first one and the third elect: the later epoch counts, and not the longer log.
 */
export async function longerTail(mutation?: string): Promise<void> {
  await using run = await FaultRun.start({ isLinked: true, partitions: 1, leaseMs: 500, mutation })
  const { cluster, recorder } = run
  const first = await cluster.leader()
  await sendTo(run, first, 'before')
  await recorder.during('two leaders die', async () => {
    await killWithOwnTail(run, first, ['long.1', 'long.2', 'long.3'])
    const second = await cluster.leader({ notId: first.id })
    await until('the third is in sync', async () => (await second.health())?.isr.length === 2)
    const offset = await sendTo(run, second, 'short')
    await second.kill()
    first.start()
    const leader = await cluster.leader({ notId: second.id })
    expect(await valueAt(run, leader, offset), 'what was acknowledged').toBe('short')
  })
  await run.verdict()
}
