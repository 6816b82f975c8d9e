import { expect, test } from 'vitest'
import type { JournalEntry } from '../../../src/data/live/frames.ts'
import { activityRows } from '../../../src/features/overview/activity-rows.ts'

const entry = (brokerId: string, at: number, text: string, level: JournalEntry['level'] = 'info'): JournalEntry => ({
  seq: at,
  at,
  brokerId,
  epoch: 1,
  type: 'notice',
  level,
  text,
})

test('the same from several brokers is one row; from the same broker again, or later, another', () => {
  const rows = activityRows([
    entry('1', 0, 'a'),
    entry('2', 10, 'b'),
    entry('2', 20, 'a'),
    entry('3', 30, 'a'),
    entry('2', 40, 'a'),
    entry('1', 9_000, 'b'),
  ])
  expect(rows.map(({ first, brokerIds }) => [first.text, first.at, brokerIds.join()])).toEqual([
    ['a', 0, '1,2,3'],
    ['b', 10, '2'],
    ['a', 40, '2'],
    ['b', 9_000, '1'],
  ])
})

test('another level is another thing', () => {
  expect(activityRows([entry('1', 0, 'a'), entry('2', 1, 'a', 'warn')])).toHaveLength(2)
})
