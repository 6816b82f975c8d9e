import type { RecordHeader } from '@yak/protocol'
import { readUtf8 } from '#platform'
import { type Codec, decodeValue } from '../codec.ts'

/** What the messages of one record batch share. */
export interface MessageSource {
  readonly topic: string
  readonly partition: number
  /** The leader epoch under which the batch was written. */
  readonly epoch: number
  /** The fetched bytes, or what they unpacked to. */
  readonly bytes: Uint8Array
  readonly codec: Codec
}

const NO_HEADERS: readonly RecordHeader[] = []
/** Stands for a value not looked at yet; no codec gives it. */
const UNREAD: unique symbol = Symbol('unread')

/**
 * One record. It is decoded when it is looked at: key, value and headers are views of the bytes that were fetched, and `value` is
 * decoded once, the first time it is read. Whoever keeps a message keeps the whole fetch it came in (up to `maxFetchBytes`)
 * in memory; to keep messages for long, copy what you need of them.
 */
export class Message<Value = unknown> {
  /** Its place in the partition: from 0 on, rising. */
  readonly offset: number
  /** Milliseconds since 1970; -1: none. */
  readonly timestamp: number
  readonly #source: MessageSource
  readonly #keyStart: number
  readonly #keyEnd: number
  readonly #valueStart: number
  readonly #valueEnd: number
  readonly #headers: readonly RecordHeader[]
  #value: unknown = UNREAD

  /** @internal Messages come from a consumer. A start of -1 means that there is no key, or no value. */
  constructor(
    source: MessageSource,
    offset: number,
    timestamp: number,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    headers: readonly RecordHeader[] = NO_HEADERS,
  ) {
    this.offset = offset
    this.timestamp = timestamp
    this.#source = source
    this.#keyStart = keyStart
    this.#keyEnd = keyEnd
    this.#valueStart = valueStart
    this.#valueEnd = valueEnd
    this.#headers = headers
  }

  /** Where it comes from, by name. */
  get topic(): string {
    return this.#source.topic
  }

  /** Of its topic, from 0 on. */
  get partition(): number {
    return this.#source.partition
  }

  /** The leader epoch under which it was written. */
  get epoch(): number {
    return this.#source.epoch
  }

  /** As text; null without one. Bytes that are not UTF-8 show as U+FFFD; see `keyBytes`. */
  get key(): string | null {
    return this.#keyStart < 0 ? null : readUtf8(this.#source.bytes, this.#keyStart, this.#keyEnd)
  }

  /** A view of the fetched bytes; null without a key. */
  get keyBytes(): Uint8Array | null {
    return this.#keyStart < 0 ? null : this.#source.bytes.subarray(this.#keyStart, this.#keyEnd)
  }

  /**
   * Decoded with the consumer's codec; null when the record has no value.
   *
   * @throws YakError DESERIALIZATION_FAILED when the bytes are not what the codec reads. The iteration can go on.
   */
  get value(): Value {
    if (this.#value === UNREAD) {
      const { codec, bytes } = this.#source
      this.#value = this.#valueStart < 0 ? null : decodeValue(codec, bytes, this.#valueStart, this.#valueEnd)
    }
    return this.#value as Value
  }

  /** A view of the fetched bytes, undecoded; null without a value. */
  get valueBytes(): Uint8Array | null {
    return this.#valueStart < 0 ? null : this.#source.bytes.subarray(this.#valueStart, this.#valueEnd)
  }

  /** As text; the last one where a name is there twice, none where a header has no value. See `rawHeaders`. */
  get headers(): Readonly<Record<string, string>> {
    const headers: Record<string, string> = {}
    for (const { key, value } of this.#headers) {
      if (value !== null) Object.defineProperty(headers, key, { ...SET, value: readUtf8(value, 0, value.length) })
    }
    return headers
  }

  /** In the order they were sent, each with its bytes. */
  get rawHeaders(): readonly RecordHeader[] {
    return this.#headers
  }

  /** What JSON.stringify shows. Throws DESERIALIZATION_FAILED, as `value` does. */
  toJSON(): object {
    const { topic, partition, offset, timestamp, epoch, key, value, headers } = this
    return { topic, partition, offset, timestamp, epoch, key, value, headers }
  }

  static {
    // What console.log shows: getters alone would show nothing, and a value that does not decode must not throw there.
    Object.defineProperty(Message.prototype, Symbol.for('nodejs.util.inspect.custom'), {
      value(this: Message): object {
        try {
          return this.toJSON()
        } catch {
          const { topic, partition, offset, timestamp, epoch, key, valueBytes, headers } = this
          return { topic, partition, offset, timestamp, epoch, key, valueBytes, headers }
        }
      },
    })
  }
}

/** Defined, not assigned: a header may be called `__proto__`. */
const SET = { enumerable: true, configurable: true, writable: true }
