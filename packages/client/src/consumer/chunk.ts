import { LIMITS, RecordCursor, readRecordBatchHeader } from '@yak/protocol'
import type { Codec } from '../codec.ts'
import type { AssignedPartition } from './assigned-partition.ts'
import { Message, type MessageSource } from './message.ts'

/**
 * The record batches that one fetch brought of one partition, read message by message. It moves the partition's position along
 * with what it hands out, so that a chunk half read can be left and gone on with.
 */
export class Chunk {
  readonly partition: AssignedPartition
  /** What it holds of the prefetch, until it is read. */
  readonly sizeBytes: number
  readonly #generation: number
  readonly #bytes: Uint8Array
  readonly #codec: Codec
  #position = 0
  #unpackedBytes = 0
  /** No further batch is unpacked once so many bytes have been. */
  #pauseAt = Number.POSITIVE_INFINITY
  #cursor: RecordCursor | undefined
  #source: MessageSource | undefined
  /** Of the batch that could not be read: nothing after it is. */
  #failure: { readonly error: unknown } | undefined

  constructor(partition: AssignedPartition, bytes: Uint8Array, codec: Codec) {
    this.partition = partition
    this.sizeBytes = bytes.length
    this.#generation = partition.generation
    this.#bytes = bytes
    this.#codec = codec
  }

  /**
   * Undefined after the last one, at the partition's end where it has one, and when the consumer has gone elsewhere since.
   *
   * @throws YakError CORRUPT_BATCH and others of the decoder.
   */
  next<Value>(): Message<Value> | undefined {
    const { partition } = this
    if (partition.generation !== this.#generation) return undefined
    while (true) {
      const cursor = this.#cursor ?? this.#nextBatch()
      if (cursor === undefined) return undefined
      while (cursor.next()) {
        const { offset } = cursor
        // The first batch may begin before what was asked for.
        if (offset < partition.position) continue
        if (offset >= partition.endOffset) return undefined
        partition.position = offset + 1
        return new Message<Value>(
          this.#source!,
          offset,
          cursor.timestamp,
          cursor.keyStart,
          cursor.keyEnd,
          cursor.valueStart,
          cursor.valueEnd,
          cursor.headerCount === 0 ? undefined : cursor.headers(),
        )
      }
      this.#cursor = undefined
    }
  }

  /**
   * All that are left, or as many as unpack to a fetch's size: compressed batches may hold far more than was fetched. What stands
   * before a batch that cannot be read comes first; the next call throws.
   */
  rest<Value>(): Message<Value>[] {
    if (this.#failure !== undefined) throw this.#failure.error
    const messages: Message<Value>[] = []
    const pauseAt = this.#unpackedBytes + LIMITS.maxFetchBytes
    try {
      for (let message = this.next<Value>(); message !== undefined; message = this.next<Value>()) {
        messages.push(message)
        this.#pauseAt = pauseAt
      }
    } catch (error) {
      this.#failure = { error }
      if (messages.length === 0) throw error
    } finally {
      this.#pauseAt = Number.POSITIVE_INFINITY
    }
    return messages
  }

  #nextBatch(): RecordCursor | undefined {
    if (this.#position >= this.#bytes.length || this.#unpackedBytes >= this.#pauseAt) return undefined
    const header = readRecordBatchHeader(this.#bytes, this.#position)
    const cursor = new RecordCursor(this.#bytes, this.#position, { header })
    this.#position += header.sizeBytes
    if (header.compression !== 'none') this.#unpackedBytes += cursor.bytes.length
    const { topic, partition } = this.partition
    this.#source = { topic, partition, epoch: header.leaderEpoch, bytes: cursor.bytes, codec: this.#codec }
    this.#cursor = cursor
    return cursor
  }
}
