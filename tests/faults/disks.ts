import { open, readdir, readFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { recordBatches } from '@yak/protocol'
import { expect } from 'vitest'
import type { BrokerProcess } from './harness/broker-process.ts'
import type { FaultCluster } from './harness/fault-cluster.ts'
import { FaultRun } from './harness/fault-run.ts'
import { until } from './harness/until.ts'

const firstSegment = '00000000000000000000.log'

function segmentOf(broker: BrokerProcess, run: FaultRun, partition = 0): string {
  return join(broker.dataDir, 'logs', `${run.topicId}-${partition}`, firstSegment)
}

/** B15: what a crash leaves of a batch that was being written is cut, and kept aside. */
export async function tornTail(): Promise<void> {
  await using run = await FaultRun.start()
  const { cluster } = run
  const producer = run.producer('p1').start()
  await run.untilAcknowledged(producer, 50)
  for (const broker of [(await cluster.followers())[0]!, await cluster.leader()]) {
    await broker.kill()
    const file = segmentOf(broker, run)
    const bytes = await readFile(file)
    const end = endOfBatches(bytes)
    const { header } = [...recordBatches(bytes.subarray(0, end))][0]!
    await writeAt(file, bytes.subarray(0, header.sizeBytes - 7), end)
    broker.start()
    await cluster.untilWhole()
    const kept = (await readdir(join(file, '..'))).filter((name) => name.includes('.cut-'))
    expect(kept, 'cut bytes kept aside').not.toEqual([])
    await run.untilAcknowledged(producer, 20)
  }
  await run.verdict()
}

/** Where the whole batches end: a killed broker may have left a torn one of its own, and room it had taken ahead. */
function endOfBatches(bytes: Buffer): number {
  let end = 0
  for (;;) {
    const batchLength = end + 12 <= bytes.length ? bytes.readInt32BE(end + 8) : 0
    if (batchLength <= 0 || end + 12 + batchLength > bytes.length) return end
    end += 12 + batchLength
  }
}

async function writeAt(path: string, bytes: Uint8Array, position: number): Promise<void> {
  const file = await open(path, 'r+')
  await file.write(bytes, 0, bytes.length, position)
  await file.close()
}

/** B15: one bit of an acknowledged record has turned: the replica neither votes nor leads with it, and is fetched again. */
export async function flippedBit(): Promise<void> {
  await using run = await FaultRun.start()
  const { cluster } = run
  const producer = run.producer('p1').start()
  await run.untilAcknowledged(producer, 50)
  for (const broker of [(await cluster.followers())[0]!, await cluster.leader()]) {
    await broker.kill()
    const file = segmentOf(broker, run)
    const position = 100
    await writeAt(file, new Uint8Array([(await readFile(file))[position]! ^ 0b100]), position)
    broker.start()
    await cluster.untilWhole()
    expect(broker.lines.join('\n')).toContain('is set aside and fetched again')
    await run.untilAcknowledged(producer, 20)
  }
  await run.verdict()
}

/**
 * B15: the same in the topic list, which every start reads, before it takes part. After a crash the start finds it by itself; after a clean
 * stop only that reading does.
 */
export async function flippedTopicList(): Promise<void> {
  await using run = await FaultRun.start()
  const { cluster } = run
  const producer = run.producer('p1').start()
  await run.untilAcknowledged(producer, 20)
  const [broker] = (await cluster.followers()) as [BrokerProcess]
  const file = join(broker.dataDir, 'logs', '__metadata-0', firstSegment)
  for (const stop of ['kill', 'terminate'] as const) {
    await broker[stop]()
    const position = 100
    await writeAt(file, new Uint8Array([(await readFile(file))[position]! ^ 0b100]), position)
    const linesBefore = broker.lines.length
    broker.start()
    await cluster.untilWhole()
    expect(broker.lines.slice(linesBefore).join('\n'), `after ${stop}`).toContain('is set aside and fetched again')
    await run.untilAcknowledged(producer, 20)
  }
  await run.verdict()
}

/**
 * B15: a log has lost acknowledged records at its end, in whole batches, so that every byte left is sound. It was in sync, the
 * third broker was not, and the leader is dead: the two must not form a quorum.
 */
export async function lostEnd(mutation?: string): Promise<void> {
  await using run = await FaultRun.start({ mutation })
  const { cluster } = run
  const producer = run.producer('p1').start()
  await run.untilAcknowledged(producer, 20)
  const leader = await cluster.leader()
  const [third, second] = cluster.others(leader.id)
  await third!.kill()
  // Whoever leads next, and a clean stop, write down how far the log is synced.
  await run.untilAcknowledged(producer, 50)
  await second!.terminate()
  second!.start()
  await until('two in sync', async () => (await leader.health())?.isr.length === 2)
  await producer.stop()
  await leader.kill()
  await second!.terminate()
  const file = segmentOf(second!, run)
  await truncate(file, await middleOf(file))
  await run.expectNoLeader(
    'only the third and the one that lost its end are there',
    () => {
      second!.start()
      third!.start()
    },
    () => leader.start(),
  )
  await run.verdict()
}

async function middleOf(file: string): Promise<number> {
  const bytes = await readFile(file)
  const batches = [...recordBatches(bytes.subarray(0, endOfBatches(bytes)))]
  return batches[Math.floor(batches.length / 2)]!.position
}

/**
 * B16, B17: the leader's disk fails it, in the middle of its appends. It lets another lead; nothing that was acknowledged
 * needed its copy. Started again with a sound disk, it is whole again.
 */
export async function failingDisk(hurt: 'full-disk' | 'failing-sync'): Promise<number> {
  await using run = await FaultRun.start({ hurt })
  const { old, gapMs } = await anotherLeads(run, `${hurt} under the leader`, /failed/)
  expect((await old.health())?.isr).not.toContain(old.id)
  await old.kill()
  old.start()
  await run.cluster.untilWhole()
  await run.verdict()
  return gapMs
}

/**
 * The leader's disk fails nothing and finishes nothing. What it was given is on the disks of the others, and waits for it alone:
 * it lets one of them lead, and follows when its disk goes on.
 */
export async function standingDisk(): Promise<number> {
  await using run = await FaultRun.start({ hurt: 'paused-disk' })
  const { old, producer, gapMs } = await anotherLeads(
    run,
    'the disk of the leader stands still',
    /its disk has not finished/,
  )
  old.hurt()
  await run.cluster.untilWhole()
  await run.untilAcknowledged(producer, 30)
  await run.verdict()
  return gapMs
}

/** The leader is hurt under load: another leads, writes go on, and the old one says what it suffers from. */
async function anotherLeads(run: FaultRun, name: string, reason: RegExp) {
  const { cluster, recorder } = run
  const producer = await run.underLoad()
  const old = await cluster.leader()
  const fromMs = recorder.nowMs()
  await recorder.during(name, async () => {
    old.hurt()
    await cluster.leader({ notId: old.id })
    await run.untilAcknowledged(producer, 30)
    // In the moment in which its log is tried again, for there is room by the free bytes, it has nothing to say.
    await until('the old leader says why', async () => (await old.health())?.reasons.some((each) => reason.test(each)))
  })
  return { old, producer, gapMs: run.longestGapMs(fromMs) }
}

/** B17 on a follower: it leaves the ISR, and the others go on. */
export async function failingFollower(): Promise<void> {
  await using run = await FaultRun.start({ hurt: 'failing-sync' })
  const { cluster, recorder } = run
  const producer = run.producer('p1').start()
  await run.untilAcknowledged(producer, 30)
  const [follower] = await cluster.followers()
  await recorder.during('failing-sync under a follower', async () => {
    follower!.hurt()
    await until('it left the ISR', async () => !(await (await cluster.leader()).health())?.isr.includes(follower!.id))
    await run.untilAcknowledged(producer, 30)
  })
  await follower!.kill()
  await run.verdict()
}

/** B18: the leader's clock jumps; retention, which lets go what is older than a minute, is at work: nothing is deleted. */
export async function clockJumps(): Promise<void> {
  await using run = await FaultRun.start({
    hurt: 'clock',
    partitions: 1,
    config: { retentionMs: 60_000, segmentMs: 200 },
    flags: ['--retention-check-ms', '100'],
  })
  const { cluster } = run
  const admin = cluster.client().admin()
  const producer = run.producer('p1').start()
  await run.untilAcknowledged(producer, 200)
  const leader = await cluster.leader()
  await until('several segments', async () => (await segmentsOf(leader, run)) > 2)
  for (const [index, offset] of ['an hour ahead', 'back', 'an hour behind', 'back again'].entries()) {
    leader.hurt()
    await until(
      `the clock ${offset}`,
      () => leader.lines.filter((line) => line.includes('"msg":"hurt"')).length > index,
    )
    // Where old records are let go at all, these are: of this topic nothing is kept.
    if (index === 0) await untilRetentionDeletes(cluster)
    const segments = await segmentsOf(leader, run)
    await run.untilAcknowledged(producer, 50)
    expect((await admin.describeTopic(run.topic)).partitions[0]!.logStartOffset).toBe(0)
    expect(await segmentsOf(leader, run)).toBeGreaterThanOrEqual(segments)
  }
  await run.verdict()
}

async function untilRetentionDeletes(cluster: FaultCluster): Promise<void> {
  const admin = cluster.client().admin()
  await admin.createTopic({ topic: 'short', partitions: 1, config: { retentionMs: 1, segmentMs: 50 } })
  const sender = cluster.client().producer()
  await until('retention at work', async () => {
    await sender.send({ topic: 'short', value: 'x'.repeat(4_000) })
    return (await admin.describeTopic('short')).partitions[0]!.logStartOffset > 0
  })
}

async function segmentsOf(broker: BrokerProcess, run: FaultRun): Promise<number> {
  const names = await readdir(join(segmentOf(broker, run), '..'))
  return names.filter((name) => name.endsWith('.log')).length
}
