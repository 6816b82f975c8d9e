import { partitionForKey, StickyPartitioner, YakError } from '@yak/protocol'
import type { TopicAnswer } from '../cluster/json-shapes.ts'
import { assertText, type Codec } from '../codec.ts'
import { Fifo } from '../fifo.ts'
import type { Generation } from './flush-tracker.ts'
import type { PartitionQueue } from './partition-queue.ts'
import type { Delivery, ProducerRecord } from './producer-record.ts'

/** A send that waits for its topic to be looked up, or for room in the buffer. Not encoded yet. */
export interface WaitingSend {
  readonly record: ProducerRecord
  readonly codec: Codec
  readonly delivery: Delivery
  readonly index: number
  readonly sentAtMs: number
  readonly generation: Generation
}

/** Keys whose partition is remembered; when there are more, it begins anew. */
const MAX_KNOWN_KEYS = 4_096
/** Longer ones are not remembered: they may take as much memory as a record. */
const MAX_KNOWN_KEY_LENGTH = 256

/** What a producer has for one topic: the queues of its partitions, once they are known, and what waits before them. */
export class TopicQueue {
  readonly name: string
  readonly waiting: Fifo<WaitingSend> = new Fifo()
  /** While it is looked up: ends that. */
  lookUp: AbortController | undefined
  /** It is not there any more; the next send begins with another. */
  isGone = false
  /** Empty until the topic is known. */
  partitions: readonly PartitionQueue[] = []
  readonly #sticky: StickyPartitioner
  readonly #partitionOfKey = new Map<string, number>()

  constructor(name: string, random: () => number) {
    this.name = name
    this.#sticky = new StickyPartitioner({ random })
  }

  /** Nothing of it waits or is under way. */
  get isEmpty(): boolean {
    return this.waiting.length === 0 && this.partitions.every((queue) => queue.isEmpty)
  }

  /** Takes what the cluster says of the topic. More partitions are taken at once: a key may go elsewhere from then on. */
  found(topic: TopicAnswer, makeQueue: (topicId: string, partition: number) => PartitionQueue): void {
    this.lookUp = undefined
    const before = this.partitions
    const partitions = before.slice(0, topic.partitionCount)
    while (partitions.length < topic.partitionCount) partitions.push(makeQueue(topic.id, partitions.length))
    if (partitions.length !== before.length) this.#partitionOfKey.clear()
    this.partitions = partitions
    for (const queue of before) {
      if (queue.partition < topic.partitionCount) queue.moveTo(topic.id)
      else queue.refuse(this.#outOfRange(queue.partition))
    }
  }

  /** @throws YakError PARTITION_OUT_OF_RANGE, SERIALIZATION_FAILED; TypeError for what cannot be a partition or a key. */
  queueFor(key: ProducerRecord['key'], partition: number | undefined): PartitionQueue {
    if (partition !== undefined) {
      assertKey(key)
      return this.#named(partition)
    }
    if (key === undefined || key === null) return this.partitions[this.#sticky.partition(this.partitions.length)]!
    if (typeof key === 'string') {
      const known = this.#partitionOfKey.get(key)
      if (known !== undefined) return this.partitions[known]!
      assertKey(key)
      const chosen = partitionForKey(key, this.partitions.length)
      if (key.length > MAX_KNOWN_KEY_LENGTH) return this.partitions[chosen]!
      if (this.#partitionOfKey.size === MAX_KNOWN_KEYS) this.#partitionOfKey.clear()
      this.#partitionOfKey.set(key, chosen)
      return this.partitions[chosen]!
    }
    assertKey(key)
    return this.partitions[partitionForKey(key, this.partitions.length)]!
  }

  /** A batch of this partition is closed: records without a key go elsewhere from now on. */
  batchClosed(partition: number): void {
    const count = this.partitions.length
    if (count > 1 && this.#sticky.partition(count) === partition) this.#sticky.next(count)
  }

  #named(partition: number): PartitionQueue {
    const queue = this.partitions[partition]
    if (queue !== undefined) return queue
    if (!Number.isInteger(partition)) throw new TypeError(`A partition is a whole number, not ${partition}.`)
    throw this.#outOfRange(partition)
  }

  #outOfRange(partition: number): YakError {
    const count = this.partitions.length
    return new YakError(
      'PARTITION_OUT_OF_RANGE',
      `Topic ${this.name} has no partition ${partition}; it has 0 to ${count - 1}. Name one of these, or none.`,
      { details: { topic: this.name, partition, partitionCount: count } },
    )
  }
}

function assertKey(key: ProducerRecord['key']): void {
  if (typeof key === 'string') assertText('The key', key)
  else if (key !== undefined && key !== null && !(key instanceof Uint8Array)) {
    throw new TypeError(`A key is a string or a Uint8Array, not ${typeof key}.`)
  }
}
