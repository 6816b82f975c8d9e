import { expect, test } from 'vitest'
import { type FailoverState, followFailover, initialFailover, seenGapMs } from '../../src/lib/failover.ts'

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

test('the same leader in a later epoch was elected again, though nobody saw it gone', () => {
  const state = see(see(initialFailover, '1', 7, 0), '1', 9, 1_000)
  expect(state).toMatchObject({ phase: 'over', from: '1', to: '1', epoch: 9, gapMs: null })
  expect(see(state, '1', 9, 2_000)).toBe(state)
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

test('a gap that the page saw counts, and a look is none', () => {
  expect(seenGapMs(2_000)).toBe(2_000)
  expect(seenGapMs(3)).toBeNull()
  expect(seenGapMs(null)).toBeNull()
})
