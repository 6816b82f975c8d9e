import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareNumbers, isNumberText } from '../../src/lib/exact-number.ts'

describe('numbers compare as the decimals they are written as', () => {
  test.each([
    ['9007199254740993', '9007199254740992', 1],
    ['9007199254740992', '9007199254740993', -1],
    ['1.0', '1', 0],
    ['1e3', '1000', 0],
    ['0.1e1', '1', 0],
    ['-0', '0', 0],
    ['-2', '-10', 1],
    ['-1', '0.0001', -1],
    ['1e400', '9e399', 1],
    ['0.30000000000000004', '0.3', 1],
    ['12', '9', 1],
    ['120', '12.5', 1],
    ['1e-5', '0.00001', 0],
  ])('%s against %s', (a, b, order) => {
    expect(compareNumbers(a, b)).toBe(order)
    expect(compareNumbers(b, a)).toBe(order === 0 ? 0 : -order)
  })

  test('whole numbers of any size agree with BigInt', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(), (a, b) => {
        expect(compareNumbers(String(a), String(b))).toBe(a < b ? -1 : a > b ? 1 : 0)
      }),
    )
  })

  test('what is no number is none', () => {
    expect(compareNumbers('1', 'x')).toBeUndefined()
    expect(['', '.', '1.', '0x10', 'NaN', '1e'].some(isNumberText)).toBe(false)
  })
})
