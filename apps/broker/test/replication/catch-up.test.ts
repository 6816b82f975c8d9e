import { describe, expect, test } from 'vitest'
import { CatchUpPace, maxCatchUpPauseMs } from '../../src/replication/core/catch-up-pace.ts'
import { metadataKey } from '../../src/replication/core/state.ts'
import { FakeCluster } from './world/fake-cluster.ts'

const key = 't-0'
const missedCount = 400
/** Nothing is in sync by then: the test fails. */
const deadlineMs = 20_000

/** Milliseconds from the start of a follower that missed `missedCount` batches until it is in sync, a batch being appended each `everyMs`. */
function catchUpMs(everyMs: number): number {
  const cluster = new FakeCluster({
    brokers: ['a', 'b', 'c'],
    minInsync: 2,
    random: () => 0.5,
    readBatches: 8,
    core: { leaseMs: 1_000, replicaLagMaxMs: 1_000, fetchWaitMs: 200 },
  })
  const leader = cluster.broker('a')
  let id = 0
  const produce = (): void => {
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
  cluster.broker('c').crash(() => 0)
  cluster.settle(1_500)
  for (let count = 0; count < missedCount; count++) produce()
  cluster.settle(100)
  expect(isInSync()).toBe(false)
  cluster.broker('c').start(false)
  const startedAt = cluster.now
  while (!isInSync() && cluster.now - startedAt < deadlineMs) {
    if ((cluster.now - startedAt) % everyMs === 0) produce()
    cluster.settle(1)
  }
  const tookMs = cluster.now - startedAt
  cluster.settle(100)
  cluster.checker.checkEnd()
  expect(cluster.checker.violations).toEqual([])
  return tookMs
}

describe('a follower that catches up', () => {
  const idleMs = catchUpMs(Number.POSITIVE_INFINITY)

  test.each([2, 3, 7])('is slower beside a client that writes a batch each %i ms, and arrives', (everyMs) => {
    const ratio = catchUpMs(everyMs) / idleMs
    expect(ratio).toBeGreaterThan(1.2)
    expect(ratio).toBeLessThan(2.5)
  })

  test('does not pause where so much is written that it would lose ground', () => {
    expect(catchUpMs(1) / idleMs).toBeLessThan(1.5)
  })
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
