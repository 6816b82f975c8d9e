import { expect, test } from 'vitest'
import { EntryMemory } from '../../src/lib/entry-memory.ts'
import { placeIn, scrollTopOf } from '../../src/lib/list-place.ts'

const rows = (...keys: readonly string[]) => ({
  count: keys.length,
  height: 32,
  keyOf: (index: number) => keys[index]!,
})

test('a place is a row and how much of it is scrolled away, wherever the row is later', () => {
  const place = placeIn(rows('a', 'b', 'c'), 45, false)!
  expect(place).toEqual({ row: 'b', hiddenPx: 13, follow: false })
  expect(scrollTopOf(rows('a', 'b', 'c'), place)).toBe(45)
  expect(scrollTopOf(rows('x', 'y', 'a', 'b'), place)).toBe(109)
  expect(scrollTopOf(rows('x', 'y'), place)).toBe(null)
  // Rows that are lower now, as on a phone that was turned.
  expect(scrollTopOf({ ...rows('a', 'b'), height: 10 }, place)).toBe(20)
})

test('before the first row and behind the last there is the nearest', () => {
  expect(placeIn(rows('a', 'b'), -3, false)).toMatchObject({ row: 'a' })
  expect(placeIn(rows('a', 'b'), 900, true)).toMatchObject({ row: 'b', follow: true })
  expect(placeIn(rows(), 0, false)).toBe(null)
})

test('each entry of the history has its own, and of too many the oldest are forgotten', () => {
  const memory = new EntryMemory(2)
  memory.write('a', 'x', 1)
  memory.write('b', 'x', 2)
  memory.write('a', 'y', 3)
  expect([memory.read('a', 'x'), memory.read('a', 'y'), memory.read('b', 'x'), memory.read('b', 'y')]).toEqual([
    1,
    3,
    2,
    undefined,
  ])
  memory.write('c', 'x', 4)
  expect([memory.read('a', 'x'), memory.read('b', 'x'), memory.read('c', 'x')]).toEqual([1, undefined, 4])
  memory.write('a', 'x', undefined)
  memory.write('a', 'y', undefined)
  memory.write('d', 'x', 5)
  expect([memory.read('a', 'x'), memory.read('c', 'x'), memory.read('d', 'x')]).toEqual([undefined, 4, 5])
})
