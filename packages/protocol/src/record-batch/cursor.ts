import { decompress } from '#compression'
import { decodeUtf8, readUtf8 } from '#text'
import { LIMITS } from '../limits.ts'
import { YakError } from '../yak-error.ts'
import { verifyRecordBatchChecksum } from './checksum.ts'
import { corruptBatch, RECORD_BATCH_HEADER_BYTES, type RecordBatchHeader, readRecordBatchHeader } from './header.ts'

/** How a cursor reads its batch. */
export interface RecordCursorOptions {
  /** Check the batch's checksum first. Default true; false where the bytes were checked before. */
  readonly verifyChecksum?: boolean
  /** What a compressed batch may unpack to, in bytes. Default LIMITS.maxDecompressedBatchBytes. */
  readonly maxDecompressedBytes?: number
  /** The batch's header, where it was read before. */
  readonly header?: RecordBatchHeader
  /** Check that header keys are UTF-8. Default false: who appended the batch has. */
  readonly verifyHeaderKeys?: boolean
}

/** One header of a decoded record; a name may occur more than once. */
export interface RecordHeader {
  /** Its name. */
  readonly key: string
  /** A view of the batch's bytes; null: a header without a value. */
  readonly value: Uint8Array | null
}

/**
 * Walks the records of one batch without making an object for any of them:
 *
 *     record = length:varint attributes:i8(0) timestampDelta:varlong offsetDelta:varint
 *              keyLength:varint key             -1: no key
 *              valueLength:varint value         -1: no value
 *              headerCount:varint header*
 *     header = keyLength:varint key:utf8 valueLength:varint value     -1: no value
 *
 * After `next()` has answered true, the fields tell where the record's parts lie in `bytes`, which is the batch itself or,
 * when that is compressed, what it unpacked to. Everything is bounded by the batch: a lying length or count ends in an
 * error and never in a read or an allocation beyond it.
 */
export class RecordCursor {
  /** Of the batch that is walked, as it was read. */
  readonly header: RecordBatchHeader
  /** What the positions refer to. */
  readonly bytes: Uint8Array
  /** How many records `next()` has given. */
  index = 0
  /** Of the present record; -1 before the first. */
  offset = -1
  /** Of the present record, in milliseconds since 1970; -1: none. */
  timestamp = -1
  /** -1 without a key; an empty key has keyStart === keyEnd. */
  keyStart = -1
  /** One past the key's last byte; -1 without a key. */
  keyEnd = -1
  /** -1 without a value (a tombstone). */
  valueStart = -1
  /** One past the value's last byte; -1 without a value. */
  valueEnd = -1
  /** How many headers the present record has. */
  headerCount = 0
  /** The bytes of the headers, as encoded. */
  headersStart = 0
  /** One past the last byte of the headers. */
  headersEnd = 0

  #position: number
  /** One past the last byte that may be read: the batch's end, or the record's while one is read. */
  #end: number
  readonly #batchEnd: number
  readonly #batchPosition: number
  readonly #verifiesHeaderKeys: boolean

  /** @throws YakError as {@link readRecordBatchHeader}, and DECOMPRESSED_TOO_LARGE */
  constructor(bytes: Uint8Array, position = 0, options: RecordCursorOptions = {}) {
    const header = options.header ?? readRecordBatchHeader(bytes, position)
    if (options.verifyChecksum !== false && !verifyRecordBatchChecksum(bytes, position)) {
      throw corruptBatch(position, 'does not match its checksum')
    }
    const recordsStart = position + RECORD_BATCH_HEADER_BYTES
    const recordsEnd = position + header.sizeBytes
    this.header = header
    this.#batchPosition = position
    this.#verifiesHeaderKeys = options.verifyHeaderKeys === true
    if (header.compression === 'none') {
      this.bytes = bytes
      this.#position = recordsStart
      this.#batchEnd = recordsEnd
    } else {
      const maxBytes = options.maxDecompressedBytes ?? LIMITS.maxDecompressedBatchBytes
      this.bytes = decompress(header.compression, bytes.subarray(recordsStart, recordsEnd), maxBytes)
      this.#position = 0
      this.#batchEnd = this.bytes.length
    }
    this.#end = this.#batchEnd
  }

  /**
   * Moves to the next record; false after the last.
   *
   * @throws YakError INVALID_RECORD_COUNT when there are more or fewer than the header says, CORRUPT_BATCH when one runs over
   * the end of the batch, INVALID_RECORD when a record breaks the grammar.
   */
  next(): boolean {
    if (this.index === this.header.recordCount) {
      if (this.#position === this.#batchEnd) return false
      throw this.#miscounted(`has more bytes than its ${this.index} records fill`)
    }
    this.#end = this.#batchEnd
    if (this.#position === this.#end) {
      throw this.#miscounted(`counts ${this.header.recordCount} records and holds ${this.index}`)
    }
    const length = this.#readVarint()
    const end = this.#position + length
    if (length < 0 || end > this.#end) {
      throw corruptBatch(this.#batchPosition, `has a record ${this.index} that runs over its end`)
    }
    this.#end = end

    if (this.#readByte() !== 0) throw this.#invalid('sets attributes, and records have none')
    const timestamp = this.header.baseTimestamp + this.#readVarlong()
    if (!Number.isSafeInteger(timestamp) || timestamp < -1) throw this.#invalid('has a timestamp outside 0 to 2^53 - 1')
    this.timestamp = timestamp
    if (this.#readVarint() !== this.index) throw this.#invalid('does not stand at its own offset')
    this.offset = this.header.baseOffset + this.index

    const keyLength = this.#readLength('key')
    this.keyStart = keyLength < 0 ? -1 : this.#position
    this.keyEnd = keyLength < 0 ? -1 : (this.#position += keyLength)
    const valueLength = this.#readLength('value')
    this.valueStart = valueLength < 0 ? -1 : this.#position
    this.valueEnd = valueLength < 0 ? -1 : (this.#position += valueLength)

    const headerCount = this.#readVarint()
    if (headerCount < 0) throw this.#invalid(`counts ${headerCount} headers`)
    this.headerCount = headerCount
    this.headersStart = this.#position
    for (let header = 0; header < headerCount; header++) this.#skipHeader()
    this.headersEnd = this.#position

    if (this.#position !== end) throw this.#invalid('is longer than its parts')
    this.index++
    return true
  }

  /** The headers of the present record, decoded. */
  headers(): RecordHeader[] {
    const headers: RecordHeader[] = []
    if (this.headerCount === 0) return headers
    const resumeAt = this.#position
    this.#position = this.headersStart
    this.#end = this.headersEnd
    for (let header = 0; header < this.headerCount; header++) {
      const keyLength = this.#readVarint()
      const key = readUtf8(this.bytes, this.#position, (this.#position += keyLength))
      const valueLength = this.#readVarint()
      const value = valueLength < 0 ? null : this.bytes.subarray(this.#position, (this.#position += valueLength))
      headers.push({ key, value })
    }
    this.#position = resumeAt
    return headers
  }

  #miscounted(what: string): YakError {
    const { recordCount } = this.header
    return corruptBatch(this.#batchPosition, what, { recordCount }, 'INVALID_RECORD_COUNT')
  }

  #skipHeader(): void {
    const keyLength = this.#readLength('header key')
    if (keyLength < 0) throw this.#invalid('has a header without a key')
    const keyStart = this.#position
    this.#position += keyLength
    if (this.#verifiesHeaderKeys && !isUtf8(this.bytes, keyStart, this.#position)) {
      throw this.#invalid('has a header whose key is not UTF-8')
    }
    const valueLength = this.#readLength('header value')
    if (valueLength > 0) this.#position += valueLength
  }

  #readByte(): number {
    if (this.#position >= this.#end) throw this.#invalid('ends in the middle of a field')
    return this.bytes[this.#position++]!
  }

  /** A length from -1 on, of bytes that are there. */
  #readLength(what: string): number {
    const length = this.#readVarint()
    if (length < -1 || length > this.#end - this.#position) {
      throw this.#invalid(`has a ${what} of ${length} bytes, and ${this.#end - this.#position} are left`)
    }
    return length
  }

  #readVarint(): number {
    const first = this.#readByte()
    let zigzag = first & 0x7f
    if (first >= 0x80) {
      for (let shift = 7; ; shift += 7) {
        const byte = this.#readByte()
        if (shift === 28 && byte > 0x0f) throw this.#invalid('has a varint beyond 32 bits')
        zigzag |= (byte & 0x7f) << shift
        if (byte < 0x80) break
      }
    }
    return (zigzag >>> 1) ^ -(zigzag & 1)
  }

  /** A 64-bit varint; beyond ±2^53 it is inexact, and unsafe. */
  #readVarlong(): number {
    const first = this.#readByte()
    let magnitude = (first & 0x7f) >>> 1
    if (first >= 0x80) {
      let scale = 64
      for (let count = 2; ; count++) {
        const byte = this.#readByte()
        if (count === 10 && byte > 0x01) throw this.#invalid('has a varint beyond 64 bits')
        magnitude += (byte & 0x7f) * scale
        scale *= 128
        if (byte < 0x80) break
      }
    }
    return (first & 1) === 0 ? magnitude : -magnitude - 1
  }

  #invalid(what: string): YakError {
    return new YakError('INVALID_RECORD', `Record ${this.index} of the batch ${what}. Encode it again.`, {
      details: { position: this.#batchPosition, record: this.index },
    })
  }
}

/** Most keys are ASCII, which is UTF-8 without a further look. */
function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  for (let position = start; position < end; position++) {
    if (bytes[position]! >= 0x80) return decodeUtf8(bytes.subarray(start, end)) !== undefined
  }
  return true
}
