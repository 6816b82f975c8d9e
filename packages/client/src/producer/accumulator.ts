import { type HeaderToEncode, LIMITS, YakError } from '@yak/protocol'
import type { TopicAnswer } from '../cluster/json-shapes.ts'
import { assertText, type Codec, encodeValue } from '../codec.ts'
import { Fifo } from '../fifo.ts'
import { assertTopicName } from '../option-checks.ts'
import { BufferBudget } from './buffer-budget.ts'
import { BuilderPool } from './builder-pool.ts'
import { FlushTracker, type Generation } from './flush-tracker.ts'
import { PartitionQueue, type PartitionQueueParts, type PartitionQueueSettings } from './partition-queue.ts'
import type { ProducerBatch } from './producer-batch.ts'
import type { ResolvedProducerOptions } from './producer-options.ts'
import type { Delivery, ProducerRecord } from './producer-record.ts'
import { TopicQueue, type WaitingSend } from './topic-queue.ts'

/** Where records were given up. */
export interface FailedAt {
  readonly topic: string
  /** Undefined: they had none yet. */
  readonly partition: number | undefined
}

export interface AccumulatorParts extends Pick<PartitionQueueSettings, 'backoff'> {
  readonly random: () => number
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: () => number
  /** Milliseconds since 1970. */
  readonly timestamp: () => number
  /** The topic is needed and not known. Ends in `topicFound`, `topicNotFound` or `topicRefused`, unless it is ended. */
  lookUp(topic: TopicQueue): void
  /** A queue on the list may have something to send. `isFull`: a whole batch. */
  wake(isFull: boolean): void
  /** What keeps records from being sent, as far as is known. */
  hindrance(): YakError | undefined
  /** Tells of records given up. */
  onFailed(where: FailedAt, recordCount: number, error: YakError): void
  onRestarted: PartitionQueueParts['onRestarted']
}

/** For how long after a deadline a look-up may take to tell why it found nothing. */
const LOOK_UP_GRACE_MS = 100

/** What the encoder reads; one object, used again for every record. */
interface RecordInHand {
  key: Uint8Array | string | null
  value: Uint8Array | string | null
  headers: readonly HeaderToEncode[] | undefined
  timestamp: number
}

/**
 * Where sends gather until they are sent: encoded at once, while there is room and the topic is known; waiting in order
 * otherwise. Knows nothing of brokers and requests.
 */
export class Accumulator {
  readonly budget: BufferBudget
  readonly flushes: FlushTracker = new FlushTracker()
  readonly pool: BuilderPool
  /** Queues that may have something to send, the next one first. */
  readonly ready: Fifo<PartitionQueue> = new Fifo()
  /** The one whose waiting sends are let in first comes first. */
  readonly topics: Map<string, TopicQueue> = new Map()
  readonly #options: ResolvedProducerOptions
  readonly #parts: AccumulatorParts
  readonly #settings: PartitionQueueSettings
  readonly #record: RecordInHand = { key: null, value: null, headers: undefined, timestamp: 0 }

  constructor(options: ResolvedProducerOptions, parts: AccumulatorParts) {
    this.#options = options
    this.#parts = parts
    this.budget = new BufferBudget(options.maxBufferBytes)
    this.pool = new BuilderPool(options.maxBatchBytes)
    const { compression, lingerMs, deliveryTimeoutMs, idempotent } = options
    const maxWindow = idempotent ? LIMITS.producerBatchesRemembered : 1
    this.#settings = { compression, lingerMs, deliveryTimeoutMs, idempotent, maxWindow, backoff: parts.backoff }
  }

  /** The topic's queues; looked up when they are needed. */
  topic(name: string): TopicQueue {
    let topic = this.topics.get(name)
    if (topic === undefined) {
      assertTopicName(name)
      topic = new TopicQueue(name, this.#parts.random)
      this.topics.set(name, topic)
    }
    return topic
  }

  /**
   * Takes one record. Gives its batch, or undefined when it waits. Whatever is wrong with the record ends in its delivery.
   */
  accept(
    topic: TopicQueue,
    record: ProducerRecord,
    codec: Codec,
    delivery: Delivery,
    index: number,
  ): ProducerBatch | undefined {
    if (topic.partitions.length > 0 && topic.waiting.length === 0 && this.budget.hasRoom) {
      return this.#append(topic, record, codec, delivery, index, this.#parts.nowMs)
    }
    const sentAtMs = this.#parts.nowMs()
    topic.waiting.push({ record, codec, delivery, index, sentAtMs, generation: this.flushes.begin() })
    if (topic.partitions.length === 0 && topic.lookUp === undefined) this.#parts.lookUp(topic)
    return undefined
  }

  topicFound(topic: TopicQueue, answer: TopicAnswer): void {
    topic.found(answer, (topicId, partition) => this.#makeQueue(topic.name, topicId, partition))
    for (const queue of topic.partitions) this.list(queue)
    this.admit()
  }

  /** Up to `deadlineMs` the topic was looked up in vain. What may still wait has it looked up again. */
  topicNotFound(topic: TopicQueue, error: YakError, deadlineMs: number): void {
    topic.lookUp = undefined
    const { deliveryTimeoutMs } = this.#options
    // Added up as the deadline was: taken apart, a fraction of a millisecond would be another one.
    const isOver = ({ sentAtMs }: WaitingSend) => sentAtMs + deliveryTimeoutMs <= deadlineMs
    if (topic.waiting.length > 0) this.#giveUpWaiting(topic, error, isOver)
    if (topic.waiting.length > 0) this.#parts.lookUp(topic)
    else this.topicRefused(topic, error)
  }

  /** The topic is not there, and will not be: all that was meant for it is given up. The next send asks again. */
  topicRefused(topic: TopicQueue, error: YakError): void {
    this.#forget(topic)
    this.#giveUpWaiting(topic, error)
    for (const queue of topic.partitions) queue.refuse(error)
  }

  /** Lets waiting sends in, as far as there is room. A topic that has had its turn goes behind all others. */
  admit(): void {
    for (const topic of this.topics.values()) {
      if (topic.partitions.length === 0 || topic.waiting.length === 0) continue
      if (!this.budget.hasRoom) return
      // The loop meets it again at the end; by then nothing of it waits, or there is no room.
      this.topics.delete(topic.name)
      this.topics.set(topic.name, topic)
      while (topic.waiting.length > 0 && this.budget.hasRoom) {
        const { record, codec, delivery, index, generation, sentAtMs } = topic.waiting.shift()!
        if (!delivery.isGone) {
          const batch = this.#append(topic, record, codec, delivery, index, () => sentAtMs, generation)
          delivery.placedIn?.(batch)
        }
        this.flushes.end(generation)
      }
    }
  }

  /** Puts the queue on the list of those to look at. */
  list(queue: PartitionQueue): void {
    if (queue.isListed) return
    queue.isListed = true
    this.ready.push(queue)
  }

  /** Closes the open batches, so that a flush need not wait for what comes after it. */
  seal(): void {
    for (const topic of this.topics.values()) {
      for (const queue of topic.partitions) {
        queue.seal()
        if (queue.hasFullBatch) this.list(queue)
      }
    }
  }

  get isEmpty(): boolean {
    for (const topic of this.topics.values()) if (!topic.isEmpty) return false
    return true
  }

  /** Gives up what is past its deadline, and forgets what its signals have ended. */
  expire(nowMs: number): void {
    for (const topic of this.topics.values()) {
      for (const queue of topic.partitions) queue.expire(nowMs)
      const { deliveryTimeoutMs } = this.#options
      // The look-up ends at the deadline of the first by itself, and knows the reason.
      const graceMs = topic.lookUp === undefined ? 0 : LOOK_UP_GRACE_MS
      const isOver = ({ delivery, sentAtMs }: WaitingSend) =>
        delivery.isGone || sentAtMs + deliveryTimeoutMs + graceMs <= nowMs
      const next = topic.waiting.peek()
      if (next !== undefined && isOver(next)) this.#giveUpWaiting(topic, tooLate(topic, deliveryTimeoutMs), isOver)
      if (topic.lookUp !== undefined && topic.isEmpty) this.#endLookUp(topic)
    }
  }

  abandon(unsent: YakError, underWay: YakError): void {
    for (const topic of this.topics.values()) {
      this.#giveUpWaiting(topic, unsent)
      for (const queue of topic.partitions) queue.abandon(unsent, underWay)
    }
  }

  #append(
    topic: TopicQueue,
    record: ProducerRecord,
    codec: Codec,
    delivery: Delivery,
    index: number,
    nowMs: () => number,
    generation?: Generation,
  ): ProducerBatch | undefined {
    const inHand = this.#record
    try {
      const { value, key, partition, headers, timestamp } = record
      inHand.value = encodeValue(codec, value)
      inHand.key = key ?? null
      inHand.headers = headers === undefined ? undefined : headersOf(headers)
      inHand.timestamp = timestamp ?? this.#parts.timestamp()
      assertSize(inHand)
      const queue = topic.queueFor(key, partition)
      const closedBefore = queue.closedCount
      const batch = queue.append(inHand, delivery, index, nowMs, generation)
      if (!queue.isListed) {
        this.list(queue)
        this.#parts.wake(false)
      }
      if (queue.closedCount !== closedBefore) {
        topic.batchClosed(queue.partition)
        this.#parts.wake(true)
      }
      return batch
    } catch (error) {
      delivery.reject(error as YakError, index)
      return undefined
    }
  }

  /** The sends at the head for which `isOver`. What their signals have ended is only forgotten. */
  #giveUpWaiting({ name: topic, waiting }: TopicQueue, error: YakError, isOver = (_: WaitingSend) => true): void {
    let count = 0
    for (let send = waiting.peek(); send !== undefined && isOver(send); send = waiting.peek()) {
      const { delivery, index, generation } = send
      waiting.shift()
      if (!delivery.isGone) count++
      delivery.reject(error, index)
      this.flushes.end(generation)
    }
    this.#parts.onFailed({ topic, partition: undefined }, count, error)
  }

  /** Nobody waits for it any more. */
  #endLookUp(topic: TopicQueue): void {
    topic.lookUp?.abort()
    topic.lookUp = undefined
    if (topic.partitions.length === 0) this.#forget(topic)
  }

  #forget(topic: TopicQueue): void {
    this.topics.delete(topic.name)
    topic.lookUp = undefined
    topic.isGone = true
  }

  #makeQueue(topic: string, topicId: string, partition: number): PartitionQueue {
    const { pool, budget, flushes } = this
    const { hindrance, onFailed, onRestarted } = this.#parts
    return new PartitionQueue(topic, topicId, partition, this.#settings, {
      pool,
      budget,
      flushes,
      hindrance,
      onFailed,
      onRestarted,
    })
  }
}

function tooLate({ name, partitions }: TopicQueue, deliveryTimeoutMs: number): YakError {
  const reason = partitions.length === 0 ? 'the topic could not be looked up' : 'the buffer stayed full'
  return new YakError(
    'DELIVERY_ABANDONED',
    `The record for ${name} could not be sent within ${deliveryTimeoutMs} ms (deliveryTimeoutMs): ${reason}. It is not written.`,
    { details: { topic: name, deliveryTimeoutMs } },
  )
}

function headersOf(headers: NonNullable<ProducerRecord['headers']>): readonly HeaderToEncode[] {
  // What is iterated over (a Map, a list of pairs) has no fields of its own names: the headers would be lost in silence.
  if (typeof headers !== 'object' || headers === null || Symbol.iterator in headers) {
    throw new TypeError('`headers` is an object of names and their strings or Uint8Arrays, such as { trace: "a1" }.')
  }
  const encoded: HeaderToEncode[] = []
  for (const [key, value] of Object.entries(headers)) {
    if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
      throw new TypeError(`The header ${key} is a string or a Uint8Array, not ${typeof value}.`)
    }
    assertText('The name of a header', key)
    if (typeof value === 'string') assertText(`The header ${key}`, value)
    encoded.push({ key, value })
  }
  if (encoded.length > LIMITS.maxHeadersPerRecord) {
    throw new YakError(
      'INVALID_RECORD',
      `The record has ${encoded.length} headers. Send at most ${LIMITS.maxHeadersPerRecord}.`,
    )
  }
  return encoded
}

/** A broker refuses a whole batch for one record too large; better this record alone is refused here. */
function assertSize({ key, value, headers }: RecordInHand): void {
  let sizeBytes = (key?.length ?? 0) + (value?.length ?? 0)
  if (headers !== undefined) for (const each of headers) sizeBytes += each.key.length + (each.value?.length ?? 0)
  // A character takes up to three bytes for each unit of a JavaScript string; most take one.
  if (sizeBytes * 3 <= LIMITS.maxRecordBytes) return
  sizeBytes = sizeBytesOf(key) + sizeBytesOf(value)
  for (const each of headers ?? []) sizeBytes += sizeBytesOf(each.key) + sizeBytesOf(each.value) + 10
  if (sizeBytes <= LIMITS.maxRecordBytes) return
  throw new YakError(
    'RECORD_TOO_LARGE',
    `The record has ${sizeBytes} bytes with its key and headers, and ${LIMITS.maxRecordBytes} are allowed. ` +
      'Send less in one record, or a reference to where the data lies.',
    { details: { sizeBytes, maxRecordBytes: LIMITS.maxRecordBytes } },
  )
}

const encoder = new TextEncoder()

function sizeBytesOf(part: Uint8Array | string | null): number {
  return typeof part === 'string' ? encoder.encode(part).length : (part?.length ?? 0)
}
