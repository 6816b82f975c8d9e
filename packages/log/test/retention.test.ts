import { beforeEach, describe, expect, test } from 'vitest'
import { Log, type LogConfig, LogDisk } from '../src/index.ts'
import { ManualClock, MemoryStorage } from '../src/testing/index.ts'
import { appendSynced, values } from './batches.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

describe('retention', () => {
  let storage: MemoryStorage
  let clock: ManualClock
  const open = (config: Partial<LogConfig>): Promise<Log> =>
    Log.open({ disk: new LogDisk({ storage, clock }), folder: 'orders-1', config: { segmentBytes: 1_024, ...config } })
  const fill = async (log: Log, count: number): Promise<void> => {
    for (let index = 0; index < count; index++) {
      await appendSynced(log, { values: ['x'.repeat(150)], timestamp: clock.now() })
    }
  }
  const retain = (log: Log, highWatermark = log.logEndOffset): ReturnType<Log['applyRetention']> =>
    log.applyRetention(clock.now(), highWatermark)

  beforeEach(() => {
    storage = new MemoryStorage()
    clock = new ManualClock()
  })

  test('keeps at least as many bytes as it is told, in whole segments', async () => {
    const log = await open({ retentionBytes: 3_000, retentionMs: -1 })
    await fill(log, 40)
    const { deletedSegments, deletedBytes } = await retain(log)
    expect(deletedSegments).toBeGreaterThan(0)
    expect(deletedBytes).toBeGreaterThan(0)
    expect(log.sizeBytes).toBeGreaterThanOrEqual(3_000)
    expect(log.sizeBytes).toBeLessThan(3_000 + 1_024)
    const first = log.logStartOffset
    expect((await values(log)).length).toBe(40 - first)
    await expect(log.read({ offset: 0, maxBytes: 1 })).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
    expect(storage.paths.filter((path) => path.endsWith('.log')).length).toBe(log.segmentCount)
    expect(storage.paths.filter((path) => path.endsWith('.snapshot')).length).toBeLessThanOrEqual(log.segmentCount)
    storage.kill()
    const again = await open({})
    expect(again).toMatchObject({ failure: undefined, logStartOffset: first, logEndOffset: 40 })
  })

  test('deletes what is too old, but nothing that is not committed, and never the active segment', async () => {
    const log = await open({ retentionMs: 10 * HOUR_MS, segmentMs: 100 * DAY_MS })
    await fill(log, 20)
    clock.advance(11 * HOUR_MS)
    expect(await retain(log, 0)).toMatchObject({ deletedSegments: 0 })
    expect(await retain(log, 9)).toMatchObject({ deletedSegments: 2 })
    expect(log.logStartOffset).toBeLessThanOrEqual(9)
    await retain(log)
    expect(log.segmentCount).toBe(1)
    expect((await values(log)).length).toBeGreaterThan(0)
  })

  test('a record of the future keeps its segment and what follows, by time; by size it goes', async () => {
    const log = await open({ retentionMs: 10 * HOUR_MS })
    await appendSynced(log, { values: ['x'.repeat(150)], timestamp: clock.now() + 1_000 * DAY_MS })
    await fill(log, 20)
    clock.advance(11 * HOUR_MS)
    expect(await retain(log)).toMatchObject({ deletedSegments: 0 })
    log.configure({ retentionBytes: 2_048 })
    expect((await retain(log)).deletedSegments).toBeGreaterThan(1)
    expect(log.segmentCount).toBe(1)
  })

  test('an idle log whose next segment found no room is finished once there is some', async () => {
    const log = await open({ retentionMs: 10 * HOUR_MS, segmentMs: HOUR_MS })
    await fill(log, 3)
    clock.advance(2 * HOUR_MS)
    storage.failNext({ operation: 'open', pathEnd: '03.log', code: 'ENOSPC' })
    await retain(log)
    clock.advance(11 * HOUR_MS)
    for (let look = 0; look < 3; look++) {
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
      await retain(log)
    }
    expect(log).toMatchObject({ logStartOffset: 3, segmentCount: 1, sizeBytes: 0 })
  })

  test('a start that was raised is never above the end that a power cut leaves', async () => {
    const log = await open({ flush: 'interval', flushIntervalMs: HOUR_MS })
    await fill(log, 2)
    await log.raiseLogStart(2)
    storage.cutPower(() => 0)
    const again = await open({})
    expect(again).toMatchObject({ failure: undefined, logStartOffset: 2, logEndOffset: 2 })
  })

  test('an idle log closes its active segment by age, so that it can go too', async () => {
    const log = await open({ retentionMs: 10 * HOUR_MS, segmentMs: HOUR_MS })
    await fill(log, 3)
    clock.advance(2 * HOUR_MS)
    await retain(log)
    expect(log.segmentCount).toBe(2)
    for (let turn = 0; turn < 100; turn++) await Promise.resolve()
    clock.advance(9 * HOUR_MS)
    expect(await retain(log)).toMatchObject({ deletedSegments: 1 })
    expect(log).toMatchObject({ logStartOffset: 3, logEndOffset: 3, sizeBytes: 0 })
    await log.close()
    const again = await open({})
    expect(again).toMatchObject({ logStartOffset: 3, logEndOffset: 3, failure: undefined })
    expect((await appendSynced(again)).baseOffset).toBe(3)
  })

  test('does not believe a clock that jumped ahead, until it has kept its lead', async () => {
    const log = await open({ retentionMs: 10 * HOUR_MS, clockDoubtMs: HOUR_MS })
    await fill(log, 20)
    expect(await retain(log)).toEqual({ deletedSegments: 0, deletedBytes: 0, clockDoubted: false })
    clock.jump(365 * DAY_MS)
    expect(await retain(log)).toEqual({ deletedSegments: 0, deletedBytes: 0, clockDoubted: true })
    clock.advance(HOUR_MS / 2)
    expect(await retain(log)).toMatchObject({ deletedSegments: 0, clockDoubted: true })

    // Set right again: nothing happened.
    clock.jump(-365 * DAY_MS)
    expect(await retain(log)).toMatchObject({ deletedSegments: 0, clockDoubted: false })

    clock.jump(365 * DAY_MS)
    await retain(log)
    clock.advance(HOUR_MS + 1)
    const result = await retain(log)
    expect(result.clockDoubted).toBe(false)
    expect(result.deletedSegments).toBeGreaterThan(0)
  })

  test('doubts a clock that is far ahead of the last run', async () => {
    const log = await open({ retentionMs: 10 * HOUR_MS })
    await fill(log, 20)
    await log.close()
    clock.jump(30 * DAY_MS)
    const again = await open({ retentionMs: 10 * HOUR_MS, clockDoubtMs: HOUR_MS })
    expect(await retain(again)).toMatchObject({ deletedSegments: 0, clockDoubted: true })
    // What is saved meanwhile must not make the next run believe it.
    await fill(again, 1)
    await again.close()
    const third = await open({ retentionMs: 10 * HOUR_MS, clockDoubtMs: HOUR_MS })
    expect(await retain(third)).toMatchObject({ deletedSegments: 0, clockDoubted: true })
    clock.advance(HOUR_MS + 1)
    expect((await retain(third)).deletedSegments).toBeGreaterThan(0)
  })

  test('raises the start on request, within a batch too, and removes what lies wholly below', async () => {
    const log = await open({})
    for (let index = 0; index < 20; index++) {
      await appendSynced(log, { values: ['x'.repeat(100), 'y'.repeat(100)] })
    }
    await log.raiseLogStart(13)
    expect(log.logStartOffset).toBe(13)
    const read = await log.read({ offset: 13, maxBytes: 10 })
    expect(read).toMatchObject({ startOffset: 12, nextOffset: 14 })
    await log.raiseLogStart(5)
    expect(log.logStartOffset).toBe(13)
    await expect(log.raiseLogStart(41)).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
    storage.kill()
    expect(await open({})).toMatchObject({ logStartOffset: 13, logEndOffset: 40, failure: undefined })
  })

  test('raised to the end, it keeps nothing on the disk, and goes on at its offset', async () => {
    const log = await open({})
    await fill(log, 20)
    await log.raiseLogStart(20)
    await expect.poll(() => log.sizeBytes).toBe(0)
    expect(log).toMatchObject({ logStartOffset: 20, logEndOffset: 20, segmentCount: 1 })
    expect(storage.paths.filter((path) => path.endsWith('.log'))).toEqual(['orders-1/00000000000000000020.log'])
    expect(await appendSynced(log)).toMatchObject({ baseOffset: 20 })
    storage.kill()
    expect(await open({})).toMatchObject({ logStartOffset: 20, logEndOffset: 21, failure: undefined })
  })

  test('a reader of a segment that goes is not cut off, or is told the new start', async () => {
    const log = await open({ retentionBytes: 0, retentionMs: -1 })
    await fill(log, 20)
    await log.close()
    const again = await open({ retentionBytes: 0, retentionMs: -1 })
    const reads = Array.from({ length: 10 }, (_, offset) =>
      again.read({ offset, maxBytes: 10 }).then(
        ({ nextOffset }) => nextOffset - offset,
        (error: { code: string }) => error.code,
      ),
    )
    await retain(again)
    for (const result of await Promise.all(reads)) expect([1, 'OFFSET_OUT_OF_RANGE']).toContain(result)
    expect(again.failure).toBeUndefined()
  })
})
