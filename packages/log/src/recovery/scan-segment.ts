import { verifyRecordBatchChecksum } from '@yak/protocol'
import { type BatchHead, readBatchHead } from '../segment/batch-head.ts'
import { BatchWalker } from '../segment/batch-walker.ts'
import type { Segment } from '../segment/segment.ts'
import type { StorageFile } from '../storage.ts'

const READ_BYTES = 1_048_576
const SECTOR_BYTES = 512
const HEAD_BYTES = 61

export interface SegmentScan {
  /** Where the good batches end. */
  readonly position: number
  readonly nextOffset: number
  /** Why the batch there is none; undefined when only zeros follow, or nothing. */
  readonly problem: string | undefined
  /** Where the last byte that is not zero ends, from `position` on. */
  readonly dirtyEnd: number
}

/**
 * Reads a segment from its beginning and checks every batch: head, checksum, and that offsets and epochs follow each
 * other. Good batches are noted in the segment and given to `onBatch`.
 */
export async function scanSegment(
  file: StorageFile,
  segment: Segment,
  sizeBytes: number,
  latestEpoch: number,
  onBatch: (head: BatchHead) => void,
): Promise<SegmentScan> {
  const walker = new BatchWalker({ file, position: 0, endPosition: sizeBytes, whole: true, readBytes: READ_BYTES })
  let epoch = latestEpoch
  while (await walker.fill()) {
    for (let batch = walker.next(); batch !== undefined; batch = walker.next()) {
      const problem = problemOf(batch.head, segment.nextOffset, epoch, walker.wholeBytes())
      if (problem !== undefined) {
        walker.refuse(problem)
        break
      }
      segment.note(batch.head)
      epoch = batch.head.leaderEpoch
      onBatch(batch.head)
    }
  }
  const { position } = walker
  const dirtyEnd = position < sizeBytes ? await endOfDirt(file, position, sizeBytes) : position
  const problem = dirtyEnd > position ? (walker.problem ?? 'is not a batch') : undefined
  return { position, nextOffset: segment.nextOffset, problem, dirtyEnd }
}

function problemOf(head: BatchHead, offset: number, epoch: number, bytes: Buffer): string | undefined {
  if (head.baseOffset !== offset) return `holds offset ${head.baseOffset} where ${offset} comes next`
  if (head.leaderEpoch < epoch) return `has leader epoch ${head.leaderEpoch} after ${epoch}`
  if (!verifyRecordBatchChecksum(bytes)) return 'does not match its checksum'
  return undefined
}

export interface GoodBatchSearch {
  readonly from: number
  /** It begins below, where the last byte that is not zero is; and it may end above, with zeros of its own. */
  readonly to: number
  /** Of the file. */
  readonly sizeBytes: number
  readonly minOffset: number
}

/**
 * The first good batch that begins within the range, wherever the bad one before it says it ends: its length may be what
 * is bad. A batch counts as good by head and checksum, with an offset of at least `minOffset`.
 */
export async function findGoodBatch(
  file: StorageFile,
  { from, to, sizeBytes, minOffset }: GoodBatchSearch,
): Promise<number | undefined> {
  const endPosition = Math.min(to + HEAD_BYTES, sizeBytes)
  const window = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, Math.max(endPosition - from, 0)))
  for (let windowStart = from; windowStart + HEAD_BYTES <= endPosition; ) {
    const count = await file.read(window.subarray(0, Math.min(window.length, endPosition - windowStart)), windowStart)
    if (count < HEAD_BYTES) return undefined
    for (let start = 0; start + HEAD_BYTES <= count; start++) {
      const head = readBatchHead(window, start)
      if (head === undefined || head.baseOffset < minOffset) continue
      if (windowStart + start + head.sizeBytes > sizeBytes) continue
      const bytes = Buffer.allocUnsafeSlow(head.sizeBytes)
      const isWhole = (await file.read(bytes, windowStart + start)) === bytes.length
      if (isWhole && verifyRecordBatchChecksum(bytes)) return windowStart + start
    }
    windowStart += count - HEAD_BYTES + 1
  }
  return undefined
}

/** Whether one whole sector, or what is left of it, within the range is zero: the mark of a write that never arrived. */
export async function hasLostSector(file: StorageFile, from: number, to: number): Promise<boolean> {
  const bytes = Buffer.alloc(to - from)
  const count = await file.read(bytes, from)
  for (let start = 0; start < count; ) {
    const sectorEnd = Math.min(count, start + SECTOR_BYTES - ((from + start) % SECTOR_BYTES))
    if (isZero(bytes, start, sectorEnd)) return true
    start = sectorEnd
  }
  return false
}

async function endOfDirt(file: StorageFile, from: number, to: number): Promise<number> {
  const window = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, to - from))
  let end = from
  for (let position = from; position < to; ) {
    const count = await file.read(window.subarray(0, Math.min(window.length, to - position)), position)
    if (count === 0) break
    for (let index = count - 1; index >= 0; index--) {
      if (window[index] !== 0) {
        end = position + index + 1
        break
      }
    }
    position += count
  }
  return end
}

function isZero(bytes: Buffer, start: number, end: number): boolean {
  for (let index = start; index < end; index++) if (bytes[index] !== 0) return false
  return true
}
