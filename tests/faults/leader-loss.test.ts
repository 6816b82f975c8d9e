import { isRedisServerInstalled } from '@yak/election/testing'
import { describe, expect, test } from 'vitest'
import { FaultRun } from './harness/fault-run.ts'

describe.skipIf(!isRedisServerInstalled())('the leader is lost', () => {
  test('SIGKILL, lease 1 s', async () => {
    await using run = await FaultRun.start({ leaseMs: 1_000 })
    const { cluster, recorder } = run
    const producer = run.producer('p1').start()
    run.reader('r1').start()
    await run.untilAcknowledged(producer, 100)
    const leader = await cluster.leader()
    await recorder.during('SIGKILL of the leader', async () => {
      await leader.kill()
      await cluster.leader({ notId: leader.id })
      await run.untilAcknowledged(producer, 100)
    })
    const { availability } = await run.verdict()
    console.log(availability)
    expect(availability.longestGapMs).toBeLessThan(4_000)
  })
})
