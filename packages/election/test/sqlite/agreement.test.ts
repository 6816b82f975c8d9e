import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SqliteLeaseStore } from '../../src/sqlite/sqlite-lease-store.ts'
import { ManualPorts } from '../../src/testing/manual-ports.ts'
import { assertAgreement, histories } from '../agreement.ts'

const group = 'agreement'

test('the file keeps what the pure operations make of the record, on random histories', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'yak-sqlite-'))
  const path = join(folder, 'coordinator.db')
  const ports = new ManualPorts()
  const store = await SqliteLeaseStore.open({ path, ports })
  const database = new DatabaseSync(path)
  try {
    const target = {
      store,
      group,
      nowMs: async () => ports.wallClockMs(),
      passTime: async (byMs: number, record: Parameters<typeof put>[0]) => {
        ports.jumpWallClock(byMs)
        return record
      },
      put: async (record: Parameters<typeof put>[0]) => put(record),
    }
    await fc.assert(
      fc.asyncProperty(histories, (history) => assertAgreement(target, history)),
      { numRuns: 200 },
    )
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  } finally {
    database.close()
    await store.close()
    rmSync(folder, { recursive: true })
  }

  function put(record: Awaited<ReturnType<typeof store.read>>['record']): void {
    database.prepare('DELETE FROM lease WHERE group_name = ?').run(group)
    if (record.epoch === 0) return
    const isr = JSON.stringify(record.isr.map(({ brokerId, diskId }) => [brokerId, diskId]))
    const { epoch, holder, incarnation, leaseUntilMs, ttlMs, isrEpoch, isrVersion, suspect } = record
    database
      .prepare('INSERT INTO lease VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(group, epoch, holder, incarnation, leaseUntilMs, ttlMs, isr, isrEpoch, isrVersion, suspect ? 1 : 0)
  }
})
