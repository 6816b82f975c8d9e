import { SparseIndex, type SparseIndexOptions } from './sparse-index.ts'

/** What one entry of the file `.timeindex` takes, in bytes. */
export const TIME_INDEX_ENTRY_BYTES = 12

/** A record's time, and where the record is. */
export interface TimestampOffset {
  /** Milliseconds since 1970. */
  readonly timestamp: number
  /** The offset in its partition. */
  readonly offset: number
}

/**
 * How large timestamps have grown, and where: an entry when the largest timestamp so far rose since the last entry.
 *
 *     time-index = entry*
 *     entry      = timestamp:i64 relativeOffset:i32       both rising; relative to the segment's base offset
 *
 * `relativeOffset` is the base offset of the first batch that holds `timestamp`; every batch before it holds smaller ones
 * only. When a segment is closed its largest timestamp is the last entry.
 */
export class TimeIndex extends SparseIndex {
  readonly baseOffset: number
  #lastTimestamp = -1
  #persistedTimestamp = -1

  constructor(options: SparseIndexOptions) {
    super({ ...options, entryBytes: TIME_INDEX_ENTRY_BYTES })
    this.baseOffset = options.baseOffset
  }

  /** Reads the last entry, which `maybeAdd` must know; to be called once for an index that was on disk. */
  async load(): Promise<TimestampOffset | undefined> {
    const entry = await this.last()
    if (entry === undefined) return undefined
    const last = this.#entryAt(entry.bytes, entry.position)
    this.#lastTimestamp = last.timestamp
    this.#persistedTimestamp = last.timestamp
    return last
  }

  override async persist(): Promise<void> {
    const timestamp = this.#lastTimestamp
    await super.persist()
    this.#persistedTimestamp = timestamp
  }

  maybeAdd(timestamp: number, offset: number): void {
    if (timestamp <= this.#lastTimestamp) return
    const entry = this.grow()
    entry.bytes.writeBigInt64BE(BigInt(timestamp), entry.position)
    entry.bytes.writeInt32BE(offset - this.baseOffset, entry.position + 8)
    this.#lastTimestamp = timestamp
  }

  /** The last entry at or before `timestamp`; undefined when there is none. */
  async entryAtOrBefore(timestamp: number): Promise<TimestampOffset | undefined> {
    const found = await this.findLast((bytes, position) => Number(bytes.readBigInt64BE(position)) <= timestamp)
    return found === undefined ? undefined : this.#entryAt(found.bytes, found.position)
  }

  dropAddedFrom(offset: number): void {
    this.dropAdded(atOrBefore(offset - 1 - this.baseOffset))
    const last = this.lastAdded()
    this.#lastTimestamp =
      last === undefined ? this.#persistedTimestamp : this.#entryAt(last.bytes, last.position).timestamp
  }

  async truncateTo(offset: number): Promise<TimestampOffset | undefined> {
    await this.drop(atOrBefore(offset - 1 - this.baseOffset))
    this.#lastTimestamp = -1
    this.#persistedTimestamp = -1
    return await this.load()
  }

  #entryAt(bytes: Buffer, position: number): TimestampOffset {
    return {
      timestamp: Number(bytes.readBigInt64BE(position)),
      offset: this.baseOffset + bytes.readInt32BE(position + 8),
    }
  }
}

function atOrBefore(relativeOffset: number): (bytes: Buffer, position: number) => boolean {
  return (bytes, position) => bytes.readInt32BE(position + 8) <= relativeOffset
}
