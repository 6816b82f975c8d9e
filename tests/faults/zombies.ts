import { expect } from 'vitest'
import type { BrokerProcess } from './harness/broker-process.ts'
import { FaultRun } from './harness/fault-run.ts'
import { rawCall } from './harness/raw-call.ts'
import { rawSend } from './harness/raw-send.ts'
import { until } from './harness/until.ts'

/** What it takes from a client that speaks to it alone; whether anybody may believe it is the question. */
async function writeTo(broker: BrokerProcess, run: FaultRun): Promise<number> {
  // A leader that cannot find out whether it still leads gives no answer at all: nobody waits for that here.
  const timeoutMs = 3_000
  return (
    await rawCall(`${broker.url}/produce`, {
      body: { topic: run.topic, partition: 0, value: `stale.${broker.id}` },
      timeoutMs,
    })
  ).status
}

async function readFrom(broker: BrokerProcess, run: FaultRun): Promise<number> {
  return (await rawCall(`${broker.url}/consume?topic=${run.topic}&partition=0&offset=latest&maxWaitMs=0`)).status
}

/**
 * B1, I8: a leader that nobody follows any more and that cannot renew its lease, and which clients still reach, takes nothing;
 * and once a lease is over it serves no reads either, for another may have gone on.
 */
export async function isolatedLeader(mutation?: string): Promise<void> {
  await using run = await FaultRun.start({ isLinked: true, mutation })
  const { cluster, recorder } = run
  const producer = run.producer('p1').start()
  run.reader('r1').start()
  await run.untilAcknowledged(producer, 30)
  const old = await cluster.leader()
  await recorder.during('the leader is cut off', async () => {
    cluster.isolate(old.id)
    const early = writeTo(old, run)
    await cluster.leader({ notId: old.id })
    await run.untilAcknowledged(producer, 30)
    const { status, leader } = await until('the old leader answers', () => old.health())
    expect(status === 'ok' && leader?.id === old.id, 'the old leader says that it serves').toBe(false)
    expect(await readFrom(old, run), 'a read of the old leader').not.toBe(200)
    expect(await early, 'a write to the leader just cut off').not.toBe(200)
    expect(await writeTo(old, run), 'a write to the old leader').not.toBe(200)
  })
  await run.verdict()
}

/**
 * B1: a leader that was stopped in the middle of its work, with requests waiting at its door, and wakes when another leads.
 */
export async function wakingLeader(mutation?: string): Promise<void> {
  await using run = await FaultRun.start({ mutation })
  const { cluster, recorder } = run
  const producer = run.producer('p1').start()
  run.reader('r1').start()
  for (const leases of [0.5, 1, 3]) {
    await run.untilAcknowledged(producer, 30)
    const old = await cluster.leader()
    const { epoch } = (await old.health())!
    await recorder.during(`the leader pauses for ${leases} leases`, async () => {
      old.pause()
      const atMs = recorder.nowMs()
      // One that was acknowledged is in the history like any other: it has to be there at the end.
      const waiting = rawSend(run, old, `stale.${leases}`)
      await until('the pause is over', () => recorder.nowMs() > atMs + leases * cluster.leaseMs)
      const hasSuccessor = leases > 1 && (await cluster.leader({ notId: old.id })) !== undefined
      old.resume()
      const { status, body } = await waiting
      if (hasSuccessor) expect(status === 200 && body.epoch === epoch, 'acknowledged under the old epoch').toBe(false)
    })
  }
  await run.verdict()
}

/**
 * B2: two brokers hold a lease at once. Redis forgets everything while the leader cannot hear of it; another acquires. Their
 * epochs differ, and only one of them gets anything acknowledged.
 */
export async function twoLeases(mutation?: string): Promise<void> {
  await using run = await FaultRun.start({ isLinked: true, mutation })
  const { cluster, recorder } = run
  const producer = run.producer('p1').start()
  run.reader('r1').start()
  await run.untilAcknowledged(producer, 30)
  const old = await cluster.leader()
  const { epoch } = (await old.health())!
  await recorder.during('Redis forgets behind the leader', async () => {
    cluster.links.between(old.id, 'redis').hold()
    await cluster.redis.command('FLUSHALL')
    const successor = await cluster.leader({ notId: old.id })
    expect((await successor.health())!.epoch).toBeGreaterThan(epoch)
    await run.untilAcknowledged(producer, 30)
    // The old one was never told by Redis: the others' promises are what stopped it.
    await until('the old leader follows', async () => (await old.health())?.role !== 'leader')
  })
  await run.verdict()
}

/** B13: the leader stops answering and its connections stay open; a client with its usual settings finds the next one. */
export async function silentLeader(): Promise<number> {
  await using run = await FaultRun.start()
  const { cluster, recorder } = run
  const producer = run.producer('p1', { clientOptions: { requestTimeoutMs: 10_000 } }).start()
  run.reader('r1').start()
  await run.untilAcknowledged(producer, 30)
  const old = await cluster.leader()
  const fromMs = recorder.nowMs()
  await recorder.during('the leader is silent', async () => {
    old.pause()
    await cluster.leader({ notId: old.id })
    await run.untilAcknowledged(producer, 30)
  })
  const gapMs = run.longestGapMs(fromMs)
  await run.verdict()
  return gapMs
}
