import type { Message } from './message.ts'

/** Messages of one partition that were fetched together, in order and without a gap. */
export class MessageBatch<Value = unknown> {
  /** Where all of them come from, by name. */
  readonly topic: string
  /** Of its topic, from 0 on. */
  readonly partition: number
  /** At least one. */
  readonly messages: readonly Message<Value>[]
  /** Every record below it is committed; what a consumer has still to read is the way from the last message to here. */
  readonly highWatermark: number
  /** Records below it are gone. */
  readonly logStartOffset: number

  /** @internal Batches come from a consumer. */
  constructor(
    partition: {
      readonly topic: string
      readonly partition: number
      readonly highWatermark: number
      readonly logStartOffset: number
    },
    messages: readonly Message<Value>[],
  ) {
    this.topic = partition.topic
    this.partition = partition.partition
    this.highWatermark = partition.highWatermark
    this.logStartOffset = partition.logStartOffset
    this.messages = messages
  }

  /** How many messages it has. */
  get length(): number {
    return this.messages.length
  }

  /** Where the batch begins: the offset of `messages[0]`. */
  get firstOffset(): number {
    return this.messages[0]!.offset
  }

  /** Where the batch ends, inclusive. */
  get lastOffset(): number {
    return this.messages[this.messages.length - 1]!.offset
  }

  /** Over `messages`. */
  [Symbol.iterator](): IterableIterator<Message<Value>> {
    return this.messages[Symbol.iterator]()
  }
}
