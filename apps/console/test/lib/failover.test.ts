import { expect, test } from 'vitest'
import { type FailoverState, followFailover, gapBefore, initialFailover, knownGapMs } from '../../src/lib/failover.ts'

const see = (state: FailoverState, leaderId: string | null, epoch: number, at: number) =>
  followFailover(state, { leaderId, epoch }, at)

test('a failover: open while nobody leads, over with its gap, steady after ten seconds', () => {
  let state = see(initialFailover, '1', 7, 0)
  expect(state.phase).toBe('steady')
  state = see(state, null, 7, 1_000)
  expect(state).toEqual({ phase: 'open', since: 1_000, from: '1', epoch: 7 })
  expect(see(state, null, 7, 2_000)).toBe(state)
  state = see(state, '3', 8, 3_400)
  expect(state).toEqual({ phase: 'over', from: '1', to: '3', epoch: 8, gapMs: 2_400, endedAt: 3_400 })
  expect(see(state, '3', 8, 13_000)).toBe(state)
  expect(see(state, '3', 8, 13_400)).toEqual({ phase: 'steady', leaderId: '3', epoch: 8 })
})

test('a leader that changed between two looks has no gap that was seen', () => {
  const state = see(see(initialFailover, '1', 7, 0), '2', 8, 1_000)
  expect(state).toMatchObject({ phase: 'over', from: '1', to: '2', gapMs: null })
})

test('a page opened during an election counts from then; the first leader seen is no failover', () => {
  expect(see(initialFailover, null, 4, 500)).toMatchObject({ phase: 'open', from: null, since: 500 })
  expect(see(initialFailover, '1', 4, 500).phase).toBe('steady')
})

test('two elections in a row', () => {
  let state = see(see(see(initialFailover, '1', 7, 0), null, 7, 100), '2', 8, 300)
  state = see(state, null, 8, 400)
  expect(state).toMatchObject({ phase: 'open', since: 400, from: '2' })
})

test('the gap by the journal: from the first that missed a leader to the first that knew the new one', () => {
  const change = (at: number, leaderId: string | null, epoch: number) => ({
    at,
    type: 'leader-changed',
    data: { leaderId, epoch },
  })
  const entries = [
    change(0, '1', 6),
    change(1_000, null, 6),
    change(1_500, '1', 7),
    change(9_000, null, 7),
    change(9_100, null, 7),
    change(9_400, '2', 8),
    change(9_500, '2', 8),
  ]
  expect(gapBefore(8, entries)).toBe(400)
  expect(gapBefore(7, entries)).toBe(500)
  expect(gapBefore(6, entries)).toBeNull()
  expect(gapBefore(9, entries)).toBeNull()
})

test('of two who noticed a gap the longer says more, and a look is no gap', () => {
  expect(knownGapMs(0, 312)).toBe(312)
  expect(knownGapMs(2_000, null)).toBe(2_000)
  expect(knownGapMs(3, null)).toBeNull()
  expect(knownGapMs(null, null)).toBeNull()
})
