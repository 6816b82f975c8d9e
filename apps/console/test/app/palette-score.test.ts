import { expect, test } from 'vitest'
import { paletteScore } from '../../src/app/frame/palette-score.ts'

test('a line of the palette has to hold every word that was typed, and best begins with it', () => {
  const lines = ['Produce', 'orders', 'Subscribe to orders', 'Subscribe to payments', 'big.orders', 'reorders']
  const found = (typed: string) =>
    lines
      .map((line) => ({ line, score: paletteScore(line, typed) }))
      .filter(({ score }) => score > 0)
      .toSorted((a, b) => b.score - a.score)
      .map(({ line }) => line)
  expect(found('ord')).toEqual(['orders', 'Subscribe to orders', 'big.orders', 'reorders'])
  expect(found('SUB Pay')).toEqual(['Subscribe to payments'])
  expect(found('')).toEqual(lines)
  expect(found('zebra')).toEqual([])
})
