import { readUtf8 } from '#text'
import { readInt16, readInt32, readInt64, readUint16, readUint32 } from '../big-endian.ts'
import { readUuid, UUID_BYTES } from '../uuid.ts'
import { YakError } from '../yak-error.ts'

/** Reads a frame of the binary protocol front to back; whatever does not follow the grammar is MALFORMED_FRAME. */
export class FrameReader {
  readonly #bytes: Uint8Array
  readonly #frame: string
  #position = 0

  /** `frame` names it in errors. */
  constructor(bytes: Uint8Array, frame: string) {
    this.#bytes = bytes
    this.#frame = frame
  }

  uint8(): number {
    return this.#bytes[this.#take(1)]!
  }

  int16(): number {
    return readInt16(this.#bytes, this.#take(2))
  }

  uint16(): number {
    return readUint16(this.#bytes, this.#take(2))
  }

  int32(): number {
    return readInt32(this.#bytes, this.#take(4))
  }

  uint32(): number {
    return readUint32(this.#bytes, this.#take(4))
  }

  int64(): number {
    const value = readInt64(this.#bytes, this.#take(8))
    if (!Number.isSafeInteger(value)) throw this.malformed('has an integer beyond 2^53 - 1')
    return value
  }

  uuid(): string {
    return readUuid(this.#bytes, this.#take(UUID_BYTES))
  }

  /** A view, not a copy. */
  bytes(sizeBytes: number): Uint8Array {
    const start = this.#take(sizeBytes)
    return this.#bytes.subarray(start, start + sizeBytes)
  }

  text(sizeBytes: number): string {
    const start = this.#take(sizeBytes)
    return readUtf8(this.#bytes, start, start + sizeBytes)
  }

  /** `version:u8(1) flags:u8(0)`, with which every frame begins. */
  versionAndFlags(): void {
    const version = this.uint8()
    if (version !== FRAME_VERSION) {
      throw new YakError(
        'UNSUPPORTED_VERSION',
        `The ${this.#frame} is of version ${version}, and version ${FRAME_VERSION} is spoken here. Use a client that speaks it.`,
        { details: { version, supported: [FRAME_VERSION] } },
      )
    }
    const flags = this.uint8()
    if (flags !== 0) throw this.malformed(`sets flags ${flags}, and none are defined`)
  }

  /** Bytes not read yet. A count is held against them before anything is made from it. */
  get leftBytes(): number {
    return this.#bytes.length - this.#position
  }

  end(): void {
    if (this.leftBytes > 0) throw this.malformed(`has ${this.leftBytes} bytes after its end`)
  }

  malformed(what: string): YakError {
    return new YakError(
      'MALFORMED_FRAME',
      `The ${this.#frame} ${what}, at byte ${this.#position}. Send it as docs/protocol.md describes it.`,
      {
        details: { position: this.#position },
      },
    )
  }

  #take(sizeBytes: number): number {
    if (sizeBytes > this.leftBytes) {
      throw this.malformed(`ends too early: ${sizeBytes} bytes expected, ${this.leftBytes} left`)
    }
    const start = this.#position
    this.#position += sizeBytes
    return start
  }
}

export const FRAME_VERSION = 1
