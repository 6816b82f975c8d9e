import type { LogDisk } from '../disk/log-disk.ts'

const INITIAL_ENTRIES = 64

export interface SparseIndexOptions {
  readonly disk: LogDisk
  readonly path: string
  readonly baseOffset: number
  /** Size of the file as it was found; 0: there is none. */
  readonly fileBytes: number
  /** The file's entries are those of the segment; otherwise they are made again. */
  readonly isTrusted: boolean
}

/**
 * A sorted file of fixed-size entries: what OffsetIndex and TimeIndex have in common. Entries added since the last
 * `persist` are in memory, older ones on disk and read when they are asked for.
 *
 * There is no checksum here: an index is trusted only below the recovery point or after a clean close, and built again
 * from the batches otherwise.
 */
export abstract class SparseIndex {
  readonly path: string
  readonly #entryBytes: number
  readonly #disk: LogDisk
  #persistedCount: number
  /** There is a file, whether it is trusted or not. */
  #isOnDisk: boolean
  #added: Buffer = Buffer.alloc(0)
  #addedCount = 0

  constructor(options: SparseIndexOptions & { readonly entryBytes: number }) {
    this.#disk = options.disk
    this.path = options.path
    this.#entryBytes = options.entryBytes
    this.#persistedCount = options.isTrusted ? Math.floor(options.fileBytes / options.entryBytes) : 0
    this.#isOnDisk = options.fileBytes > 0
  }

  get isOnDisk(): boolean {
    return this.#isOnDisk
  }

  get entryCount(): number {
    return this.#persistedCount + this.#addedCount
  }

  /** Room for one more entry, to be written by the caller at once. */
  protected grow(): { readonly bytes: Buffer; readonly position: number } {
    const position = this.#addedCount * this.#entryBytes
    if (position + this.#entryBytes > this.#added.length) {
      const larger = Buffer.alloc(Math.max(this.#added.length * 2, INITIAL_ENTRIES * this.#entryBytes))
      this.#added.copy(larger, 0, 0, position)
      this.#added = larger
    }
    this.#addedCount++
    return { bytes: this.#added, position }
  }

  /** The last entry for which `isAtOrBefore` holds, as bytes and position; undefined: it holds for none. */
  protected async findLast(
    isAtOrBefore: (bytes: Buffer, position: number) => boolean,
  ): Promise<{ readonly bytes: Buffer; readonly position: number } | undefined> {
    if (this.#addedCount > 0 && isAtOrBefore(this.#added, 0)) {
      return { bytes: this.#added, position: this.#lastIn(this.#added, this.#addedCount, isAtOrBefore) }
    }
    if (this.#persistedCount === 0) return undefined
    const persisted = await this.#persisted()
    const count = Math.min(this.#persistedCount, Math.floor(persisted.length / this.#entryBytes))
    if (count === 0 || !isAtOrBefore(persisted, 0)) return undefined
    return { bytes: persisted, position: this.#lastIn(persisted, count, isAtOrBefore) }
  }

  /** The newest entry; undefined in an empty index. */
  protected async last(): Promise<{ readonly bytes: Buffer; readonly position: number } | undefined> {
    const added = this.lastAdded()
    if (added !== undefined) return added
    if (this.#persistedCount === 0) return undefined
    const bytes = Buffer.alloc(this.#entryBytes)
    const position = (this.#persistedCount - 1) * this.#entryBytes
    const count = await this.#disk.files.use(this.path, (file) => file.read(bytes, position))
    return count === bytes.length ? { bytes, position: 0 } : undefined
  }

  protected lastAdded(): { readonly bytes: Buffer; readonly position: number } | undefined {
    if (this.#addedCount === 0) return undefined
    return { bytes: this.#added, position: (this.#addedCount - 1) * this.#entryBytes }
  }

  /** Forgets the added entries from the first on for which `isAtOrBefore` does not hold. */
  protected dropAdded(isAtOrBefore: (bytes: Buffer, position: number) => boolean): void {
    if (this.#addedCount === 0) return
    this.#addedCount = isAtOrBefore(this.#added, 0)
      ? this.#lastIn(this.#added, this.#addedCount, isAtOrBefore) / this.#entryBytes + 1
      : 0
  }

  /** The same for all entries, those on disk too. */
  protected async drop(isAtOrBefore: (bytes: Buffer, position: number) => boolean): Promise<void> {
    this.dropAdded(isAtOrBefore)
    if (this.#addedCount > 0 || this.#persistedCount === 0) return
    const persisted = await this.#persisted()
    const count = Math.min(this.#persistedCount, Math.floor(persisted.length / this.#entryBytes))
    this.#persistedCount =
      count === 0 || !isAtOrBefore(persisted, 0)
        ? 0
        : this.#lastIn(persisted, count, isAtOrBefore) / this.#entryBytes + 1
    this.#disk.indexes.forget(this.path)
    const sizeBytes = this.#persistedCount * this.#entryBytes
    await this.#disk.files.use(this.path, (file) => file.truncate(sizeBytes))
  }

  /** Writes what was added behind what the file holds, synced; the memory is free afterwards. */
  async persist(): Promise<void> {
    const count = this.#addedCount
    const bytes = this.#added.subarray(0, count * this.#entryBytes)
    const position = this.#persistedCount * this.#entryBytes
    await this.#disk.files.use(
      this.path,
      async (file) => {
        if (bytes.length > 0) await file.write([bytes], position)
        // What a crash left behind the entries that count is not to be taken for entries.
        if ((await file.sizeBytes()) > position + bytes.length) await file.truncate(position + bytes.length)
        await file.sync()
      },
      { create: true },
    )
    this.#disk.indexes.forget(this.path)
    this.#isOnDisk = true
    this.#persistedCount += count
    this.#added = Buffer.from(this.#added.subarray(count * this.#entryBytes, this.#addedCount * this.#entryBytes))
    this.#addedCount -= count
  }

  async #persisted(): Promise<Buffer> {
    const sizeBytes = this.#persistedCount * this.#entryBytes
    const cached = this.#disk.indexes.get(this.path)
    if (cached !== undefined && cached.length >= sizeBytes) return cached
    const bytes = Buffer.allocUnsafeSlow(sizeBytes)
    const count = await this.#disk.files.use(this.path, (file) => file.read(bytes, 0))
    const loaded = bytes.subarray(0, count)
    this.#disk.indexes.put(this.path, loaded)
    return loaded
  }

  /** Position of the last of `count` entries for which the condition holds; it must hold for the first. */
  #lastIn(bytes: Buffer, count: number, isAtOrBefore: (bytes: Buffer, position: number) => boolean): number {
    let low = 0
    let high = count - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (isAtOrBefore(bytes, middle * this.#entryBytes)) low = middle
      else high = middle - 1
    }
    return low * this.#entryBytes
  }
}
