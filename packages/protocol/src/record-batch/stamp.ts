import { writeInt16, writeInt32, writeInt64 } from '../big-endian.ts'
import { recordBatchChecksum } from './checksum.ts'
import { POSITION, readRecordBatchSize } from './header.ts'

/**
 * Writes the two fields that the leader decides. Both lie outside the checksum, so the batch stays valid.
 *
 * @throws TypeError for an offset or epoch that does not exist.
 */
export function stampRecordBatch(bytes: Uint8Array, position: number, baseOffset: number, leaderEpoch: number): void {
  if (!Number.isSafeInteger(baseOffset) || baseOffset < 0) throw new TypeError(`No offset: ${baseOffset}`)
  if (leaderEpoch !== (leaderEpoch | 0)) throw new TypeError(`No leader epoch: ${leaderEpoch}`)
  writeInt64(bytes, position + POSITION.baseOffset, baseOffset)
  writeInt32(bytes, position + POSITION.leaderEpoch, leaderEpoch)
}

/** By what a log knows an idempotent producer's batch again. */
export interface ProducerStamp {
  /** Given by the cluster, never twice; -1 without idempotence. */
  readonly producerId: number
  /** Of the producer's present life, a signed 16-bit number; -1 without idempotence. */
  readonly producerEpoch: number
  /** The sequence of the batch's first record in its partition; -1 without idempotence. */
  readonly baseSequence: number
}

/**
 * Puts a built batch under another producer id, epoch or sequence, and its checksum right. Only for a batch that is
 * definitely not written anywhere: in a log these fields never change.
 *
 * @throws TypeError for numbers that do not exist, YakError INVALID_BATCH_LENGTH when the batch does not lie whole within `bytes`.
 */
export function stampProducer(bytes: Uint8Array, position: number, producer: ProducerStamp): void {
  const { producerId, producerEpoch, baseSequence } = producer
  if (!Number.isSafeInteger(producerId) || producerId < -1) throw new TypeError(`No producer id: ${producerId}`)
  if (producerEpoch !== (producerEpoch << 16) >> 16) throw new TypeError(`No producer epoch: ${producerEpoch}`)
  if (baseSequence !== (baseSequence | 0)) throw new TypeError(`No sequence: ${baseSequence}`)
  const sizeBytes = readRecordBatchSize(bytes, position)
  writeInt64(bytes, position + POSITION.producerId, producerId)
  writeInt16(bytes, position + POSITION.producerEpoch, producerEpoch)
  writeInt32(bytes, position + POSITION.baseSequence, baseSequence)
  writeInt32(bytes, position + POSITION.crc, recordBatchChecksum(bytes, position, sizeBytes))
}
