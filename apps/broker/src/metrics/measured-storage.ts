import type { Storage, StorageEntry, StorageFile } from '@yak/log'
import type { Histogram } from './metric.ts'

/** Another storage, with the time of each sync observed: what every acknowledgement waits for. */
export class MeasuredStorage implements Storage {
  readonly #storage: Storage
  readonly #syncSeconds: Histogram

  constructor(storage: Storage, syncSeconds: Histogram) {
    this.#storage = storage
    this.#syncSeconds = syncSeconds
  }

  async openFile(path: string, options?: { readonly create?: boolean }): Promise<StorageFile> {
    return new MeasuredFile(await this.#storage.openFile(path, options), this.#syncSeconds)
  }

  listFiles(folder: string): Promise<StorageEntry[]> {
    return this.#storage.listFiles(folder)
  }

  listFolders(folder: string): Promise<string[]> {
    return this.#storage.listFolders(folder)
  }

  createFolder(folder: string): Promise<void> {
    return this.#storage.createFolder(folder)
  }

  removeFolder(folder: string): Promise<void> {
    return this.#storage.removeFolder(folder)
  }

  removeFile(path: string): Promise<void> {
    return this.#storage.removeFile(path)
  }

  renameFile(from: string, to: string): Promise<void> {
    return this.#storage.renameFile(from, to)
  }

  syncFolder(folder: string): Promise<void> {
    return this.#storage.syncFolder(folder)
  }

  freeBytes(): Promise<number> {
    return this.#storage.freeBytes()
  }
}

class MeasuredFile implements StorageFile {
  readonly #file: StorageFile
  readonly #syncSeconds: Histogram

  constructor(file: StorageFile, syncSeconds: Histogram) {
    this.#file = file
    this.#syncSeconds = syncSeconds
  }

  sizeBytes(): Promise<number> {
    return this.#file.sizeBytes()
  }

  read(target: Uint8Array, position: number): Promise<number> {
    return this.#file.read(target, position)
  }

  write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    return this.#file.write(chunks, position)
  }

  async writeThrough(chunks: readonly Uint8Array[], position: number): Promise<void> {
    const startMs = performance.now()
    await this.#file.writeThrough(chunks, position)
    this.#observe(startMs)
  }

  async sync(): Promise<void> {
    const startMs = performance.now()
    await this.#file.sync()
    this.#observe(startMs)
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#file.truncate(sizeBytes)
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  #observe(startMs: number): void {
    this.#syncSeconds.observe((performance.now() - startMs) / 1_000)
  }
}
