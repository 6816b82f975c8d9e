import { expect } from 'vitest'
import type { BrokerProcess } from './harness/broker-process.ts'
import { ClientProcess } from './harness/client-process.ts'
import { FaultRun } from './harness/fault-run.ts'
import { heldFetch } from './harness/held-fetch.ts'
import { rawSend } from './harness/raw-send.ts'
import type { TcpLink } from './harness/tcp-link.ts'
import { until } from './harness/until.ts'

/** B6, B7, B10: leaders die one after another, each as soon as it leads, and come back with what they had. */
export async function quickFailovers(): Promise<void> {
  await using run = await FaultRun.start({ leaseMs: 500 })
  const { cluster, recorder } = run
  const producer = run.producer('p1').start()
  run.producer('p2').start()
  run.reader('r1').start()
  run.reader('r2').start()
  await run.untilAcknowledged(producer, 30)
  for (let round = 1; round <= 4; round++) {
    const leader = await cluster.leader()
    await recorder.during(`SIGKILL of leader ${round}`, async () => {
      await leader.kill()
      leader.start()
      await cluster.leader()
    })
  }
  await run.untilAcknowledged(producer, 30)
  await run.verdict()
}

/** B9: a follower dies and comes back, again and again: an acknowledgement from before is none. */
export async function restlessFollower(): Promise<void> {
  await using run = await FaultRun.start()
  const { cluster, recorder } = run
  const producer = run.producer('p1').start()
  run.producer('p2').start()
  await run.untilAcknowledged(producer, 30)
  const [follower] = await cluster.followers()
  for (let round = 1; round <= 2; round++) {
    await recorder.during(`SIGKILL of a follower ${round}`, async () => {
      await follower!.kill()
      follower!.start()
      await until('it answers', () => follower!.health())
      await run.untilAcknowledged(producer, 20)
    })
  }
  // It is the one to lead next, where that can be: what it claimed to have must be there.
  const leader = await cluster.leader()
  await cluster.untilWhole()
  await leader.kill()
  await run.untilAcknowledged(producer, 20)
  await run.verdict()
}

/**
 * B11: records are written and no answer arrives; the producer sends them again to the same leader, which still has them to itself.
 * That is no reason to say that they are safe: then the leader dies. Sent again to the next one, each is there once.
 */
export async function lostAnswers(mutation?: string): Promise<void> {
  await using run = await FaultRun.start({ isLinked: true, leaseMs: 2_000, partitions: 1, mutation })
  const { cluster, recorder } = run
  const producer = run.producer('p1', { everyMs: 10 }).start()
  await run.untilAcknowledged(producer, 30)
  const leader = await cluster.leader()
  const toLeader = cluster.links.between('client', leader.id)
  await recorder.during('answers are lost, and the leader killed', async () => {
    for (const { id } of cluster.others(leader.id)) cluster.links.between(id, leader.id).hold('toClient')
    let highWatermark = -1
    await until('records that only the leader has', async () => {
      const [partition] = await run.partitionsAt(leader)
      // Those that the followers had when their answers were held are committed meanwhile.
      const hasSettled = partition!.highWatermark === highWatermark
      highWatermark = partition!.highWatermark
      return hasSettled && partition!.logEndOffset > highWatermark
    })
    const sentAgain = Promise.withResolvers<void>()
    toLeader.onPassing = (way, bytes) => {
      if (way === 'toServer' && bytes.includes('POST /v1/produce')) sentAgain.resolve()
    }
    toLeader.cut()
    await sentAgain.promise
    // What has arrived is read before this is asked.
    for (let asked = 0; asked < 3; asked++) await leader.health()
    const { acknowledged } = producer
    const committed = (await run.partitionsAt(leader))[0]!.highWatermark
    expect(acknowledged, 'acknowledged without the followers').toBeLessThanOrEqual(committed)
    await leader.kill()
    await cluster.leader({ notId: leader.id })
    cluster.links.heal()
    await run.untilAcknowledged(producer, 30)
  })
  await run.verdict()
}

/** B12, I7: sends with short deadlines while leaders come and go: "failed" is said only of what never shows. */
export async function shortDeadlines(): Promise<void> {
  await using run = await FaultRun.start({ isLinked: true })
  const { cluster, recorder } = run
  const patient = run.producer('patient').start()
  const hasty = ['h1', 'h2', 'h3'].map((name) => run.producer(name, { deliveryTimeoutMs: 300 }).start())
  await run.untilAcknowledged(patient, 30)
  for (const round of [1, 2]) {
    const leader = await cluster.leader()
    await recorder.during(`the leader is cut off, ${round}`, async () => {
      cluster.isolate(leader.id)
      await cluster.leader({ notId: leader.id })
      await run.untilAcknowledged(patient, 30)
    })
    cluster.links.heal()
    await cluster.untilWhole()
  }
  await Promise.all(hasty.map((producer) => producer.stop()))
  const { availability } = await run.verdict()
  // Else the deadlines were too long to tell anything.
  expect(availability.sends.unknown + availability.sends.failed).toBeGreaterThan(0)
}

/**
 * B12: a leader has written a record that its followers have too, and does not know it, when it hears that another leads. It
 * must not say that the record was not written: the other has it.
 */
export async function demotedLeader(mutation?: string): Promise<void> {
  await using run = await FaultRun.start({ isLinked: true, partitions: 1, mutation })
  const { cluster, recorder } = run
  const old = await cluster.leader()
  const followers = cluster.others(old.id)
  const acknowledging = followers.map(({ id }) => cluster.links.between(id, old.id))
  await recorder.during('acknowledgements are lost, and the leader loses its lease', async () => {
    const answered = await sendUnacknowledged(run, old, acknowledging)
    cluster.links.between(old.id, 'redis').hold()
    await cluster.leader({ notId: old.id })
    // Now it hears of the other, and not what they had to say before.
    for (const link of acknowledging) link.cut()
    cluster.links.heal()
    await answered()
  })
  await run.verdict()
}

/** One record that all followers have on disk when their acknowledgements are held back; what it returns waits for the answer. */
async function sendUnacknowledged(run: FaultRun, leader: BrokerProcess, links: readonly TcpLink[]) {
  const key = `${run.topicId}-0`
  for (let count = 1; ; count++) {
    for (const link of links) link.hold('toServer')
    const answered = rawSend(run, leader, `raw.${count}`)
    const fetches = await Promise.all(links.map(heldFetch))
    const isEverywhere = fetches.every(({ positions }) =>
      positions.some((position) => position.key === key && position.endOffset === count),
    )
    if (isEverywhere) return () => answered
    // One of them was on its way, and did not wait at the leader for the record.
    for (const link of links) link.heal()
    await answered
  }
}

/** A client is killed in the middle of its sends: each is there once or not at all, and in order. */
export async function killedClient(): Promise<void> {
  await using run = await FaultRun.start()
  const survivor = run.producer('p1').start()
  const client = ClientProcess.start('killed', run)
  await until('its first acknowledgements', () => client.acknowledged > 50)
  await client.kill()
  for (const event of client.events()) run.recorder.history.add(event)
  await run.untilAcknowledged(survivor, 20)
  await run.verdict()
}
