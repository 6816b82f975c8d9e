import { statSync } from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { LeaseStep } from '../lease-operations.ts'
import { EMPTY_LEASE_RECORD, type IsrMember, type LeaseRecord } from '../lease-record.ts'
import { foreignFileProblem, newerFileProblem, type SqliteProblemContext } from './sqlite-problem.ts'

/*
 * The file: one table with one row for each group, and one with what the file is called, made when somebody asks.
 *
 * Journal: WAL. Readers then never stop a writer, `PRAGMA data_version` is a look into shared memory, and a commit is one fsync
 * or none. A process that is killed in mid-transaction leaves frames without a commit, which the next one skips; its locks are
 * the system's and go with it. On tmpfs all of it works, and does not outlive the machine. Where a file system has no shared memory
 * SQLite stays with its rollback journal, and everything here holds as well, only slower.
 *
 * Sync: acquisitions and ISR changes are on disk before they are answered (`synchronous = FULL`), because the in-sync survivor
 * rule trusts the coordinator not to have lost them. Renewals and releases are not synced: what a power cut can take of them is
 * time of a lease nobody holds any more. Both survive the death of any process.
 *
 * What is absent on purpose: the file is never opened by anything but SQLite in this process, because closing any descriptor of a
 * file drops the POSIX locks that the process has on it. `stat` opens nothing.
 */

const applicationId = 0x59414b31
const formatVersion = 1

const schema = `
  CREATE TABLE lease (
    group_name TEXT PRIMARY KEY,
    epoch INTEGER NOT NULL,
    holder TEXT,
    incarnation TEXT,
    lease_until_ms INTEGER NOT NULL,
    ttl_ms INTEGER NOT NULL,
    isr TEXT NOT NULL,
    isr_epoch INTEGER NOT NULL,
    isr_version INTEGER NOT NULL,
    suspect INTEGER NOT NULL
  ) STRICT;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${formatVersion};
`

interface Row {
  readonly epoch: number
  readonly holder: string | null
  readonly incarnation: string | null
  readonly lease_until_ms: number
  readonly ttl_ms: number
  readonly isr: string
  readonly isr_epoch: number
  readonly isr_version: number
  readonly suspect: number
}

/** `synced`: on disk before it is answered. `unsynced`: safe from the death of a process, not from a power cut. */
export type StepDurability = 'synced' | 'unsynced'

/** One connection to the file. Synchronous; never waits for a lock, but throws SQLITE_BUSY. */
export class LeaseDatabase {
  /** Names the file itself, whatever its path is called now. */
  readonly fileId: string
  readonly #path: string
  readonly #database: DatabaseSync
  readonly #select: StatementSync
  readonly #upsert: StatementSync
  readonly #dataVersion: StatementSync
  #durability: StepDurability | undefined
  #lastDataVersion = -1
  #id: string | undefined

  private constructor(path: string, database: DatabaseSync) {
    this.#path = path
    this.#database = database
    this.fileId = fileIdOf(path) ?? ''
    this.#select = database.prepare('SELECT * FROM lease WHERE group_name = ?')
    this.#upsert = database.prepare('INSERT OR REPLACE INTO lease VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    this.#dataVersion = database.prepare('PRAGMA data_version')
  }

  static open(sqlite: typeof import('node:sqlite'), context: SqliteProblemContext): LeaseDatabase {
    const database = new sqlite.DatabaseSync(context.path, { timeout: 0 })
    try {
      // First of all: nothing may be changed in a file that is not ours.
      const isNew = isNewFile(database, context)
      database.exec('PRAGMA journal_mode = WAL')
      if (isNew) createTable(database, context)
      return new LeaseDatabase(context.path, database)
    } catch (error) {
      if (database.isOpen) database.close()
      throw error
    }
  }

  /**
   * False after the file was deleted or another put in its place: this connection then sees a file nobody else sees. And after a
   * transaction that could not be ended: it is closed.
   */
  get isCurrent(): boolean {
    return this.#database.isOpen && fileIdOf(this.#path) === this.fileId
  }

  /** Whether another connection has committed since the last call; true at the first. */
  get hasChanged(): boolean {
    const { data_version: dataVersion } = this.#dataVersion.get() as { data_version: number }
    const hasChanged = dataVersion !== this.#lastDataVersion
    this.#lastDataVersion = dataVersion
    return hasChanged
  }

  read(group: string): LeaseRecord {
    const row = this.#select.get(group) as Row | undefined
    return row === undefined ? EMPTY_LEASE_RECORD : recordOf(row)
  }

  /** One atomic step. Throws what SQLite throws, and then nothing was done; or a CommitFailure. */
  step<Answer>(
    group: string,
    durability: StepDurability,
    decide: (record: LeaseRecord) => LeaseStep<Answer>,
  ): LeaseStep<Answer> & { readonly hasChanged: boolean } {
    if (this.#durability !== durability) {
      this.#database.exec(`PRAGMA synchronous = ${durability === 'synced' ? 'FULL' : 'NORMAL'}`)
      this.#durability = durability
    }
    return inTransaction(this.#database, () => {
      const before = this.read(group)
      const { record, answer } = decide(before)
      const hasChanged = record !== before
      if (hasChanged) this.#write(group, record)
      return { record, answer, hasChanged }
    })
  }

  /** What the file is called. Read once: a file that forgets is another file. Throws as `step`. */
  id(fresh: () => string): string {
    this.#id ??= this.#readId() ?? inTransaction(this.#database, () => this.#makeId(fresh))
    return this.#id
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close()
  }

  #readId(): string | undefined {
    const table = this.#database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'coordinator'`).get()
    if (table === undefined) return undefined
    return (this.#database.prepare('SELECT id FROM coordinator').get() as { id: string } | undefined)?.id
  }

  /** Another process may have been quicker. */
  #makeId(fresh: () => string): string {
    const present = this.#readId()
    if (present !== undefined) return present
    const id = fresh()
    this.#database.exec('CREATE TABLE IF NOT EXISTS coordinator (id TEXT NOT NULL) STRICT')
    this.#database.prepare('INSERT INTO coordinator VALUES (?)').run(id)
    return id
  }

  #write(group: string, record: LeaseRecord): void {
    this.#upsert.run(
      group,
      record.epoch,
      record.holder,
      record.incarnation,
      record.leaseUntilMs,
      record.ttlMs,
      JSON.stringify(record.isr.map(({ brokerId, diskId }) => [brokerId, diskId])),
      record.isrEpoch,
      record.isrVersion,
      record.suspect ? 1 : 0,
    )
  }
}

/** The commit itself failed, for the reason in `cause`: of a failed disk, nobody can say what is on it. */
class CommitFailure extends Error {
  override readonly name: string = 'CommitFailure'
}

export function isCommitFailure(error: unknown): error is CommitFailure {
  return error instanceof CommitFailure
}

function inTransaction<T>(database: DatabaseSync, act: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  let isCommitting = false
  try {
    const result = act()
    isCommitting = true
    database.exec('COMMIT')
    return result
  } catch (error) {
    rollBack(database)
    throw isCommitting ? new CommitFailure('The commit failed', { cause: error }) : error
  }
}

/** What cannot be rolled back is undone by closing: the connection would stay in its transaction for ever. Never throws. */
function rollBack(database: DatabaseSync): void {
  if (!database.isTransaction) return
  try {
    database.exec('ROLLBACK')
  } catch {
    // Why it had to be rolled back is what is told.
    database.close()
  }
}

function isNewFile(database: DatabaseSync, context: SqliteProblemContext): boolean {
  // In one statement: between two, another process may have made the table, and the file would look like somebody else's.
  const seen = database.prepare(
    `SELECT (SELECT application_id FROM pragma_application_id) AS id,
      (SELECT user_version FROM pragma_user_version) AS version, count(*) AS tables FROM sqlite_schema`,
  )
  const { id, version, tables } = seen.get() as { id: number; version: number; tables: number }
  if (id === applicationId) {
    if (version > formatVersion) throw newerFileProblem(version, context)
    return false
  }
  if (id !== 0 || tables > 0) throw foreignFileProblem(context)
  return true
}

function createTable(database: DatabaseSync, context: SqliteProblemContext): void {
  inTransaction(database, () => {
    // Another process may have been quicker.
    if (isNewFile(database, context)) database.exec(schema)
  })
}

function fileIdOf(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stat === undefined ? undefined : `${stat.dev}:${stat.ino}`
}

function recordOf(row: Row): LeaseRecord {
  return {
    epoch: row.epoch,
    holder: row.holder,
    incarnation: row.incarnation,
    leaseUntilMs: row.lease_until_ms,
    ttlMs: row.ttl_ms,
    isr: (JSON.parse(row.isr) as [string, string][]).map(([brokerId, diskId]): IsrMember => ({ brokerId, diskId })),
    isrEpoch: row.isr_epoch,
    isrVersion: row.isr_version,
    suspect: row.suspect === 1,
  }
}
