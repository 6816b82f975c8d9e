import { YakError } from '@yak/protocol'
import { metadataKey, type PartitionKey } from './state.ts'

const uuidBytes = 16
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const uuidOfTopicList = '00000000-0000-0000-0000-000000000000'
const topicListName = metadataKey.slice(0, metadataKey.lastIndexOf('-'))
const decoder = new TextDecoder('utf-8', { fatal: true })
const encoder = new TextEncoder()

/** Writes a frame between brokers; record batches go between its chunks, uncopied. */
export class ReplicaFrameWriter {
  readonly #chunks: Uint8Array[] = []
  #bytes = new Uint8Array(512)
  #view = new DataView(this.#bytes.buffer)
  #position = 0

  uint8(value: number): void {
    this.#reserve(1)
    this.#view.setUint8(this.#position, value)
    this.#position += 1
  }

  int32(value: number): void {
    this.#reserve(4)
    this.#view.setInt32(this.#position, value)
    this.#position += 4
  }

  int64(value: number): void {
    this.#reserve(8)
    this.#view.setBigInt64(this.#position, BigInt(value))
    this.#position += 8
  }

  /** `length:u8 utf8`. */
  text(value: string): void {
    const bytes = encoder.encode(value)
    if (bytes.length > 255) throw new TypeError(`Longer than 255 bytes: ${value}`)
    this.uint8(bytes.length)
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#position)
    this.#position += bytes.length
  }

  /** `topicId:uuid partition:i32`. */
  key(key: PartitionKey): void {
    const hyphen = key.lastIndexOf('-')
    const name = key.slice(0, hyphen)
    const digits = (name === topicListName ? uuidOfTopicList : name).replaceAll('-', '')
    if (digits.length !== 2 * uuidBytes) throw new TypeError(`Not a topic id: ${name}`)
    this.#reserve(uuidBytes)
    for (let index = 0; index < uuidBytes; index++) {
      this.#view.setUint8(this.#position + index, Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16))
    }
    this.#position += uuidBytes
    this.int32(Number(key.slice(hyphen + 1)))
  }

  /** `length:u32 bytes`. */
  blob(bytes: Uint8Array): void {
    this.int32(bytes.length)
    if (bytes.length === 0) return
    this.#endChunk()
    this.#chunks.push(bytes)
  }

  chunks(): Uint8Array[] {
    this.#endChunk()
    return this.#chunks
  }

  #endChunk(): void {
    if (this.#position > 0) this.#chunks.push(this.#bytes.subarray(0, this.#position))
    this.#bytes = new Uint8Array(512)
    this.#view = new DataView(this.#bytes.buffer)
    this.#position = 0
  }

  #reserve(sizeBytes: number): void {
    if (this.#position + sizeBytes <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#position + sizeBytes))
    larger.set(this.#bytes)
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }
}

/** Reads a frame between brokers; whatever does not follow the grammar is MALFORMED_FRAME. */
export class ReplicaFrameReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #frame: string
  #position = 0

  constructor(bytes: Uint8Array, frame: string) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#frame = frame
  }

  uint8(): number {
    return this.#view.getUint8(this.#take(1))
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4))
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4))
  }

  int64(): number {
    const value = Number(this.#view.getBigInt64(this.#take(8)))
    if (!Number.isSafeInteger(value)) throw this.malformed('has an integer beyond 2^53 - 1')
    return value
  }

  text(): string {
    const sizeBytes = this.uint8()
    const start = this.#take(sizeBytes)
    try {
      return decoder.decode(this.#bytes.subarray(start, start + sizeBytes))
    } catch {
      throw this.malformed('has a text that is not UTF-8')
    }
  }

  key(): PartitionKey {
    const start = this.#take(uuidBytes)
    let id = ''
    for (let index = 0; index < uuidBytes; index++) {
      if (index === 4 || index === 6 || index === 8 || index === 10) id += '-'
      id += hex[this.#bytes[start + index]!]
    }
    const partition = this.int32()
    return `${id === uuidOfTopicList ? topicListName : id}-${partition}`
  }

  blob(): Uint8Array {
    const sizeBytes = this.uint32()
    const start = this.#take(sizeBytes)
    return this.#bytes.subarray(start, start + sizeBytes)
  }

  /** How many there are of something that takes at least `smallestBytes`. */
  count(smallestBytes: number): number {
    const count = this.uint32()
    if (count * smallestBytes > this.#bytes.length - this.#position) throw this.malformed(`announces ${count} entries`)
    return count
  }

  /** One of `names`, by its index. */
  oneOf<Name extends string>(names: readonly Name[]): Name {
    const name = names[this.uint8()]
    if (name === undefined) throw this.malformed('has a kind that is not known')
    return name
  }

  end(): void {
    const leftBytes = this.#bytes.length - this.#position
    if (leftBytes > 0) throw this.malformed(`has ${leftBytes} bytes after its end`)
  }

  malformed(what: string): YakError {
    return new YakError(
      'MALFORMED_FRAME',
      `The ${this.#frame} ${what}, at byte ${this.#position}. Run the same version on all brokers.`,
    )
  }

  #take(sizeBytes: number): number {
    const start = this.#position
    if (start + sizeBytes > this.#bytes.length) throw this.malformed('ends too early')
    this.#position += sizeBytes
    return start
  }
}
