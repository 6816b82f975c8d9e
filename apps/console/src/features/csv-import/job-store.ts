import type { BadRow } from './bad-row.ts'
import type { ImportJob } from './import-job.ts'

const databaseName = 'yak.imports'
const jobStore = 'jobs'
const badRowStore = 'bad-rows'

/** Jobs and the rows they could not send, in this browser's database; both pages and workers reach it. */
export class JobStore {
  readonly #database: IDBDatabase

  private constructor(database: IDBDatabase) {
    this.#database = database
  }

  static async open(): Promise<JobStore> {
    const request = indexedDB.open(databaseName, 1)
    request.onupgradeneeded = () => {
      request.result.createObjectStore(jobStore, { keyPath: 'id' })
      request.result.createObjectStore(badRowStore)
    }
    return new JobStore(await settled(request))
  }

  close(): void {
    this.#database.close()
  }

  async get(id: string): Promise<ImportJob | undefined> {
    return settled(this.#store(jobStore, 'readonly').get(id) as IDBRequest<ImportJob | undefined>)
  }

  /** Newest first. */
  async list(): Promise<readonly ImportJob[]> {
    const jobs = await settled(this.#store(jobStore, 'readonly').getAll() as IDBRequest<ImportJob[]>)
    return jobs.toSorted((a, b) => b.updatedAt - a.updatedAt)
  }

  /**
   * The job and, with it or not at all, the bad rows of one round. They are stored under the row where the round begins, so a
   * round that is built again puts its rows in the same place. Resolves when it is in the database.
   */
  put(job: ImportJob, bad?: { readonly startRow: number; readonly rows: readonly BadRow[] }): Promise<void> {
    const transaction = this.#database.transaction([jobStore, badRowStore], 'readwrite')
    transaction.objectStore(jobStore).put(job)
    if (bad !== undefined && bad.rows.length > 0) {
      transaction.objectStore(badRowStore).put(bad.rows, [job.id, bad.startRow])
    }
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error ?? new Error('The browser did not store the import.'))
    })
  }

  async badRows(id: string): Promise<readonly BadRow[]> {
    const range = IDBKeyRange.bound([id, -1], [id, Number.MAX_SAFE_INTEGER])
    const rounds = await settled(this.#store(badRowStore, 'readonly').getAll(range) as IDBRequest<BadRow[][]>)
    return rounds.flat()
  }

  async remove(id: string): Promise<void> {
    await settled(this.#store(jobStore, 'readwrite').delete(id))
    const range = IDBKeyRange.bound([id, -1], [id, Number.MAX_SAFE_INTEGER])
    await settled(this.#store(badRowStore, 'readwrite').delete(range))
  }

  #store(name: string, mode: IDBTransactionMode): IDBObjectStore {
    return this.#database.transaction(name, mode).objectStore(name)
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('The browser gave no access to its database.'))
  })
}
