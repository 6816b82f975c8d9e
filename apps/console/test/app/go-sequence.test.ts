import { expect, test } from 'vitest'
import { GoSequence } from '../../src/app/frame/go-sequence.ts'

test('a key counts as the second after g only: not by itself, not late, and not twice', () => {
  const go = new GoSequence()
  expect(go.end(300), 'just after the page was loaded').toBe(false)
  go.begin(1_000)
  expect(go.end(2_100)).toBe(true)
  expect(go.end(2_150)).toBe(false)
  go.begin(5_000)
  expect(go.end(6_300)).toBe(false)
})
