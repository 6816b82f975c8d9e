import { crc32c } from '@yak/protocol'
import type { ProducerBatch, ProducerEntry } from './producer-state.ts'

/**
 * The file `<offset>.snapshot`: producer state before that offset.
 *
 *     snapshot = version:i16(1001) crc:u32 offset:i64 entryCount:u32 entry*      CRC-32C of everything after it
 *     entry    = producerId:i64 producerEpoch:i16 updatedMs:i64 batchCount:u8 batch*     least recently heard of first
 *     batch    = firstSequence:i32 lastSequence:i32 baseOffset:i64 offsetDelta:i32       oldest first
 *
 * It begins as Kafka's does, with a version Kafka does not know: Kafka keeps one batch for each producer, and a new
 * leader here must recognise all five.
 */
const VERSION = 1001
const HEADER_BYTES = 18
const ENTRY_BYTES = 19
const BATCH_BYTES = 20

export function encodeProducerSnapshot(entries: Iterable<ProducerEntry>, offset: number): Buffer {
  const all = [...entries]
  const sizeBytes = all.reduce((sum, { batches }) => sum + ENTRY_BYTES + batches.length * BATCH_BYTES, HEADER_BYTES)
  const bytes = Buffer.alloc(sizeBytes)
  bytes.writeInt16BE(VERSION, 0)
  bytes.writeBigInt64BE(BigInt(offset), 6)
  bytes.writeUInt32BE(all.length, 14)
  let position = HEADER_BYTES
  for (const entry of all) {
    bytes.writeBigInt64BE(BigInt(entry.producerId), position)
    bytes.writeInt16BE(entry.producerEpoch, position + 8)
    bytes.writeBigInt64BE(BigInt(Math.trunc(entry.updatedMs)), position + 10)
    bytes.writeUInt8(entry.batches.length, position + 18)
    position += ENTRY_BYTES
    for (const batch of entry.batches) {
      bytes.writeInt32BE(batch.firstSequence, position)
      bytes.writeInt32BE(batch.lastSequence, position + 4)
      bytes.writeBigInt64BE(BigInt(batch.baseOffset), position + 8)
      bytes.writeInt32BE(batch.lastOffset - batch.baseOffset, position + 16)
      position += BATCH_BYTES
    }
  }
  bytes.writeUInt32BE(crc32c(bytes.subarray(6)), 2)
  return bytes
}

/** The producers of a snapshot; undefined when the bytes are not a whole one of that offset: the state is then read from the log. */
export function decodeProducerSnapshot(bytes: Buffer, offset: number): ProducerEntry[] | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readInt16BE(0) !== VERSION) return undefined
  if (bytes.readUInt32BE(2) !== crc32c(bytes.subarray(6))) return undefined
  if (Number(bytes.readBigInt64BE(6)) !== offset) return undefined
  const entries: ProducerEntry[] = []
  let position = HEADER_BYTES
  for (let count = bytes.readUInt32BE(14); count > 0; count--) {
    const batchCount = bytes.readUInt8(position + 18)
    const batches: ProducerBatch[] = []
    for (let index = 0; index < batchCount; index++) {
      const start = position + ENTRY_BYTES + index * BATCH_BYTES
      const baseOffset = Number(bytes.readBigInt64BE(start + 8))
      batches.push({
        firstSequence: bytes.readInt32BE(start),
        lastSequence: bytes.readInt32BE(start + 4),
        baseOffset,
        lastOffset: baseOffset + bytes.readInt32BE(start + 16),
      })
    }
    entries.push({
      producerId: Number(bytes.readBigInt64BE(position)),
      producerEpoch: bytes.readInt16BE(position + 8),
      updatedMs: Number(bytes.readBigInt64BE(position + 10)),
      batches,
    })
    position += ENTRY_BYTES + batchCount * BATCH_BYTES
  }
  return entries
}
