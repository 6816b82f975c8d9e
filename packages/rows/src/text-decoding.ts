import { isUtf8 } from 'node:buffer'
import { SourceError, type SourceErrorCode } from './source-error.ts'

/**
 * Bytes to text, chunk by chunk, where a byte that is not of the encoding spoils its own row and no other.
 *
 * An invalid byte `b` of UTF-8 comes out as the lone surrogate U+DC00 + b, which no valid UTF-8 can produce; so a row that
 * is not well formed has such a byte, and which one (`invalidByteIn`). Only once `sawInvalid` need anybody look. A byte
 * order mark at the start is dropped; one of UTF-16 decides the encoding unless the user named one.
 */
export class TextDecoding {
  /** What to do about bytes of another encoding, for messages. `example`: one that such a file may have. */
  readonly adviceFor: (example: string) => string
  readonly #code: SourceErrorCode
  readonly #named: string | undefined
  #decoder: Utf8Decoder | TextDecoder | undefined
  #start: Uint8Array = new Uint8Array(0)

  /**
   * `encoding`: a label of the WHATWG encoding standard, such as `latin1` or `utf-16le`. `code`: of input that is of another.
   * Throws `SourceError`.
   */
  constructor(
    encoding: string | undefined,
    adviceFor: (example: string) => string = (example) => `name the file's encoding, for example ${example}`,
    code: SourceErrorCode = 'INVALID_CSV',
  ) {
    this.#named = encoding
    this.adviceFor = adviceFor
    this.#code = code
    if (encoding !== undefined) this.#decoder = decoderFor(encoding)
  }

  /** What to do about single bytes of another encoding, for messages. */
  get advice(): string {
    return this.adviceFor('latin1')
  }

  /** A byte that is not UTF-8 has come by. */
  get sawInvalid(): boolean {
    return this.#decoder instanceof Utf8Decoder && this.#decoder.sawInvalid
  }

  /** The text of the next bytes, as far as its characters are whole. Throws `SourceError`. */
  decode(chunk: Uint8Array): string {
    if (this.#decoder === undefined) {
      // A byte order mark has up to three bytes, and a pipe may deliver them one by one.
      this.#start = this.#start.length === 0 ? chunk : Buffer.concat([this.#start, chunk])
      if (this.#start.length < 3) return ''
      chunk = this.#start
      this.#decoder = decoderFor(encodingOfMark(chunk))
    }
    return this.#run(() => this.#decoder!.decode(chunk, { stream: true }))
  }

  /** What is left after the last bytes. Throws `SourceError`. */
  end(): string {
    const first = this.#decoder === undefined ? this.#start : new Uint8Array(0)
    this.#decoder ??= decoderFor(encodingOfMark(first))
    return this.#run(() => this.#decoder!.decode(first))
  }

  #run(decode: () => string): string {
    try {
      return decode()
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      const encoding = this.#decoder!.encoding
      throw new SourceError(
        `The input has bytes that are not ${encoding}${this.#named === undefined ? ', which its byte order mark announces' : ''}; ${this.advice}.`,
        this.#code,
      )
    }
  }
}

/** The first byte of `text` that was not valid in its encoding; undefined when all were. */
export function invalidByteIn(text: string): number | undefined {
  if (text.isWellFormed()) return undefined
  const found = /(?<![\ud800-\udbff])[\udc80-\udcff]/.exec(text)
  return found === null ? undefined : found[0].charCodeAt(0) - 0xdc00
}

function encodingOfMark(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return 'utf-8'
}

function decoderFor(encoding: string): Utf8Decoder | TextDecoder {
  if (/^utf-?8$/i.test(encoding)) return new Utf8Decoder()
  try {
    return new TextDecoder(encoding, { fatal: true })
  } catch {
    throw new SourceError(
      `There is no encoding "${encoding}". Give utf-8, latin1, windows-1252, utf-16le or another of the web's labels.`,
    )
  }
}

class Utf8Decoder {
  readonly encoding = 'utf-8'
  sawInvalid = false
  #tail: Uint8Array = new Uint8Array(0)
  #begun = false

  decode(chunk: Uint8Array, options: { stream?: boolean } = {}): string {
    const bytes = this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk])
    const end = options.stream === true ? bytes.length - unfinishedLength(bytes) : bytes.length
    this.#tail = bytes.slice(end)
    const whole = bytes.subarray(0, end)
    let text: string
    if (isUtf8(whole)) text = textOf(whole)
    else {
      this.sawInvalid = true
      text = escapeInvalid(whole)
    }
    if (!this.#begun && text !== '') {
      this.#begun = true
      if (text.startsWith('\ufeff')) return text.slice(1)
    }
    return text
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

/** Bytes at the end that may be the beginning of a character still to come: at most three. */
function unfinishedLength(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!
    if (byte >= 0xc0) return sequenceLength(byte) > back ? back : 0
    if (byte < 0x80) return 0
  }
  return 0
}

function sequenceLength(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 1
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
}

function escapeInvalid(bytes: Uint8Array): string {
  let text = ''
  let runStart = 0
  let position = 0
  while (position < bytes.length) {
    const length = bytes[position]! < 0x80 ? 1 : sequenceLength(bytes[position]!)
    const valid = bytes[position]! < 0x80 || (length > 1 && isUtf8(bytes.subarray(position, position + length)))
    if (valid) {
      position += length
      continue
    }
    text += textOf(bytes.subarray(runStart, position)) + String.fromCharCode(0xdc00 + bytes[position]!)
    position++
    runStart = position
  }
  return text + textOf(bytes.subarray(runStart))
}
