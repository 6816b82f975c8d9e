import { isRedisServerInstalled } from '@yak/election/testing'
import { describe, expect, test } from 'vitest'
import { isolatedLeader, silentLeader, twoLeases, wakingLeader } from './zombies.ts'

describe.skipIf(!isRedisServerInstalled())('a leader that was', () => {
  test('B1: cut off from the others and from Redis, it acknowledges nothing and serves no reads', () =>
    isolatedLeader())

  test('B1: without the rule on reads without a lease, that fails', async () => {
    await expect(isolatedLeader('serves reads without a lease')).rejects.toThrow(/says that it serves|a read of/)
  })

  test('B1: paused for 0.5, 1 and 3 leases, it acknowledges nothing under its old epoch', () => wakingLeader())

  test('B2: Redis hands out a second lease: two epochs, one history', () => twoLeases())

  test('B13: silent with open connections, its clients go on elsewhere', async () => {
    const gapMs = await silentLeader()
    process.stdout.write(`  a leader silent, lease 1 s: longest gap ${Math.round(gapMs)} ms\n`)
  })
})
