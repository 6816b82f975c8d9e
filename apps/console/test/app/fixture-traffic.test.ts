import { expect, test } from 'vitest'
import { refusedUntil, stepsUntil } from '../../src/app/fixture-traffic.ts'

const pauses = [
  { from: -36, to: -30 },
  { from: -2, to: Number.POSITIVE_INFINITY },
]

test('what was written never falls, and rests while nobody leads', () => {
  const seconds = Array.from({ length: 400 }, (_, index) => -180 + index / 2)
  for (const [index, at] of seconds.entries()) {
    const grown = stepsUntil(at + 0.5, pauses) - stepsUntil(at, pauses)
    const rests = pauses.some(({ from, to }) => at >= from && at < to)
    if (rests) expect(Math.abs(grown), `at ${at}`).toBe(0)
    else expect(grown, `at ${at}, ${index}`).toBeGreaterThan(4)
  }
  expect(stepsUntil(0, pauses)).toBe(0)
})

test('requests are refused while nobody leads', () => {
  expect([-40, -36, -35, -30, -10, 0].map((at) => refusedUntil(at, pauses))).toEqual([0, 0, 6, 36, 36, 48])
})
