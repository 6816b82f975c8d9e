import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect } from 'vitest'
import type { BrokerProcess } from './harness/broker-process.ts'
import { FaultCluster } from './harness/fault-cluster.ts'
import { FaultRun } from './harness/fault-run.ts'
import { until } from './harness/until.ts'

/** The leader's thread is busy for longer than its lease: its timers are late, its connections open. Another leads; it follows. */
export async function stalledLeader(): Promise<number> {
  await using run = await FaultRun.start({ hurt: 'stall' })
  const { cluster, recorder } = run
  const producer = await run.underLoad()
  const old = await cluster.leader()
  const fromMs = recorder.nowMs()
  await recorder.during('the leader stalls', async () => {
    old.hurt()
    await cluster.leader({ notId: old.id })
    await run.untilAcknowledged(producer, 30)
    await until('the old leader follows', async () => (await old.health())?.role === 'follower')
  })
  const gapMs = run.longestGapMs(fromMs)
  await run.verdict()
  return gapMs
}

/** SIGTERM of whoever leads, one second after the other. */
export async function movedLeader(): Promise<number> {
  await using run = await FaultRun.start()
  const { cluster, recorder } = run
  await run.underLoad()
  const fromMs = recorder.nowMs()
  for (let round = 1; round <= 3; round++) {
    const atMs = recorder.nowMs()
    await recorder.during(`SIGTERM of leader ${round}`, async () => {
      const leader = await cluster.leader()
      await leader.terminate()
      leader.start()
      await cluster.leader({ notId: leader.id })
      await until('all are in sync, a second later', async () => {
        return (
          recorder.nowMs() > atMs + 1_000 &&
          (await cluster.leader()).health().then((health) => health?.isr.length === 3)
        )
      })
    })
  }
  const gapMs = run.longestGapMs(fromMs)
  await run.verdict()
  return gapMs
}

/** A request arrives twice, as over a network that repeats: its records are there once, and both are told the same offsets. */
export async function sentTwice(): Promise<void> {
  await using run = await FaultRun.start({ isLinked: true })
  const { cluster } = run
  const producer = run.producer('p1')
  expect(await producer.send(0)).toBe(true)
  const leader = await cluster.leader()
  const link = cluster.links.between('client', leader.id)
  for (let round = 1; round <= 3; round++) {
    link.hold('toServer')
    const sending = producer.send(0)
    const request = await until('the request that is held back', () =>
      link.held('toServer').find((bytes) => bytes.includes('POST /v1/produce')),
    )
    const first = await answerTo(leader, request)
    expect(first, 'the answer to the first copy').toMatch(/^HTTP\/1\.1 200/)
    link.heal()
    expect(await sending, 'the second copy is acknowledged').toBe(true)
  }
  const [partition] = await run.partitionsAt(leader)
  expect(partition!.logEndOffset).toBe(4)
  await run.verdict()
}

/** What the broker says to these bytes on a connection of their own. */
async function answerTo(broker: BrokerProcess, bytes: Buffer): Promise<string> {
  const socket = connect(broker.port, '127.0.0.1')
  socket.write(bytes)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return answer.toString('latin1')
}

/** Redis answers nobody for several leases, then loses the lease alone: with a healthy cluster neither is felt. */
export async function blockedRedis(): Promise<{ readonly blockedMs: number; readonly deletedMs: number }> {
  await using run = await FaultRun.start()
  const { cluster, recorder } = run
  const producer = await run.underLoad()
  const { leaseMs, redis } = cluster
  let fromMs = recorder.nowMs()
  await recorder.during('CLIENT PAUSE', async () => {
    await redis.command('CLIENT', 'PAUSE', String(3 * leaseMs), 'ALL')
    await until('Redis was blocked for long enough', () => recorder.nowMs() > fromMs + 3 * leaseMs)
    await run.untilAcknowledged(producer, 10)
  })
  const blockedMs = run.longestGapMs(fromMs)
  const { epoch } = await cluster.untilWhole()
  fromMs = recorder.nowMs()
  await recorder.during('the lease is deleted', async () => {
    expect(await redis.command('DEL', await cluster.leaseKey())).toBe(1)
    await until('a leader above the epoch it had', async () => (await (await cluster.leader()).health())!.epoch > epoch)
    await run.untilAcknowledged(producer, 30)
  })
  const deletedMs = run.longestGapMs(fromMs)
  await run.verdict()
  return { blockedMs, deletedMs }
}

/**
 * A follower comes back over a link on which each record it lacks takes longer than the lease: as long as bytes come, its leader is not
 * silent, and in the end it is in sync.
 */
export async function slowLink(): Promise<void> {
  await using cluster = await FaultCluster.start({ isLinked: true })
  const client = cluster.client()
  await client.admin().createTopic({ topic: 'slow', partitions: 1 })
  const leader = await cluster.leader()
  const behind = cluster.others(leader.id)[0]!
  await behind.kill()
  const producer = client.producer()
  const value = randomBytes(500_000).toString('base64')
  for (let count = 0; count < 2; count++) await producer.send({ topic: 'slow', value })
  await producer.close()
  for (const { id } of cluster.others(behind.id)) cluster.links.between(behind.id, id).narrow(400_000)
  behind.start()
  await cluster.untilWhole(60_000)
}
