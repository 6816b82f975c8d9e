import { RecordCursor, type RecordCursorOptions, type RecordHeader } from './cursor.ts'
import { type RecordBatchHeader, readRecordBatchHeader } from './header.ts'

/** One record of `decodeRecordBatch`. */
export interface DecodedRecord {
  /** The offset in its partition: the batch's base offset and the place in the batch. */
  readonly offset: number
  /** Milliseconds since 1970; -1: none. */
  readonly timestamp: number
  /** A view of the batch's bytes; null: no key. */
  readonly key: Uint8Array | null
  /** A view of the batch's bytes; null: no value, a tombstone. */
  readonly value: Uint8Array | null
  /** In the order they were sent. */
  readonly headers: readonly RecordHeader[]
}

/**
 * All records of the batch at `position`. Keys and values are views of the batch's bytes (or of what it unpacked to), not
 * copies. Where speed counts, use RecordCursor.
 *
 * @throws YakError CORRUPT_BATCH, INVALID_BATCH_LENGTH, INVALID_RECORD_COUNT, INVALID_RECORD, UNSUPPORTED_COMPRESSION, DECOMPRESSED_TOO_LARGE
 */
export function decodeRecordBatch(bytes: Uint8Array, position = 0, options: RecordCursorOptions = {}): DecodedRecord[] {
  const cursor = new RecordCursor(bytes, position, options)
  const records: DecodedRecord[] = []
  while (cursor.next()) {
    records.push({
      offset: cursor.offset,
      timestamp: cursor.timestamp,
      key: cursor.keyStart < 0 ? null : cursor.bytes.subarray(cursor.keyStart, cursor.keyEnd),
      value: cursor.valueStart < 0 ? null : cursor.bytes.subarray(cursor.valueStart, cursor.valueEnd),
      headers: cursor.headers(),
    })
  }
  return records
}

/** One of several batches in a row, and where it stands. */
export interface PlacedRecordBatch {
  /** Of its first byte. */
  readonly position: number
  /** Checked for its lengths and counts; the checksum and the records were not looked at. */
  readonly header: RecordBatchHeader
}

/**
 * Walks whole batches that stand one after another, reading their headers only.
 *
 * @throws YakError INVALID_BATCH_LENGTH where bytes are left that are not a whole batch.
 */
export function* recordBatches(bytes: Uint8Array): Generator<PlacedRecordBatch, void, undefined> {
  for (let position = 0; position < bytes.length; ) {
    const header = readRecordBatchHeader(bytes, position)
    yield { position, header }
    position += header.sizeBytes
  }
}
