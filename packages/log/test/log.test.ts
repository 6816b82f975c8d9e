import { checkRecordBatch, YakError } from '@yak/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { Log, type LogConfig, LogDisk, type LogOptions, type Storage } from '../src/index.ts'
import { append, appendSynced, batchOf, readBytes, readRecords, values, withoutTimestamp } from './batches.ts'
import { STORAGES } from './storages.ts'

for (const { name, create } of STORAGES) {
  describe(`a log on ${name}`, () => {
    let storage: Storage
    let disk: LogDisk
    const open = (config: Partial<LogConfig> = {}, options: Partial<LogOptions> = {}): Promise<Log> =>
      Log.open({ disk, folder: 'orders-1', config, ...options })

    beforeEach(async () => {
      storage = await create()
      disk = new LogDisk({ storage })
    })

    test('is empty at first', async () => {
      const log = await open()
      expect(log).toMatchObject({
        logStartOffset: 0,
        logEndOffset: 0,
        syncedEndOffset: 0,
        latestEpoch: -1,
        sizeBytes: 0,
      })
      expect(await log.read({ offset: 0, maxBytes: 1_000 })).toMatchObject({ startOffset: 0, nextOffset: 0 })
      await log.close()
      expect((await open()).recovery.clean).toBe(true)
    })

    test('gives offsets in the order of the calls and resolves when synced', async () => {
      const log = await open()
      const appends = [append(log, { values: ['a', 'b'] }), append(log), append(log, { values: ['c', 'd', 'e'] })]
      expect(appends.map(({ baseOffset, lastOffset }) => [baseOffset, lastOffset])).toEqual([
        [0, 1],
        [2, 2],
        [3, 5],
      ])
      expect(log.logEndOffset).toBe(6)
      expect(log.syncedEndOffset).toBe(0)
      await Promise.all(appends.map(({ synced }) => synced))
      expect(log.syncedEndOffset).toBe(6)
      await log.close()
    })

    test('leaves the bytes of the caller alone and is not touched by them later', async () => {
      const log = await open()
      const { bytes, header } = batchOf({ values: ['kept'] })
      const before = Buffer.from(bytes)
      const { synced } = log.appendAsLeader(bytes, header, 7)
      expect(Buffer.compare(bytes, before)).toBe(0)
      bytes.fill(0xff)
      await synced
      expect(await readRecords(log)).toEqual([{ offset: 0, value: 'kept', epoch: 7 }])
      await log.close()
    })

    test('shows nothing to readers before it is synced', async () => {
      const log = await open()
      const { synced } = append(log)
      expect((await log.read({ offset: 0, maxBytes: 1_000 })).bytes.length).toBe(0)
      await synced
      expect((await log.read({ offset: 0, maxBytes: 1_000 })).nextOffset).toBe(1)
      await log.close()
    })

    test('reads the same bytes from memory and from the files, before and after a restart', async () => {
      const log = await open({ segmentBytes: 2_000, indexIntervalBytes: 300 })
      for (let index = 0; index < 60; index++) append(log, { values: [`value ${index}`, 'x'.repeat(index * 3)] })
      await log.flush()
      const fromMemory = await readBytes(log)
      await log.close()

      const again = await open({ segmentBytes: 2_000, indexIntervalBytes: 300 })
      expect(again.recovery).toMatchObject({ clean: true, scannedBytes: 0 })
      expect(again.segmentCount).toBeGreaterThan(3)
      expect(Buffer.compare(await readBytes(again), fromMemory)).toBe(0)
      for (const maxBytes of [1, 100, 500, 5_000]) {
        expect(Buffer.compare(await readBytes(again, 0, maxBytes), fromMemory)).toBe(0)
      }
      for (let offset = 0; offset < again.logEndOffset; offset++) {
        const read = await again.read({ offset, maxBytes: 150 })
        expect(read.startOffset).toBe(offset - (offset % 2))
        expect(read.nextOffset).toBeGreaterThan(offset)
      }
      await again.close()
    })

    test('goes on after a clean close, a full segment later too', async () => {
      let log = await open({ segmentBytes: 1_024 })
      const expected: string[] = []
      for (let round = 0; round < 6; round++) {
        for (let index = 0; index < 7; index++) {
          expected.push(`${round}.${index}`)
          await appendSynced(log, { values: [`${round}.${index}`], epoch: round + 1 })
        }
        await log.close()
        log = await open({ segmentBytes: 1_024 })
        expect(log.recovery.clean).toBe(true)
      }
      expect(await values(log)).toEqual(expected)
      expect(log.epochs).toEqual([0, 1, 2, 3, 4, 5].map((round) => ({ epoch: round + 1, startOffset: round * 7 })))
      await log.close()
    })

    test('is taken over after a clean close with an index entry for each batch', async () => {
      const config = { indexIntervalBytes: 0, segmentBytes: 1_024 }
      const log = await open(config)
      for (const value of ['a', 'b', 'c']) await appendSynced(log, { values: [value.repeat(400)] })
      await log.close()
      const again = await open(config)
      expect(again).toMatchObject({ segmentCount: 2, recovery: { clean: true } })
      expect((await values(again)).map((value) => value[0])).toEqual(['a', 'b', 'c'])
    })

    test('is taken over after a clean close when no record has a timestamp', async () => {
      const config = { indexIntervalBytes: 256, segmentBytes: 1_024 }
      const log = await open(config)
      for (const value of ['a', 'b', 'c']) {
        const bytes = withoutTimestamp(batchOf({ values: [value.repeat(400)] }).bytes)
        await log.appendAsLeader(bytes, checkRecordBatch(bytes), 1).synced
      }
      await log.close()
      const again = await open(config)
      expect(again).toMatchObject({ segmentCount: 2, recovery: { clean: true } })
      expect(await again.offsetForTimestamp(0)).toBeUndefined()
      expect(await again.offsetForTimestamp(-1)).toEqual({ offset: 0, timestamp: -1 })
    })

    test('gives no batch that reaches over the end it is told', async () => {
      const log = await open()
      await appendSynced(log, { values: ['a', 'b'] })
      await appendSynced(log, { values: ['c', 'd'] })
      const read = (endOffset: number): Promise<{ nextOffset: number }> =>
        log.read({ offset: 0, maxBytes: 10_000, endOffset })
      expect((await read(1)).nextOffset).toBe(0)
      expect((await read(2)).nextOffset).toBe(2)
      expect((await read(3)).nextOffset).toBe(2)
      expect((await read(4)).nextOffset).toBe(4)
      expect((await read(99)).nextOffset).toBe(4)
      await log.close()
      const again = await open()
      expect((await again.read({ offset: 0, maxBytes: 10_000, endOffset: 3 })).nextOffset).toBe(2)
      expect((await again.read({ offset: 0, maxBytes: 10_000, endOffset: 1 })).nextOffset).toBe(0)
      await again.close()
    })

    test('refuses offsets outside the log with what to do', async () => {
      const log = await open({}, { startOffset: 500 })
      await appendSynced(log)
      await expect(log.read({ offset: 120, maxBytes: 1 })).rejects.toThrow(
        'Offset 120 is below the log start offset 500 of orders-1. Seek to 500 or later.',
      )
      await expect(log.read({ offset: 502, maxBytes: 1 })).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
      await log.close()
    })

    test('rolls by size and keeps a batch larger than a segment in one of its own', async () => {
      const log = await open({ segmentBytes: 1_024 })
      await appendSynced(log, { values: ['small'] })
      await appendSynced(log, { values: ['x'.repeat(5_000)] })
      await appendSynced(log, { values: ['small'] })
      expect(log.segmentCount).toBe(3)
      expect((await values(log)).map((value) => value.length)).toEqual([5, 5_000, 5])
      await log.close()
    })

    test('gives offsets up to 2^53 - 2, and none that it could not read again', async () => {
      const startOffset = Number.MAX_SAFE_INTEGER - 3
      const log = await open({}, { startOffset })
      await appendSynced(log, { values: ['a', 'b'] })
      expect(() => append(log, { values: ['c', 'd'] })).toThrow(
        expect.objectContaining({ code: 'OFFSET_OUT_OF_RANGE', retriable: false }),
      )
      expect(await appendSynced(log, { values: ['c'] })).toMatchObject({ lastOffset: Number.MAX_SAFE_INTEGER - 1 })
      expect(() => append(log)).toThrow(expect.objectContaining({ code: 'OFFSET_OUT_OF_RANGE' }))
      expect(await values(log)).toEqual(['a', 'b', 'c'])
      await log.close()
      const again = await open()
      expect(again.failure).toBeUndefined()
      expect(await values(again)).toEqual(['a', 'b', 'c'])
    })

    test('begins at no offset that is none', async () => {
      for (const startOffset of [-1, 0.5, Number.NaN, 2 ** 53]) {
        await expect(open({}, { startOffset })).rejects.toThrow(TypeError)
      }
      const log = await open()
      await expect(log.truncateFullyAndStartAt(-1, { leaderEpoch: 1 })).rejects.toThrow(TypeError)
      await expect(log.raiseLogStart(Number.NaN)).rejects.toThrow(TypeError)
      await expect(log.truncateTo(0.5, { leaderEpoch: 1 })).rejects.toThrow(TypeError)
      expect(log.failure).toBeUndefined()
      await appendSynced(log, { values: ['a'] })
      expect(await values(log)).toEqual(['a'])
    })

    test('finds the first record at or after a timestamp, to the record', async () => {
      const log = await open({ segmentBytes: 1_500, indexIntervalBytes: 200 })
      for (let index = 0; index < 40; index++) {
        const base = 1_000 + index * 10
        await appendSynced(log, { values: ['a', 'b', 'c'], timestamps: [base, base + 3, base + 6] })
      }
      for (const reopened of [false, true]) {
        const read = reopened ? await open({ segmentBytes: 1_500, indexIntervalBytes: 200 }) : log
        expect(await read.offsetForTimestamp(0)).toEqual({ offset: 0, timestamp: 1_000 })
        for (let index = 0; index < 40; index++) {
          const base = 1_000 + index * 10
          expect(await read.offsetForTimestamp(base)).toEqual({ offset: index * 3, timestamp: base })
          expect(await read.offsetForTimestamp(base + 1)).toEqual({ offset: index * 3 + 1, timestamp: base + 3 })
          expect(await read.offsetForTimestamp(base + 6)).toEqual({ offset: index * 3 + 2, timestamp: base + 6 })
        }
        expect(await read.offsetForTimestamp(1_397)).toBeUndefined()
        expect(await read.offsetForTimestamp(1_200, 60)).toBeUndefined()
        expect(await read.offsetForTimestamp(1_196, 60)).toEqual({ offset: 59, timestamp: 1_196 })
        await read.close()
      }
    })

    test('finds timestamps that do not rise', async () => {
      const log = await open({ indexIntervalBytes: 0 })
      for (const timestamp of [50, 20, 70, 10, 70, 90, 5]) await appendSynced(log, { timestamp })
      expect(await log.offsetForTimestamp(60)).toEqual({ offset: 2, timestamp: 70 })
      expect(await log.offsetForTimestamp(1)).toEqual({ offset: 0, timestamp: 50 })
      expect(await log.offsetForTimestamp(71)).toEqual({ offset: 5, timestamp: 90 })
      expect(await log.offsetForTimestamp(91)).toBeUndefined()
      await log.close()
    })

    test('tells listeners how far it can be read', async () => {
      const log = await open()
      const ends: number[] = []
      const stop = log.onSynced((endOffset) => ends.push(endOffset))
      await appendSynced(log, { values: ['a', 'b'] })
      await appendSynced(log)
      stop()
      await appendSynced(log)
      expect(ends).toEqual([2, 3])
      await log.close()
    })

    test('closes once, with all that was appended, and takes nothing afterwards', async () => {
      const log = await open()
      const { synced } = append(log)
      const closing = log.close()
      expect(log.close()).toBe(closing)
      expect(() => append(log)).toThrow(expect.objectContaining({ code: 'SHUTTING_DOWN' }))
      await Promise.all([synced, closing])
      expect(disk.files.openCount).toBe(0)
      expect((await open()).logEndOffset).toBe(1)
    })

    test('with a relaxed flush it is done when written, and synced a while later or on request', async () => {
      const log = await open({ flush: 'interval', flushIntervalMs: 3_600_000 })
      await appendSynced(log)
      expect(log).toMatchObject({ syncedEndOffset: 0, readableEndOffset: 1 })
      expect(await values(log)).toEqual(['a'])
      await log.flush()
      expect(log.syncedEndOffset).toBe(1)
      await log.close()
    })

    test('refuses a batch that would make too much wait for the disk', async () => {
      const log = await open({ maxPendingBytes: 300 })
      const { synced } = append(log, { values: ['x'.repeat(200)] })
      let refusal: unknown
      try {
        append(log, { values: ['x'.repeat(200)] })
      } catch (error) {
        refusal = error
      }
      expect(YakError.is(refusal, 'OVERLOADED')).toBe(true)
      expect(log.logEndOffset).toBe(1)
      await synced
      expect(disk.commits.pendingBytes).toBe(0)
      await appendSynced(log)
      await log.close()
    })

    test('keeps the whole disk within its pending bytes', async () => {
      disk = new LogDisk({ storage, maxPendingBytes: 400 })
      const [one, two] = [await open(), await Log.open({ disk, folder: 'orders-2' })]
      const { synced } = append(one, { values: ['x'.repeat(250)] })
      expect(() => append(two, { values: ['x'.repeat(250)] })).toThrow(expect.objectContaining({ code: 'OVERLOADED' }))
      await synced
      await appendSynced(two, { values: ['x'.repeat(250)] })
      await Promise.all([one.close(), two.close()])
    })

    test('many logs share few open files', async () => {
      disk = new LogDisk({ storage, maxOpenFiles: 5 })
      const logs = await Promise.all(
        Array.from({ length: 40 }, (_, index) => Log.open({ disk, folder: `many-${index}` })),
      )
      await Promise.all(logs.map((log, index) => appendSynced(log, { values: [`log ${index}`] })))
      expect(disk.files.openCount).toBeLessThanOrEqual(5)
      for (const [index, log] of logs.entries()) {
        await log.close()
        const again = await Log.open({ disk, folder: `many-${index}` })
        expect(await values(again)).toEqual([`log ${index}`])
        await again.close()
      }
    })
  })
}
