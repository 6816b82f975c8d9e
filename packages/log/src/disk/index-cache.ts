import { RecencyMap } from '../recency-map.ts'

/** Index files read lately, least recently used out first, bounded in bytes: one for all logs of a disk. */
export class IndexCache {
  readonly #maxBytes: number
  readonly #files = new RecencyMap<string, Buffer>()
  #sizeBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get(path: string): Buffer | undefined {
    const bytes = this.#files.get(path)
    if (bytes !== undefined) this.#files.set(path, bytes)
    return bytes
  }

  put(path: string, bytes: Buffer): void {
    this.forget(path)
    this.#files.set(path, bytes)
    this.#sizeBytes += bytes.length
    // The newest stays, however large it is.
    while (this.#sizeBytes > this.#maxBytes && this.#files.size > 1) {
      this.#sizeBytes -= this.#files.deleteOldest()!.length
    }
  }

  /** To be called whenever the file changes. */
  forget(path: string): void {
    const bytes = this.#files.get(path)
    if (bytes === undefined) return
    this.#files.delete(path)
    this.#sizeBytes -= bytes.length
  }
}
