import { SparseIndex, type SparseIndexOptions } from './sparse-index.ts'

/** What one entry of the file `.index` takes, in bytes. */
export const OFFSET_INDEX_ENTRY_BYTES = 8

/**
 * Where batches begin in a segment: an entry for about each `indexIntervalBytes` of batches.
 *
 *     offset-index = entry*
 *     entry        = relativeOffset:i32 position:i32      rising; relative to the segment's base offset
 *
 * An entry names a batch's base offset. Kafka's names its last offset, which a lookup reads just as well, only from one
 * batch earlier.
 */
export class OffsetIndex extends SparseIndex {
  readonly baseOffset: number

  constructor(options: SparseIndexOptions) {
    super({ ...options, entryBytes: OFFSET_INDEX_ENTRY_BYTES })
    this.baseOffset = options.baseOffset
  }

  add(offset: number, position: number): void {
    const entry = this.grow()
    entry.bytes.writeInt32BE(offset - this.baseOffset, entry.position)
    entry.bytes.writeInt32BE(position, entry.position + 4)
  }

  /** Position of a batch that begins at or before `offset`; 0 where the index knows none. */
  async positionAtOrBefore(offset: number): Promise<number> {
    const found = await this.findLast(atOrBefore(offset - this.baseOffset))
    return found === undefined ? 0 : found.bytes.readInt32BE(found.position + 4)
  }

  async lastEntry(): Promise<{ readonly offset: number; readonly position: number } | undefined> {
    const entry = await this.last()
    if (entry === undefined) return undefined
    return {
      offset: this.baseOffset + entry.bytes.readInt32BE(entry.position),
      position: entry.bytes.readInt32BE(entry.position + 4),
    }
  }

  /** Takes out entries of batches that begin at `offset` or later and were added since the last persist. */
  dropAddedFrom(offset: number): void {
    this.dropAdded(atOrBefore(offset - 1 - this.baseOffset))
  }

  async truncateTo(offset: number): Promise<void> {
    await this.drop(atOrBefore(offset - 1 - this.baseOffset))
  }
}

function atOrBefore(relativeOffset: number): (bytes: Buffer, position: number) => boolean {
  return (bytes, position) => bytes.readInt32BE(position) <= relativeOffset
}
