import { expect, test } from 'vitest'
import { CheckpointSync, type SyncMember } from '../../src/disk/checkpoint-sync.ts'
import { ManualClock } from '../../src/testing/index.ts'

/** A member whose syncs end when they are told to. */
class SlowMember implements SyncMember {
  syncCount = 0
  #finish: (() => void) | undefined

  sync(): Promise<void> {
    this.syncCount++
    return new Promise((resolve) => {
      this.#finish = resolve
    })
  }

  async finish(): Promise<void> {
    this.#finish?.()
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
  }
}

test('members are synced one after another, once in an interval', async () => {
  const clock = new ManualClock()
  const checkpoints = new CheckpointSync({ clock, intervalMs: 1_000 })
  const [one, two] = [new SlowMember(), new SlowMember()]
  for (const member of [one, two, one]) checkpoints.schedule(member)
  clock.advance(999)
  expect([one.syncCount, two.syncCount]).toEqual([0, 0])
  clock.advance(1)
  expect([one.syncCount, two.syncCount]).toEqual([1, 0])
  // Written again during its sync, which may have missed that.
  checkpoints.schedule(one)
  await one.finish()
  expect([one.syncCount, two.syncCount]).toEqual([1, 1])
  clock.advance(5_000)
  await two.finish()
  expect([one.syncCount, two.syncCount]).toEqual([1, 1])
  clock.advance(1_000)
  expect([one.syncCount, two.syncCount]).toEqual([2, 1])
})

test('a member that is gone is not synced, also when the round has begun', async () => {
  const clock = new ManualClock()
  const checkpoints = new CheckpointSync({ clock, intervalMs: 1_000 })
  const [one, two] = [new SlowMember(), new SlowMember()]
  checkpoints.schedule(one)
  checkpoints.schedule(two)
  clock.advance(1_000)
  checkpoints.cancel(two)
  await one.finish()
  clock.advance(10_000)
  expect([one.syncCount, two.syncCount]).toEqual([1, 0])
})
