import { randomHex } from '../../lib/random-hex.ts'
import type { BadRow } from './bad-row.ts'
import type { ImportJob } from './import-job.ts'
import type { JobKeeper } from './run-import.ts'

const databaseName = 'yak.imports'
const jobStore = 'jobs'
const badRowStore = 'bad-rows'

/** Whoever took it last holds it. */
type StoredJob = ImportJob & { readonly holder?: string }

export interface TakenJob extends JobKeeper {
  readonly job: ImportJob
}

export class JobTakenError extends Error {
  constructor(what: 'goes on' | 'was forgotten') {
    super(`This import ${what} in another tab. This one sends no more of it.`)
  }
}

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

  /** A job that nobody runs yet. */
  async add(job: ImportJob): Promise<void> {
    await settled(this.#store(jobStore, 'readwrite').put(job))
  }

  /**
   * The job as it stands, for whoever runs it from now on: what an earlier one puts is refused. So two pages never send
   * different rounds of one import, even where the browser has no locks. Undefined: there is no such job.
   */
  async take(id: string): Promise<TakenJob | undefined> {
    const holder = randomHex(16)
    const transaction = this.#database.transaction(jobStore, 'readwrite')
    const jobs = transaction.objectStore(jobStore)
    const stored = await settled(jobs.get(id) as IDBRequest<StoredJob | undefined>)
    if (stored === undefined) return undefined
    jobs.put({ ...stored, holder })
    await committed(transaction)
    return { job: stored, put: (job, bad) => this.#put({ ...job, holder }, bad) }
  }

  async #put(job: StoredJob, bad: Parameters<JobKeeper['put']>[1]): Promise<void> {
    const transaction = this.#database.transaction([jobStore, badRowStore], 'readwrite')
    const jobs = transaction.objectStore(jobStore)
    const stored = await settled(jobs.get(job.id) as IDBRequest<StoredJob | undefined>)
    if (stored?.holder !== job.holder) {
      transaction.abort()
      throw new JobTakenError(stored === undefined ? 'was forgotten' : 'goes on')
    }
    jobs.put(job)
    // Under the row where the round begins: a round that is built again puts its rows in the same place.
    if (bad !== undefined && bad.rows.length > 0) {
      transaction.objectStore(badRowStore).put(bad.rows, [job.id, bad.startRow])
    }
    await committed(transaction)
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

function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error ?? new Error('The browser did not store the import.'))
  })
}
