import type { CounterHistoryJson } from '@yak/protocol/schemas'
import { expect, test } from 'vitest'
import { pastRates } from '../../src/lib/past-rates.ts'

/** When the brokers told, by this browser's clock. */
const now = 10_000_000

interface Notes {
  /** Seconds before the brokers told, ascending in time. */
  readonly ago: readonly number[]
  /** Counted each second. */
  readonly perSecond?: number
  readonly leads?: boolean | readonly boolean[]
  /** Of the broker's clock against this browser's. */
  readonly skewMs?: number
}

function history(brokerId: string, { ago, perSecond = 0, leads = false, skewMs = 0 }: Notes): CounterHistoryJson {
  const asOf = now + skewMs
  const counted = (each: number) => Math.round((ago[0]! - each) * perSecond)
  return {
    brokerId,
    asOf,
    startedAt: 0,
    at: ago.map((each) => asOf - each * 1_000),
    leads: ago.map((_, index) => (typeof leads === 'boolean' ? leads : leads[index]!)),
    recordsIn: ago.map((each) => (leads === false ? 0 : counted(each))),
    recordsOut: ago.map((each) => counted(each) * 2),
    recordsReplicated: ago.map((each) => (leads === true ? 0 : counted(each))),
    errors: ago.map(() => 0),
  }
}

const every5 = (from: number, to = 0) => Array.from({ length: (from - to) / 5 + 1 }, (_, index) => from - index * 5)
const columnOf = (rows: ReturnType<typeof pastRates>, name: 'produced' | 'consumed' | 'replicated' | 'errors') =>
  rows.map(({ values }) => values[name])

test('a sum over all brokers, whatever their clocks say', () => {
  const leader = history('1', { ago: every5(30), perSecond: 100, leads: true })
  const follower = history('2', { ago: every5(31, 1), perSecond: 50, skewMs: 7_777_123 })
  const rows = pastRates([leader, follower], 2, now)
  expect(rows.map(({ at }) => at - now)).toEqual([-25_000, -20_000, -15_000, -10_000, -5_000, -1_000])
  expect(rows[0]!.values).toEqual({ produced: 100, consumed: 300, replicated: 50, errors: 0 })
  expect(new Set(columnOf(rows, 'consumed'))).toEqual(new Set([300]))
})

test('where a broker does not tell of a time, only what its leader took is known', () => {
  const leader = history('1', { ago: every5(30), perSecond: 100, leads: true })
  // It was restarted.
  const follower = history('2', { ago: every5(12, 2), perSecond: 50 })
  const rows = pastRates([leader, follower], 2, now)
  expect(columnOf(rows, 'produced')).toEqual([100, 100, 100, 100, 100, 100])
  expect(columnOf(rows, 'replicated')).toEqual([null, null, null, 50, 50, 50])
  const alone = pastRates([leader], 3, now)
  expect(columnOf(alone, 'produced').every((each) => each === 100)).toBe(true)
  expect(columnOf(alone, 'errors').every((each) => each === null)).toBe(true)
})

test('nothing is made up of a time whose leader does not tell of it', () => {
  // The leader of then was restarted, and leads no more.
  const before = history('1', { ago: every5(10), perSecond: 0 })
  const then = history('2', { ago: every5(30), perSecond: 10, leads: [false, false, false, true, true, true, true] })
  const rows = pastRates([before, then], 2, now)
  expect(columnOf(rows, 'produced')).toEqual([10, 10, 10])
  expect(rows[0]!.at).toBe(now - 10_000)
})

test('a process that stood still leaves a gap, and so does a counter that goes back', () => {
  const stood = history('1', { ago: [40, 35, 15, 10, 5, 0], perSecond: 100, leads: true })
  expect(columnOf(pastRates([stood], 1, now), 'produced')).toEqual([100, null, null, null, null, 100, 100, 100])
  const fell = { ...history('1', { ago: every5(20), leads: true }), recordsIn: [10, 20, 5, 10, 15] }
  expect(columnOf(pastRates([fell], 1, now), 'produced')).toEqual([2, null, 1, 1])
})

test('a clock that was set leaves a gap there', () => {
  const set = history('1', { ago: [9_000_000, 10, 5, 0], perSecond: 100, leads: true })
  expect(columnOf(pastRates([set], 1, now), 'produced')).toEqual([100, 100])
  const back = history('1', { ago: [20, 15, 10, 5, 4_000, 3_995], leads: true })
  expect(columnOf(pastRates([back], 1, now), 'errors')).toEqual([])
})

test('no notes are no rows', () => {
  expect(pastRates([], 3, now)).toEqual([])
  expect(pastRates([history('1', { ago: [0] })], 1, now)).toEqual([])
})
