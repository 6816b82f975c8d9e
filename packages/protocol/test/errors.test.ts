import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { remedies } from '../scripts/error-remedies.ts'
import { errorsPage, errorsPagePath } from '../scripts/errors-page.ts'
import { ERRORS, errorCodeOf } from '../src/index.ts'

const rows = Object.entries(ERRORS)

describe('the error table', () => {
  test('has a number of its own for each code, which fits the frames', () => {
    expect(new Set(rows.map(([, { number }]) => number)).size).toBe(rows.length)
    for (const [code, { number }] of rows) {
      expect(errorCodeOf(number)).toBe(code)
      expect(number).toBe((number << 16) >> 16)
      expect(number, 'the frames say 0 for no error').not.toBe(0)
    }
  })

  test('answers INTERNAL for a number it does not know', () => {
    expect(errorCodeOf(31_000)).toBe('INTERNAL')
  })

  test('has titles that stand in a table', () => {
    for (const [, { title }] of rows) expect(title).toMatch(/^[A-Z][^|\n]*[^.]$/)
    for (const remedy of Object.values(remedies)) expect(remedy).toMatch(/^[A-Z][^|\n]*[^.]$/)
  })

  test('is what docs/errors.md shows', () => {
    expect(readFileSync(errorsPagePath, 'utf8'), 'run pnpm --filter @yak/protocol errors-page').toBe(errorsPage())
  })
})
