import { RECORD_BATCH_HEADER_BYTES } from '@yak/protocol'

/**
 * What the log needs of a record batch: its first 61 bytes and nothing of its records. `readRecordBatchHeader` of
 * @yak/protocol wants the whole batch in memory, and a walk through a segment does not have it.
 *
 *     0 baseOffset:i64   8 batchLength:i32   12 leaderEpoch:i32   16 magic:i8   17 crc:u32   21 attributes:i16
 *     23 lastOffsetDelta:i32   27 baseTimestamp:i64   35 maxTimestamp:i64   43 producerId:i64   51 producerEpoch:i16
 *     53 baseSequence:i32   57 recordCount:i32
 */
export interface BatchHead {
  /** Offset of the first record. */
  readonly baseOffset: number
  /** Offset of the last record. */
  readonly lastOffset: number
  /** The whole batch, its head included. */
  readonly sizeBytes: number
  /** Of the leader that appended it. */
  readonly leaderEpoch: number
  /** The largest of any record, in milliseconds since 1970. Not checked: it may be beyond 2^53. */
  readonly maxTimestamp: number
  /** -1 without idempotence. */
  readonly producerId: number
  /** Of the producer's life that wrote it; -1 without idempotence. */
  readonly producerEpoch: number
  /** The sequence of the first record; -1 without idempotence. */
  readonly baseSequence: number
  /** The sequence of the last record, wrapped behind 2^31 - 1; -1 without idempotence. */
  readonly lastSequence: number
}

/** No batch on disk is larger, whatever limit a broker sets for what it takes: a length beyond it is damage. */
export const MAX_STORED_BATCH_BYTES = 67_108_864

const MAGIC = 2
const LENGTH_OVERHEAD_BYTES = 12
const TWO_TO_31 = 2_147_483_648
const TWO_TO_32 = 4_294_967_296

/** The head at `position`, or undefined where the bytes cannot be one. The bytes of the head must be there. */
export function readBatchHead(bytes: Buffer, position: number): BatchHead | undefined {
  if (bytes[position + 16] !== MAGIC) return undefined
  const sizeBytes = bytes.readInt32BE(position + 8) + LENGTH_OVERHEAD_BYTES
  if (sizeBytes < RECORD_BATCH_HEADER_BYTES || sizeBytes > MAX_STORED_BATCH_BYTES) return undefined
  const lastOffsetDelta = bytes.readInt32BE(position + 23)
  if (lastOffsetDelta < 0 || bytes.readInt32BE(position + 57) !== lastOffsetDelta + 1) return undefined
  const baseOffset = readInt64(bytes, position)
  const lastOffset = baseOffset + lastOffsetDelta
  if (baseOffset < 0 || !Number.isSafeInteger(lastOffset)) return undefined
  const baseSequence = bytes.readInt32BE(position + 53)
  return {
    baseOffset,
    lastOffset,
    sizeBytes,
    leaderEpoch: bytes.readInt32BE(position + 12),
    maxTimestamp: readInt64(bytes, position + 35),
    producerId: readInt64(bytes, position + 43),
    producerEpoch: bytes.readInt16BE(position + 51),
    baseSequence,
    lastSequence: baseSequence < 0 ? -1 : (baseSequence + lastOffsetDelta) % TWO_TO_31,
  }
}

/** Beyond 2^53 it rounds, and rounding never brings a value back into the safe range: callers ask isSafeInteger. */
function readInt64(bytes: Buffer, position: number): number {
  return bytes.readInt32BE(position) * TWO_TO_32 + bytes.readUInt32BE(position + 4)
}
