import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hasChromium } from './browser.ts'

if (!hasChromium() && process.env.CI) throw new Error('CI has no Chromium. Install it, or name it in YAK_CHROMIUM.')

test.skipIf(!hasChromium())('pictures that are told to end close what runs, and say how many there are', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'yak-pictures-'))
  const run = spawn(
    process.execPath,
    [
      ...[
        '--conditions=@yak/source',
        '--disable-warning=ExperimentalWarning',
        join(import.meta.dirname, 'screenshots.ts'),
      ],
      ...['--no-build', '--brokers', '1', '--empty', '--jobs', '1', '--out', folder],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let said = ''
  for (const stream of [run.stdout, run.stderr]) stream.on('data', (text) => (said += text))
  const exited = once(run, 'exit')
  try {
    await expect.poll(async () => (await readdir(folder)).length).toBeGreaterThan(0)
    run.kill('SIGTERM')
    expect(await exited).toEqual([143, null])
    expect(said).toMatch(/^Ended before its end: [1-9]\d* pictures were taken\.$/m)
    expect(said, 'no stack of an error').not.toMatch(/^ +at /m)
  } finally {
    run.kill('SIGKILL')
    await exited
    await rm(folder, { recursive: true, force: true })
  }
})
