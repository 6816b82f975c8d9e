import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { isConsoleStale } from '../../src/dev/console-build.ts'

test('a console is built when it was never built, or changed since; and where there is none, never', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'yak-console-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  expect(await isConsoleStale(folder)).toBe(false)
  await mkdir(join(folder, 'src/app'), { recursive: true })
  await writeFile(join(folder, 'package.json'), '{}')
  await writeFile(join(folder, 'src/app/main.tsx'), '')
  expect(await isConsoleStale(folder)).toBe(true)
  await mkdir(join(folder, 'dist'))
  await writeFile(join(folder, 'dist/index.html'), '')
  const later = new Date(Date.now() + 60_000)
  await utimes(join(folder, 'dist/index.html'), later, later)
  expect(await isConsoleStale(folder)).toBe(false)
  const muchLater = new Date(Date.now() + 120_000)
  await utimes(join(folder, 'src/app/main.tsx'), muchLater, muchLater)
  expect(await isConsoleStale(folder)).toBe(true)
})
