import { beforeEach, describe, expect, test } from 'vitest'
import { decodeLogCheckpoint, Log, type LogConfig, LogDisk } from '../src/index.ts'
import { type LogCheckpoint, LogCheckpointFile } from '../src/state/log-checkpoint.ts'
import { ManualClock, MemoryStorage, seededRandom } from '../src/testing/index.ts'
import { append, appendSynced, readRecords, values } from './batches.ts'

const logCheckpoint: LogCheckpoint = {
  logStartOffset: 0,
  recoveryPoint: 0,
  syncedEndOffset: 0,
  enteredEpoch: -1,
  enteredStartOffset: -1,
  requiredEndOffset: 0,
  savedMs: 0,
  activeCreatedMs: 0,
  cleanSizeBytes: -1,
  cleanEndOffset: -1,
  resetting: 0,
}

describe('a log on a failing disk', () => {
  let storage: MemoryStorage
  let clock: ManualClock
  const open = (config: Partial<LogConfig> = {}): Promise<Log> =>
    Log.open({ disk: new LogDisk({ storage, clock }), folder: 'orders-1', config })

  beforeEach(() => {
    storage = new MemoryStorage()
    clock = new ManualClock()
  })

  for (const operation of ['write', 'sync'] as const) {
    test(`a failed ${operation} ends its service for good`, async () => {
      const log = await open()
      await appendSynced(log, { values: ['before'] })
      const failures: unknown[] = []
      log.onFailure((failure) => failures.push(failure))

      storage.failNext({ operation, pathEnd: '.log', code: 'EIO', writtenBytes: 20 })
      const [first, second] = [append(log), append(log)]
      await expect(first.synced).rejects.toMatchObject({ code: 'STORAGE_ERROR', outcome: 'unknown' })
      await expect(second.synced).rejects.toMatchObject({ code: 'STORAGE_ERROR' })
      expect(log.failure).toMatchObject({ code: 'STORAGE_ERROR' })
      expect(failures).toEqual([log.failure])
      expect(() => append(log)).toThrow(expect.objectContaining({ code: 'STORAGE_ERROR' }))
      await expect(log.read({ offset: 0, maxBytes: 100 })).rejects.toBe(log.failure)
      await expect(log.flush()).rejects.toBe(log.failure)
      await expect(log.truncateTo(0, { leaderEpoch: 1 })).rejects.toBe(log.failure)
      await log.close()
    })
  }

  test('a failed sync is never tried again, and what it may have lost is not there after a power cut', async () => {
    const log = await open({ preallocateBytes: 0 })
    await appendSynced(log, { values: ['before'] })
    storage.failNext({ operation: 'sync', pathEnd: '.log', code: 'EIO' })
    await expect(append(log, { values: ['lost'] }).synced).rejects.toMatchObject({ code: 'STORAGE_ERROR' })
    await log.close()
    storage.cutPower(seededRandom(1))
    const again = await open()
    expect(again.failure).toBeUndefined()
    expect(await values(again)).toEqual(['before'])
  })

  test('a failure in one log leaves the others of its disk alone', async () => {
    const disk = new LogDisk({ storage, clock })
    const [one, two] = await Promise.all([Log.open({ disk, folder: 'one' }), Log.open({ disk, folder: 'two' })])
    storage.failNext({ operation: 'sync', pathEnd: 'one/00000000000000000000.log', code: 'EIO' })
    const [lost, kept] = [append(one), append(two)]
    await expect(lost.synced).rejects.toMatchObject({ code: 'STORAGE_ERROR' })
    await kept.synced
    await appendSynced(two)
    expect(disk.commits.pendingBytes).toBe(0)
  })

  test('a full disk refuses what it cannot hold, keeps nothing of it, and goes on when room returns', async () => {
    const log = await open({ preallocateBytes: 0 })
    await appendSynced(log, { values: ['before'], producerId: 5, baseSequence: 0 })
    storage.capacityBytes = storage.usedBytes + 100
    const refused = [
      append(log, { values: ['x'.repeat(300)], producerId: 5, baseSequence: 1 }),
      append(log, { values: ['small'], producerId: 5, baseSequence: 2, epoch: 9 }),
    ]
    for (const { synced } of refused) {
      await expect(synced).rejects.toMatchObject({ code: 'DISK_FULL', outcome: 'not-written', retriable: true })
    }
    expect(log).toMatchObject({ failure: undefined, logEndOffset: 1, latestEpoch: 1 })
    expect(await values(log)).toEqual(['before'])

    storage.capacityBytes = Number.MAX_SAFE_INTEGER
    const retry = await appendSynced(log, { values: ['later'], producerId: 5, baseSequence: 1, epoch: 9 })
    expect(retry).toMatchObject({ baseOffset: 1, duplicate: false })
    await log.close()
    const again = await open()
    expect(await readRecords(again)).toEqual([
      { offset: 0, value: 'before', epoch: 1 },
      { offset: 1, value: 'later', epoch: 9 },
    ])
  })

  test('an index goes on where it stood before an append that was taken back', async () => {
    const config = { indexIntervalBytes: 256 }
    const log = await open(config)
    await appendSynced(log, { values: ['x'.repeat(200)] })
    // This one begins where an index entry is due.
    storage.failNext({ operation: 'write', pathEnd: '.log', code: 'ENOSPC' })
    await expect(append(log).synced).rejects.toMatchObject({ code: 'DISK_FULL' })
    await appendSynced(log)
    await log.close()
    expect((await open(config)).recovery.clean).toBe(true)
  })

  test('on a full disk nothing refused shows up after a crash', async () => {
    const log = await open({ preallocateBytes: 0 })
    await appendSynced(log, { values: ['before'] })
    // Everything but the last byte arrives.
    storage.failNext({ operation: 'write', pathEnd: '.log', code: 'ENOSPC', writtenBytes: 73 })
    await expect(append(log, { values: ['refused'] }).synced).rejects.toMatchObject({ code: 'DISK_FULL' })
    storage.kill()
    const again = await open()
    expect(again.recovery.cutBytes).toBe(0)
    expect(await values(again)).toEqual(['before'])
  })

  test('when a full disk cannot even be cut back, the outcome is unknown', async () => {
    const log = await open()
    await appendSynced(log)
    storage.failNext({ operation: 'write', pathEnd: '.log', code: 'ENOSPC', writtenBytes: 10 })
    storage.failNext({ operation: 'truncate', pathEnd: '.log', code: 'EIO' })
    const { synced } = append(log)
    await expect(synced).rejects.toMatchObject({ code: 'STORAGE_ERROR' })
    expect(log.failure?.code).toBe('STORAGE_ERROR')
  })

  test('while a write is taken back nothing is appended', async () => {
    const log = await open()
    await appendSynced(log)
    storage.failNext({ operation: 'write', pathEnd: '.log', code: 'ENOSPC' })
    const { synced } = append(log)
    const refusals: unknown[] = []
    const stop = setInterval(() => {})
    for (let turn = 0; turn < 50; turn++) {
      await Promise.resolve()
      try {
        append(log)
      } catch (error) {
        refusals.push((error as { code: string }).code)
      }
    }
    clearInterval(stop)
    await expect(synced).rejects.toMatchObject({ code: 'DISK_FULL' })
    expect(new Set(refusals)).toEqual(new Set(['DISK_FULL']))
    await log.flush()
    expect((await readRecords(log)).map(({ offset }) => offset)).toEqual(
      Array.from({ length: log.logEndOffset }, (_, offset) => offset),
    )
  })

  test('a roll without room is taken back with what caused it', async () => {
    const log = await open({ segmentBytes: 1_024, preallocateBytes: 0 })
    await appendSynced(log, { values: ['x'.repeat(800)] })
    storage.failNext({ operation: 'open', pathEnd: '00000000000000000001.log', code: 'ENOSPC' })
    await expect(append(log, { values: ['x'.repeat(800)] }).synced).rejects.toMatchObject({ code: 'DISK_FULL' })
    expect(log.logEndOffset).toBe(1)
    await appendSynced(log, { values: ['y'.repeat(800)] })
    await log.close()
    const again = await open({ segmentBytes: 1_024 })
    expect(again.recovery.clean).toBe(true)
    expect((await values(again)).map((value) => value[0])).toEqual(['x', 'y'])
  })

  test('a disk that gives no bytes back fails the log; a lack of descriptors does not', async () => {
    const log = await open()
    await appendSynced(log)
    await log.close()
    const again = await open()
    storage.failNext({ operation: 'read', pathEnd: '.log', code: 'EMFILE' })
    await expect(again.read({ offset: 0, maxBytes: 100 })).rejects.toMatchObject({ code: 'OVERLOADED' })
    expect(again.failure).toBeUndefined()
    expect(await values(again)).toEqual(['a'])
    storage.failNext({ operation: 'read', pathEnd: '.log', code: 'EIO' })
    await expect(again.read({ offset: 0, maxBytes: 100 })).rejects.toMatchObject({ code: 'STORAGE_ERROR' })
    expect(again.failure).toMatchObject({ code: 'STORAGE_ERROR' })
  })

  for (const [code, operation, pathEnd] of [
    ['EMFILE', 'open', '0001.log'],
    ['ENFILE', 'syncFolder', 'orders-1'],
  ] as const) {
    test(`an append for which ${operation} finds no descriptor is refused whole, and written when it is sent again: ${code}`, async () => {
      const config = { segmentBytes: 1_024 }
      const first = await open(config)
      await appendSynced(first, { values: ['x'.repeat(700)], producerId: 5, baseSequence: 0 })
      await first.close()
      const log = await open(config)
      // However many files are closed for it, there is none.
      for (let count = 0; count < 100; count++) storage.failNext({ operation, pathEnd, code })
      const large = { values: ['y'.repeat(700)], producerId: 5 }
      const refused = [append(log, { ...large, baseSequence: 1 }), append(log, { ...large, baseSequence: 2, epoch: 2 })]
      for (const { synced } of refused) {
        await expect(synced).rejects.toMatchObject({ code: 'OVERLOADED', outcome: 'not-written', retriable: true })
      }
      expect(log).toMatchObject({ failure: undefined, logEndOffset: 1, latestEpoch: 1 })
      storage.clearFaults()
      for (const baseSequence of [1, 2]) {
        expect(await appendSynced(log, { ...large, baseSequence })).toMatchObject({ duplicate: false })
      }
      await log.close()
      const again = await open(config)
      expect(again.recovery.clean).toBe(true)
      expect((await values(again)).map((value) => value[0])).toEqual(['x', 'y', 'y'])
    })
  }

  test('what is written beside the appends waits for descriptors, and for nothing else', async () => {
    const log = await open({ segmentBytes: 1_024 })
    for (const pathEnd of ['.index', '.timeindex', '.snapshot.tmp', 'leader-epoch-checkpoint.tmp']) {
      for (let count = 0; count < 100; count++) storage.failNext({ operation: 'open', pathEnd, code: 'EMFILE' })
    }
    for (const value of ['x', 'y', 'z']) await appendSynced(log, { values: [value.repeat(700)] })
    await log.flush()
    expect(log.failure).toBeUndefined()
    storage.clearFaults()
    await log.close()
    const again = await open({ segmentBytes: 1_024 })
    expect(again.recovery.clean).toBe(true)
    expect((await values(again)).map((value) => value[0])).toEqual(['x', 'y', 'z'])
  })

  test('a disk that fails while the log is opened rejects the open, and a later one succeeds', async () => {
    const log = await open()
    await appendSynced(log)
    storage.kill()
    storage.failNext({ operation: 'read', pathEnd: '.log', code: 'EIO' })
    await expect(open()).rejects.toMatchObject({ code: 'STORAGE_ERROR' })
    expect(await values(await open())).toEqual(['a'])
  })

  for (const operation of ['write', 'sync'] as const) {
    test(`a failed ${operation} of the checkpoint ends the service`, async () => {
      const log = await open()
      const failed = new Promise((resolve) => log.onFailure(resolve))
      await appendSynced(log)
      storage.failNext({ operation, pathEnd: 'log-checkpoint', code: 'EIO' })
      clock.advance(100)
      for (let turn = 0; turn < 50; turn++) await Promise.resolve()
      clock.advance(1_000)
      expect(await failed).toMatchObject({ code: 'STORAGE_ERROR' })
      expect(() => append(log)).toThrow(log.failure)
    })
  }

  test('a checkpoint that finds no room lags, and is written when there is room', async () => {
    const log = await open({ syncedEndLagMs: 0 })
    const savedEnd = (): number | undefined =>
      decodeLogCheckpoint(storage.bytesOf('orders-1/log-checkpoint'))?.syncedEndOffset
    storage.failNext({ operation: 'write', pathEnd: 'log-checkpoint', code: 'ENOSPC' })
    await appendSynced(log)
    for (let turn = 0; turn < 50; turn++) await Promise.resolve()
    expect(log.failure).toBeUndefined()
    expect(savedEnd()).toBe(0)
    await appendSynced(log)
    for (let turn = 0; turn < 50; turn++) await Promise.resolve()
    expect(savedEnd()).toBe(2)
  })

  test('a checkpoint torn for want of room is whole again before its other half is written', async () => {
    const disk = new LogDisk({ storage, clock })
    const checkpoint = await LogCheckpointFile.create(disk, '', logCheckpoint)
    await checkpoint.write({ syncedEndOffset: 1 })
    storage.failNext({ operation: 'write', pathEnd: 'log-checkpoint', code: 'ENOSPC', writtenBytes: 30 })
    await expect(checkpoint.write({ syncedEndOffset: 2 })).rejects.toMatchObject({ code: 'ENOSPC' })
    await checkpoint.sync()
    storage.failNext({ operation: 'write', pathEnd: 'log-checkpoint', code: 'ENOSPC', writtenBytes: 30 })
    await expect(checkpoint.write({ syncedEndOffset: 3 })).rejects.toMatchObject({ code: 'ENOSPC' })
    expect((await LogCheckpointFile.open(disk, ''))?.values).toMatchObject({ syncedEndOffset: 1 })
  })

  test('no append waits for the checkpoint, however long the disk takes over it', async () => {
    const held: (() => void)[] = []
    storage = new MemoryStorage({
      before: (operation, path) =>
        path.endsWith('log-checkpoint') && (operation === 'write' || operation === 'sync') && log !== undefined
          ? new Promise((resolve) => held.push(resolve))
          : Promise.resolve(),
    })
    let log: Log | undefined
    log = await open({ syncedEndLagMs: 0 })
    for (let index = 0; index < 5; index++) await appendSynced(log)
    expect(held.length).toBe(1)
    // Closing does wait.
    let isClosed = false
    const closing = log.close().then(() => {
      isClosed = true
    })
    for (let turn = 0; turn < 200; turn++) await Promise.resolve()
    expect(isClosed).toBe(false)
    while (!isClosed) {
      held.shift()?.()
      await Promise.resolve()
    }
    await closing
    expect((await open()).recovery.clean).toBe(true)
  })

  test('what a roll could not write is not tried again before the rest of the first try is over', async () => {
    const renaming = Promise.withResolvers<void>()
    storage = new MemoryStorage({
      before: async (operation, path) => {
        if (operation === 'renameFile' && path.endsWith('leader-epoch-checkpoint.tmp')) await renaming.promise
      },
    })
    const log = await open({ segmentBytes: 1_024, preallocateBytes: 0 })
    storage.failNext({ operation: 'write', pathEnd: '.snapshot.tmp', code: 'ENOSPC' })
    for (const value of ['a', 'b', 'c', 'd', 'e']) await appendSynced(log, { values: [value.repeat(800)] })
    renaming.resolve()
    await log.close()
    expect(log.failure).toBeUndefined()
    expect((await open()).recovery.clean).toBe(true)
  })

  test('a full disk does not keep a log from being closed and opened', async () => {
    const log = await open()
    await appendSynced(log, { values: ['kept'] })
    storage.capacityBytes = 0
    await expect(log.close()).rejects.toMatchObject({ code: 'STORAGE_ERROR' })
    storage.capacityBytes = Number.MAX_SAFE_INTEGER
    expect(await values(await open())).toEqual(['kept'])
  })
})
