import { describe, expect, test } from 'vitest'
import { offsetPositionOf } from '../src/index.ts'

describe('offsetPositionOf', () => {
  test.each([
    [5, 5],
    ['5', 5],
    ['-1', -1],
    ['9007199254740991', 9_007_199_254_740_991],
    ['earliest', 'earliest'],
    ['latest', 'latest'],
    ['2026-01-31', { timestampMs: Date.UTC(2026, 0, 31) }],
    ['2026-01-31T10:00Z', { timestampMs: Date.UTC(2026, 0, 31, 10) }],
    ['2026-01-31T10:00:00Z', { timestampMs: Date.UTC(2026, 0, 31, 10) }],
    ['2026-01-31T10:00:00.250Z', { timestampMs: Date.UTC(2026, 0, 31, 10, 0, 0, 250) }],
    ['2026-01-31T10:00:00+02:00', { timestampMs: Date.UTC(2026, 0, 31, 8) }],
    ['2024-02-29', { timestampMs: Date.UTC(2024, 1, 29) }],
    ['1969-12-31T23:59:59Z', { timestampMs: -1_000 }],
  ])('%j', (value, position) => {
    expect(offsetPositionOf(value)).toEqual(position)
  })

  test.each([
    '',
    'Earliest',
    '1.5',
    '1e3',
    '9007199254740992',
    '2026-01-31T10:00:00',
    '2026-02-30T00:00:00Z',
    '2026-13-01',
    '2026-01-31T25:00:00Z',
    '31.01.2026',
    'yesterday',
    1.5,
    Number.NaN,
    2 ** 53,
    null,
    undefined,
    {},
  ])('%j is none', (value) => {
    expect(offsetPositionOf(value)).toBeUndefined()
  })
})
