import { expect, test } from 'vitest'
import { around, pan, rangeOf, ticksOf, zoom } from '../../../src/features/timeline/time-window.ts'

test('a window at the present moves with it and leaves room ahead', () => {
  const window = { span: 100_000, to: null }
  expect(rangeOf(window, 1_000_000)).toEqual({ from: 904_000, to: 1_004_000 })
  expect(zoom(window, 0.5)).toEqual({ span: 50_000, to: null })
})

test('a fixed window keeps its middle', () => {
  expect(zoom({ span: 100_000, to: 1_000_000 }, 0.5)).toEqual({ span: 50_000, to: 975_000 })
  expect(zoom({ span: 100_000, to: 1_000_000 }, 2)).toEqual({ span: 200_000, to: 1_050_000 })
})

test('zoom has an end at both sides', () => {
  expect(zoom({ span: 1_000, to: null }, 0.5).span).toBe(1_000)
  expect(zoom({ span: 30 * 86_400_000, to: null }, 2).span).toBe(30 * 86_400_000)
})

test('panning back leaves the present, panning to it follows it again', () => {
  const back = pan({ span: 100_000, to: null }, -0.5, 1_000_000)
  expect(back).toEqual({ span: 100_000, to: 954_000 })
  expect(pan(back, 0.25, 1_000_000)).toEqual({ span: 100_000, to: 979_000 })
  expect(pan(back, 0.5, 1_000_000)).toEqual({ span: 100_000, to: null })
})

test('around an incident there is room on both sides, and a short one is not blown up to nothing but itself', () => {
  expect(around(1_000_000, 1_010_000)).toEqual({ span: 20_000, to: 1_015_000 })
  expect(around(1_000_000, 1_000_100)).toEqual({ span: 5_000, to: 1_002_550 })
})

test('ticks are round, as many as fit, and days begin at midnight of the zone', () => {
  expect(ticksOf({ from: 0, to: 60_000 }, 6)).toEqual({
    step: 10_000,
    ticks: [0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000],
  })
  expect(ticksOf({ from: 1, to: 999 }, 5).ticks).toEqual([200, 400, 600, 800])
  const day = 86_400_000
  expect(ticksOf({ from: 0, to: 4 * day }, 5, 3_600_000).ticks).toEqual(
    [day, 2 * day, 3 * day, 4 * day].map((at) => at - 3_600_000),
  )
  expect(ticksOf({ from: 0, to: 3_650 * day }, 600).ticks.length).toBeLessThan(600)
})
