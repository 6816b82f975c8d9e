import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('a broker leaves what it calls often to the compiler that is quick', async () => {
  const compilers = async (...args: string[]): Promise<Set<string>> => {
    const program = join(import.meta.dirname, 'process/compilers-program.ts')
    const { stdout } = await promisify(execFile)(process.execPath, ['--trace-opt', program, ...args])
    const targets = stdout.matchAll(/completed compiling .*<JSFunction calledOften .*\(target (\w+)\)/g)
    return new Set(Array.from(targets, ([, target]) => target!))
  }
  const [free, short] = await Promise.all([compilers(), compilers('short')])
  expect(free).toContain('TURBOFAN_JS')
  expect(short).toEqual(new Set(['MAGLEV']))
})
