import { isRedisServerInstalled } from '@yak/election/testing'
import { describe, test } from 'vitest'
import { expectNoticed } from './harness/notices.ts'
import { isolatedLeader, silentLeader, slowPromise, twoLeases, unreachedLeader, wakingLeader } from './zombies.ts'

describe.skipIf(!isRedisServerInstalled())('a leader that was', () => {
  test('B1: cut off from the others and from Redis, it acknowledges nothing and serves no reads', () =>
    isolatedLeader())

  test('B1: without the rule on reads without a lease, that fails', async () => {
    await expectNoticed(() => isolatedLeader('serves reads without a lease'), /says that it serves|a read of/)
  })

  test('B1: paused for 0.5, 1 and 3 leases, it acknowledges nothing under its old epoch', () => wakingLeader())

  test('B1: without the rule on reads without a lease, a read is answered on waking', async () => {
    await expectNoticed(() => wakingLeader('serves reads without a lease'), 'a read that waited for the old leader')
  })

  test('B1: a follower with writes of the old leader under way promises nothing to the next', () => slowPromise())

  test('B2: Redis hands out a second lease: two epochs, one history', () => twoLeases())

  test('B2: if nobody tells of the later epoch, the old leader goes on', async () => {
    await expectNoticed(() => twoLeases('does not tell a leader of a higher promise'), 'the old leader has heard of it')
  })

  test('B13: silent with open connections, its clients go on elsewhere', async () => {
    const gapMs = await silentLeader()
    process.stdout.write(`  a leader silent, lease 1 s: longest gap ${Math.round(gapMs)} ms\n`)
  })

  test.each(['hold', 'refuse'] as const)('reaches the others and is not reached (%s): another leads', async (how) => {
    const gapMs = await unreachedLeader(how)
    process.stdout.write(`  a leader that nobody reaches (${how}), lease 1 s: longest gap ${Math.round(gapMs)} ms\n`)
  })
})
