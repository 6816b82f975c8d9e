import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { Offset, offsetWidthCh } from '../../src/ui/offset.tsx'

test('an offset is read in threes, and copied as its digits', () => {
  const markup = (value: number) => renderToStaticMarkup(createElement(Offset, { value }))
  expect([0, 999].map(markup)).toEqual(['0', '999'])
  for (const value of [1_042, 41_042, 9_007_199_254_740_991]) {
    expect(markup(value).replace(/<[^>]*>/g, '')).toBe(String(value))
    expect(markup(value).match(/ml-/g)).toHaveLength(Math.floor((String(value).length - 1) / 3))
  }
  expect([999, 1_042, 1_234_567].map(offsetWidthCh)).toEqual([3, 4.6, 8.2])
})
