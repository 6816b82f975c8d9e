import { expect, test } from 'vitest'
import type { StorageFile } from '../../src/index.ts'
import { MemoryStorage, seededRandom } from '../../src/testing/index.ts'

async function withFile(options: ConstructorParameters<typeof MemoryStorage>[0] = {}): Promise<{
  readonly storage: MemoryStorage
  readonly file: StorageFile
}> {
  const storage = new MemoryStorage(options)
  await storage.createFolder('log')
  const file = await storage.openFile('log/a', { create: true })
  await storage.syncFolder('log')
  return { storage, file }
}

const filled = (size: number, value: number): Uint8Array[] => [Buffer.alloc(size, value)]

test('a power cut keeps what was synced, and of the rest what chance leaves, by sectors', async () => {
  const outcomes = new Set<string>()
  for (let seed = 0; seed < 50; seed++) {
    const { storage, file } = await withFile()
    await file.write(filled(1_024, 1), 0)
    await file.sync()
    await file.write(filled(1_024, 2), 512)
    storage.cutPower(seededRandom(seed))
    const bytes = storage.bytesOf('log/a')
    expect(bytes.subarray(0, 512).every((byte) => byte === 1)).toBe(true)
    expect([1, 2]).toContain(bytes[512])
    outcomes.add(`${bytes.length} ${bytes[512]} ${bytes[1_024]}`)
    await expect(file.sync()).rejects.toMatchObject({ code: 'EBADF' })
  }
  // Old size; new size with either, both or none of the sectors.
  expect(outcomes).toEqual(
    new Set(['1024 1 undefined', '1024 2 undefined', '1536 1 0', '1536 2 0', '1536 1 2', '1536 2 2']),
  )
})

test('a power cut forgets names that were not synced, the newest first', async () => {
  const seen = new Set<string>()
  for (let seed = 0; seed < 40; seed++) {
    const { storage } = await withFile()
    await storage.openFile('log/b', { create: true })
    await storage.removeFile('log/a')
    storage.cutPower(seededRandom(seed))
    seen.add(storage.paths.join())
  }
  expect(seen).toEqual(new Set(['log/a', 'log/a,log/b', 'log/b']))
})

test('a kill keeps what was written and nothing that comes later', async () => {
  const { storage, file } = await withFile()
  await file.write(filled(10, 1), 0)
  const late = file.write(filled(10, 2), 10)
  storage.kill()
  await expect(late).rejects.toMatchObject({ code: 'EBADF' })
  expect(storage.bytesOf('log/a').length).toBe(10)
})

test('after a failed sync a later one does not bring the bytes back', async () => {
  const { storage, file } = await withFile()
  await file.write(filled(512, 1), 0)
  storage.failNext({ operation: 'sync', code: 'EIO' })
  await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' })
  await file.sync()
  storage.cutPower(() => 0.9)
  expect(storage.bytesOf('log/a').every((byte) => byte === 0)).toBe(true)
})

test('faults hit the call they are meant for, once', async () => {
  const { storage, file } = await withFile()
  storage.failNext({ operation: 'write', pathEnd: 'a', code: 'EIO', skip: 1, writtenBytes: 3 })
  await file.write(filled(1, 1), 0)
  await file.sync()
  await expect(file.write(filled(10, 2), 0)).rejects.toMatchObject({ code: 'EIO' })
  expect([...storage.bytesOf('log/a')]).toEqual([2, 2, 2])
  await file.write(filled(4, 3), 0)
})

test('a full disk takes what fits', async () => {
  const { storage, file } = await withFile({ capacityBytes: 10 })
  await expect(file.write(filled(20, 1), 0)).rejects.toMatchObject({ code: 'ENOSPC' })
  expect(storage.bytesOf('log/a').length).toBe(10)
  expect(await storage.freeBytes()).toBe(0)
  await file.write(filled(10, 2), 0)
  storage.capacityBytes = 100
  await file.write(filled(20, 1), 0)
})

test('a simulation decides when a call goes on', async () => {
  const waiting: (() => void)[] = []
  const { storage, file } = await withFile({
    before: async (operation) => {
      if (operation === 'write') await new Promise<void>((resolve) => waiting.push(resolve))
    },
  })
  const writing = file.write(filled(5, 1), 0)
  await Promise.resolve()
  expect(storage.bytesOf('log/a').length).toBe(0)
  waiting[0]!()
  await writing
  expect(storage.bytesOf('log/a').length).toBe(5)
})
