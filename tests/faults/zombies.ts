import { expect } from 'vitest'
import type { BrokerProcess } from './harness/broker-process.ts'
import { FaultRun } from './harness/fault-run.ts'
import { endAt } from './harness/own-tail.ts'
import { rawCall } from './harness/raw-call.ts'
import { rawSend } from './harness/raw-send.ts'
import { until } from './harness/until.ts'
import { WaitingRequest } from './harness/waiting-request.ts'

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

function readPath({ topic }: FaultRun): string {
  return `/consume?topic=${topic}&partition=0&offset=latest&maxWaitMs=0`
}

async function readFrom(broker: BrokerProcess, run: FaultRun): Promise<number> {
  return (await rawCall(`${broker.url}${readPath(run)}`)).status
}

/**
 * B1, I8: a leader that nobody follows any more and that cannot renew its lease, and which clients still reach, takes nothing;
 * and once a lease is over it serves no reads either, for another may have gone on.
 */
export async function isolatedLeader(mutation?: string): Promise<void> {
  await using run = await FaultRun.start({ isLinked: true, mutation })
  const { cluster, recorder } = run
  const producer = await run.underLoad()
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
 * B1: a leader that was stopped in the middle of its work, with requests waiting at its door, and wakes when another leads. The
 * first thing that it finds on waking is a read: nothing has told it yet that there is another.
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
    const read = await WaitingRequest.open(old.port)
    await recorder.during(`the leader pauses for ${leases} leases`, async () => {
      old.pause()
      read.send(readPath(run))
      const atMs = recorder.nowMs()
      // One that was acknowledged is in the history like any other: it has to be there at the end.
      const waiting = rawSend(run, old, `stale.${leases}`)
      await until('the pause is over', () => recorder.nowMs() > atMs + leases * cluster.leaseMs)
      const hasSuccessor = leases > 1 && (await cluster.leader({ notId: old.id })) !== undefined
      old.resume()
      const { status, body } = await waiting
      if (hasSuccessor) {
        expect(status === 200 && body.epoch === epoch, 'acknowledged under the old epoch').toBe(false)
        expect(await read.status(), 'a read that waited for the old leader').not.toBe(200)
      }
    })
    read.close()
  }
  await run.verdict()
}

/**
 * B1, the followers' side: one of them has a record of the old leader's on its way to a disk that stands still. It promises
 * nothing to the next before that is over: what it says it has must be all there is.
 */
export async function slowPromise(): Promise<void> {
  await using run = await FaultRun.start({ partitions: 1, isLinked: true, hurt: 'paused-disk' })
  const { cluster, recorder } = run
  const old = await cluster.leader()
  const [slow, next] = cluster.others(old.id)
  // Followers make the folders of a topic a moment after its leader: a disk that stands still before would never have it.
  await Promise.all([slow!, next!].map((broker) => endAt(run, broker)))
  await recorder.during('a follower has a disk that stands still, and the leader dies', async () => {
    slow!.hurt()
    await until('its disk stands still', () => slow!.lines.some((line) => line.includes('"HURT":"paused-disk"')))
    void rawSend(run, old, 'on its way')
    await until('both have it', async () => {
      const ends = await Promise.all([slow!, next!].map((broker) => endAt(run, broker)))
      return ends.every((end) => end === 1)
    })
    await old.kill()
    const lines = () => [...next!.lines, ...slow!.lines]
    const isOver = new RegExp(`Broker ${next!.id} cannot lead: .*no answer from [0-9,]*${slow!.id}|"level":60`)
    await until('the next lacks its vote', () => lines().some((line) => isOver.test(line)))
    expect(slow!.fatal, 'what the slow one says').toEqual([])
    // Two of three are enough: the slow one, which tries to lead as well, does not stand in their way.
    old.start()
    expect((await cluster.leader()).id, 'who leads').not.toBe(slow!.id)
    slow!.hurt()
  })
  await run.verdict()
}

/**
 * B2: two brokers hold a lease at once. Redis ends the leader's behind its back (a clock that jumped would do the same), and
 * another acquires and leads. Neither of the two hears the other; only the third, which has promised the later epoch, can tell
 * the old one that it is none any more.
 */
export async function twoLeases(mutation?: string): Promise<void> {
  const leaseMs = 4_000
  await using run = await FaultRun.start({ isLinked: true, leaseMs, mutation })
  const { cluster, recorder } = run
  const producer = await run.underLoad()
  const old = await cluster.leader()
  const [next, third] = cluster.others(old.id)
  const { epoch } = (await old.health())!
  await recorder.during('Redis ends a lease behind the leader', async () => {
    for (const id of [old.id, third!.id]) cluster.links.between(id, 'redis').hold()
    for (const link of cluster.links.amid(old.id, next!.id)) link.hold()
    const endsAtMs = recorder.nowMs() + (leaseMs * 2) / 3
    await cluster.redis.command('HSET', await cluster.leaseKey(), 'leaseUntilMs', '1')
    await until('the next one leads', async () => {
      const health = await next!.health()
      return health?.role === 'leader' && health.epoch > epoch
    })
    expect(recorder.nowMs(), 'the old lease would have run until').toBeLessThan(endsAtMs)
    await until('the old leader has heard of it', async () => (await old.health())?.role !== 'leader', {
      withinMs: 3_000,
    })
    await run.untilAcknowledged(producer, 30)
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

/**
 * I9: what the leader asks is answered, by the others and by the coordinator, and no broker reaches it: it would keep its lease for
 * ever. `how` the others find it: nothing passes, as behind a firewall, or nothing is there, as under a wrong URL.
 */
export async function unreachedLeader(how: 'hold' | 'refuse'): Promise<number> {
  await using run = await FaultRun.start({ isLinked: true })
  const { cluster, recorder } = run
  const producer = await run.underLoad()
  const old = await cluster.leader()
  const fromMs = recorder.nowMs()
  await recorder.during('no broker reaches the leader', async () => {
    for (const other of cluster.others(old.id)) cluster.links.between(other.id, old.id)[how]()
    await cluster.leader({ notId: old.id })
    await run.untilAcknowledged(producer, 30)
    const { reasons } = await until('the old leader answers', () => old.health())
    expect(reasons.join(' '), 'what the old leader says of itself').toContain(
      'see that its URL in their --peers is right',
    )
  })
  const gapMs = run.longestGapMs(fromMs)
  await run.verdict()
  return gapMs
}
