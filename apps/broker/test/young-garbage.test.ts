import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { YoungGarbage, youngCollection } from '../src/young-garbage.ts'

test('collects each time that enough has come and gone', () => {
  let collections = 0
  const garbage = new YoungGarbage(() => collections++)
  for (let megabyte = 0; megabyte < 64; megabyte++) garbage.note(1_048_576)
  expect(collections).toBe(4)
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
