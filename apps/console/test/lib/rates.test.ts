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
