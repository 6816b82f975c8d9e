import { describe, expect, test } from 'vitest'
import { progressLine } from '../../src/terminal/progress.ts'
import { bytesText, clockText, countOf, countText, durationText } from '../../src/terminal/quantities.ts'
import { renderTable } from '../../src/terminal/table.ts'
import { visibleText } from '../../src/terminal/visible-text.ts'

describe('progressLine', () => {
  const state = { rows: 41_020, bytesRead: 2_200_000, totalBytes: 3_665_407, seconds: 2, rowsPerSecond: 20_510 }

  test('has rows, bytes, share, rate and time left, and a bar in the room there is', () => {
    expect(progressLine(state, 100)).toBe(
      `[${'#'.repeat(21)}${'.'.repeat(15)}]  41,020 rows  2.2 MB of 3.7 MB  60%  20,510 rows/s  0:01 left`,
    )
  })

  test('leaves the bar out where it is narrow, and never is wider than the terminal with one', () => {
    expect(progressLine(state, 70)).toBe('41,020 rows  2.2 MB of 3.7 MB  60%  20,510 rows/s  0:01 left')
    for (let columns = 75; columns < 200; columns++)
      expect(progressLine(state, columns).length).toBeLessThanOrEqual(columns)
  })

  test('of an input whose size nobody knows', () => {
    expect(progressLine({ ...state, totalBytes: undefined }, 100)).toBe('41,020 rows  2.2 MB  20,510 rows/s  0:02')
  })

  test('before anything is read', () => {
    expect(progressLine({ ...state, rows: 0, bytesRead: 0, rowsPerSecond: 0 }, 35)).toBe(
      '0 rows  0 B of 3.7 MB  0%  0 rows/s',
    )
  })
})

test('quantities', () => {
  expect([0, 999, 1_000, 67_740, 1_234_567].map(countText)).toEqual(['0', '999', '1,000', '67,740', '1,234,567'])
  expect([0, 999, 1_000, 3_665_407, 999_949, 999_960, 1e9].map(bytesText)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '3.7 MB',
    '999.9 kB',
    '1.0 MB',
    '1.0 GB',
  ])
  expect([0, 59.4, 59.6, 83, 3_723].map(clockText)).toEqual(['0:00', '0:59', '1:00', '1:23', '1:02:03'])
  expect([0.309, 12.34, 83].map(durationText)).toEqual(['0.31 s', '12.3 s', '1:23'])
  expect([countOf(1, 'row'), countOf(2, 'row')]).toEqual(['1 row', '2 rows'])
})

test('a table aligns its columns and ends no line with a space', () => {
  expect(
    renderTable(
      [
        { title: 'TOPIC', align: 'left' },
        { title: 'RECORDS', align: 'right' },
      ],
      [
        ['orders', '5'],
        ['x', '67,740'],
      ],
    ),
  ).toBe('TOPIC   RECORDS\norders        5\nx        67,740\n')
})

test('control characters of a record cannot reach the terminal', () => {
  expect(visibleText('a\u001b[31mb\nc\u0007\u009bé\u202e')).toBe('a\\u001b[31mb\\u000ac\\u0007\\u009bé\\u202e')
})
