import { type Log, LogDisk, systemClock } from '@yak/log'
import { MemoryStorage } from '@yak/log/testing'
import { encodeRecordBatch, readRecordBatchHeader } from '@yak/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Input } from '../../src/replication/core/inputs.ts'
import { DriverFiles } from '../../src/replication/driver-files.ts'
import { DriverHighWatermarks } from '../../src/replication/driver-high-watermarks.ts'
import { DriverLogWork } from '../../src/replication/driver-log-work.ts'
import { DriverLogs } from '../../src/replication/driver-logs.ts'
import { DriverRoom } from '../../src/replication/driver-room.ts'

const key = 't-0'

describe('the work on logs', () => {
  let storage: MemoryStorage
  let logs: DriverLogs
  let work: DriverLogWork
  let fed: Input[]
  let errors: unknown[]
  let timers: (() => void)[]

  beforeEach(() => {
    storage = new MemoryStorage()
    fed = []
    errors = []
    timers = []
    const clock = {
      monotonicMs: () => 0,
      schedule: (_delayMs: number, callback: () => void) => {
        timers.push(callback)
        return () => {}
      },
    }
    const room = new DriverRoom({ clock, minFreeBytes: 0, freeBytes: () => storage.freeBytes() })
    const files = new DriverFiles(storage, (name, callback) => room.wait(name, callback))
    const onError = (error: unknown): void => void errors.push(error)
    const highWatermarks = new DriverHighWatermarks({ files, clock, everyMs: 1_000, saved: new Map(), onError })
    logs = new DriverLogs({
      disk: new LogDisk({ storage, clock: systemClock }),
      nameOf: () => key,
      configOf: () => ({ preallocateBytes: 0 }),
      onSynced: () => {},
      onFailure: (failed, failure) => work.failed(failed, failure),
    })
    work = new DriverLogWork({
      logs,
      room,
      clock,
      limits: {},
      highWatermarks,
      settingsOf: () => ({ minInsyncReplicas: 2, isRelaxed: false }),
      highWatermarkOf: () => 0,
      isOver: () => false,
      decided: (input) => void fed.push(input),
      feed: (input) => void fed.push(input),
      onReplicated: () => {},
      onError,
      onBug: onError,
    })
  })

  function append(log: Log, value: string): Promise<void> {
    const batch = encodeRecordBatch([{ key: null, value, timestamp: 1 }], {})
    return log.appendAsLeader(batch, readRecordBatchHeader(batch), 1).synced
  }

  async function until(isDone: () => boolean): Promise<void> {
    for (let turns = 0; turns < 1_000 && !isDone(); turns++) await new Promise(setImmediate)
    expect(isDone()).toBe(true)
  }

  test('a log that failed for room and finds none when it is opened again is tried once more', async () => {
    const log = await logs.open(key, 0)
    await append(log, 'a')
    storage.failNext({ operation: 'write', pathEnd: '.log', code: 'ENOSPC' })
    const lost = append(log, 'b')
    // A follower has it before it is written, so it cannot be taken back.
    await log.read({ offset: 1, maxBytes: 100, unsynced: true })
    await expect(lost).rejects.toMatchObject({ code: 'STORAGE_ERROR' })
    expect(fed).toEqual([expect.objectContaining({ type: 'log-failed', isForRoom: true })])

    storage.failNext({ operation: 'open', pathEnd: 'leader-epoch-checkpoint.tmp', code: 'ENOSPC' })
    await until(() => timers.length === 1)
    timers.shift()!()
    await until(() => timers.length === 1)
    expect(logs.get(key)?.failure).toMatchObject({ code: 'STORAGE_ERROR' })
    await until(() => timers.length === 1)
    timers.shift()!()
    await until(() => fed.length === 2)
    expect(fed[1]).toMatchObject({ type: 'log-reopened', key, log: { endOffset: 1 } })
    expect(logs.get(key)?.failure).toBeUndefined()
  })

  test('a log whose start cannot be raised has failed: opened again, it asks the leader for its start', async () => {
    const log = await logs.open(key, 0)
    await append(log, 'a')
    storage.failNext({ operation: 'write', pathEnd: 'log-checkpoint', code: 'ENOSPC' })
    work.execute({ type: 'raise-log-start', key, logStartOffset: 1 })
    await until(() => fed.length === 1 && timers.length === 1)
    expect(fed).toEqual([expect.objectContaining({ type: 'log-failed', key, isForRoom: true })])
    timers.shift()!()
    await until(() => fed.length === 2)
    expect(fed[1]).toMatchObject({ type: 'log-reopened', key, log: { logStartOffset: 0, endOffset: 1 } })
    work.execute({ type: 'raise-log-start', key, logStartOffset: 1 })
    await until(() => fed.length === 3)
    expect(fed[2]).toEqual({ type: 'log-start-raised', key, logStartOffset: 1 })
  })

  test('a log that is removed while it is being opened is not there afterwards', async () => {
    const opening = logs.open(key, 0)
    await logs.remove(key)
    await opening
    expect(logs.get(key)).toBeUndefined()
    expect(storage.paths.filter((path) => path.startsWith('logs/'))).toEqual([])
  })

  test('once all are closed none is opened, nor one that was about to be opened again', async () => {
    const log = await logs.open(key, 0)
    storage.failNext({ operation: 'sync', pathEnd: '.log', code: 'EIO' })
    await expect(append(log, 'a')).rejects.toMatchObject({ code: 'STORAGE_ERROR' })
    const reopening = logs.reopen(key, 0)
    await logs.close()
    await expect(reopening).rejects.toThrow('stays closed')
    await expect(logs.open('u-0', 0)).rejects.toThrow('stays closed')
    expect(storage.paths.filter((path) => path.startsWith('logs/u-0'))).toEqual([])
  })

  test('a cut that a newer promise overtakes leaves the log as it is, and it has not failed', async () => {
    const log = await logs.open(key, 0)
    await append(log, 'a')
    work.execute({ type: 'truncate', key, epoch: 1, endOffset: 0 })
    work.execute({ type: 'fence', epoch: 2 })
    await until(() => fed.length === 1)
    expect(fed).toEqual([
      expect.objectContaining({ type: 'truncated', key, log: expect.objectContaining({ endOffset: 1 }) }),
    ])
    expect(log.failure).toBeUndefined()
  })
})
