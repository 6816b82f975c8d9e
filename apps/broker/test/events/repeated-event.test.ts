import { expect, onTestFinished, test, vi } from 'vitest'
import { RepeatedEvent } from '../../src/events/repeated-event.ts'

function repeated() {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const told: number[] = []
  return { told, event: new RepeatedEvent((count) => told.push(count), 10_000) }
}

test('the first is told at once, a storm once in each window, with its count', () => {
  const { told, event } = repeated()
  for (let ms = 0; ms < 60_000; ms += 10) {
    event.note()
    vi.advanceTimersByTime(10)
  }
  expect(told).toEqual([1, 999, 1_000, 1_000, 1_000, 1_000, 1_000])
  vi.advanceTimersByTime(20_000)
  const count = told.reduce((sum, each) => sum + each)
  expect(count, 'each is counted once').toBe(6_000)
  event.note()
  expect(told.at(-1), 'after a quiet window it is news again').toBe(1)
})

test('what waits is told at the end', () => {
  const { told, event } = repeated()
  for (let index = 0; index < 5; index++) event.note()
  event.close()
  expect(told).toEqual([1, 4])
  vi.advanceTimersByTime(60_000)
  expect(told).toEqual([1, 4])
})
