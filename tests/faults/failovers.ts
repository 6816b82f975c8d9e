import { expect } from 'vitest'
import { ClientProcess } from './harness/client-process.ts'
import { FaultRun } from './harness/fault-run.ts'
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
 * B11: everything is written and no answer arrives; then the leader dies. The producers send it all again, to another
 * leader: each value is there once, at the offset that the producers are told.
 */
export async function lostAnswers(): Promise<void> {
  await using run = await FaultRun.start({ isLinked: true })
  const { cluster, recorder } = run
  const producer = run.producer('p1', { everyMs: 10 }).start()
  run.producer('p2', { everyMs: 10 }).start()
  await run.untilAcknowledged(producer, 30)
  const leader = await cluster.leader()
  const admin = cluster.client().admin()
  const written = async () =>
    (await admin.describeTopic(run.topic)).partitions.reduce((sum, { highWatermark }) => sum + highWatermark, 0)
  const before = await written()
  await recorder.during('answers are lost, and the leader killed', async () => {
    cluster.links.between('client', leader.id).hold('toClient')
    await until('records without an answer', async () => {
      const { partitions } = (await (await fetch(`${leader.url}/topics/${run.topic}`)).json()) as {
        readonly partitions: readonly { readonly logEndOffset: number }[]
      }
      return partitions.reduce((sum, { logEndOffset }) => sum + logEndOffset, 0) > before + 5
    })
    await leader.kill()
    await cluster.leader({ notId: leader.id })
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
