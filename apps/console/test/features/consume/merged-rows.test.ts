import { expect, test } from 'vitest'
import { MergedRows } from '../../../src/features/consume/merged-rows.ts'

const rows = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => ({ id: from + index }))
const names = (merged: MergedRows<{ id: number }>) => merged.rows.map(({ key, row }) => `${key}${row.id}`).join(' ')

test('in the order of arrival, each once', () => {
  const merged = new MergedRows()
  merged.take('a', rows(1, 2))
  merged.take('b', rows(1, 1))
  merged.take('a', rows(1, 3))
  merged.take('a', rows(1, 3))
  expect(names(merged)).toBe('a1 a2 b1 a3')
  expect([...merged.totals]).toEqual([
    ['a', 3],
    ['b', 1],
  ])
})

test('what a stream let go is gone here too, also from between others', () => {
  const merged = new MergedRows()
  merged.take('b', rows(1, 1))
  merged.take('a', rows(1, 3))
  merged.take('b', rows(1, 2))
  merged.take('a', rows(3, 5))
  expect(names(merged)).toBe('b1 a3 b2 a4 a5')
})

test('rows that came and went between two looks are not missed in the count by more than they were', () => {
  const merged = new MergedRows()
  merged.take('a', rows(1, 2))
  merged.take('a', rows(900, 902))
  expect(names(merged)).toBe('a900 a901 a902')
  expect(merged.totals.get('a')).toBe(902)
})

test('a stream that was emptied goes on with new rows only', () => {
  const merged = new MergedRows()
  merged.take('a', rows(1, 3))
  merged.take('a', [])
  expect(names(merged)).toBe('')
  merged.take('a', rows(4, 4))
  expect(names(merged)).toBe('a4')
  merged.drop('a')
  expect(names(merged)).toBe('')
  expect(merged.totals.size).toBe(0)
})
