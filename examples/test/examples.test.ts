import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const folder = join(import.meta.dirname, '../src')
const run = promisify(execFile)

// Each checks itself, and must end by itself: a client left over would keep its process alive.
for (const file of readdirSync(folder).filter((name) => name !== 'temporary-broker.ts')) {
  test(file, async () => {
    const { stderr } = await run(
      process.execPath,
      ['--conditions=@yak/source', '--disable-warning=ExperimentalWarning', join(folder, file)],
      {
        timeout: 60_000,
      },
    )
    expect(stderr).toBe('')
  }, 90_000)
}
