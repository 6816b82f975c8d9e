import { expect, test } from 'vitest'
import { startPositionOf } from '../../src/consume/start-position.ts'

const now = Date.parse('2026-01-31T10:00:00Z')

test.each([
  ['earliest', 'earliest'],
  ['latest', 'latest'],
  ['120', 120],
  ['2026-01-31T09:00:00Z', { timestampMs: now - 3_600_000 }],
  ['2026-01-31T11:00:00+01:00', { timestampMs: now }],
  ['2026-01-31', { timestampMs: Date.parse('2026-01-31T00:00:00Z') }],
  ['30s', { timestampMs: now - 30_000 }],
  ['15m', { timestampMs: now - 900_000 }],
  ['2h', { timestampMs: now - 7_200_000 }],
  ['2026-01-31 11:00:00+01:00', { timestampMs: now }],
  ['1969-01-01', { timestampMs: 0 }],
  ['999999999d', { timestampMs: 0 }],
  ['7d', { timestampMs: now - 604_800_000 }],
] as const)('%s', (text, position) => {
  expect(startPositionOf(text, now)).toEqual(position)
})

test.each([
  ['yesterday', '--from is "yesterday". Give earliest, latest, an offset, a time'],
  ['-5', '--from is "-5". Give earliest'],
  ['2026-02-30', '--from is "2026-02-30". Give earliest'],
  ['2026-01-31 10:00:00', 'a time without a zone. Write it as 2026-01-31T10:00:00Z for UTC'],
  ['', '--from is "". Give earliest'],
])('%j is refused', (text, message) => {
  expect(() => startPositionOf(text, now)).toThrow(message)
})
