import { expect, test } from 'vitest'
import { bestLines, paletteScore } from '../../src/app/frame/palette-score.ts'

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

test('every line is looked through, and the best are shown', () => {
  const lines = Array.from({ length: 500 }, (_, index) => `topic-${index}`)
  expect(bestLines(lines, '', 100)).toEqual(lines.slice(0, 100))
  expect(bestLines(lines, 'topic-499', 100)).toEqual(['topic-499'])
  expect(bestLines(lines, 'opic', 3)).toEqual(['topic-0', 'topic-1', 'topic-2'])
  expect(bestLines(['reorders', 'big.orders', 'orders'], 'ord', 2)).toEqual(['orders', 'big.orders'])
})
