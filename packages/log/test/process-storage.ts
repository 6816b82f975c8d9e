import type { Storage, StorageEntry, StorageFile } from '../src/index.ts'

/** A storage as one process has it: once the process is dead, nothing it does reaches the disk. */
export class ProcessStorage implements Storage {
  readonly #storage: Storage
  #isDead = false

  constructor(storage: Storage) {
    this.#storage = storage
  }

  die(): void {
    this.#isDead = true
  }

  openFile(path: string, options?: { readonly create?: boolean }): Promise<StorageFile> {
    return this.#ifAlive(() => this.#storage.openFile(path, options))
  }

  listFiles(folder: string): Promise<StorageEntry[]> {
    return this.#ifAlive(() => this.#storage.listFiles(folder))
  }

  listFolders(folder: string): Promise<string[]> {
    return this.#ifAlive(() => this.#storage.listFolders(folder))
  }

  createFolder(folder: string): Promise<void> {
    return this.#ifAlive(() => this.#storage.createFolder(folder))
  }

  removeFolder(folder: string): Promise<void> {
    return this.#ifAlive(() => this.#storage.removeFolder(folder))
  }

  removeFile(path: string): Promise<void> {
    return this.#ifAlive(() => this.#storage.removeFile(path))
  }

  renameFile(from: string, to: string): Promise<void> {
    return this.#ifAlive(() => this.#storage.renameFile(from, to))
  }

  syncFolder(folder: string): Promise<void> {
    return this.#ifAlive(() => this.#storage.syncFolder(folder))
  }

  freeBytes(): Promise<number> {
    return this.#ifAlive(() => this.#storage.freeBytes())
  }

  async #ifAlive<Result>(call: () => Promise<Result>): Promise<Result> {
    if (this.#isDead) throw Object.assign(new Error('The process is dead'), { code: 'EBADF' })
    return await call()
  }
}
