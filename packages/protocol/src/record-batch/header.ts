import { readInt16, readInt32, readInt64, readUint32 } from '../big-endian.ts'
import type { Compression } from '../compression.ts'
import { YakError } from '../yak-error.ts'

/**
 * Kafka's record batch v2 begins with 61 bytes:
 *
 *     position  field
 *            0  baseOffset:i64            written by the broker
 *            8  batchLength:i32           bytes after this field
 *           12  partitionLeaderEpoch:i32  written by the broker
 *           16  magic:i8                  2
 *           17  crc:u32                   CRC-32C of everything after this field
 *           21  attributes:i16            bits 0-2 compression; 3 log append time; 4 transactional; 5 control
 *           23  lastOffsetDelta:i32       recordCount - 1
 *           27  baseTimestamp:i64         the first record's
 *           35  maxTimestamp:i64          the largest of any record
 *           43  producerId:i64            -1 without idempotence
 *           51  producerEpoch:i16
 *           53  baseSequence:i32          wraps from 2^31 - 1 to 0
 *           57  recordCount:i32
 *           61  record*
 */
export const POSITION = {
  baseOffset: 0,
  batchLength: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
} as const

/** What a record batch has before its first record, in bytes. */
export const RECORD_BATCH_HEADER_BYTES = 61
/** baseOffset and batchLength: what stands before the bytes that batchLength counts. */
export const BATCH_LENGTH_OVERHEAD_BYTES = 12
export const MAGIC = 2

/** Bits of `attributes`. */
export const ATTRIBUTE = { compressionMask: 0b111, logAppendTime: 0b1000, transactional: 0b1_0000, control: 0b10_0000 }

const COMPRESSION_BY_BITS: readonly (Compression | undefined)[] = ['none', 'gzip', undefined, undefined, 'zstd']
export const COMPRESSION_BITS: Readonly<Record<Compression, number>> = { none: 0, gzip: 1, zstd: 4 }

/** The fields of a record batch before its first record, as Kafka's record batch v2 has them. */
export interface RecordBatchHeader {
  /** Offset of the first record; given by the leader, 0 from a producer. */
  readonly baseOffset: number
  /** The whole batch: 12 + batchLength. */
  readonly sizeBytes: number
  /** The epoch of the leader that appended it; -1 from a producer. */
  readonly leaderEpoch: number
  /** CRC-32C of everything after this field, without a sign. */
  readonly crc: number
  /** The bits as they stand: 0 to 2 compression, 3 log append time, 4 transactional, 5 control. */
  readonly attributes: number
  /** What the attributes say of it. */
  readonly compression: Compression
  /** Always recordCount - 1 here. */
  readonly lastOffsetDelta: number
  /** Offset of the last record: baseOffset + lastOffsetDelta. */
  readonly lastOffset: number
  /** Of the first record, in milliseconds since 1970. */
  readonly baseTimestamp: number
  /** The largest of any record, in milliseconds since 1970. */
  readonly maxTimestamp: number
  /** -1 without idempotence. */
  readonly producerId: number
  /** Of the producer's present life; -1 without idempotence. */
  readonly producerEpoch: number
  /** The sequence of the first record; it wraps from 2^31 - 1 to 0. -1 without idempotence. */
  readonly baseSequence: number
  /** The sequence of the last record, wrapped; -1 where baseSequence is. */
  readonly lastSequence: number
  /** At least 1. */
  readonly recordCount: number
}

export function corruptBatch(
  position: number,
  what: string,
  details: Readonly<Record<string, unknown>> = {},
  code: 'CORRUPT_BATCH' | 'INVALID_BATCH_LENGTH' | 'INVALID_RECORD_COUNT' = 'CORRUPT_BATCH',
): YakError {
  return new YakError(code, `The record batch at byte ${position} ${what}. Send or fetch it again.`, {
    details: { position, ...details },
  })
}

/**
 * Reads the header of the batch at `position` and checks that the whole batch lies within `bytes` and that the fields fit
 * each other. The checksum and the records are not looked at.
 *
 * @throws YakError INVALID_BATCH_LENGTH, INVALID_RECORD_COUNT, CORRUPT_BATCH, or UNSUPPORTED_COMPRESSION for a codec that YAK does not speak.
 */
export function readRecordBatchHeader(bytes: Uint8Array, position = 0): RecordBatchHeader {
  const sizeBytes = readRecordBatchSize(bytes, position)
  const magic = bytes[position + POSITION.magic]!
  if (magic !== MAGIC) throw corruptBatch(position, `has magic ${magic}, not ${MAGIC}`, { magic })

  const attributes = readInt16(bytes, position + POSITION.attributes)
  const compression = COMPRESSION_BY_BITS[attributes & ATTRIBUTE.compressionMask]
  if (compression === undefined) throw unsupportedCompression(attributes & ATTRIBUTE.compressionMask)

  const lastOffsetDelta = readInt32(bytes, position + POSITION.lastOffsetDelta)
  const recordCount = readInt32(bytes, position + POSITION.recordCount)
  if (recordCount < 1 || lastOffsetDelta !== recordCount - 1) {
    const what = `counts ${recordCount} records and ends at offset delta ${lastOffsetDelta}`
    throw corruptBatch(position, what, { recordCount, lastOffsetDelta }, 'INVALID_RECORD_COUNT')
  }
  const baseOffset = readInt64(bytes, position + POSITION.baseOffset)
  const lastOffset = baseOffset + lastOffsetDelta
  if (baseOffset < 0 || !Number.isSafeInteger(lastOffset)) {
    throw corruptBatch(position, 'has a base offset outside 0 to 2^53 - 1')
  }
  const baseTimestamp = readInt64(bytes, position + POSITION.baseTimestamp)
  const maxTimestamp = readInt64(bytes, position + POSITION.maxTimestamp)
  if (!Number.isSafeInteger(baseTimestamp) || !Number.isSafeInteger(maxTimestamp)) {
    throw corruptBatch(position, 'has a timestamp outside 2^53 - 1')
  }
  const producerId = readInt64(bytes, position + POSITION.producerId)
  if (producerId < -1 || !Number.isSafeInteger(producerId)) {
    throw corruptBatch(position, 'has a producer id outside -1 to 2^53 - 1')
  }
  const baseSequence = readInt32(bytes, position + POSITION.baseSequence)

  return {
    baseOffset,
    sizeBytes,
    leaderEpoch: readInt32(bytes, position + POSITION.leaderEpoch),
    crc: readUint32(bytes, position + POSITION.crc),
    attributes,
    compression,
    lastOffsetDelta,
    lastOffset,
    baseTimestamp,
    maxTimestamp,
    producerId,
    producerEpoch: readInt16(bytes, position + POSITION.producerEpoch),
    baseSequence,
    lastSequence: baseSequence < 0 ? -1 : (baseSequence + lastOffsetDelta) % 2_147_483_648,
    recordCount,
  }
}

/** The size of the batch at `position`, header included; throws INVALID_BATCH_LENGTH unless `bytes` hold all of it. */
export function readRecordBatchSize(bytes: Uint8Array, position: number): number {
  const availableBytes = bytes.length - position
  if (position < 0 || availableBytes < RECORD_BATCH_HEADER_BYTES) {
    const what = `is cut off: ${availableBytes} bytes, and its header alone takes ${RECORD_BATCH_HEADER_BYTES}`
    throw corruptBatch(position, what, { availableBytes }, 'INVALID_BATCH_LENGTH')
  }
  const sizeBytes = readInt32(bytes, position + POSITION.batchLength) + BATCH_LENGTH_OVERHEAD_BYTES
  if (sizeBytes < RECORD_BATCH_HEADER_BYTES || sizeBytes > availableBytes) {
    const what = `says it takes ${sizeBytes} bytes, and ${availableBytes} are there`
    throw corruptBatch(position, what, { sizeBytes, availableBytes }, 'INVALID_BATCH_LENGTH')
  }
  return sizeBytes
}

function unsupportedCompression(bits: number): YakError {
  const name = ['', '', 'snappy', 'lz4'][bits] ?? `codec ${bits}`
  return new YakError(
    'UNSUPPORTED_COMPRESSION',
    `The record batch is compressed with ${name}. Use zstd, gzip or no compression.`,
    { details: { compression: bits } },
  )
}
