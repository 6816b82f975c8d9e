import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { YakError } from '@yak/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SqliteLeaseStore, type SqliteLeaseStoreOptions } from '../../src/sqlite/sqlite-lease-store.ts'
import { ManualPorts } from '../../src/testing/manual-ports.ts'
import { ObservationLog } from '../../src/testing/observation-log.ts'
import { untilStatus } from '../until-status.ts'

const group = 'g'
const a = { id: 'a', incarnation: '1', ownerIndex: 1 }
const ttlMs = 60_000
let folder: string
let path: string
const stores: SqliteLeaseStore[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'yak-sqlite-'))
  path = join(folder, 'coordinator.db')
})

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
  rmSync(folder, { recursive: true })
})

async function open(options: Partial<SqliteLeaseStoreOptions> = {}): Promise<SqliteLeaseStore> {
  const store = await SqliteLeaseStore.open({ path, setting: '--coordinator', ...options })
  stores.push(store)
  return store
}

async function errorOf(call: Promise<unknown>): Promise<YakError> {
  const error = await call.then(
    () => undefined,
    (reason) => reason,
  )
  expect(error).toBeInstanceOf(YakError)
  return error as YakError
}

const acquire = (store: SqliteLeaseStore) => store.acquire({ group, candidate: a, ttlMs })

describe('a coordinator file', () => {
  test('in a folder that is not there', async () => {
    const error = await errorOf(open({ path: join(folder, 'missing', 'x.db') }))
    expect(error.code).toBe('COORDINATOR_UNREACHABLE')
    expect(error.message).toMatch(
      /cannot be opened\. Check that its folder exists and may be written to, or correct --coordinator/,
    )
  })

  test('that is a folder', async () => {
    mkdirSync(path)
    expect((await errorOf(open())).code).toBe('COORDINATOR_UNREACHABLE')
  })

  test('that is no database', async () => {
    writeFileSync(path, 'host,port\n'.repeat(500))
    const error = await errorOf(open())
    expect(error.code).toBe('COORDINATOR_INVALID')
    expect(error.message).toMatch(
      /is not a coordinator's, or is damaged .* Correct --coordinator, or move the file away/,
    )
  })

  test('of another program is left as it was', async () => {
    const other = new DatabaseSync(path)
    other.exec('CREATE TABLE customers (name TEXT)')
    const error = await errorOf(open())
    expect(error.code).toBe('COORDINATOR_INVALID')
    expect(error.message).toContain('is a database of another program. Name another file in --coordinator.')
    expect(other.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'delete' })
    expect(other.prepare('SELECT count(*) AS count FROM sqlite_schema').get()).toEqual({ count: 1 })
    other.close()
  })

  test('of a later format', async () => {
    await (await open()).close()
    const database = new DatabaseSync(path)
    database.exec('PRAGMA user_version = 2')
    database.close()
    expect((await errorOf(open())).message).toContain('has format 2, which a newer version wrote')
  })

  test('that may not be written to', async () => {
    if (process.getuid?.() === 0) return
    await (await open()).close()
    chmodSync(path, 0o400)
    expect((await errorOf(open())).code).toBe('COORDINATOR_READ_ONLY')
  })

  test('that another process keeps locked: it waits, then says so; nothing was done', async () => {
    const ports = new ManualPorts()
    const store = await open({ ports, timeoutMs: 300 })
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    const call = errorOf(acquire(store))
    await ports.advance(400)
    const error = await call
    expect(error.code).toBe('COORDINATOR_BUSY')
    expect(error.outcome).toBe('not-written')
    expect(error.message).toContain('was locked by another process for more than 300 ms')
    expect(store.status.problem?.code).toBe('COORDINATOR_BUSY')
    const patient = acquire(store)
    await ports.advance(50)
    other.exec('ROLLBACK')
    await ports.advance(10)
    expect((await patient).acquired).toBe(true)
    expect(store.status.problem).toBeUndefined()
    other.close()
  })

  test('that is locked when the store is closed or the caller gives up', async () => {
    const store = await open()
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    const controller = new AbortController()
    const aborted = store.acquire({ group, candidate: a, ttlMs }, { signal: controller.signal })
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    const closed = errorOf(acquire(store))
    await store.close()
    expect((await closed).code).toBe('COORDINATOR_CLOSED')
    other.exec('ROLLBACK')
    other.close()
  })

  test.each([
    ['', '-wal', '-shm'],
    ['', ''],
  ])(
    'that is deleted while in use (%s%s): the next step is on the new file, and the holder is told',
    async (...suffixes) => {
      const [store, other] = [await open(), await open({ pollMs: 10 })]
      await acquire(store)
      const log = new ObservationLog(other, group)
      await log.until(({ record }) => record.epoch === 1)
      for (const suffix of new Set(suffixes)) rmSync(path + suffix)
      await log.until(({ record }) => record.epoch === 0)
      const renewal = await store.renew({ group, candidate: a, epoch: 1, ttlMs })
      expect(renewal).toMatchObject({ renewed: false, reason: 'forgotten' })
      expect(await store.acquire({ group, candidate: a, minEpoch: 1, ttlMs })).toMatchObject({ epoch: 65 })
      await log.until(({ record }) => record.epoch === 65)
      expect((await other.read(group)).record.holder).toBe('a')
      log.stop()
    },
  )

  test('that is replaced by something else while in use', async () => {
    const store = await open()
    await acquire(store)
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix)
    writeFileSync(path, 'not a database'.repeat(500))
    expect((await errorOf(store.read(group))).code).toBe('COORDINATOR_INVALID')
    expect(store.status).toMatchObject({ isConnected: false, problem: { code: 'COORDINATOR_INVALID' } })
    rmSync(path)
    await acquire(store)
    await untilStatus(store, ({ isConnected, problem }) => isConnected && problem === undefined)
  })

  test('whose folder is removed while in use', async () => {
    const inner = join(folder, 'inner')
    mkdirSync(inner)
    const store = await open({ path: join(inner, 'x.db') })
    rmSync(inner, { recursive: true })
    expect((await errorOf(acquire(store))).code).toBe('COORDINATOR_UNREACHABLE')
    mkdirSync(inner)
    expect((await acquire(store)).acquired).toBe(true)
  })

  test('stands for itself under any name', async () => {
    const store = await open()
    const relative = await open({ path: join(folder, '.', 'x', '..', 'coordinator.db') })
    const log = new ObservationLog(relative, group)
    await acquire(store)
    await log.until(({ record }) => record.epoch === 1)
    log.stop()
  })

  test('must be a file', async () => {
    for (const wrong of ['', ':memory:']) await expect(open({ path: wrong })).rejects.toThrow(TypeError)
  })
})
