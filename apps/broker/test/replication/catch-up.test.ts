import { describe, expect, test } from 'vitest'
import { CatchUpPace, maxCatchUpPauseMs } from '../../src/replication/core/catch-up-pace.ts'
import { maxJoiningLagMs } from '../../src/replication/core/follower-progress.ts'
import { metadataKey } from '../../src/replication/core/state.ts'
import { FakeCluster } from './world/fake-cluster.ts'

const key = 't-0'
/** The process dies, or it is only not heard: what it had acknowledged is known then, and its place as well. */
type Absence = 'crash' | 'pause'
/** Nothing is in sync by then: the test fails. */
const deadlineMs = 20_000

interface CatchUp {
  /** From when a follower is back until it is in sync. */
  readonly tookMs: number
  /** Of all sends beside it, the longest from the append to the acknowledgement. */
  readonly longestSendMs: number
}

function threeBrokers(): FakeCluster {
  return new FakeCluster({
    brokers: ['a', 'b', 'c'],
    minInsync: 2,
    random: () => 0.5,
    readBatches: 8,
    core: { leaseMs: 1_000, replicaLagMaxMs: 1_000, fetchWaitMs: 200 },
  })
}

/** It missed so many batches, and one more is appended each `everyMs`. */
function catchUp(everyMs: number, missedCount = 400, absence: Absence = 'crash'): CatchUp {
  const cluster = threeBrokers()
  const leader = cluster.broker('a')
  let id = 0
  const sentAt = new Map<number, number>()
  const produce = (): void => {
    sentAt.set(id + 1, cluster.now)
    cluster.checker.onProduce(++id, key, String(id))
    leader.produce(id, key, String(id))
  }
  const isInSync = (): boolean =>
    leader.core!.status(cluster.now).followers.some((one) => one.brokerId === 'c' && one.isInSync)
  for (const broker of cluster.brokers.values()) broker.start(broker === leader)
  cluster.settle(400)
  leader.produce(++id, metadataKey, `create ${key}`)
  cluster.settle(100)
  expect(isInSync()).toBe(true)
  const follower = cluster.broker('c')
  if (absence === 'crash') follower.crash(() => 0)
  else follower.isPaused = true
  cluster.settle(1_500)
  for (let count = 0; count < missedCount; count++) produce()
  cluster.settle(missedCount)
  expect(isInSync()).toBe(false)
  if (absence === 'crash') follower.start(false)
  else follower.isPaused = false
  const startedAt = cluster.now
  let longestSendMs = 0
  let answered = cluster.answers.length
  const sendFor = (isOver: () => boolean): void => {
    while (!isOver()) {
      if ((cluster.now - startedAt) % everyMs === 0) produce()
      cluster.settle(1)
      for (const answer of cluster.answers.slice(answered))
        longestSendMs = Math.max(longestSendMs, cluster.now - sentAt.get(answer.id)!)
      answered = cluster.answers.length
    }
  }
  sendFor(() => isInSync() || cluster.now - startedAt >= deadlineMs)
  const tookMs = cluster.now - startedAt
  // What waited for it is answered only now.
  sendFor(() => cluster.now - startedAt >= tookMs + 500)
  cluster.settle(100)
  cluster.checker.checkEnd()
  expect(cluster.checker.violations).toEqual([])
  return { tookMs, longestSendMs }
}

describe('a follower that catches up', () => {
  const idleMs = catchUp(Number.POSITIVE_INFINITY).tookMs

  test.each([2, 3, 7])('is slower beside a client that writes a batch each %i ms, and arrives', (everyMs) => {
    const ratio = catchUp(everyMs).tookMs / idleMs
    expect(ratio).toBeGreaterThan(1.2)
    expect(ratio).toBeLessThan(3)
  })

  test('does not pause where so much is written that it would lose ground', () => {
    expect(catchUp(1).tookMs / idleMs).toBeLessThan(2)
  })

  test.each([
    ['crash', 1, 400],
    ['crash', 1, 1_600],
    ['crash', 2, 1_600],
    ['pause', 1, 1_600],
    ['pause', 2, 400],
  ] as const)(
    '%s: no send waits long for it, at one each %i ms and %i missed',
    (...[absence, everyMs, missedCount]) => {
      const { longestSendMs } = catchUp(everyMs, missedCount, absence)
      expect(longestSendMs).toBeGreaterThan(0)
      expect(longestSendMs).toBeLessThan(maxJoiningLagMs)
    },
  )
})

describe('CatchUpPace', () => {
  const paceAfter = (answeredBytes: number, ...appended: readonly number[]): CatchUpPace => {
    const pace = new CatchUpPace()
    pace.onAnswered(answeredBytes)
    for (const sizeBytes of appended) pace.onAppend(sizeBytes)
    return pace
  }

  test('pauses as long as the last answer took, up to a limit', () => {
    expect(paceAfter(1_000, 100).pauseMs(8)).toBe(8)
    expect(paceAfter(1_000, 100).pauseMs(8_000)).toBe(maxCatchUpPauseMs)
  })

  test('does not pause where nothing was appended, or nothing was answered yet', () => {
    expect(paceAfter(1_000).pauseMs(8)).toBe(0)
    expect(paceAfter(0, 100).pauseMs(8)).toBe(0)
    expect(new CatchUpPace().pauseMs(Number.POSITIVE_INFINITY)).toBe(0)
  })

  test('does not pause once half as much was appended as the last answer held', () => {
    expect(paceAfter(1_000, 300, 199).pauseMs(8)).toBe(8)
    expect(paceAfter(1_000, 300, 200).pauseMs(8)).toBe(0)
  })
})

describe('a leader whose disk takes long to read', () => {
  // A follower asks again after 450 ms, and takes a leader for lost that says nothing for a lease.
  test.each([800, 1_500])('of %i ms, it reads once for each follower, and what it read arrives', (readMs) => {
    const cluster = threeBrokers()
    const leader = cluster.broker('a')
    for (const broker of cluster.brokers.values()) broker.start(broker === leader)
    cluster.settle(400)
    leader.produce(1, metadataKey, `create ${key}`)
    cluster.settle(100)
    cluster.broker('c').crash(() => 0)
    cluster.settle(1_500)
    for (let id = 2; id <= 9; id++) {
      cluster.checker.onProduce(id, key, String(id))
      leader.produce(id, key, String(id))
    }
    cluster.settle(100)
    cluster.held.push('read a')
    cluster.broker('c').start(false)
    const endOffset = (): number =>
      cluster
        .broker('c')
        .core!.status(cluster.now)
        .partitions.find((one) => one.key === key)?.endOffset ?? 0
    let mostReads = 0
    const untilMs = cluster.now + deadlineMs
    while (endOffset() < 8 && cluster.now < untilMs) {
      cluster.settle(10)
      const reads = cluster.pending.filter(({ kind, owner }) => kind === 'read' && owner === 'a')
      mostReads = Math.max(mostReads, reads.length)
      for (const read of reads) if (cluster.now - read.atMs >= readMs) cluster.run(read)
    }
    expect(endOffset()).toBe(8)
    expect(mostReads).toBe(1)
    cluster.checker.checkEnd()
    expect(cluster.checker.violations).toEqual([])
  })
})
