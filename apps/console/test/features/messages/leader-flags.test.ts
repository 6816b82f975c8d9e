import { expect, test } from 'vitest'
import { leaderFlags } from '../../../src/features/messages/leader-flags.ts'

const flags = (...ats: number[]) =>
  leaderFlags(
    ats.map((at) => ({ at, leaderId: '1', label: `b1 e${at}` })),
    400,
    (at) => at / 400,
  ).map(({ ticks, row, isTurned }) => ({ count: ticks.length, row, isTurned }))
const alone = { count: 1, row: 0, isTurned: false }

test('flags hang beside each other where there is room, then below, then not at all', () => {
  expect(flags(10, 50, 90)).toEqual([alone, alone, alone])
  expect(flags(10, 16, 22, 60)).toEqual([alone, { ...alone, row: 1 }, { ...alone, row: null }, alone])
})

test('changes that look like one share a flag, which is wider', () => {
  expect(flags(100, 101, 102, 112)).toEqual([
    { count: 3, row: 0, isTurned: false },
    { count: 1, row: 1, isTurned: false },
  ])
})

test('at the right edge a flag hangs to the left, and clear of the one before it', () => {
  expect(flags(380, 395)).toEqual([alone, { count: 1, row: 1, isTurned: true }])
  expect(flags(360, 396)).toEqual([alone, { count: 1, row: 0, isTurned: true }])
})
