import { expect, test } from 'vitest'
import { Backoff } from '../src/backoff.ts'
import { seededRandom } from './support/random.ts'

test('the bound doubles from the first to the last, and the wait is any part of it', () => {
  const largest = new Backoff({ minMs: 10, maxMs: 100, random: () => 1 })
  expect([1, 2, 3, 4, 5, 50, 5_000].map((failures) => largest.delayMs(failures))).toEqual([
    10, 20, 40, 80, 100, 100, 100,
  ])
  const random = new Backoff({ minMs: 10, maxMs: 100, random: seededRandom(1) })
  const delays = Array.from({ length: 1_000 }, () => random.delayMs(9))
  expect(Math.min(...delays)).toBeLessThan(5)
  expect(Math.max(...delays)).toBeGreaterThan(95)
})
