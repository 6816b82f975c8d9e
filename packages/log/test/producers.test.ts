import { YakError } from '@yak/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { Log, type LogConfig, LogDisk } from '../src/index.ts'
import { ProducerState } from '../src/state/producer-state.ts'
import { ManualClock, MemoryStorage } from '../src/testing/index.ts'
import { append, appendSynced, type BatchOptions, values } from './batches.ts'

const LAST_SEQUENCE = 2_147_483_647

describe('idempotent producers', () => {
  let storage: MemoryStorage
  let clock: ManualClock
  let log: Log
  const open = (config: Partial<LogConfig> = {}): Promise<Log> =>
    Log.open({ disk: new LogDisk({ storage, clock }), folder: 'orders-1', config })
  const send = (baseSequence: number, options: BatchOptions = {}): ReturnType<typeof append> =>
    append(log, { producerId: 7, baseSequence, ...options })
  const codeOf = (call: () => unknown): string | undefined => {
    try {
      call()
    } catch (error) {
      return YakError.is(error) ? error.code : String(error)
    }
    return undefined
  }

  beforeEach(async () => {
    storage = new MemoryStorage()
    clock = new ManualClock()
    log = await open()
  })

  test('a retry of what is on disk is done, whatever becomes of what others append', async () => {
    await send(0).synced
    storage.failNext({ operation: 'write', pathEnd: '.log', code: 'ENOSPC' })
    const other = append(log)
    const retry = send(0)
    expect(retry).toMatchObject({ duplicate: true, baseOffset: 0 })
    await expect(other.synced).rejects.toMatchObject({ code: 'DISK_FULL' })
    await retry.synced
  })

  test('a retry of one of the last five batches is answered with the first offsets, and waits for the same sync', async () => {
    const first = send(0, { values: ['a', 'b'] })
    const retry = send(0, { values: ['a', 'b'] })
    expect(retry).toMatchObject({ baseOffset: 0, lastOffset: 1, duplicate: true })
    expect(retry.synced).toBe(first.synced)
    for (let sequence = 2; sequence < 6; sequence++) send(sequence)
    expect(send(0, { values: ['a', 'b'] })).toMatchObject({ duplicate: true, baseOffset: 0 })
    expect(send(4)).toMatchObject({ duplicate: true, baseOffset: 4 })
    send(6)
    expect(codeOf(() => send(0, { values: ['a', 'b'] }))).toBe('DUPLICATE_SEQUENCE')
    expect(log.logEndOffset).toBe(7)
    await log.flush()
    await expect(send(6).synced).resolves.toBeUndefined()
  })

  test('a gap is refused, and so is what was cut differently', () => {
    expect(codeOf(() => send(3))).toBe('UNKNOWN_PRODUCER_ID')
    send(0, { values: ['a', 'b'] })
    expect(codeOf(() => send(3))).toBe('OUT_OF_ORDER_SEQUENCE')
    // All of it is written, only not as one batch that is remembered.
    expect(codeOf(() => send(1))).toBe('DUPLICATE_SEQUENCE')
    // Half of it is written: it can be called neither.
    expect(codeOf(() => send(1, { values: ['b', 'c'] }))).toBe('OUT_OF_ORDER_SEQUENCE')
    expect(log.logEndOffset).toBe(2)
  })

  test('sequences wrap', () => {
    const state = new ProducerState(10)
    const batch = (baseSequence: number, count: number, baseOffset: number) => ({
      producerId: 1,
      producerEpoch: 0,
      baseSequence,
      lastSequence: (baseSequence + count - 1) % (LAST_SEQUENCE + 1),
      baseOffset,
      lastOffset: baseOffset + count - 1,
    })
    state.record(batch(LAST_SEQUENCE - 3, 3, 0), 0)
    expect(state.check(batch(LAST_SEQUENCE, 2, 3))).toBeUndefined()
    state.record(batch(LAST_SEQUENCE, 2, 3), 0)
    expect(state.check(batch(1, 1, 0))).toBeUndefined()
    expect(state.check(batch(LAST_SEQUENCE, 2, 0))).toMatchObject({ baseOffset: 3 })
    expect(codeOf(() => state.check(batch(LAST_SEQUENCE - 10, 1, 0)))).toBe('DUPLICATE_SEQUENCE')
    expect(codeOf(() => state.check(batch(2, 1, 0)))).toBe('OUT_OF_ORDER_SEQUENCE')
  })

  test('a newer epoch begins at 0 and shuts the older one out', () => {
    send(0)
    expect(codeOf(() => send(1, { producerEpoch: 1 }))).toBe('OUT_OF_ORDER_SEQUENCE')
    expect(send(0, { producerEpoch: 1 })).toMatchObject({ duplicate: false })
    expect(codeOf(() => send(1))).toBe('INVALID_PRODUCER_EPOCH')
    expect(send(1, { producerEpoch: 1 })).toMatchObject({ duplicate: false })
  })

  test('are known after a clean restart, a crash, and rolls', async () => {
    const config = { segmentBytes: 1_024 }
    for (const how of ['close', 'kill'] as const) {
      storage = new MemoryStorage()
      log = await open(config)
      for (let sequence = 0; sequence < 30; sequence++) await send(sequence, { values: ['x'.repeat(100)] }).synced
      if (how === 'close') await log.close()
      else storage.kill()
      log = await open(config)
      for (let sequence = 25; sequence < 30; sequence++) {
        expect(send(sequence, { values: ['x'.repeat(100)] })).toMatchObject({ duplicate: true, baseOffset: sequence })
      }
      expect(codeOf(() => send(24, { values: ['x'.repeat(100)] }))).toBe('DUPLICATE_SEQUENCE')
      expect(send(30)).toMatchObject({ duplicate: false, baseOffset: 30 })
    }
  })

  test('truncation takes them back to exactly the new end', async () => {
    for (const config of [{}, { segmentBytes: 1_024 }]) {
      storage = new MemoryStorage()
      log = await open(config)
      for (let sequence = 0; sequence < 20; sequence++) await send(sequence, { values: ['x'.repeat(100)] }).synced
      for (const end of [17, 9, 8, 0]) {
        expect(await log.truncateTo(end, { leaderEpoch: 1 })).toBe(end)
        if (end > 0) {
          const last = send(end - 1, { values: ['x'.repeat(100)] })
          expect(last).toMatchObject({ duplicate: true, baseOffset: end - 1 })
        }
        expect(codeOf(() => send(end + 1))).toBe(end === 0 ? 'UNKNOWN_PRODUCER_ID' : 'OUT_OF_ORDER_SEQUENCE')
      }
      expect(send(0)).toMatchObject({ baseOffset: 0, duplicate: false })
    }
  })

  test('are bounded in number and in time', async () => {
    storage = new MemoryStorage()
    log = await open({ maxProducers: 3, producerExpiryMs: 1_000 })
    for (const producerId of [1, 2, 3]) await appendSynced(log, { producerId, baseSequence: 0 })
    await appendSynced(log, { producerId: 1, baseSequence: 1 })
    await appendSynced(log, { producerId: 4, baseSequence: 0 })
    expect(codeOf(() => append(log, { producerId: 2, baseSequence: 1 }))).toBe('UNKNOWN_PRODUCER_ID')
    await appendSynced(log, { producerId: 1, baseSequence: 2 })
    clock.advance(900)
    await appendSynced(log, { producerId: 4, baseSequence: 1 })
    clock.advance(200)
    await log.applyRetention(clock.now(), 0)
    expect(codeOf(() => append(log, { producerId: 1, baseSequence: 3 }))).toBe('UNKNOWN_PRODUCER_ID')
    await appendSynced(log, { producerId: 4, baseSequence: 2 })
  })

  test('a refused append leaves nothing behind', async () => {
    send(0)
    const before = log.logEndOffset
    for (const refused of [5, 9]) expect(codeOf(() => send(refused))).toBe('OUT_OF_ORDER_SEQUENCE')
    expect(log.logEndOffset).toBe(before)
    await log.flush()
    expect(await values(log)).toEqual(['a'])
  })
})
