import { expect, test } from 'vitest'
import { Log, LogDisk } from '../src/index.ts'
import { ManualClock, MemoryStorage } from '../src/testing/index.ts'
import { append, appendSynced, values } from './batches.ts'

test('a commit that comes late does not undo a clean close', async () => {
  for (let turns = 0; turns < 40; turns++) {
    const storage = new MemoryStorage()
    const clock = new ManualClock()
    const open = (): Promise<Log> => Log.open({ disk: new LogDisk({ storage, clock }), folder: 'log' })
    const log = await open()
    await appendSynced(log)
    // The timer that saves the synced end fires, and its commit meets the close at every point of it.
    const closing = turns % 2 === 0 ? log.close() : undefined
    for (let turn = 0; turn < turns / 2; turn++) await Promise.resolve()
    clock.advance(1_000)
    await (closing ?? log.close())
    expect((await open()).recovery.clean, `after ${turns} turns`).toBe(true)
  }
})

test('a close waits for appends under way, and for a roll that is being finished', async () => {
  const storage = new MemoryStorage()
  const disk = new LogDisk({ storage, clock: new ManualClock() })
  const open = (): Promise<Log> => Log.open({ disk, folder: 'log', config: { segmentBytes: 1_024 } })
  const log = await open()
  const appends = Array.from({ length: 40 }, (_, index) => append(log, { values: [`${index} ${'x'.repeat(100)}`] }))
  await log.close()
  await Promise.all(appends.map(({ synced }) => synced))
  const again = await open()
  expect(again.recovery.clean).toBe(true)
  expect((await values(again)).length).toBe(40)
})

test('a close waits for a read under way, and none begins behind it', async () => {
  const held = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  let isHeld = false
  const storage = new MemoryStorage({
    before: async (operation, path) => {
      if (!isHeld || operation !== 'read' || !path.endsWith('.log')) return
      reached.resolve()
      await held.promise
    },
  })
  const open = (): Promise<Log> => Log.open({ disk: new LogDisk({ storage, clock: new ManualClock() }), folder: 'log' })
  const first = await open()
  await appendSynced(first)
  await first.close()
  const log = await open()
  const failures: unknown[] = []
  log.onFailure((failure) => failures.push(failure))
  isHeld = true
  const read = log.read({ offset: 0, maxBytes: 1 })
  await reached.promise
  let isClosed = false
  const closed = log.close().then(() => {
    isClosed = true
  })
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
  expect(isClosed).toBe(false)
  held.resolve()
  expect((await read).nextOffset).toBe(1)
  await closed
  await storage.removeFolder('log')
  await expect(log.read({ offset: 0, maxBytes: 1 })).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
  expect(failures).toEqual([])
})

test('a close that finds no room waits for what is under way all the same', async () => {
  const held = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  const storage = new MemoryStorage({
    before: async (operation, path) => {
      if (operation !== 'renameFile' || !path.endsWith('.snapshot.tmp')) return
      reached.resolve()
      await held.promise
    },
  })
  const disk = new LogDisk({ storage, clock: new ManualClock() })
  const log = await Log.open({ disk, folder: 'log', config: { segmentBytes: 1_024 } })
  for (let count = 0; count < 2; count++) await appendSynced(log, { values: ['x'.repeat(900)] })
  await reached.promise
  storage.failNext({ operation: 'write', pathEnd: '.log', code: 'ENOSPC' })
  append(log)
  let isClosed = false
  const closed = log.close().catch((error: unknown) => {
    isClosed = true
    return error
  })
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
  expect(isClosed).toBe(false)
  held.resolve()
  expect(await closed).toMatchObject({ code: 'DISK_FULL' })
})
