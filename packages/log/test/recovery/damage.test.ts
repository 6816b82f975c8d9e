import { beforeEach, describe, expect, test } from 'vitest'
import { Log, type LogConfig, LogDisk, type LogOptions } from '../../src/index.ts'
import { ManualClock, MemoryStorage, seededRandom } from '../../src/testing/index.ts'
import { append, appendSynced, readBytes, values } from '../batches.ts'

const FIRST = 'orders-1/00000000000000000000.log'
const CHECKPOINT = 'orders-1/log-checkpoint'

describe('opening a log that was not closed', () => {
  let storage: MemoryStorage
  let clock: ManualClock
  const open = (config: Partial<LogConfig> = {}, options: Partial<LogOptions> = {}): Promise<Log> =>
    Log.open({ disk: new LogDisk({ storage, clock }), folder: 'orders-1', name: 'orders-1', config, ...options })

  /** Batches of one record each, every one synced by itself. Answers where each begins in the file. */
  async function fill(log: Log, count: number): Promise<number[]> {
    const positions: number[] = []
    for (let index = 0; index < count; index++) {
      positions.push(log.sizeBytes)
      await appendSynced(log, { values: [`value ${index}`] })
      clock.advance(1)
    }
    return positions
  }

  async function expectDamaged(log: Log, text: RegExp): Promise<void> {
    expect(log.failure).toMatchObject({ code: 'LOG_DAMAGED' })
    expect(log.failure?.message).toMatch(text)
    expect(log.failure?.message).toMatch(/nothing was deleted/)
    expect(() => append(log)).toThrow(log.failure)
    await expect(log.read({ offset: 0, maxBytes: 100 })).rejects.toBe(log.failure)
    await expect(log.offsetForTimestamp(0)).rejects.toBe(log.failure)
    await log.close()
  }

  beforeEach(() => {
    storage = new MemoryStorage()
    clock = new ManualClock()
  })

  test('finds everything after a kill, and cuts the zeros written ahead', async () => {
    const log = await open()
    await fill(log, 5)
    expect(storage.bytesOf(FIRST).length).toBeGreaterThan(200_000)
    const { sizeBytes } = log
    storage.kill()
    const again = await open()
    expect(again.recovery).toMatchObject({ clean: false, cutBytes: 0, cutFile: undefined })
    expect(storage.bytesOf(FIRST).length).toBe(sizeBytes)
    expect((await values(again)).length).toBe(5)
  })

  test('on a full disk a torn tail stays, and starts that find no room for its bytes leave nothing behind', async () => {
    const log = await open({ preallocateBytes: 0 })
    await fill(log, 3)
    storage.failNext({ operation: 'write', pathEnd: '.log', code: 'EIO', writtenBytes: 40 })
    await append(log, { values: ['torn'] }).synced.catch(() => {})
    storage.kill()
    const before = storage.paths
    for (let start = 0; start < 3; start++) {
      storage.failNext({ operation: 'write', pathEnd: '.cut-0', code: 'ENOSPC', writtenBytes: 10 })
      await expect(open()).rejects.toMatchObject({ code: 'STORAGE_ERROR' })
      expect(storage.paths).toEqual(before)
    }
    const again = await open()
    expect(again.recovery).toMatchObject({ cutBytes: 40, cutFile: '00000000000000000003.cut-0' })
    expect((await values(again)).length).toBe(3)
  })

  test('cuts a torn tail and keeps the bytes', async () => {
    const log = await open({ preallocateBytes: 0 })
    await fill(log, 3)
    storage.failNext({ operation: 'write', pathEnd: '.log', code: 'EIO', writtenBytes: 40 })
    await append(log, { values: ['torn'] }).synced.catch(() => {})
    const torn = storage.bytesOf(FIRST).subarray(log.sizeBytes - 75)
    storage.kill()
    const again = await open()
    expect(again.failure).toBeUndefined()
    expect(again.recovery).toMatchObject({ cutBytes: 40, cutFile: '00000000000000000003.cut-0' })
    expect(storage.bytesOf('orders-1/00000000000000000003.cut-0').length).toBe(40)
    expect(torn.length).toBeGreaterThan(0)
    expect(await values(again)).toEqual(['value 0', 'value 1', 'value 2'])
    await appendSynced(again, { values: ['next'] })
    expect(await values(again, 3)).toEqual(['next'])
  })

  test('of many cuts the newest 16 are kept, whatever their offsets', async () => {
    let log = await open({ preallocateBytes: 0 })
    const files: string[] = []
    for (let cut = 0; cut < 40; cut++) {
      if (cut === 13 || cut === 25) await fill(log, 1)
      storage.failNext({ operation: 'write', pathEnd: '.log', code: 'EIO', writtenBytes: 40 })
      await append(log, { values: ['torn'] }).synced.catch(() => {})
      storage.kill()
      log = await open({ preallocateBytes: 0 })
      files.push(log.recovery.cutFile!)
      // The log went back, as a follower's does when another leader has less.
      if (cut === 30) await log.truncateTo(0, { leaderEpoch: 1 })
    }
    const kept = (await storage.listFiles('orders-1')).map(({ name }) => name).filter((name) => name.includes('.cut-'))
    expect(kept.sort()).toEqual(files.slice(-16).sort())
    expect(new Set(files).size).toBe(40)
  })

  test('one good batch behind a bad one is enough to tell damage, though it ends with a zero', async () => {
    for (const preallocateBytes of [0, 262_144]) {
      storage = new MemoryStorage()
      const log = await open({ preallocateBytes })
      const positions = await fill(log, 3)
      // The count of its headers, in the last byte.
      expect(storage.bytesOf(FIRST)[log.sizeBytes - 1]).toBe(0)
      storage.kill()
      storage.flipBit(FIRST, positions[1]! + 65)
      await expectDamaged(await open({ preallocateBytes }), /does not match its checksum, and a good batch follows/)
    }
  })

  test('a flipped bit in the last group alone is taken for a torn write', async () => {
    const log = await open()
    const positions = await fill(log, 3)
    storage.kill()
    storage.flipBit(FIRST, positions[2]! + 65)
    const again = await open()
    expect(again.failure).toBeUndefined()
    expect(await values(again)).toEqual(['value 0', 'value 1'])
    expect(again.recovery.cutFile).toBe('00000000000000000002.cut-0')
  })

  for (const [what, byte] of [
    ['body', 65],
    ['checksum', 18],
    ['length', 11],
    ['length, to a larger one', 9],
    ['magic', 16],
    ['base offset', 7],
    ['record count', 60],
  ] as const) {
    test(`a flipped bit in the ${what} of a batch that others follow is damage`, async () => {
      const log = await open({ syncedEndLagMs: 3_600_000 })
      const positions = await fill(log, 6)
      storage.kill()
      storage.flipBit(FIRST, positions[2]! + byte, 2)
      const before = storage.bytesOf(FIRST)
      const again = await open()
      await expectDamaged(again, new RegExp(`${FIRST} at byte ${positions[2]} .*, and a good batch follows at byte`))
      expect(again.failure?.details).toMatchObject({ file: FIRST, position: positions[2] })
      expect(Buffer.compare(storage.bytesOf(FIRST), before)).toBe(0)
      expect(storage.paths.filter((path) => path.includes('cut'))).toEqual([])
    })
  }

  test('a bad batch below the saved synced end is damage, also when it is the last', async () => {
    const log = await open()
    const positions = await fill(log, 3)
    // An idle log saves its synced end a moment after the last append.
    clock.advance(200)
    await log.flush()
    for (let turn = 0; turn < 50; turn++) await Promise.resolve()
    storage.kill()
    storage.flipBit(FIRST, positions[2]! + 65)
    await expectDamaged(await open(), /below offset 3, which was synced/)
  })

  test('a power cut may take what the checkpoint was told last: then a bad last batch is a torn write', async () => {
    for (const isDurable of [false, true]) {
      storage = new MemoryStorage()
      const log = await open()
      const positions = await fill(log, 3)
      clock.advance(200)
      for (let turn = 0; turn < 50; turn++) await Promise.resolve()
      clock.advance(isDurable ? 1_000 : 500)
      for (let turn = 0; turn < 50; turn++) await Promise.resolve()
      // Nothing unsynced is kept.
      storage.cutPower(() => 0.9)
      storage.flipBit(FIRST, positions[2]! + 65)
      const again = await open()
      expect(again.failure?.code).toBe(isDurable ? 'LOG_DAMAGED' : undefined)
      if (!isDurable) expect(await values(again)).toEqual(['value 0', 'value 1'])
    }
  })

  test('what a killed process told the checkpoint is made durable by the next open', async () => {
    const log = await open()
    const positions = await fill(log, 3)
    clock.advance(200)
    for (let turn = 0; turn < 50; turn++) await Promise.resolve()
    storage.kill()
    expect((await open()).failure).toBeUndefined()
    storage.cutPower(() => 0.9)
    storage.flipBit(FIRST, positions[2]! + 65)
    await expectDamaged(await open(), /below offset 3, which was synced/)
  })

  test('a synced end that is due while the end is cut is not saved behind the lower one', async () => {
    let isCutting = false
    storage = new MemoryStorage({
      before: async (operation, path) => {
        if (isCutting && operation === 'write' && path === CHECKPOINT) clock.advance(200)
      },
    })
    const log = await open()
    await fill(log, 6)
    isCutting = true
    expect(await log.truncateTo(2, { leaderEpoch: 1 })).toBe(2)
    isCutting = false
    for (let turn = 0; turn < 50; turn++) await Promise.resolve()
    storage.kill()
    const again = await open()
    expect(again.failure).toBeUndefined()
    expect(again.logEndOffset).toBe(2)
  })

  test('a bad batch below the high watermark is damage', async () => {
    const log = await open({ syncedEndLagMs: 3_600_000 })
    const positions = await fill(log, 3)
    storage.kill()
    storage.flipBit(FIRST, positions[2]! + 65)
    await expectDamaged(await open({}, { highWatermark: 3 }), /below offset 3/)
  })

  test('a log that ends below its last entered start offset is damaged, one that was cut there is not', async () => {
    const log = await open({ preallocateBytes: 0, syncedEndLagMs: 3_600_000 })
    const positions = await fill(log, 4)
    await log.enterEpoch(5, 4)
    storage.kill()
    storage.flipBit(FIRST, positions[3]! + 65)
    await expectDamaged(await open(), /below offset 4/)
    storage.flipBit(FIRST, positions[3]! + 65)

    const whole = await open()
    expect(whole.enteredEpoch).toEqual({ epoch: 5, startOffset: 4 })
    await whole.truncateTo(2, { leaderEpoch: 6 })
    storage.kill()
    const cut = await open()
    expect(cut.failure).toBeUndefined()
    expect(cut).toMatchObject({ logEndOffset: 2, enteredEpoch: { epoch: 5, startOffset: 4 } })
  })

  test('a file cut short below the synced end is damage', async () => {
    const log = await open()
    const positions = await fill(log, 4)
    await log.close()
    const disk = new LogDisk({ storage, clock })
    await disk.files.use(FIRST, (file) => file.truncate(positions[2]!))
    await expectDamaged(await open(), /is where the log ends, below offset 4/)
  })

  test('a missing segment is damage: first, middle, last and all', async () => {
    for (const missing of [0, 1, 2, 'all'] as const) {
      storage = new MemoryStorage()
      const log = await open({ segmentBytes: 1_024 })
      while (log.segmentCount < 3) await appendSynced(log, { values: ['x'.repeat(300)] })
      await log.close()
      const files = storage.paths.filter((path) => path.endsWith('.log'))
      for (const path of missing === 'all' ? files : [files[missing]!]) await storage.removeFile(path)
      const again = await open({ segmentBytes: 1_024 })
      expect(again.failure?.code, `segment ${missing} is missing`).toBe('LOG_DAMAGED')
      await again.close()
    }
  })

  test('a missing or unreadable checkpoint beside segments is damage', async () => {
    const log = await open()
    await fill(log, 2)
    await log.close()
    storage.flipBit(CHECKPOINT, 20)
    storage.flipBit(CHECKPOINT, 4_096 + 20)
    await expectDamaged(await open(), /has no slot that matches its checksum/)
    await storage.removeFile(CHECKPOINT)
    await expectDamaged(await open(), /holds segments and no log-checkpoint/)
  })

  test('one bad slot of the checkpoint is no harm', async () => {
    const log = await open()
    await fill(log, 2)
    await log.close()
    storage.flipBit(CHECKPOINT, 4_096 + 20)
    const again = await open()
    expect(again.failure).toBeUndefined()
    expect(await values(again)).toEqual(['value 0', 'value 1'])
  })

  test('damage in a closed segment is found by the reader, and ends the service', async () => {
    const config = { segmentBytes: 1_024 }
    const log = await open(config)
    while (log.segmentCount < 3) await appendSynced(log, { values: ['x'.repeat(300)] })
    await log.close()
    for (const [byte, text] of [
      [16, /head of a batch/],
      [200, /does not match its checksum/],
    ] as const) {
      const again = await open(config)
      storage.flipBit(FIRST, byte)
      await expect(again.read({ offset: 0, maxBytes: 100 })).rejects.toMatchObject({ code: 'LOG_DAMAGED' })
      await expectDamaged(again, text)
      storage.flipBit(FIRST, byte)
    }
  })

  test('indexes, epochs and snapshots that are lost or wrong are built again', async () => {
    const config = { segmentBytes: 2_048, indexIntervalBytes: 200 }
    const log = await open(config)
    for (let index = 0; index < 40; index++) {
      await appendSynced(log, {
        values: ['x'.repeat(100)],
        epoch: 1 + Math.floor(index / 10),
        producerId: 7,
        baseSequence: index,
      })
    }
    const bytes = await readBytes(log)
    await log.close()
    const kinds = ['.index', '.timeindex', '.snapshot', 'leader-epoch-checkpoint']
    for (const lost of kinds) {
      for (const how of ['removed', 'flipped'] as const) {
        for (const path of storage.paths.filter((path) => path.endsWith(lost))) {
          if (how === 'removed') await storage.removeFile(path)
          else if (storage.bytesOf(path).length > 0) storage.flipBit(path, storage.bytesOf(path).length - 1, 6)
        }
        const again = await open(config)
        expect(again.failure, `${lost} ${how}`).toBeUndefined()
        expect(Buffer.compare(await readBytes(again), bytes)).toBe(0)
        expect(again.epochs).toEqual([0, 10, 20, 30].map((startOffset, index) => ({ epoch: index + 1, startOffset })))
        const retry = append(again, { values: ['x'.repeat(100)], epoch: 4, producerId: 7, baseSequence: 39 })
        expect(retry).toMatchObject({ duplicate: true, baseOffset: 39 })
        await again.close()
      }
    }
  })

  test('scans from the recovery point only', async () => {
    const config = { segmentBytes: 4_096 }
    const log = await open(config)
    while (log.segmentCount < 10) await appendSynced(log, { values: ['x'.repeat(400)] })
    for (let turn = 0; turn < 500; turn++) await Promise.resolve()
    storage.kill()
    const again = await open(config)
    expect(again.failure).toBeUndefined()
    expect(again.recovery.scannedBytes).toBeLessThanOrEqual(2 * 4_096)
    expect(again.segmentCount).toBe(10)
  })

  test('a group torn by a power cut in the middle is cut, whatever sectors arrived', async () => {
    let cutGroups = 0
    for (let seed = 0; seed < 100; seed++) {
      const random = seededRandom(seed)
      let isArmed = false
      storage = new MemoryStorage({
        before: async (operation, path) => {
          if (!isArmed || operation !== 'sync' || !path.endsWith('.log')) return
          isArmed = false
          storage.cutPower(random)
        },
      })
      const log = await open()
      await appendSynced(log, { values: ['kept'] })
      isArmed = true
      for (let index = 0; index < 6; index++) append(log, { values: ['x'.repeat(400 + index)] })
      await expect(log.flush()).rejects.toMatchObject({ code: 'STORAGE_ERROR' })
      const again = await open()
      expect(again.failure, `seed ${seed}`).toBeUndefined()
      expect((await values(again))[0]).toBe('kept')
      if (again.recovery.cutBytes > 1_000) cutGroups++
    }
    expect(cutGroups).toBeGreaterThan(30)
  })

  test('says how much a relaxed log lost below the high watermark', async () => {
    const log = await open({ flush: 'interval', flushIntervalMs: 3_600_000 })
    await appendSynced(log)
    await log.flush()
    await fill(log, 3)
    storage.cutPower(() => 0.9)
    const again = await open({ flush: 'interval' }, { highWatermark: 4 })
    expect(again.failure).toBeUndefined()
    expect(again.logEndOffset).toBeLessThan(4)
    expect(again.recovery.lostOffsets).toBe(4 - again.logEndOffset)
  })
})
