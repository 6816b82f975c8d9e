import { isRedisServerInstalled } from '@yak/election/testing'
import { describe, expect, test } from 'vitest'
import { blockedRedis, movedLeader, sentTwice, slowLink, stalledLeader } from './disturbances.ts'

/** Beside what is promised: the clients' own way to the new leader, and a machine that does other things as well. */
const slackMs = 3_000

describe.skipIf(!isRedisServerInstalled())('what happens on a bad day', () => {
  test('the leader stalls for longer than its lease', async () => {
    expect(await stalledLeader()).toBeLessThan(2_000 + slackMs)
  })

  test('the leader is moved every second', async () => {
    expect(await movedLeader()).toBeLessThan(300 + slackMs)
  })

  test('requests arrive twice', () => sentTwice())

  test('a follower catches up over a slow link', () => slowLink())

  test('Redis is blocked, and then loses the lease', async () => {
    const { blockedMs, deletedMs } = await blockedRedis()
    expect(blockedMs).toBeLessThan(1_000)
    expect(deletedMs).toBeLessThan(2_000 + slackMs)
  })
})
