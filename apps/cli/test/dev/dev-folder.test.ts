import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openDevFolder } from '../../src/dev/dev-folder.ts'

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'yak-dev-folder-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('a folder of its own is nothing to commit, and keeps how many brokers it was made for', async () => {
  const folder = join(await temporaryFolder(), 'made', 'here')
  await openDevFolder(folder, 3)
  expect(await readFile(join(folder, '.gitignore'), 'utf8')).toBe('*\n')
  await openDevFolder(folder, 3)
  await expect(openDevFolder(folder, 1)).rejects.toThrow('holds a cluster of 3, not 1.')
})

test('in a folder with other things what git ignores stays as it was', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, '.gitignore'), 'mine\n')
  await openDevFolder(folder, 1)
  expect(await readFile(join(folder, '.gitignore'), 'utf8')).toBe('mine\n')
})
