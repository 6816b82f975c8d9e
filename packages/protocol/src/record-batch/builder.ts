import { compress } from '#compression'
import { allocateBytes, utf8SizeBytes, writeUtf8 } from '#text'
import { writeInt16, writeInt32, writeInt64 } from '../big-endian.ts'
import type { Compression } from '../compression.ts'
import { LIMITS } from '../limits.ts'
import { varintSizeBytes, varlongSizeBytes, writeVarint, writeVarlong } from '../varint.ts'
import { recordBatchChecksum } from './checksum.ts'
import { BATCH_LENGTH_OVERHEAD_BYTES, COMPRESSION_BITS, MAGIC, POSITION, RECORD_BATCH_HEADER_BYTES } from './header.ts'
import type { ProducerStamp } from './stamp.ts'

/** Bounds of the batches a builder makes. */
export interface RecordBatchBuilderOptions {
  /** The batch with its header, before compression. */
  readonly maxBytes: number
  /** Default LIMITS.maxRecordsPerBatch. */
  readonly maxRecords?: number
}

/** A record as `RecordBatchBuilder.tryAppend` takes it. */
export interface RecordToEncode {
  /** A string is written as UTF-8. */
  readonly key: Uint8Array | string | null
  /** Bytes as they are, text as UTF-8; null: a record without a value, a tombstone. */
  readonly value: Uint8Array | string | null
  /** In this order. Default: none. */
  readonly headers?: readonly HeaderToEncode[] | undefined
  /** Milliseconds since 1970, a whole number from 0 on. */
  readonly timestamp: number
}

/** One header of a record that is to be encoded; a name may occur more than once. */
export interface HeaderToEncode {
  /** Its name, written as UTF-8. */
  readonly key: string
  /** Bytes as they are, text as UTF-8; null: a header without a value. */
  readonly value: Uint8Array | string | null
}

/** What stands in the header of a batch besides what its records decide. */
export interface RecordBatchOptions {
  /** Default none. */
  readonly compression?: Compression | undefined
  /** All three for an idempotent producer, or none of them. */
  readonly producerId?: number | undefined
  /** Of the producer's present life. Default −1: none. */
  readonly producerEpoch?: number | undefined
  /** Sequence of the first record. Default −1: none. */
  readonly baseSequence?: number | undefined
}

const INITIAL_CAPACITY_BYTES = 1024
/** writeUtf8 may write this far beyond what it is told to, to find out that a text is longer. */
const SLACK_BYTES = 4

/**
 * Builds one batch: each record is written once, straight into the batch's bytes, behind the room kept for the header.
 *
 *     empty --tryAppend--> filling --build--> built --reset--> empty
 *                          filling --reset--> empty
 *
 * `build` gives the bytes away instead of copying them; count and size can be read until `reset`.
 */
export class RecordBatchBuilder {
  /** What the batch may take with its header, in bytes before compression. */
  readonly maxBytes: number
  /** How many records the batch may have. */
  readonly maxRecords: number
  #bytes: Uint8Array
  #position = RECORD_BATCH_HEADER_BYTES
  #recordCount = 0
  #baseTimestamp = 0
  #maxTimestamp = 0
  #built = false

  constructor(options: RecordBatchBuilderOptions) {
    this.maxBytes = options.maxBytes
    this.maxRecords = options.maxRecords ?? LIMITS.maxRecordsPerBatch
    this.#bytes = allocateBytes(INITIAL_CAPACITY_BYTES)
  }

  /** How many records the batch has by now. */
  get recordCount(): number {
    return this.#recordCount
  }

  /** The batch as it stands, header included, before compression. */
  get sizeBytes(): number {
    return this.#position
  }

  /**
   * Writes the record and answers its offset delta, or -1 when it does not fit. A record that does not fit into an empty
   * builder fits into none.
   */
  tryAppend(record: RecordToEncode): number {
    if (this.#built) throw new TypeError('The batch is built. Call reset() before the next one.')
    const { key, value, timestamp } = record
    if (!Number.isSafeInteger(timestamp) || timestamp < 0) {
      throw new TypeError(`A timestamp is a whole number of milliseconds from 0 on, not ${timestamp}.`)
    }
    if (this.#recordCount === this.maxRecords) return -1
    // As if all text were ASCII, whose length need not be counted; when it turns out not to be, once more by count.
    return (
      this.#tryWrite(record, sizeIfAscii(key), sizeIfAscii(value)) ??
      this.#tryWrite(record, sizeOf(key), sizeOf(value))!
    )
  }

  /**
   * The finished batch, its checksum included; base offset 0 and leader epoch -1 are the leader's to stamp.
   *
   * @throws TypeError without a record, when called twice, or with half of an idempotent producer's fields.
   */
  build(options: RecordBatchOptions = {}): Uint8Array {
    if (this.#recordCount === 0) throw new TypeError('A batch has at least one record.')
    if (this.#built) throw new TypeError('The batch is built. Call reset() before the next one.')
    const { producerId = -1, producerEpoch = -1, baseSequence = -1 } = options
    if (producerId < 0 !== producerEpoch < 0 || producerId < 0 !== baseSequence < 0) {
      throw new TypeError(
        'An idempotent batch has a producer id, a producer epoch and a base sequence; name all three.',
      )
    }
    const compression = options.compression ?? 'none'
    const batch = compression === 'none' ? this.#bytes.subarray(0, this.#position) : this.#compressed(compression)
    this.#writeHeader(batch, compression, { producerId, producerEpoch, baseSequence })
    this.#built = true
    return batch
  }

  /** Begins anew, dropping what was not built. */
  reset(): void {
    // A batch given away takes its bytes along; the next will likely be of its size.
    if (this.#built) this.#bytes = allocateBytes(Math.max(INITIAL_CAPACITY_BYTES, this.#position))
    this.#built = false
    this.#position = RECORD_BATCH_HEADER_BYTES
    this.#recordCount = 0
  }

  /** Undefined when the sizes are not those of the texts; nothing is appended then. */
  #tryWrite(record: RecordToEncode, keyBytes: number, valueBytes: number): number | undefined {
    const { key, value, headers, timestamp } = record
    const offsetDelta = this.#recordCount
    const timestampDelta = offsetDelta === 0 ? 0 : timestamp - this.#baseTimestamp
    const headerCount = headers === undefined ? 0 : headers.length
    const bodyBytes =
      1 +
      varlongSizeBytes(timestampDelta) +
      varintSizeBytes(offsetDelta) +
      varintSizeBytes(keyBytes) +
      Math.max(0, keyBytes) +
      varintSizeBytes(valueBytes) +
      Math.max(0, valueBytes) +
      varintSizeBytes(headerCount) +
      (headerCount === 0 ? 0 : headersSizeBytes(headers!))
    const end = this.#position + varintSizeBytes(bodyBytes) + bodyBytes
    if (end > this.maxBytes) return -1
    if (end + SLACK_BYTES > this.#bytes.length) this.#grow(end + SLACK_BYTES)

    const bytes = this.#bytes
    let position = writeVarint(bytes, this.#position, bodyBytes)
    bytes[position++] = 0
    position = writeVarlong(bytes, position, timestampDelta)
    position = writeVarint(bytes, position, offsetDelta)
    position = writeVarint(bytes, position, keyBytes)
    if (keyBytes >= 0) {
      if (!write(bytes, position, key!, keyBytes)) return undefined
      position += keyBytes
    }
    position = writeVarint(bytes, position, valueBytes)
    if (valueBytes >= 0) {
      if (!write(bytes, position, value!, valueBytes)) return undefined
      position += valueBytes
    }
    position = writeVarint(bytes, position, headerCount)
    if (headerCount > 0) position = writeHeaders(bytes, position, headers!)

    this.#position = position
    this.#recordCount++
    if (offsetDelta === 0) this.#baseTimestamp = timestamp
    if (offsetDelta === 0 || timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
    return offsetDelta
  }

  #grow(neededBytes: number): void {
    const doubled = Math.min(this.#bytes.length * 2, this.maxBytes + SLACK_BYTES)
    const grown = allocateBytes(Math.max(neededBytes, doubled))
    grown.set(this.#bytes.subarray(0, this.#position))
    this.#bytes = grown
  }

  #compressed(compression: Exclude<Compression, 'none'>): Uint8Array {
    const records = compress(compression, this.#bytes.subarray(RECORD_BATCH_HEADER_BYTES, this.#position))
    const batch = allocateBytes(RECORD_BATCH_HEADER_BYTES + records.length)
    batch.set(records, RECORD_BATCH_HEADER_BYTES)
    return batch
  }

  #writeHeader(batch: Uint8Array, compression: Compression, producer: ProducerStamp): void {
    writeInt64(batch, POSITION.baseOffset, 0)
    writeInt32(batch, POSITION.batchLength, batch.length - BATCH_LENGTH_OVERHEAD_BYTES)
    writeInt32(batch, POSITION.leaderEpoch, -1)
    batch[POSITION.magic] = MAGIC
    writeInt16(batch, POSITION.attributes, COMPRESSION_BITS[compression])
    writeInt32(batch, POSITION.lastOffsetDelta, this.#recordCount - 1)
    writeInt64(batch, POSITION.baseTimestamp, this.#baseTimestamp)
    writeInt64(batch, POSITION.maxTimestamp, this.#maxTimestamp)
    writeInt64(batch, POSITION.producerId, producer.producerId)
    writeInt16(batch, POSITION.producerEpoch, producer.producerEpoch)
    writeInt32(batch, POSITION.baseSequence, producer.baseSequence)
    writeInt32(batch, POSITION.recordCount, this.#recordCount)
    writeInt32(batch, POSITION.crc, recordBatchChecksum(batch, 0, batch.length))
  }
}

/** One batch of all the records, however large. */
export function encodeRecordBatch(records: readonly RecordToEncode[], options: RecordBatchOptions = {}): Uint8Array {
  const builder = new RecordBatchBuilder({ maxBytes: 2_147_483_647, maxRecords: 2_147_483_647 })
  for (const record of records) builder.tryAppend(record)
  return builder.build(options)
}

/** -1 for null. */
const sizeIfAscii = (part: Uint8Array | string | null): number => (part === null ? -1 : part.length)

const sizeOf = (part: Uint8Array | string | null): number =>
  typeof part === 'string' ? utf8SizeBytes(part) : sizeIfAscii(part)

function write(bytes: Uint8Array, position: number, part: Uint8Array | string, sizeBytes: number): boolean {
  if (typeof part === 'string') return writeUtf8(bytes, position, part, sizeBytes)
  bytes.set(part, position)
  return true
}

function headersSizeBytes(headers: readonly HeaderToEncode[]): number {
  let sizeBytes = 0
  for (const { key, value } of headers) {
    const keyBytes = utf8SizeBytes(key)
    const valueBytes = sizeOf(value)
    sizeBytes += varintSizeBytes(keyBytes) + keyBytes + varintSizeBytes(valueBytes) + Math.max(0, valueBytes)
  }
  return sizeBytes
}

function writeHeaders(bytes: Uint8Array, start: number, headers: readonly HeaderToEncode[]): number {
  let position = start
  for (const { key, value } of headers) {
    const keyBytes = utf8SizeBytes(key)
    position = writeVarint(bytes, position, keyBytes)
    write(bytes, position, key, keyBytes)
    position += keyBytes
    const valueBytes = sizeOf(value)
    position = writeVarint(bytes, position, valueBytes)
    if (value !== null) {
      write(bytes, position, value, valueBytes)
      position += valueBytes
    }
  }
  return position
}
