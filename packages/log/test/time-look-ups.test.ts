import { expect, test } from 'vitest'
import { ForwardingFile, ForwardingStorage } from '../src/forwarding-storage.ts'
import { Log, LogDisk } from '../src/index.ts'
import type { StorageFile } from '../src/storage.ts'
import { ManualClock, MemoryStorage } from '../src/testing/index.ts'
import { appendSynced } from './batches.ts'

/** Counts the reads of whole batches that are under way at once. */
class CountingStorage extends ForwardingStorage {
  underWay = 0
  most = 0

  override async openFile(path: string, options?: { readonly create?: boolean }): Promise<StorageFile> {
    return new CountingFile(await super.openFile(path, options), this)
  }
}

class CountingFile extends ForwardingFile {
  readonly #counts: CountingStorage

  constructor(file: StorageFile, counts: CountingStorage) {
    super(file)
    this.#counts = counts
  }

  override async read(target: Uint8Array, position: number): Promise<number> {
    if (target.length < batchBytes) return await super.read(target, position)
    this.#counts.most = Math.max(this.#counts.most, ++this.#counts.underWay)
    await new Promise(setImmediate)
    try {
      return await super.read(target, position)
    } finally {
      this.#counts.underWay--
    }
  }
}

const batchBytes = 1_000_000

test('of many times looked up at once, over all logs, few hold a batch', async () => {
  const storage = new CountingStorage(new MemoryStorage())
  const disk = new LogDisk({ storage, clock: new ManualClock(), parallelLookUps: 3 })
  const logs = await Promise.all(['a-0', 'b-0'].map((folder) => Log.open({ disk, folder })))
  const values = ['x'.repeat(batchBytes), 'y', 'z']
  for (const log of logs) await appendSynced(log, { values, timestamps: [1_000, 2_000, 3_000] })
  const asked = Array.from({ length: 60 }, (_, index) => logs[index % 2]!.offsetForTimestamp(1_001 + index))
  expect(await Promise.all(asked)).toEqual(asked.map(() => ({ offset: 1, timestamp: 2_000 })))
  expect(storage.most).toBe(3)
  for (const log of logs) await log.close()
})
