import { expect, test } from 'vitest'
import type { JournalEntry } from '../../src/data/live/frames.ts'
import { leaderTicks } from '../../src/lib/leader-ticks.ts'

const changed = (brokerId: string, at: number, leaderId: string | null, epoch: number): JournalEntry => ({
  seq: at,
  at,
  brokerId,
  epoch,
  type: 'leader-changed',
  level: 'info',
  text: '',
  data: { leaderId, epoch },
})

test('each epoch once, when the first broker wrote it down; no leader is no tick', () => {
  const ticks = leaderTicks([
    changed('2', 120, '1', 7),
    changed('1', 100, '1', 7),
    changed('2', 500, null, 7),
    changed('2', 700, '3', 8),
    { ...changed('1', 1, '1', 1), type: 'started' },
  ])
  expect(ticks).toEqual([
    { at: 100, leaderId: '1', label: 'b1 e7' },
    { at: 700, leaderId: '3', label: 'b3 e8' },
  ])
})
