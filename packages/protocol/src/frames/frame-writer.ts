import { allocateBytes, utf8SizeBytes, writeUtf8 } from '#text'
import { writeInt16, writeInt32, writeInt64 } from '../big-endian.ts'
import { UUID_BYTES, writeUuid } from '../uuid.ts'
import { FRAME_VERSION } from './frame-reader.ts'

/** writeUtf8 may write this far beyond a text. */
const SLACK_BYTES = 4

/** Writes a frame of the binary protocol whose size is known before; batches go between its chunks, never through it. */
export class FrameWriter {
  readonly #bytes: Uint8Array
  readonly #chunks: Uint8Array[] = []
  #chunkStart = 0
  #position = 0

  /** `sizeBytes`: all that is written here, so without what `chunk` adds. */
  constructor(sizeBytes: number) {
    this.#bytes = allocateBytes(sizeBytes + SLACK_BYTES)
  }

  uint8(value: number): void {
    this.#bytes[this.#position] = value
    this.#position += 1
  }

  int16(value: number): void {
    writeInt16(this.#bytes, this.#position, value)
    this.#position += 2
  }

  int32(value: number): void {
    writeInt32(this.#bytes, this.#position, value)
    this.#position += 4
  }

  int64(value: number): void {
    writeInt64(this.#bytes, this.#position, value)
    this.#position += 8
  }

  uuid(value: string): void {
    writeUuid(this.#bytes, this.#position, value)
    this.#position += UUID_BYTES
  }

  /** `length:u16 utf8`. */
  text(value: string): void {
    const sizeBytes = utf8SizeBytes(value)
    this.int16(sizeBytes)
    if (sizeBytes > 0) writeUtf8(this.#bytes, this.#position, value, sizeBytes)
    this.#position += sizeBytes
  }

  versionAndFlags(): void {
    this.uint8(FRAME_VERSION)
    this.uint8(0)
  }

  /** Puts bytes of somebody else here, uncopied. */
  chunk(bytes: Uint8Array): void {
    this.#seal()
    if (bytes.length > 0) this.#chunks.push(bytes)
  }

  /** What was written, in order. */
  chunks(): Uint8Array[] {
    this.#seal()
    return this.#chunks
  }

  #seal(): void {
    if (this.#position > this.#chunkStart) this.#chunks.push(this.#bytes.subarray(this.#chunkStart, this.#position))
    this.#chunkStart = this.#position
  }
}

/** The longest beginning of `detail` that fits its u16 length. A sentence for a person; nothing depends on its end. */
export function clippedDetail(detail: string): string {
  // Three bytes for each UTF-16 unit at most.
  return detail.length > 21_845 ? detail.slice(0, 21_845) : detail
}
