import { YakError } from '@yak/protocol'
import type { Partition } from '../replication/partition.ts'

/** Where to begin: an offset, an end of the log, or the first record at or after a time (milliseconds since 1970). */
export type ReadPosition = number | 'earliest' | 'latest' | { readonly timestampMs: number }

/** The offset a position means now. A time after the last record means the end. */
export async function offsetOfPosition(partition: Partition, position: ReadPosition): Promise<number> {
  if (position === 'earliest') return partition.logStartOffset
  if (position === 'latest') return partition.visibleHighWatermark()
  if (typeof position === 'number') return position
  const highWatermark = partition.visibleHighWatermark()
  const found = await partition.log.offsetForTimestamp(position.timestampMs, highWatermark)
  return found?.offset ?? highWatermark
}

/** Throws OFFSET_OUT_OF_RANGE. An offset between the high watermark and the log's end is a place to wait at. */
export function assertOffsetInRange(partition: Partition, offset: number): void {
  const { logStartOffset, logEndOffset, name } = partition
  const details = { offset, logStartOffset, logEndOffset }
  if (offset < logStartOffset) {
    throw new YakError(
      'OFFSET_OUT_OF_RANGE',
      `Offset ${offset} is below the log start offset ${logStartOffset} of ${name}. Seek to ${logStartOffset} or later.`,
      { details },
    )
  }
  if (offset > logEndOffset) {
    throw new YakError(
      'OFFSET_OUT_OF_RANGE',
      `Offset ${offset} is beyond the end ${logEndOffset} of ${name}. Seek to ${logEndOffset} or earlier.`,
      { details },
    )
  }
}
