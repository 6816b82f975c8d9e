import { beforeEach, describe, expect, test } from 'vitest'
import { Log, type LogConfig, LogDisk } from '../src/index.ts'
import { ManualClock, MemoryStorage } from '../src/testing/index.ts'
import { append, appendSynced, readBytes, readRecords, recordsOf, values } from './batches.ts'

describe('a log as a replica', () => {
  let storage: MemoryStorage
  let disk: LogDisk
  const open = (folder: string, config: Partial<LogConfig> = {}): Promise<Log> => Log.open({ disk, folder, config })

  /** The follower fetches as much as there is. */
  async function follow(follower: Log, leader: Log, leaderEpoch: number, maxBytes = 500): Promise<void> {
    while (follower.logEndOffset < leader.readableEndOffset) {
      const expectedBaseOffset = follower.logEndOffset
      const { bytes } = await leader.read({ offset: expectedBaseOffset, maxBytes })
      await follower.appendAsFollower(bytes, { leaderEpoch, expectedBaseOffset }).synced
    }
  }

  /** The process dies; what it had open is gone with it. */
  function kill(): void {
    storage.kill()
    disk = new LogDisk({ storage, clock: new ManualClock() })
  }

  beforeEach(() => {
    storage = new MemoryStorage()
    disk = new LogDisk({ storage, clock: new ManualClock() })
  })

  test('holds the leader’s bytes, epochs and producers', async () => {
    const [leader, follower] = [await open('leader'), await open('follower', { segmentBytes: 1_500 })]
    for (let index = 0; index < 30; index++) {
      await appendSynced(leader, {
        values: [`${index}`],
        epoch: 1 + Math.floor(index / 10),
        producerId: 3,
        baseSequence: index,
      })
    }
    await follow(follower, leader, 3)
    expect(Buffer.compare(await readBytes(follower), await readBytes(leader))).toBe(0)
    expect(follower.epochs).toEqual(leader.epochs)
    expect(follower.segmentCount).toBeGreaterThan(1)
    expect(append(follower, { values: ['29'], epoch: 4, producerId: 3, baseSequence: 29 })).toMatchObject({
      duplicate: true,
      baseOffset: 29,
    })
  })

  test('gives a follower what is not synced yet, when asked for it, and then cannot take it back', async () => {
    const leader = await open('leader', { preallocateBytes: 0 })
    await appendSynced(leader, { values: ['synced'] })
    const { synced } = append(leader, { values: ['pending'] })
    expect((await leader.read({ offset: 1, maxBytes: 1_000 })).bytes.length).toBe(0)
    const read = await leader.read({ offset: 1, maxBytes: 1_000, unsynced: true })
    expect(recordsOf(read.bytes)).toEqual([{ offset: 1, value: 'pending', epoch: 1 }])
    expect((await leader.read({ offset: 1, maxBytes: 1_000, endOffset: 1, unsynced: true })).bytes.length).toBe(0)
    await synced

    storage.failNext({ operation: 'write', pathEnd: '.log', code: 'ENOSPC' })
    const unseen = append(leader, { values: ['unseen'] })
    await expect(unseen.synced).rejects.toMatchObject({ code: 'DISK_FULL' })
    storage.failNext({ operation: 'write', pathEnd: '.log', code: 'ENOSPC' })
    const seen = append(leader, { values: ['seen'] })
    await leader.read({ offset: 2, maxBytes: 1_000, unsynced: true })
    await expect(seen.synced).rejects.toMatchObject({ code: 'STORAGE_ERROR', outcome: 'unknown' })
    expect(leader.failure?.code).toBe('STORAGE_ERROR')
  })

  test('refuses what does not follow its end, with nothing changed', async () => {
    const [leader, follower] = [await open('leader'), await open('follower')]
    for (let index = 0; index < 4; index++) await appendSynced(leader, { epoch: 2 })
    const { bytes } = await leader.read({ offset: 0, maxBytes: 10_000 })
    const batchBytes = bytes.length / 4
    const take = (from: number, fence: { leaderEpoch: number; expectedBaseOffset: number }) => () =>
      follower.appendAsFollower(bytes.subarray(from * batchBytes), fence)
    const refusal = (code: string): unknown => expect.objectContaining({ code })

    expect(take(0, { leaderEpoch: 2, expectedBaseOffset: 1 })).toThrow(refusal('OFFSET_OUT_OF_RANGE'))
    expect(take(1, { leaderEpoch: 2, expectedBaseOffset: 0 })).toThrow(refusal('CORRUPT_BATCH'))
    expect(take(0, { leaderEpoch: 1, expectedBaseOffset: 0 })).toThrow(refusal('CORRUPT_BATCH'))
    const flipped = Buffer.from(bytes)
    flipped[batchBytes + 64]! ^= 1
    expect(() => follower.appendAsFollower(flipped, { leaderEpoch: 2, expectedBaseOffset: 0 })).toThrow(
      refusal('CORRUPT_BATCH'),
    )
    const holed = Buffer.concat([bytes.subarray(0, batchBytes), bytes.subarray(2 * batchBytes)])
    expect(() => follower.appendAsFollower(holed, { leaderEpoch: 2, expectedBaseOffset: 0 })).toThrow(
      refusal('CORRUPT_BATCH'),
    )
    expect(() => follower.appendAsFollower(bytes.subarray(0, 70), { leaderEpoch: 2, expectedBaseOffset: 0 })).toThrow(
      refusal('INVALID_BATCH_LENGTH'),
    )
    expect(follower.logEndOffset).toBe(0)
    follower.fence(3)
    expect(take(0, { leaderEpoch: 2, expectedBaseOffset: 0 })).toThrow(refusal('FENCED_LEADER_EPOCH'))
    await follower.appendAsFollower(bytes, { leaderEpoch: 3, expectedBaseOffset: 0 }).synced
    expect(follower.logEndOffset).toBe(4)
  })

  test('refuses everything of an older leader once it is fenced, also after a restart for entered epochs', async () => {
    const log = await open('log')
    await appendSynced(log, { epoch: 4 })
    expect(() => append(log, { epoch: 3 })).toThrow(expect.objectContaining({ code: 'FENCED_LEADER_EPOCH' }))
    await log.enterEpoch(7, 1)
    await expect(log.enterEpoch(6, 1)).rejects.toMatchObject({ code: 'FENCED_LEADER_EPOCH' })
    await expect(log.enterEpoch(8, 2)).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
    await expect(log.truncateTo(0, { leaderEpoch: 6 })).rejects.toMatchObject({ code: 'FENCED_LEADER_EPOCH' })
    await expect(log.truncateFullyAndStartAt(0, { leaderEpoch: 6 })).rejects.toMatchObject({
      code: 'FENCED_LEADER_EPOCH',
    })
    kill()
    const again = await open('log')
    expect(again.enteredEpoch).toEqual({ epoch: 7, startOffset: 1 })
    expect(() => append(again, { epoch: 6 })).toThrow(expect.objectContaining({ code: 'FENCED_LEADER_EPOCH' }))
    expect(append(again, { epoch: 7 }).baseOffset).toBe(1)
  })

  test('answers where epochs end, the largest at or below the one asked for', async () => {
    const log = await open('log')
    expect(log.endOffsetForEpoch(5)).toBeUndefined()
    for (const epoch of [2, 2, 5, 5, 5, 9]) await appendSynced(log, { epoch })
    expect(log.endOffsetForEpoch(1)).toBeUndefined()
    expect(log.endOffsetForEpoch(2)).toEqual({ epoch: 2, endOffset: 2 })
    expect(log.endOffsetForEpoch(4)).toEqual({ epoch: 2, endOffset: 2 })
    expect(log.endOffsetForEpoch(5)).toEqual({ epoch: 5, endOffset: 5 })
    expect(log.endOffsetForEpoch(9)).toEqual({ epoch: 9, endOffset: 6 })
    expect(log.endOffsetForEpoch(12)).toEqual({ epoch: 9, endOffset: 6 })
    await log.raiseLogStart(3)
    expect(log.epochs).toEqual([
      { epoch: 5, startOffset: 3 },
      { epoch: 9, startOffset: 5 },
    ])
    await log.truncateTo(5, { leaderEpoch: 9 })
    expect(log.latestEpoch).toBe(5)
  })

  test('is cut to batches, over segments, in memory and on disk, and goes on from there', async () => {
    const config = { segmentBytes: 1_024, indexIntervalBytes: 200 }
    const log = await open('log', config)
    for (let index = 0; index < 30; index++) {
      await appendSynced(log, { values: [`${index}a`, `${index}b`], timestamp: 1_000 + index })
    }
    // In the middle of a batch: the whole batch goes.
    expect(await log.truncateTo(41, { leaderEpoch: 2 })).toBe(40)
    expect(log).toMatchObject({ logEndOffset: 40, syncedEndOffset: 40, fencedEpoch: 2 })
    await appendSynced(log, { values: ['new'], epoch: 2, timestamp: 5 })
    expect((await readRecords(log, 38)).map(({ value }) => value)).toEqual(['19a', '19b', 'new'])
    expect(await log.offsetForTimestamp(1_019)).toEqual({ offset: 38, timestamp: 1_019 })
    expect(await log.offsetForTimestamp(1_020)).toBeUndefined()
    await log.close()
    const again = await open('log', config)
    expect(again.recovery.clean).toBe(true)
    expect((await values(again)).length).toBe(41)
    expect(await again.truncateTo(99, { leaderEpoch: 2 })).toBe(41)
    expect(await again.truncateTo(0, { leaderEpoch: 2 })).toBe(0)
    expect(again).toMatchObject({ logEndOffset: 0, latestEpoch: -1, segmentCount: 1 })
    await appendSynced(again, { values: ['first'], epoch: 2 })
    expect(await values(again)).toEqual(['first'])
  })

  test('refuses appends while it is cut', async () => {
    const log = await open('log')
    await appendSynced(log)
    const cutting = log.truncateTo(0, { leaderEpoch: 1 })
    await Promise.resolve()
    expect(() => append(log)).toThrow(expect.objectContaining({ code: 'LEADER_NOT_AVAILABLE' }))
    await cutting
    expect((await appendSynced(log)).baseOffset).toBe(0)
  })

  test('readers beside a truncation see the old bytes or the new ones, never a mixture', async () => {
    const config = { segmentBytes: 2_048, indexIntervalBytes: 100 }
    const log = await open('log', config)
    for (let index = 0; index < 40; index++) await appendSynced(log, { values: [`old ${index}`] })
    const held = await log.read({ offset: 0, maxBytes: 300 })
    const copy = Buffer.from(held.bytes)
    for (let round = 0; round < 5; round++) {
      disk.tails.allocate(33_554_432, () => true)
      const reads = Array.from({ length: 20 }, (_, index) =>
        log.read({ offset: index * 2, maxBytes: 200 }).then(
          ({ bytes }) => bytes,
          (error: { code: string }) => error.code,
        ),
      )
      const end = await log.truncateTo(5 + round, { leaderEpoch: 10 + round })
      for (let offset = end; offset < 40; offset++)
        await appendSynced(log, { values: [`new ${round} ${offset}`], epoch: 10 + round })
      for (const read of await Promise.all(reads)) {
        if (typeof read === 'string') expect(read).toBe('OFFSET_OUT_OF_RANGE')
        else expect(read.length === 0 || read[16] === 2).toBe(true)
      }
    }
    expect(log.failure).toBeUndefined()
    expect(Buffer.compare(held.bytes, copy)).toBe(0)
    expect((await readRecords(log)).map(({ offset }) => offset)).toEqual(
      Array.from({ length: 40 }, (_, offset) => offset),
    )
  })

  test('begins anew where it is told', async () => {
    const log = await open('log', { segmentBytes: 1_024 })
    for (let index = 0; index < 20; index++) await appendSynced(log, { values: ['x'.repeat(100)] })
    await log.enterEpoch(3, 20)
    await log.truncateFullyAndStartAt(100, { leaderEpoch: 4 })
    expect(log).toMatchObject({
      logStartOffset: 100,
      logEndOffset: 100,
      segmentCount: 1,
      sizeBytes: 0,
      latestEpoch: -1,
    })
    expect(log.enteredEpoch).toEqual({ epoch: 3, startOffset: 20 })
    expect((await appendSynced(log, { epoch: 4 })).baseOffset).toBe(100)
    kill()
    const again = await open('log')
    expect(again).toMatchObject({ failure: undefined, logStartOffset: 100, logEndOffset: 101 })
  })
})
