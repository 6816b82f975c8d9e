import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('a young generation that is kept small does not grow', async () => {
  const largest = async (...args: string[]): Promise<number> => {
    const program = join(import.meta.dirname, 'process/young-generation-program.ts')
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...args])
    return Number(stdout)
  }
  const [free, small] = await Promise.all([largest(), largest('small')])
  expect(small).toBeLessThan(free / 2)
})
