import { ForwardingFile, ForwardingStorage, type Storage, type StorageFile } from '@yak/log'
import type { Histogram } from './metric.ts'

/** Another storage, with the time of each sync observed: what every acknowledgement waits for. */
export class MeasuredStorage extends ForwardingStorage {
  readonly #syncSeconds: Histogram

  constructor(storage: Storage, syncSeconds: Histogram) {
    super(storage)
    this.#syncSeconds = syncSeconds
  }

  override async openFile(path: string, options?: { readonly create?: boolean }): Promise<StorageFile> {
    return new MeasuredFile(await super.openFile(path, options), this.#syncSeconds)
  }
}

class MeasuredFile extends ForwardingFile {
  readonly #syncSeconds: Histogram

  constructor(file: StorageFile, syncSeconds: Histogram) {
    super(file)
    this.#syncSeconds = syncSeconds
  }

  override async writeThrough(chunks: readonly Uint8Array[], position: number): Promise<void> {
    const startMs = performance.now()
    await super.writeThrough(chunks, position)
    this.#observe(startMs)
  }

  override async sync(): Promise<void> {
    const startMs = performance.now()
    await super.sync()
    this.#observe(startMs)
  }

  #observe(startMs: number): void {
    this.#syncSeconds.observe((performance.now() - startMs) / 1_000)
  }
}
