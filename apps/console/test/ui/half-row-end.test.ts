import { expect, test } from 'vitest'
import { halfRowEnd } from '../../src/ui/use-half-row-end.ts'

test('a list that scrolls ends in the middle of a row, never of a heading', () => {
  const rows = [0, 32, 64, 120, 152].map((top) => ({ top: top + 25, height: 32 }))
  expect(halfRowEnd(rows, 100, 209)).toBe(73)
  // Just under a heading the row before it is the one.
  expect(halfRowEnd(rows, 140, 209)).toBe(105)
  expect(halfRowEnd(rows, 161, 209)).toBe(161)
})

test('one that fits is as high as what is in it', () => {
  expect(halfRowEnd([{ top: 0, height: 32 }], 40, 40)).toBe(null)
  expect(halfRowEnd([], 10, 40)).toBe(null)
})
