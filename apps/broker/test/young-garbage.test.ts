import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
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

test('a young generation that is kept small does not grow', async () => {
  const largest = async (...args: string[]): Promise<number> => {
    const program = join(import.meta.dirname, 'process/young-generation-program.ts')
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...args])
    return Number(stdout)
  }
  const [free, small] = await Promise.all([largest(), largest('small')])
  expect(small).toBeLessThan(free / 2)
})
