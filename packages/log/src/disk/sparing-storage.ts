import { ForwardingStorage } from '../forwarding-storage.ts'
import { isOutOfFiles, type Storage, type StorageEntry, type StorageFile } from '../storage.ts'

/**
 * Another storage, for a process that may run out of file descriptors: what finds none is done again once files were closed that are
 * open only because they may be used again. It fails with EMFILE or ENFILE when there is none of those left.
 */
export class SparingStorage extends ForwardingStorage {
  readonly #closeSome: () => Promise<boolean>

  /** `closeSome` resolves to whether it closed any. */
  constructor(storage: Storage, closeSome: () => Promise<boolean>) {
    super(storage)
    this.#closeSome = closeSome
  }

  override openFile(path: string, options?: { readonly create?: boolean }): Promise<StorageFile> {
    return this.#sparing(() => super.openFile(path, options))
  }

  override listFiles(folder: string): Promise<StorageEntry[]> {
    return this.#sparing(() => super.listFiles(folder))
  }

  override listFolders(folder: string): Promise<string[]> {
    return this.#sparing(() => super.listFolders(folder))
  }

  override createFolder(folder: string): Promise<void> {
    return this.#sparing(() => super.createFolder(folder))
  }

  override removeFolder(folder: string): Promise<void> {
    return this.#sparing(() => super.removeFolder(folder))
  }

  override syncFolder(folder: string): Promise<void> {
    return this.#sparing(() => super.syncFolder(folder))
  }

  async #sparing<Result>(action: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await action()
      } catch (error) {
        if (!isOutOfFiles(error) || !(await this.#closeSome())) throw error
      }
    }
  }
}
