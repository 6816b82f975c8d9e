import { afterEach, beforeEach, expect, test } from 'vitest'
import { otherZoneText, readTime, timeText } from '../../src/lib/read-time.ts'

const at = Date.UTC(2026, 10, 29, 14, 5, 3, 250)
let zoneBefore: string | undefined

beforeEach(() => {
  zoneBefore = process.env.TZ
  process.env.TZ = 'Europe/Berlin'
})
afterEach(() => {
  if (zoneBefore === undefined) delete process.env.TZ
  else process.env.TZ = zoneBefore
})

test.each([
  '2026-11-29T14:05:03.250Z',
  '2026-11-29T14:05:03.250123456Z',
  ' 2026-11-29 14:05:03,250 UTC ',
  '2026-11-29T15:05:03.25+01:00',
  '2026-11-29 09:05:03.250 -0500',
  '2026-11-29 09:05:03.250 \u22120500',
  '2026-11-29 15:05:03.250+01',
  '2026/11/29 14:05:03.250 gmt',
  '2026-11-29 15:05:03.250 local',
  String(at),
])('%s is the same moment in whatever zone is shown', (text) => {
  for (const zone of ['utc', 'local'] as const) expect(readTime(text, zone)).toEqual({ kind: 'time', at })
})

test('without a zone it is of the one that is shown; without a clock it is midnight there', () => {
  const seconds = at - 250
  expect(readTime('2026-11-29 14:05:03', 'utc')).toEqual({ kind: 'time', at: seconds })
  expect(readTime('2026-11-29 15:05:03', 'local')).toEqual({ kind: 'time', at: seconds })
  expect(readTime('2026-11-29T14:05', 'utc')).toEqual({ kind: 'time', at: seconds - 3_000 })
  expect(readTime('2026-11-29', 'local')).toEqual({ kind: 'time', at: Date.UTC(2026, 10, 28, 23) })
  for (const zone of ['utc', 'local'] as const) expect(readTime(timeText(at, zone), zone)).toEqual({ kind: 'time', at })
  expect(timeText(seconds, 'utc')).toBe('2026-11-29 14:05:03')
  expect(otherZoneText(at, 'utc')).toBe('2026-11-29 15:05:03.250 local')
  process.env.TZ = 'UTC'
  expect(otherZoneText(at, 'utc')).toBeNull()
})

test('what may be seconds is read as milliseconds, and says so', () => {
  expect(readTime('1764425103', 'utc')).toEqual({
    kind: 'time',
    at: 1_764_425_103,
    note: expect.stringContaining('write 1764425103000'),
  })
  expect(readTime('0', 'utc')).toEqual({ kind: 'time', at: 0 })
})

test.each([
  ['yesterday', 'This is no time'],
  ['29.11.2026 14:05', 'This is no time'],
  ['2026-11-29 14', 'This is no time'],
  ['2026-13-01', 'There is no month 13.'],
  ['2026-02-29 10:00', 'There is no day 29 in month 2 of 2026.'],
  ['2026-11-29 24:00:00', 'There is no hour 24'],
  ['2026-11-29 23:60', 'There is no minute 60.'],
  ['2026-11-29 23:59:60', 'There is no second 60.'],
  ['2026-11-29 10:00+24:00', 'There is no zone +24:00.'],
  ['0099-01-01', 'older than 1970'],
  ['1970-01-01 00:30+01:00', 'older than 1970'],
  ['9999999999999999999', 'further off'],
  ['2026-03-29 02:30', 'Your clocks skip this time'],
])('%s is none, and why', (text, problem) => {
  expect(readTime(text, 'local')).toEqual({ kind: 'fault', problem: expect.stringContaining(problem) })
})

test('nothing is typed', () => {
  expect(readTime('  ', 'utc')).toEqual({ kind: 'none' })
})
