import assert from 'node:assert/strict'
import type { Storage, StorageFile } from '../storage.ts'

/** The two functions of a test runner that the suite needs; those of vitest and node:test both fit. */
export interface TestRunner {
  /** Groups tests under a name. */
  readonly describe: (name: string, define: () => void) => void
  /** Defines one test. */
  readonly it: (name: string, test: () => Promise<void>) => void
}

/**
 * What every Storage must do, whatever it is made of.
 *
 * @param create makes an empty storage for each test.
 */
export function storageConformance({ describe, it }: TestRunner, create: () => Promise<Storage>): void {
  const withFile = async (test: (file: StorageFile, storage: Storage) => Promise<void>): Promise<void> => {
    const storage = await create()
    await storage.createFolder('log')
    const file = await storage.openFile('log/a', { create: true })
    try {
      await test(file, storage)
    } finally {
      await file.close()
    }
  }

  describe('files', () => {
    it('gives back what was written, across chunks and positions', () =>
      withFile(async (file) => {
        await file.write([bytes(1, 2), bytes(3), bytes(4, 5, 6)], 0)
        await file.write([bytes(9)], 2)
        assert.deepEqual(await contents(file), [1, 2, 9, 4, 5, 6])
        assert.equal(await file.sizeBytes(), 6)
      }))

    it('reads what there is at the end of the file, and nothing behind it', () =>
      withFile(async (file) => {
        await file.write([bytes(1, 2, 3)], 0)
        const target = new Uint8Array(8)
        assert.equal(await file.read(target, 1), 2)
        assert.deepEqual([...target], [2, 3, 0, 0, 0, 0, 0, 0])
        assert.equal(await file.read(target, 3), 0)
        assert.equal(await file.read(target, 99), 0)
      }))

    it('fills a gap with zeros', () =>
      withFile(async (file) => {
        await file.write([bytes(7)], 3)
        assert.deepEqual(await contents(file), [0, 0, 0, 7])
      }))

    it('takes thousands of chunks in one write', () =>
      withFile(async (file) => {
        const chunks = Array.from({ length: 3_000 }, (_, index) => bytes(index % 256, 1))
        await file.write(chunks, 0)
        assert.deepEqual(
          await contents(file),
          chunks.flatMap((chunk) => [...chunk]),
        )
      }))

    it('writes through to where a read sees it', () =>
      withFile(async (file) => {
        await file.write([bytes(0, 0, 0, 0)], 0)
        await file.writeThrough([bytes(5), bytes(6)], 1)
        await file.sync()
        assert.deepEqual(await contents(file), [0, 5, 6, 0])
      }))

    it('cuts and extends with zeros', () =>
      withFile(async (file) => {
        await file.write([bytes(1, 2, 3, 4)], 0)
        await file.truncate(2)
        assert.deepEqual(await contents(file), [1, 2])
        await file.truncate(4)
        assert.deepEqual(await contents(file), [1, 2, 0, 0])
      }))

    it('can be open twice and closed twice', () =>
      withFile(async (file, storage) => {
        const second = await storage.openFile('log/a')
        await file.write([bytes(1)], 0)
        assert.deepEqual(await contents(second), [1])
        await second.close()
        await second.close()
      }))

    it('refuses a missing file, or one in a missing folder', async () => {
      const storage = await create()
      await storage.createFolder('log')
      await assert.rejects(storage.openFile('log/none'), { code: 'ENOENT' })
      await assert.rejects(storage.openFile('none/a', { create: true }), { code: 'ENOENT' })
      await assert.rejects(storage.removeFile('log/none'), { code: 'ENOENT' })
    })
  })

  describe('names', () => {
    it('lists files with their sizes, and folders apart', async () => {
      const storage = await create()
      await storage.createFolder('log/inner')
      await storage.createFolder('log')
      await writeFile(storage, 'log/b', bytes(1, 2, 3))
      await writeFile(storage, 'log/a', bytes())
      await writeFile(storage, 'log/inner/c', bytes(1))
      assert.deepEqual(
        (await storage.listFiles('log')).sort((a, b) => (a.name < b.name ? -1 : 1)),
        [
          { name: 'a', sizeBytes: 0 },
          { name: 'b', sizeBytes: 3 },
        ],
      )
      assert.deepEqual(await storage.listFolders('log'), ['inner'])
      assert.deepEqual(await storage.listFolders(''), ['log'])
      await assert.rejects(storage.listFiles('none'), { code: 'ENOENT' })
    })

    it('renames over an existing file', async () => {
      const storage = await create()
      await storage.createFolder('log')
      await writeFile(storage, 'log/new', bytes(2))
      await writeFile(storage, 'log/old', bytes(1))
      await storage.renameFile('log/new', 'log/old')
      await storage.syncFolder('log')
      assert.deepEqual(await storage.listFiles('log'), [{ name: 'old', sizeBytes: 1 }])
      assert.deepEqual(await readFile(storage, 'log/old'), [2])
    })

    it('keeps a removed file for those who have it open', () =>
      withFile(async (file, storage) => {
        await file.write([bytes(1, 2)], 0)
        await storage.removeFile('log/a')
        assert.deepEqual(await storage.listFiles('log'), [])
        assert.deepEqual(await contents(file), [1, 2])
      }))

    it('removes a folder with all that is in it, and does not mind a missing one', async () => {
      const storage = await create()
      await storage.createFolder('log/inner')
      await writeFile(storage, 'log/inner/a', bytes(1))
      await storage.removeFolder('log')
      await storage.removeFolder('log')
      assert.deepEqual(await storage.listFolders(''), [])
    })

    it('knows about how much room is left', async () => {
      assert.ok((await (await create()).freeBytes()) > 0)
    })
  })
}

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values)
}

async function contents(file: StorageFile): Promise<number[]> {
  const target = new Uint8Array(await file.sizeBytes())
  return [...target.subarray(0, await file.read(target, 0))]
}

async function writeFile(storage: Storage, path: string, content: Uint8Array): Promise<void> {
  const file = await storage.openFile(path, { create: true })
  await file.write([content], 0)
  await file.close()
}

async function readFile(storage: Storage, path: string): Promise<number[]> {
  const file = await storage.openFile(path)
  try {
    return await contents(file)
  } finally {
    await file.close()
  }
}
