import { ForwardingFile, ForwardingStorage, type StorageFile } from '@yak/log'

export interface StorageFault {
  readonly code: 'ENOSPC' | 'EIO'
  readonly operations: readonly ('write' | 'sync')[]
}

/** A disk that, while it has a fault, fails writes or syncs of the partitions' files; or lets none of their syncs end. */
export class FailingStorage extends ForwardingStorage {
  fault: StorageFault | undefined
  #paused: PromiseWithResolvers<void> | undefined

  pause(): void {
    this.#paused = Promise.withResolvers()
  }

  resume(): void {
    this.#paused?.resolve()
    this.#paused = undefined
  }

  async untilResumed(): Promise<void> {
    await this.#paused?.promise
  }

  override async openFile(path: string, options?: { readonly create?: boolean }): Promise<StorageFile> {
    const file = await super.openFile(path, options)
    return path.startsWith('logs/') ? new FailingFile(file, this) : file
  }

  assertFine(...operations: readonly ('write' | 'sync')[]): void {
    const { fault } = this
    if (fault === undefined || !operations.some((operation) => fault.operations.includes(operation))) return
    throw Object.assign(new Error(`${fault.code}: the test says so`), { code: fault.code, syscall: operations[0] })
  }
}

class FailingFile extends ForwardingFile {
  readonly #storage: FailingStorage

  constructor(file: StorageFile, storage: FailingStorage) {
    super(file)
    this.#storage = storage
  }

  override async write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    this.#storage.assertFine('write')
    await super.write(chunks, position)
  }

  override async writeThrough(chunks: readonly Uint8Array[], position: number): Promise<void> {
    this.#storage.assertFine('write', 'sync')
    await this.#storage.untilResumed()
    await super.writeThrough(chunks, position)
  }

  override async sync(): Promise<void> {
    this.#storage.assertFine('sync')
    await this.#storage.untilResumed()
    await super.sync()
  }
}
