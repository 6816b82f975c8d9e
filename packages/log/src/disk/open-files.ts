import type { Storage, StorageFile } from '../storage.ts'

interface OpenFile {
  readonly path: string
  /** Rejects when the file cannot be opened; such an entry is forgotten at once. */
  readonly file: Promise<StorageFile>
  users: number
  /** Which use of any file its last one was. */
  lastUse: number
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
  readonly #entries = new Map<string, OpenFile>()
  readonly #closing = new Set<Promise<void>>()
  #useCount = 0

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

  /** Closes half of the files that nobody uses, those used least recently. Resolves to whether there were any, or some were being closed. */
  async closeSome(): Promise<boolean> {
    const unused = this.#leastRecentUnused()
    for (const { path } of unused.slice(0, Math.ceil(unused.length / 2))) this.forget(path)
    const isClosing = this.#closing.size > 0
    await this.settle()
    return isClosing
  }

  #entryOf(path: string, options: { readonly create?: boolean }): OpenFile {
    const known = this.#entries.get(path)
    if (known !== undefined) {
      known.lastUse = ++this.#useCount
      return known
    }
    const file = this.#storage.openFile(path, options)
    const entry: OpenFile = { path, file, users: 0, lastUse: ++this.#useCount, forgotten: false }
    this.#entries.set(path, entry)
    entry.file.catch(() => {
      if (this.#entries.get(path) === entry) this.#entries.delete(path)
    })
    return entry
  }

  #closeLeastRecent(): void {
    let excess = this.#entries.size - this.#maxOpenFiles
    if (excess <= 0) return
    for (const { path } of this.#leastRecentUnused()) {
      this.forget(path)
      if (--excess === 0) return
    }
  }

  #leastRecentUnused(): OpenFile[] {
    const unused = [...this.#entries.values()].filter(({ users }) => users === 0)
    return unused.sort((one, other) => one.lastUse - other.lastUse)
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
