import { expect, test } from 'vitest'
import { systemClock } from '../src/clock.ts'

test.each([Number.POSITIVE_INFINITY, 2 ** 31, 1e12])('a timer of %d ms does not fire at once', async (delayMs) => {
  const fired: string[] = []
  const timer = systemClock.setTimer(() => fired.push('long'), delayMs)
  // Of timers of one length the one set first fires first, and Node makes 1 ms of one that is too long.
  await new Promise<void>((resolve) => systemClock.setTimer(resolve, 1))
  await new Promise<void>((resolve) => systemClock.setTimer(resolve, 1))
  systemClock.clearTimer(timer)
  expect(fired).toEqual([])
})
