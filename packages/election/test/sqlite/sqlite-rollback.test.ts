import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { SqliteLeaseStore } from '../../src/sqlite/sqlite-lease-store.ts'

const SQLITE_BUSY = 5
const SQLITE_IOERR_FSYNC = 10 | (4 << 8)
const SQLITE_IOERR_READ = 10 | (1 << 8)
const SQLITE_FULL = 13

const request = { group: 'g', candidate: { id: 'a', incarnation: '1', ownerIndex: 1 }, ttlMs: 60_000 }
let folder: string
let store: SqliteLeaseStore

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'yak-sqlite-'))
  store = await SqliteLeaseStore.open({ path: join(folder, 'coordinator.db'), setting: '--coordinator' })
})

afterEach(async () => {
  vi.restoreAllMocks()
  await store.close()
  rmSync(folder, { recursive: true })
})

/** From now on the disk fails under these statements: SQLite never sees them, as if they had ended in this. */
function failing(codes: Readonly<Record<string, number>>): void {
  const { exec } = DatabaseSync.prototype
  vi.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(function (this: DatabaseSync, sql: string) {
    const errcode = codes[sql]
    if (errcode !== undefined) throw Object.assign(new Error(`${sql} failed`), { code: 'ERR_SQLITE_ERROR', errcode })
    exec.call(this, sql)
  })
}

describe('a transaction that can neither be committed nor rolled back', () => {
  test('of a failed commit it is still not known what became of it, and the next step goes on', async () => {
    failing({ COMMIT: SQLITE_IOERR_FSYNC, ROLLBACK: SQLITE_IOERR_READ })
    await expect(store.acquire(request)).rejects.toMatchObject({
      code: 'COORDINATOR_NO_ANSWER',
      outcome: 'unknown',
      cause: { message: 'COMMIT failed' },
    })
    vi.restoreAllMocks()
    expect(await store.acquire(request)).toMatchObject({ acquired: true, epoch: 1 })
  })

  test('a commit that was refused tells why, and nothing was done', async () => {
    failing({ COMMIT: SQLITE_FULL, ROLLBACK: SQLITE_IOERR_READ })
    await expect(store.acquire(request)).rejects.toMatchObject({ code: 'COORDINATOR_FULL', outcome: 'not-written' })
    expect((await store.read('g')).record.epoch).toBe(0)
    vi.restoreAllMocks()
    expect(await store.acquire(request)).toMatchObject({ acquired: true, epoch: 1 })
  })

  test('a commit that met a lock is tried again', async () => {
    const codes: Record<string, number> = { COMMIT: SQLITE_BUSY, ROLLBACK: SQLITE_IOERR_READ }
    failing(codes)
    const acquired = store.acquire(request)
    delete codes.COMMIT
    expect(await acquired).toMatchObject({ acquired: true, epoch: 1 })
  })

  test('while a new file is set up: the first error is told', async () => {
    failing({ COMMIT: SQLITE_FULL, ROLLBACK: SQLITE_IOERR_READ })
    const opening = SqliteLeaseStore.open({ path: join(folder, 'new.db'), setting: '--coordinator' })
    await expect(opening).rejects.toMatchObject({ code: 'COORDINATOR_FULL' })
  })
})
