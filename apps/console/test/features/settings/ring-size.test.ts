import { expect, test } from 'vitest'
import { readRingSize } from '../../../src/features/settings/ring-size.ts'

test('a whole number within the limits, with or without separators', () => {
  expect(readRingSize('5000').size).toBe(5_000)
  expect(readRingSize(' 12\u00a0345 ').size).toBe(12_345)
  expect(readRingSize('50,000').size).toBe(50_000)
  expect(readRingSize('100').size).toBe(100)
})

test.each(['', '99', '50001', '1e3', '-500', '12.5', 'many'])('%j is refused with what to type', (text) => {
  expect(readRingSize(text)).toEqual({ size: null, problem: 'Give a whole number from 100 to 50\u00a0000.' })
})
