import type { Storage, StorageEntry, StorageFile } from '@yak/log'

export interface StorageFault {
  readonly code: 'ENOSPC' | 'EIO'
  readonly operations: readonly ('write' | 'sync')[]
}

/** A disk that, while it has a fault, fails writes or syncs of the partitions' files. */
export class FailingStorage implements Storage {
  fault: StorageFault | undefined
  readonly #storage: Storage

  constructor(storage: Storage) {
    this.#storage = storage
  }

  async openFile(path: string, options?: { readonly create?: boolean }): Promise<StorageFile> {
    const file = await this.#storage.openFile(path, options)
    return path.startsWith('logs/') ? new FailingFile(file, this) : file
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

  assertFine(...operations: readonly ('write' | 'sync')[]): void {
    const { fault } = this
    if (fault === undefined || !operations.some((operation) => fault.operations.includes(operation))) return
    throw Object.assign(new Error(`${fault.code}: the test says so`), { code: fault.code, syscall: operations[0] })
  }
}

class FailingFile implements StorageFile {
  readonly #file: StorageFile
  readonly #storage: FailingStorage

  constructor(file: StorageFile, storage: FailingStorage) {
    this.#file = file
    this.#storage = storage
  }

  sizeBytes(): Promise<number> {
    return this.#file.sizeBytes()
  }

  read(target: Uint8Array, position: number): Promise<number> {
    return this.#file.read(target, position)
  }

  async write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    this.#storage.assertFine('write')
    await this.#file.write(chunks, position)
  }

  async writeThrough(chunks: readonly Uint8Array[], position: number): Promise<void> {
    this.#storage.assertFine('write', 'sync')
    await this.#file.writeThrough(chunks, position)
  }

  async sync(): Promise<void> {
    this.#storage.assertFine('sync')
    await this.#file.sync()
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#file.truncate(sizeBytes)
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}
