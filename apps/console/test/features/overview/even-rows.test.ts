import { expect, test } from 'vitest'
import { evenColumns } from '../../../src/features/overview/even-rows.ts'

test('cells break into lines of about one length', () => {
  const columns = (count: number, fitting: number) => evenColumns(count, fitting * 32 - 4, 28, 4)
  expect([columns(12, 10), columns(12, 12), columns(11, 10), columns(64, 10)]).toEqual([6, undefined, 6, 10])
  expect([columns(13, 7), columns(3, 1), columns(5, 0)]).toEqual([7, 1, undefined])
})
