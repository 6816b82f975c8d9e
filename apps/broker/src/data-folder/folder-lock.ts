import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** How long a starter waits for another that is just failing to start. */
const lockTimeoutMs = 500

/**
 * Keeps a second process out of a data folder. Node has no file lock of its own, so SQLite's serves: an exclusive
 * transaction on an empty database that is never written. The kernel lets the lock go with the process, however that
 * ends, so nothing is left behind that could block the next start.
 */
export class FolderLock {
  readonly #database: DatabaseSync

  private constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** The lock, or undefined when somebody else holds it. Any other failure (no space, no permission) is thrown. */
  static acquire(folder: string): FolderLock | undefined {
    const database = new DatabaseSync(join(folder, 'lock'), { timeout: lockTimeoutMs })
    try {
      // Nothing is ever written, so no journal need lie beside the lock.
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
      return new FolderLock(database)
    } catch (error) {
      database.close()
      if (isBusy(error)) return undefined
      throw error
    }
  }

  release(): void {
    if (this.#database.isOpen) this.#database.close()
  }
}

const sqliteBusy = 5

function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: unknown }).errcode
  return typeof code === 'number' && (code & 0xff) === sqliteBusy
}
