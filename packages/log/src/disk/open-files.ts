import type { Storage, StorageFile } from '../storage.ts'

interface OpenFile {
  readonly path: string
  /** Rejects when the file cannot be opened; such an entry is forgotten at once. */
  readonly file: Promise<StorageFile>
  users: number
  /** No longer found under its path: closes with its last user. */
  forgotten: boolean
}

/**
 * The open files of one disk: a file is opened when it is first used and closed when it was used least recently and the
 * limit is reached, so that thousands of segments cost few descriptors. A file in use is never closed under its user; while
 * more are in use at once than the limit allows, the limit gives way.
 */
export class OpenFiles {
  readonly #storage: Storage
  readonly #maxOpenFiles: number
  /** In order of use: a Map gives its entries in the order they were set. */
  readonly #entries = new Map<string, OpenFile>()
  readonly #closing = new Set<Promise<void>>()

  constructor(storage: Storage, maxOpenFiles: number) {
    this.#storage = storage
    this.#maxOpenFiles = maxOpenFiles
  }

  get openCount(): number {
    return this.#entries.size
  }

  /** Runs `action` with the file at `path`, which stays open until it settles. */
  async use<Result>(
    path: string,
    action: (file: StorageFile) => Promise<Result>,
    options: { readonly create?: boolean } = {},
  ): Promise<Result> {
    const entry = this.#entryOf(path, options)
    entry.users++
    try {
      return await action(await entry.file)
    } finally {
      entry.users--
      if (entry.forgotten) this.#closeIfUnused(entry)
      else this.#closeLeastRecent()
    }
  }

  /** After a rename or removal: the next use opens what is at the path then. Users of the old file keep it. */
  forget(path: string): void {
    const entry = this.#entries.get(path)
    if (entry === undefined) return
    this.#entries.delete(path)
    entry.forgotten = true
    this.#closeIfUnused(entry)
  }

  /** Forgets all files of a folder and waits until those not in use are closed. */
  async forgetFolder(folder: string): Promise<void> {
    for (const path of [...this.#entries.keys()]) {
      if (path.startsWith(`${folder}/`)) this.forget(path)
    }
    await this.settle()
  }

  /** Waits for the files that are being closed. */
  async settle(): Promise<void> {
    await Promise.all(this.#closing)
  }

  #entryOf(path: string, options: { readonly create?: boolean }): OpenFile {
    const known = this.#entries.get(path)
    if (known !== undefined) {
      this.#entries.delete(path)
      this.#entries.set(path, known)
      return known
    }
    const entry: OpenFile = { path, file: this.#storage.openFile(path, options), users: 0, forgotten: false }
    this.#entries.set(path, entry)
    entry.file.catch(() => {
      if (this.#entries.get(path) === entry) this.#entries.delete(path)
    })
    return entry
  }

  #closeLeastRecent(): void {
    if (this.#entries.size <= this.#maxOpenFiles) return
    for (const entry of this.#entries.values()) {
      if (entry.users > 0) continue
      this.forget(entry.path)
      if (this.#entries.size <= this.#maxOpenFiles) return
    }
  }

  #closeIfUnused(entry: OpenFile): void {
    if (entry.users > 0) return
    // What a close could report was reported by the sync before it; nothing unsynced is ever left to it.
    const closing = entry.file
      .then((file) => file.close())
      .catch(() => {})
      .finally(() => this.#closing.delete(closing))
    this.#closing.add(closing)
  }
}
