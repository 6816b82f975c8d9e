import { LIMITS } from '../limits.ts'
import { YakError } from '../yak-error.ts'
import { verifyRecordBatchChecksum } from './checksum.ts'
import { RecordCursor } from './cursor.ts'
import { ATTRIBUTE, corruptBatch, type RecordBatchHeader, readRecordBatchHeader } from './header.ts'
import type { UnpackAllowance } from './unpack-allowance.ts'

/** What `checkRecordBatch` takes at most. */
export interface RecordBatchLimits {
  /** The batch as it travels. Default LIMITS.maxBatchBytes. */
  readonly maxBatchBytes?: number
  /** Key, value and headers of one record together. Default LIMITS.maxRecordBytes. */
  readonly maxRecordBytes?: number
  /** Default LIMITS.maxRecordsPerBatch. */
  readonly maxRecords?: number
  /** Default LIMITS.maxHeadersPerRecord. */
  readonly maxHeaders?: number
  /** What a compressed batch may unpack to. Default LIMITS.maxDecompressedBatchBytes. */
  readonly maxDecompressedBytes?: number
  /** Shared by the batches of a request. Default: no bound on what they unpack to together. */
  readonly unpackAllowance?: UnpackAllowance
}

/**
 * All that a broker must know of a batch before it appends it: lengths, checksum, the structure of every record, the
 * counts, the timestamps, the limits. Nothing is decoded, and nothing is made for each record.
 *
 * @throws YakError CORRUPT_BATCH, INVALID_BATCH_LENGTH, INVALID_RECORD_COUNT, INVALID_RECORD, RECORD_TOO_LARGE,
 * BATCH_TOO_LARGE, DECOMPRESSED_TOO_LARGE, UNSUPPORTED_COMPRESSION; OVERLOADED when the allowance is spent
 */
export function checkRecordBatch(bytes: Uint8Array, position = 0, limits: RecordBatchLimits = {}): RecordBatchHeader {
  const maxRecordBytes = limits.maxRecordBytes ?? LIMITS.maxRecordBytes
  const maxHeaders = limits.maxHeaders ?? LIMITS.maxHeadersPerRecord
  const header = readRecordBatchHeader(bytes, position)
  checkSize(header, limits)
  if (!verifyRecordBatchChecksum(bytes, position)) throw corruptBatch(position, 'does not match its checksum')
  checkAttributes(header)

  const cursor = cursorOver(bytes, position, header, limits)

  let maxTimestamp = -1
  while (cursor.next()) {
    const keyBytes = cursor.keyEnd - cursor.keyStart
    const valueBytes = cursor.valueEnd - cursor.valueStart
    const sizeBytes = keyBytes + valueBytes + (cursor.headersEnd - cursor.headersStart)
    if (sizeBytes > maxRecordBytes) throw recordTooLarge(cursor.index - 1, sizeBytes, maxRecordBytes)
    if (cursor.headerCount > maxHeaders) {
      throw invalidRecord(`Record ${cursor.index - 1} has ${cursor.headerCount} headers. Send at most ${maxHeaders}.`)
    }
    if (cursor.timestamp > maxTimestamp) maxTimestamp = cursor.timestamp
  }
  if (header.maxTimestamp !== maxTimestamp) {
    throw invalidRecord(
      `The batch says its largest timestamp is ${header.maxTimestamp}, and it is ${maxTimestamp}. Correct its header.`,
    )
  }
  return header
}

function cursorOver(
  bytes: Uint8Array,
  position: number,
  header: RecordBatchHeader,
  limits: RecordBatchLimits,
): RecordCursor {
  const maxDecompressedBytes = limits.maxDecompressedBytes ?? LIMITS.maxDecompressedBatchBytes
  const allowance = header.compression === 'none' ? undefined : limits.unpackAllowance
  allowance?.assertLeft()
  // How much of one that is no good came out before that was seen, nobody tells: it counts as all of it.
  let unpackedBytes = maxDecompressedBytes
  try {
    const options = { header, verifyChecksum: false, verifyHeaderKeys: true, maxDecompressedBytes }
    const cursor = new RecordCursor(bytes, position, options)
    unpackedBytes = cursor.bytes.length
    return cursor
  } finally {
    allowance?.spend(unpackedBytes)
  }
}

function checkSize(header: RecordBatchHeader, limits: RecordBatchLimits): void {
  const maxBatchBytes = limits.maxBatchBytes ?? LIMITS.maxBatchBytes
  if (header.sizeBytes > maxBatchBytes) {
    throw new YakError(
      'BATCH_TOO_LARGE',
      `The record batch has ${header.sizeBytes} bytes, and ${maxBatchBytes} are allowed. Send smaller batches.`,
      { details: { sizeBytes: header.sizeBytes, maxBatchBytes } },
    )
  }
  const maxRecords = limits.maxRecords ?? LIMITS.maxRecordsPerBatch
  if (header.recordCount > maxRecords) {
    throw new YakError(
      'BATCH_TOO_LARGE',
      `The record batch has ${header.recordCount} records, and ${maxRecords} are allowed. Send smaller batches.`,
      { details: { recordCount: header.recordCount, maxRecords } },
    )
  }
}

function checkAttributes(header: RecordBatchHeader): void {
  const attributes = header.attributes & ~ATTRIBUTE.compressionMask
  if (attributes !== 0) throw invalidRecord(`The batch has the attribute ${nameOf(attributes)}. Clear it.`)
  if (header.producerId >= 0 && (header.producerEpoch < 0 || header.baseSequence < 0)) {
    throw invalidRecord(
      `The batch has producer id ${header.producerId} without an epoch and a sequence (${header.producerEpoch}, ${header.baseSequence}). Send all three or none.`,
    )
  }
}

function nameOf(attributes: number): string {
  if (attributes & ATTRIBUTE.transactional) return 'transactional, and there are no transactions'
  if (attributes & ATTRIBUTE.control) return 'control, which only brokers may write'
  if (attributes & ATTRIBUTE.logAppendTime) return "log append time, and timestamps are the producer's"
  return `bits ${attributes & 0xffff}, which mean nothing`
}

function invalidRecord(message: string): YakError {
  return new YakError('INVALID_RECORD', message)
}

function recordTooLarge(record: number, sizeBytes: number, maxRecordBytes: number): YakError {
  return new YakError(
    'RECORD_TOO_LARGE',
    `Record ${record} has ${sizeBytes} bytes of key, value and headers, and ${maxRecordBytes} are allowed. Send less, or raise the limit.`,
    { details: { record, sizeBytes, maxRecordBytes } },
  )
}
