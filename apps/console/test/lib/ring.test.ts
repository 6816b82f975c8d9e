import { expect, test } from 'vitest'
import { Ring } from '../../src/lib/ring.ts'

test('keeps the newest, and counts what it let go', () => {
  const ring = new Ring<number>({ maxCount: 3 })
  for (let index = 0; index < 5_000; index++) ring.push(index)
  expect(ring.toArray()).toEqual([4_997, 4_998, 4_999])
  expect([ring.at(0), ring.at(2), ring.at(3), ring.at(-1)]).toEqual([4_997, 4_999, undefined, undefined])
  expect(ring.dropped).toBe(4_997)
})

test('is bounded by bytes too, and keeps one that is larger than all', () => {
  const ring = new Ring<string>({ maxCount: 100, maxBytes: 10, sizeOf: (text) => text.length })
  ring.push('aaaa', 'bbbb', 'cccc')
  expect(ring.toArray()).toEqual(['bbbb', 'cccc'])
  ring.push('d'.repeat(50))
  expect(ring.toArray()).toEqual(['d'.repeat(50)])
  expect(ring.sizeBytes).toBe(50)
  ring.clear()
  expect([ring.length, ring.sizeBytes, ring.dropped]).toEqual([0, 0, 0])
})
