import { MemoryStorage } from '@yak/log/testing'
import { describe, expect, test } from 'vitest'
import type { SavedPromise } from '../../src/replication/core/state.ts'
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
