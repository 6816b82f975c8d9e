import { crc32cOfRange } from '#crc32c'
import { readUint32 } from '../big-endian.ts'
import { POSITION, readRecordBatchSize } from './header.ts'

/** The checksum of a batch covers everything from its attributes to its end. */
export function recordBatchChecksum(bytes: Uint8Array, position: number, sizeBytes: number): number {
  return crc32cOfRange(bytes, position + POSITION.attributes, position + sizeBytes, 0)
}

/**
 * Whether the checksum of the batch at `position` matches. What recovery and a follower ask, which need not look at
 * records again.
 *
 * @throws YakError INVALID_BATCH_LENGTH when the batch does not lie whole within `bytes`.
 */
export function verifyRecordBatchChecksum(bytes: Uint8Array, position = 0): boolean {
  const sizeBytes = readRecordBatchSize(bytes, position)
  return recordBatchChecksum(bytes, position, sizeBytes) === readUint32(bytes, position + POSITION.crc)
}
