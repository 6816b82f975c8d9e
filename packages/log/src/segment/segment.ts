import type { LogDisk } from '../disk/log-disk.ts'
import { settleAll } from '../disk/settle-all.ts'
import { joinPath } from '../storage.ts'
import type { BatchHead } from './batch-head.ts'
import { OffsetIndex } from './offset-index.ts'
import { segmentFileName } from './segment-names.ts'
import { TimeIndex, type TimestampOffset } from './time-index.ts'

const MAX_RELATIVE_OFFSET = 2_147_483_647
const NO_TIMESTAMP: TimestampOffset = { timestamp: -1, offset: -1 }

export interface SegmentOptions {
  readonly disk: LogDisk
  readonly folder: string
  readonly baseOffset: number
  readonly indexIntervalBytes: number
  /** Sizes of the index files as they were found. Default 0: there are none. */
  readonly indexBytes?: number
  readonly timeIndexBytes?: number
  /** The index files are those of the batches; otherwise they are built again. Default false. */
  readonly areIndexesTrusted?: boolean
}

export interface SegmentMark {
  readonly nextOffset: number
  readonly sizeBytes: number
  /** Position of the batch that was indexed last. */
  readonly indexedPosition: number
  readonly largest: TimestampOffset
}

/**
 * One file of batches with its two indexes. The last segment of a log is the active one, the others are closed and never
 * change again.
 *
 * `sizeBytes` and `nextOffset` run ahead of the file: they count what was appended and may still wait for its write.
 */
export class Segment {
  readonly baseOffset: number
  readonly path: string
  readonly offsetIndex: OffsetIndex
  readonly timeIndex: TimeIndex
  /** Batches appended. */
  sizeBytes = 0
  /** Batches written: what the file is sure to hold. */
  writtenBytes = 0
  /** Where the file ends: beyond `writtenBytes` there are zeros. */
  fileBytes = 0
  /** The offset after the last batch. */
  nextOffset: number
  largest: TimestampOffset = NO_TIMESTAMP
  /** Wall clock at creation, for rolling by age. */
  createdMs = 0
  /** The file is on disk under its name. */
  created = false
  readonly indexIntervalBytes: number
  #indexedPosition = 0

  constructor(options: SegmentOptions) {
    const { disk, folder, baseOffset } = options
    this.baseOffset = baseOffset
    this.nextOffset = baseOffset
    this.indexIntervalBytes = options.indexIntervalBytes
    this.path = joinPath(folder, segmentFileName(baseOffset, 'log'))
    const isTrusted = options.areIndexesTrusted ?? false
    this.offsetIndex = new OffsetIndex({
      disk,
      baseOffset,
      path: joinPath(folder, segmentFileName(baseOffset, 'index')),
      fileBytes: options.indexBytes ?? 0,
      isTrusted,
    })
    this.timeIndex = new TimeIndex({
      disk,
      baseOffset,
      path: joinPath(folder, segmentFileName(baseOffset, 'timeindex')),
      fileBytes: options.timeIndexBytes ?? 0,
      isTrusted,
    })
  }

  /** An index entry holds 31 bits of offset. */
  canHold(lastOffset: number): boolean {
    return lastOffset - this.baseOffset <= MAX_RELATIVE_OFFSET
  }

  /** Takes a batch at the end, in memory alone. Answers its position. */
  note(head: Pick<BatchHead, 'baseOffset' | 'lastOffset' | 'maxTimestamp' | 'sizeBytes'>): number {
    const position = this.sizeBytes
    this.noteTimestamp(head)
    if (position - this.#indexedPosition >= this.indexIntervalBytes) {
      this.offsetIndex.add(head.baseOffset, position)
      this.timeIndex.maybeAdd(this.largest.timestamp, this.largest.offset)
      this.#indexedPosition = position
    }
    this.sizeBytes = position + head.sizeBytes
    this.nextOffset = head.lastOffset + 1
    return position
  }

  noteTimestamp(head: Pick<BatchHead, 'baseOffset' | 'maxTimestamp'>): void {
    if (head.maxTimestamp > this.largest.timestamp) {
      this.largest = { timestamp: head.maxTimestamp, offset: head.baseOffset }
    }
  }

  /** Where the segment stands, to be given to `rewind`. */
  mark(): SegmentMark {
    const { nextOffset, sizeBytes, largest } = this
    return { nextOffset, sizeBytes, largest, indexedPosition: this.#indexedPosition }
  }

  /** Takes back what was noted since the mark was made, as long as none of it was persisted to the indexes. */
  rewind(mark: SegmentMark): void {
    this.offsetIndex.dropAddedFrom(mark.nextOffset)
    this.timeIndex.dropAddedFrom(mark.nextOffset)
    this.sizeBytes = mark.sizeBytes
    this.nextOffset = mark.nextOffset
    this.largest = mark.largest
    this.#indexedPosition = mark.indexedPosition
  }

  /**
   * Both indexes to disk, the largest timestamp as the last entry. A segment too small for an offset index has no need of
   * either: whoever opens it reads its few heads.
   */
  async persistIndexes(): Promise<void> {
    const isOnDisk = this.offsetIndex.isOnDisk || this.timeIndex.isOnDisk
    if (this.offsetIndex.entryCount === 0 && !isOnDisk) return
    this.timeIndex.maybeAdd(this.largest.timestamp, this.largest.offset)
    await settleAll([this.offsetIndex.persist(), this.timeIndex.persist()])
  }

  /**
   * Cuts both indexes to the segment's end, which is already lower. Answers from where on the caller must note the
   * timestamps of the batches that are left: those behind the last index entry.
   */
  async truncateIndexes(): Promise<number> {
    await this.offsetIndex.truncateTo(this.nextOffset)
    this.largest = (await this.timeIndex.truncateTo(this.nextOffset)) ?? NO_TIMESTAMP
    this.#indexedPosition = (await this.offsetIndex.lastEntry())?.position ?? 0
    return this.#indexedPosition
  }

  /** For a segment opened with trusted indexes: where it ends was found by walking from the last entry. */
  restore(end: SegmentMark): void {
    this.nextOffset = end.nextOffset
    this.sizeBytes = end.sizeBytes
    this.writtenBytes = end.sizeBytes
    this.fileBytes = end.sizeBytes
    this.largest = end.largest
    this.created = true
    this.#indexedPosition = end.indexedPosition
  }
}
