import { expect, test } from 'vitest'
import {
  formatAge,
  formatBefore,
  formatBytes,
  formatClock,
  formatCount,
  formatDate,
  formatDatedClock,
  formatDuration,
  formatRate,
  formatSpan,
  formatStep,
  formatTick,
  formatTimestamp,
  isoTime,
  plural,
} from '../../src/lib/format.ts'

test('counts have spaces at which no line breaks', () => {
  expect(formatCount(1_234_567)).toBe('1\u00a0234\u00a0567')
  expect(plural(1, 'broker')).toBe('1 broker')
  expect(plural(2, 'has', 'have')).toBe('2 have')
})

test('rates have three digits and a unit, however fast', () => {
  const rates = [null, 0, 0.26, 12.6, 640, 1_234, 9_999, 12_345, 123_456, 1_500_000, 2e9]
  const shown = ['–', '0', '0.3', '13', '640', '1.23k', '10.0k', '12.3k', '123k', '1.50M', '2.00G']
  expect(rates.map(formatRate)).toEqual(shown)
  expect([0, 0.5, 2, 500, 1_000, 1_500, 2_500, 12_500, 1e6].map(formatTick)).toEqual([
    '0',
    '0.5',
    '2',
    '500',
    '1k',
    '1.5k',
    '2.5k',
    '12.5k',
    '1M',
  ])
})

test('what would round up to the next unit or lose its decimal is told in the larger one', () => {
  expect([999.6, 9_960, 59_400, 59_600].map(formatDuration)).toEqual(['1.0 s', '10 s', '59 s', '1 min 0 s'])
  expect([9.96, 9.94, 999.6, 999_600].map(formatRate)).toEqual(['10', '9.9', '1.00k', '1.00M'])
  expect([10_220, 1_048_500].map(formatBytes)).toEqual(['10 KiB', '1.0 MiB'])
})

test('bytes are powers of 1024', () => {
  expect([0, 1_023, 1_024, 1_536_000, 5_368_709_120].map(formatBytes)).toEqual([
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.5 MiB',
    '5.0 GiB',
  ])
})

test('durations and ages', () => {
  expect([0, 840, 2_400, 42_000, 192_000, 18_120_000, 273_600_000].map(formatDuration)).toEqual([
    '0 ms',
    '840 ms',
    '2.4 s',
    '42 s',
    '3 min 12 s',
    '5 h 2 min',
    '3 d 4 h',
  ])
  expect([-50, 999, 4_200, 180_000, 7_200_000, 200_000_000].map(formatAge)).toEqual([
    'now',
    'now',
    '4 s ago',
    '3 min ago',
    '2 h ago',
    '2 d ago',
  ])
  expect([0, 4_200, 180_000].map(formatBefore)).toEqual(['at the end', '4 s before', '3 min before'])
})

test('times in UTC', () => {
  expect(formatClock(1_767_225_600_482, 'utc')).toBe('00:00:00.482')
  expect(formatDatedClock(1_767_225_600_482, 'utc', 1_767_225_600_482 + 86_399_000, false)).toBe('00:00:00')
  expect(formatDatedClock(1_767_225_600_482, 'utc', 1_767_225_600_482 + 86_400_000, false)).toBe('2026-01-01 00:00:00')
  expect(formatTimestamp(1_767_225_600_482, 'utc')).toBe('2026-01-01 00:00:00.482')
  expect(formatTimestamp(-1, 'utc')).toBe('no time')
  expect(isoTime(1_767_225_600_482)).toBe('2026-01-01T00:00:00.482Z')
  expect(isoTime(8.64e15)).toBe('+275760-09-13T00:00:00.000Z')
})

test('a time that no date can name is its number', () => {
  for (const at of [8.64e15 + 1, Number.MAX_SAFE_INTEGER]) {
    expect(formatTimestamp(at, 'utc')).toBe(`${at} ms`)
    expect(formatClock(at, 'local')).toBe(`${at} ms`)
    expect(formatDatedClock(at, 'local', 0)).toBe(`${at} ms`)
    expect(formatDate(at, 'utc')).toBe(`${at} ms`)
    expect(isoTime(at)).toBeUndefined()
  }
})

test('a length of time that was chosen has no unit that is nought', () => {
  expect([1_000, 90_000, 900_000, 7_200_000, 604_800_000, 694_800_000].map(formatSpan)).toEqual([
    '1 s',
    '1 min 30 s',
    '15 min',
    '2 h',
    '7 d',
    '8 d 1 h',
  ])
})

test('a step of a scale is of one unit', () => {
  expect([1, 500, 1_000, 15_000, 60_000, 90_000, 1_800_000, 43_200_000, 604_800_000].map(formatStep)).toEqual([
    '1 ms',
    '500 ms',
    '1 s',
    '15 s',
    '1 min',
    '90 s',
    '30 min',
    '12 h',
    '7 d',
  ])
})
