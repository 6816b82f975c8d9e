import { expect, test } from 'vitest'
import { YoungGarbage, youngCollection } from '../src/young-garbage.ts'

test.each([
  ['pieces of bodies', 'notePiece', 65_536, 4],
  ['large answers', 'noteAnswer', 65_536, 16],
  ['small answers, which are collected with the rest', 'noteAnswer', 65_535, 0],
] as const)('collects each time that enough has come and gone: %s', (_what, note, sizeBytes, expected) => {
  let collections = 0
  const garbage = new YoungGarbage(() => collections++)
  for (let count = 0; count < 1_024; count++) garbage[note](sizeBytes)
  expect(collections).toBe(expected)
})

test('one collection takes the pieces and the answers', () => {
  let collections = 0
  const garbage = new YoungGarbage(() => collections++)
  garbage.notePiece(16_000_000)
  garbage.noteAnswer(4_194_304)
  garbage.notePiece(1_000_000)
  expect(collections).toBe(1)
})

test('a collection of the young generation frees buffers that died', () => {
  const collect = youngCollection()
  collect()
  const before = process.memoryUsage().arrayBuffers
  for (let count = 0; count < 200; count++) Buffer.allocUnsafeSlow(65_536)
  collect()
  collect()
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200 * 65_536)
})
