import type { Storage, StorageEntry, StorageFile } from './storage.ts'

/** Another storage, all of it; for one that does a few things differently. */
export class ForwardingStorage implements Storage {
  readonly #storage: Storage

  constructor(storage: Storage) {
    this.#storage = storage
  }

  openFile(path: string, options?: { readonly create?: boolean }): Promise<StorageFile> {
    return this.#storage.openFile(path, options)
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

/** Another file, all of it; for one that does a few things differently. */
export class ForwardingFile implements StorageFile {
  readonly #file: StorageFile

  constructor(file: StorageFile) {
    this.#file = file
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

  writeThrough(chunks: readonly Uint8Array[], position: number): Promise<void> {
    return this.#file.writeThrough(chunks, position)
  }

  sync(): Promise<void> {
    return this.#file.sync()
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#file.truncate(sizeBytes)
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}
