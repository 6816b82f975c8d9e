import { beforeEach, expect, test } from 'vitest'
import { OpenFiles } from '../../src/disk/open-files.ts'
import { LogDisk, type StorageFile } from '../../src/index.ts'
import { MemoryStorage } from '../../src/testing/index.ts'

let storage: MemoryStorage
let files: OpenFiles

beforeEach(async () => {
  storage = new MemoryStorage()
  await storage.createFolder('log')
  files = new OpenFiles(storage, 2)
})

const use = (name: string): Promise<StorageFile> => files.use(`log/${name}`, async (file) => file, { create: true })

test('keeps the files used last open, up to the limit', async () => {
  const first = await use('a')
  await use('b')
  expect(await use('a')).toBe(first)
  await use('c')
  expect(files.openCount).toBe(2)
  // b was used least recently, so a is still the same.
  expect(await use('a')).toBe(first)
  expect(await use('b')).not.toBe(first)
})

test('never closes a file under its user, even beyond the limit', async () => {
  let release!: () => void
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const users = ['a', 'b', 'c', 'd'].map((name) =>
    files.use(
      `log/${name}`,
      async (file) => {
        await held
        return await file.sizeBytes()
      },
      { create: true },
    ),
  )
  await Promise.resolve()
  expect(files.openCount).toBe(4)
  release()
  expect(await Promise.all(users)).toEqual([0, 0, 0, 0])
  await files.settle()
  expect(files.openCount).toBeLessThanOrEqual(2)
})

test('a forgotten file closes with its last user; the next use opens what is at the path then', async () => {
  await use('a')
  const reading = files.use('log/a', async (file) => {
    files.forget('log/a')
    await storage.removeFile('log/a')
    const replaced = await use('a')
    expect(replaced).not.toBe(file)
    return await file.sizeBytes()
  })
  expect(await reading).toBe(0)
})

test('a file that cannot be opened is tried again at the next use', async () => {
  storage.failNext({ operation: 'open', code: 'EMFILE' })
  await expect(use('a')).rejects.toMatchObject({ code: 'EMFILE' })
  await use('a')
  expect(files.openCount).toBe(1)
})

test('users that come at the same time share one open file', async () => {
  const [one, two] = await Promise.all([use('a'), use('a')])
  expect(one).toBe(two)
})

test('files that are not in use are closed for one that finds no descriptor', async () => {
  const disk = new LogDisk({ storage, maxOpenFiles: 10 })
  const useFile = (name: string) => disk.files.use(`log/${name}`, async (file) => file, { create: true })
  for (const name of ['a', 'b', 'c', 'd']) await useFile(name)
  storage.failNext({ operation: 'open', pathEnd: 'e', code: 'EMFILE' })
  await useFile('e')
  // Half of those that were open, and the new one.
  expect(disk.files.openCount).toBe(3)
  storage.failNext({ operation: 'syncFolder', code: 'ENFILE' })
  await disk.storage.syncFolder('log')
  expect(disk.files.openCount).toBe(1)
  storage.failNext({ operation: 'list', code: 'ENFILE' })
  expect(await disk.storage.listFiles('log')).toHaveLength(5)
  expect(disk.files.openCount).toBe(0)
  storage.failNext({ operation: 'open', code: 'EMFILE' })
  await expect(useFile('a')).rejects.toMatchObject({ code: 'EMFILE' })
})
