import { MemoryStorage } from '@yak/log/testing'
import { describe, expect, test } from 'vitest'
import { emptyCluster, type SavedPromise } from '../../src/replication/core/state.ts'
import { DriverFiles } from '../../src/replication/driver-files.ts'

const promiseOf = (epoch: number): SavedPromise => ({
  epoch,
  candidate: { brokerId: 'a', diskId: 'a1', incarnation: '1.a1' },
})

describe('once the small files are closed', () => {
  test('what was being written is on disk, and what waited for its turn is not written behind the back of the next process', async () => {
    const isRenaming = Promise.withResolvers<void>()
    const mayRename = Promise.withResolvers<void>()
    const storage = new MemoryStorage({
      before: async (operation) => {
        if (operation !== 'renameFile') return
        isRenaming.resolve()
        await mayRename.promise
      },
    })
    const files = new DriverFiles(storage, () => {})
    const first = files.save({ file: 'promise', value: promiseOf(64) })
    const second = files.save({ file: 'promise', value: promiseOf(128) })
    second.catch(() => {})
    await isRenaming.promise
    let isClosed = false
    const closing = files.close().then(() => {
      isClosed = true
    })
    await new Promise(setImmediate)
    expect(isClosed).toBe(false)
    mayRename.resolve()
    await closing
    await first
    await expect(second).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
    expect((await files.load()).promise).toEqual(promiseOf(64))
  })

  test('what waits for room waits no more', async () => {
    const storage = new MemoryStorage()
    let waiting = 0
    const files = new DriverFiles(storage, () => {
      waiting++
    })
    storage.failNext({ operation: 'write', pathEnd: 'promise.json.tmp', code: 'ENOSPC' })
    const save = files.save({ file: 'promise', value: promiseOf(64) })
    save.catch(() => {})
    await expect.poll(() => waiting).toBe(1)
    await files.close()
    await expect(save).rejects.toMatchObject({ code: 'ENOSPC' })
  })
})

test('a power cut in the middle of a rename leaves one file with two names; the next replacement keeps off what the first name holds', async () => {
  let crashAt: string | undefined
  const storage = new MemoryStorage({
    before: async (operation) => {
      if (operation === crashAt) throw new Error('the power is cut')
    },
  })
  const saveUntil = async (operation: string, epoch: number): Promise<void> => {
    const files = new DriverFiles(storage, () => {})
    await files.load()
    crashAt = operation
    await expect(files.save({ file: 'promise', value: promiseOf(epoch) })).rejects.toThrow('the power is cut')
    crashAt = undefined
  }
  await saveUntil('syncFolder', 64)
  // Of three names that changed, the new .tmp, the new file and the .tmp that went, the disk kept the first two.
  storage.cutPower(() => 0.6)
  expect(storage.paths).toEqual(['promise.json', 'promise.json.tmp'])
  await saveUntil('sync', 128)
  storage.cutPower(() => 0.6)
  expect((await new DriverFiles(storage, () => {}).load()).promise).toEqual(promiseOf(64))
})

describe('a file that must be there and is gone', () => {
  const entered = new Map([['t-0', { epoch: 64, startOffset: 0 }]])
  const cluster = { ...emptyCluster, clusterId: 'c', membership: 'voter' as const }

  for (const gone of ['promise', 'cluster']) {
    test(`${gone}.json: the broker does not know what it promised`, async () => {
      const storage = new MemoryStorage()
      const files = new DriverFiles(storage, () => {})
      await files.save({ file: 'promise', value: promiseOf(128) })
      await files.save({ file: 'cluster', value: cluster })
      await files.save({ file: 'entered-epochs', value: entered })
      expect((await files.load()).promise).toEqual(promiseOf(128))
      await storage.removeFile(`${gone}.json`)
      await expect(files.load()).rejects.toThrow(`${gone}.json is gone. This broker does not know what it promised`)
    })
  }
})
