import { describe, expect, test } from 'vitest'
import { RateHistory, rateBetween, sumKnown } from '../../src/lib/rates.ts'

describe('rateBetween', () => {
  const before = { at: 1_000, value: 10, life: 'a' }
  test('grows per second', () => expect(rateBetween(before, { at: 3_000, value: 50, life: 'a' })).toBe(20))
  test('a counter that began anew is a gap, not a spike', () => {
    expect(rateBetween(before, { at: 2_000, value: 900_000, life: 'b' })).toBeNull()
    expect(rateBetween(before, { at: 2_000, value: 3, life: 'a' })).toBeNull()
  })
  test('no first reading, no time, or too much of it is a gap', () => {
    expect(rateBetween(undefined, before)).toBeNull()
    expect(rateBetween(before, { at: 1_000, value: 11, life: 'a' })).toBeNull()
    expect(rateBetween(before, { at: 60_000, value: 11, life: 'a' })).toBeNull()
  })
})

test('sumKnown leaves out what is not known', () => {
  expect(sumKnown([1, null, 2])).toBe(3)
  expect(sumKnown([null])).toBeNull()
  expect(sumKnown([0])).toBe(0)
})

test('a history keeps its newest rows, aligned, and takes no row twice', () => {
  const history = new RateHistory(['a', 'b'], 4)
  for (let at = 1; at <= 20; at++) history.push(at * 1_000, { a: at, b: at % 2 === 0 ? null : at })
  history.push(20_000, { a: 99, b: 99 })
  expect(history.length).toBeLessThanOrEqual(5)
  expect(history.latest('a')).toBe(20)
  const { seconds, columns } = history.since(18_500)
  expect(seconds).toEqual([19, 20])
  expect(columns).toEqual({ a: [19, 20], b: [19, null] })
})

test('a history takes rows of before it began and of its holes; its own stand, but for those that know nothing', () => {
  const history = new RateHistory(['a'], 100)
  history.push(20_000, { a: null })
  for (const at of [21_000, 22_000, 23_000]) history.push(at, { a: 1 })
  history.push(60_000, { a: null })
  history.push(61_000, { a: 2 })
  const past = [5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60].map((second) => ({
    at: second * 1_000,
    values: { a: second === 10 || second === 40 ? null : second },
  }))
  history.fill(past, 5_000)
  const { seconds, columns } = history.since(0)
  expect(seconds).toEqual([5, 10, 15, 21, 22, 23, 30, 35, 40, 45, 50, 55, 61])
  expect(columns.a).toEqual([5, null, 15, 1, 1, 1, 30, 35, null, 45, 50, 55, 2])
  history.push(62_000, { a: 3 })
  expect(history.latest('a')).toBe(3)
})

test('a gap stays where nothing is known of it', () => {
  const history = new RateHistory(['a'], 3)
  history.push(1_000, { a: null })
  history.fill([{ at: 500, values: { a: null } }], 5_000)
  expect(history.since(0).seconds).toEqual([1])
  history.push(2_000, { a: 1 })
  history.fill(
    [-20_000, -10_000, -8_000].map((at) => ({ at, values: { a: 7 } })),
    5_000,
  )
  expect(history.since(-60_000).columns.a).toEqual([7, null, 1])
})
