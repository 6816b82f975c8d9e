import { expect, test } from 'vitest'
import { LeaderEnds, lagInSync } from '../../src/lib/replica-lag.ts'

test('a follower is held to what the leader had when the follower spoke', () => {
  const ends = new LeaderEnds()
  ends.note('1', 1_000, new Map([['orders/0', 10]]))
  ends.note('1', 2_000, new Map([['orders/0', 50]]))
  expect(ends.lag('orders/0', 10, 1_500)).toBe(0)
  expect(ends.lag('orders/0', 10, 2_000)).toBe(40)
  expect(ends.lag('orders/0', 60, 2_000)).toBe(0)
  expect(ends.lag('orders/1', 0, 2_000)).toBeNull()
})

test('another leader begins anew, and an older word is not taken', () => {
  const ends = new LeaderEnds()
  expect(ends.lag('orders/0', 0, 5)).toBeNull()
  ends.note('1', 1_000, new Map([['orders/0', 100]]))
  ends.note('2', 2_000, new Map([['orders/0', 90]]))
  ends.note('2', 1_500, new Map([['orders/0', 1]]))
  expect(ends.lag('orders/0', 90, 1_500)).toBe(0)
})

test('a replica in sync lacks nothing that is committed', () => {
  expect(lagInSync(40, { highWatermark: 90, logEndOffset: 90 })).toBe(0)
  expect(lagInSync(40, { highWatermark: 85, logEndOffset: 90 })).toBe(5)
  expect(lagInSync(2, { highWatermark: 85, logEndOffset: 90 })).toBe(2)
  expect(lagInSync(40, { highWatermark: -1, logEndOffset: -1 })).toBe(40)
})
