import { isRedisServerInstalled } from '@yak/election/testing'
import { describe, test } from 'vitest'
import {
  clockJumps,
  failingDisk,
  failingFollower,
  flippedBit,
  flippedTopicList,
  lostEnd,
  standingDisk,
  tornTail,
} from './disks.ts'
import { expectNoticed } from './harness/notices.ts'

/** Somebody leads who must not, or at the end records are missing: which of them is seen first is a race. */
const aboutLoss = /nobody may lead|acknowledged records are missing|lost write|unseen/

describe.skipIf(!isRedisServerInstalled())('disks and clocks', () => {
  test('B15: a torn tail is cut and kept aside, on a follower and on the leader', () => tornTail())

  test('B15: a flipped bit below the high watermark: the log is fetched again', () => flippedBit())

  test('B15: a flipped bit in the topic list: it is fetched again, after a crash and after a clean stop', () =>
    flippedTopicList())

  test('B15: a log that lost acknowledged records at its end has no vote', () => lostEnd())

  test('B15: without that rule, it helps elect a leader that lacks them', async () => {
    await expectNoticed(() => lostEnd('a log that lost its end votes'), aboutLoss)
  })

  test.each([
    ['B16', 'full-disk'],
    ['B17', 'failing-sync'],
  ] as const)('%s: %s under the leader: another leads', async (_bug, hurt) => {
    const gapMs = await failingDisk(hurt)
    process.stdout.write(`  ${hurt} under the leader, lease 1 s: longest gap ${Math.round(gapMs)} ms\n`)
  })

  test('a disk that stands still under the leader: another leads', async () => {
    const gapMs = await standingDisk()
    process.stdout.write(
      `  a disk that stands still under the leader, lease 1 s: longest gap ${Math.round(gapMs)} ms\n`,
    )
  })

  test('B17: failing-sync under a follower: the others go on', () => failingFollower())

  test('B18: the clock jumps an hour ahead, back, and an hour behind: retention deletes nothing', () => clockJumps())
})
