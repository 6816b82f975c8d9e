import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, test } from 'vitest'
import { SqliteLeaseStore } from '../../src/sqlite/sqlite-lease-store.ts'
import { systemPorts } from '../../src/system-ports.ts'
import { leaseStoreConformance } from '../../src/testing/lease-store-conformance.ts'

describe('the SQLite store conforms', () => {
  const folder = mkdtempSync(join(tmpdir(), 'yak-sqlite-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'coordinator.db')
  let offsetMs = 0
  const ports = { ...systemPorts, wallClockMs: () => systemPorts.wallClockMs() + offsetMs }
  const harness = {
    open: () => SqliteLeaseStore.open({ path, ports }),
    passTime: async (byMs: number) => {
      offsetMs += byMs
    },
    forget: async (group: string) => {
      // Through a connection of its own, as an operator would.
      const { DatabaseSync } = await import('node:sqlite')
      const database = new DatabaseSync(path, { timeout: 1000 })
      try {
        const hasTable = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'lease'").get() !== undefined
        if (hasTable) database.prepare('DELETE FROM lease WHERE group_name = ?').run(group)
      } finally {
        database.close()
      }
    },
  }
  for (const { name, run } of leaseStoreConformance) test(name, () => run(harness))
})
