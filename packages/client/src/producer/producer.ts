import { YakError } from '@yak/protocol'
import { repeat } from '../clock.ts'
import { asYakError } from '../cluster/answer.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { ProducerIdentity } from '../cluster/json-shapes.ts'
import { TopicCatalog } from '../cluster/topic-catalog.ts'
import { CODECS, type Codec } from '../codec.ts'
import { assertCallOptions, assertKnownFields, assertSignal, durationMs, oneOf } from '../option-checks.ts'
import { pause } from '../waiting.ts'
import { AbortableSends, abandonedBySignal } from './abortable-sends.ts'
import { Accumulator, type FailedAt } from './accumulator.ts'
import { BatchDelivery } from './batch-delivery.ts'
import type { PartitionQueue } from './partition-queue.ts'
import { ProducerIdentities } from './producer-identities.ts'
import { type ProducerOptions, type ResolvedProducerOptions, resolveProducerOptions } from './producer-options.ts'
import {
  assertMessageFields,
  assertRecordFields,
  type Delivery,
  type ProducerMessage,
  type ProducerMessages,
  type ProducerRecord,
  type Receipt,
  type SendOptions,
} from './producer-record.ts'
import { Sender } from './sender.ts'
import type { TopicQueue } from './topic-queue.ts'
import { turnClock } from './turn-clock.ts'

/** `await using` is over in 100 ms; this leaves room for the rest of it. */
const DEFAULT_CLOSE_TIMEOUT_MS = 75
const sendOptions = ['signal'] as const satisfies readonly (keyof SendOptions)[]
/** A leader that owes an answer for longer makes the client ask the others whether one of them leads by now. */
const SILENCE_MS = 1_000

/**
 * Sends records. Made by `client.producer()`; one is enough for a whole program, and shares its batches and its connection
 * among all who send.
 */
export class Producer {
  readonly #cluster: Cluster
  readonly #options: ResolvedProducerOptions
  readonly #accumulator: Accumulator
  readonly #identities: ProducerIdentities
  readonly #catalog: TopicCatalog
  readonly #sender: Sender
  readonly #abortables = new AbortableSends()
  readonly #onClosed: (producer: Producer) => void
  #stopTicking: (() => void) | undefined
  #lastTopic: TopicQueue | undefined
  #isClosed = false
  /** Ends what is asked of brokers on this producer's behalf. */
  readonly #ending = new AbortController()
  /** Nothing is under way any more, or its time is over: `close` need not wait. */
  readonly #quiet = new AbortController()

  /** @internal Use `client.producer()`. */
  constructor(cluster: Cluster, options: ProducerOptions, onClosed: (producer: Producer) => void) {
    this.#cluster = cluster
    this.#options = resolveProducerOptions(options)
    this.#onClosed = onClosed
    this.#catalog = new TopicCatalog(cluster)
    this.#identities = new ProducerIdentities(cluster, this.#ending.signal)
    this.#accumulator = new Accumulator(this.#options, {
      random: cluster.options.random,
      backoff: cluster.options.backoff,
      nowMs: () => cluster.clock.nowMs(),
      timestamp: turnClock(() => Math.floor(cluster.clock.wallClockMs())),
      lookUp: (topic) => void this.#lookUp(topic),
      wake: (isFull) => this.#wake(isFull),
      hindrance: () => this.#identities.lastError,
      onFailed: (where, recordCount, error) => this.#tellOfFailure(where, recordCount, error),
      onRestarted: (queue, before) => this.#restarted(queue, before),
    })
    this.#sender = new Sender({
      cluster,
      accumulator: this.#accumulator,
      identities: this.#identities,
      options: this.#options,
      onTopicGone: ({ topic }) => this.#topicGone(topic),
      onHopeless: (error) => this.#giveUpAll(error),
    })
  }

  /** Bytes of records encoded and not yet settled; at most `maxBufferBytes` and one record. */
  get bufferedBytes(): number {
    return this.#accumulator.budget.usedBytes
  }

  /**
   * Sends one record; the receipt says where it lies once every in-sync replica has it on disk. Sends in a loop travel in
   * batches by themselves. The promise is yours to look at: a send that fails unseen is an unhandled rejection.
   *
   * While the buffer is full, or the topic not known yet, the record waits in the order of the calls and is encoded when its
   * turn comes; do not change the value until then.
   *
   * @throws YakError (as a rejection); `error.outcome` says whether the record may be written all the same. TypeError for
   * a wrong argument.
   */
  send<Value>(message: ProducerMessage<Value>, options?: SendOptions): Promise<Receipt> {
    const delivery = Promise.withResolvers<Receipt>()
    try {
      assertCallOptions('send()', options, sendOptions)
      assertSignal(options?.signal)
      assertMessageFields(message)
      const codec = message.codec === undefined ? this.#options.codec : oneOf('codec', message.codec, 'json', CODECS)
      this.#accept(this.#topic(message.topic), message, codec, delivery, 0, options?.signal)
    } catch (error) {
      delivery.reject(error as YakError)
    }
    return delivery.promise
  }

  /**
   * Sends many records of one topic and waits for all of them; the receipts stand in the order of the records. They may travel in
   * several batches, to several partitions: each has its own fate, and there is no all or nothing.
   *
   * @throws YakError (as a rejection) when any record failed: `details.results`, not enumerable, has a Receipt or a YakError for each;
   * `outcome` is unknown when any of them is.
   */
  sendBatch<Value>(messages: ProducerMessages<Value>, options?: SendOptions): Promise<Receipt[]> {
    try {
      assertCallOptions('sendBatch()', options, sendOptions)
      assertSignal(options?.signal)
      assertKnownFields('sendBatch()', messages, ['topic', 'records', 'codec'])
      const { topic, records } = messages
      const codec = messages.codec === undefined ? this.#options.codec : oneOf('codec', messages.codec, 'json', CODECS)
      if (!Array.isArray(records)) throw new TypeError('`records` is an array of { value, key?, partition?, … }.')
      for (const record of records) assertRecordFields(record)
      const batch = new BatchDelivery(records.length)
      this.#topic(topic)
      for (let index = 0; index < records.length; index++) {
        // Looked up each time: a record may be what ends the topic.
        this.#accept(this.#topic(topic), records[index]!, codec, batch, index, options?.signal)
      }
      return batch.promise
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Resolves when every record sent before this call is settled, well or badly; each send's own promise says which. */
  async flush(): Promise<void> {
    this.#sender.urgency++
    this.#accumulator.seal()
    this.#sender.drain()
    try {
      await this.#accumulator.flushes.flush()
    } finally {
      this.#sender.urgency--
    }
  }

  /**
   * Takes no more records, gives those under way up to `timeoutMs` (default 75) to be settled, and rejects the rest: what was
   * never sent with DELIVERY_ABANDONED, what may be written with OUTCOME_UNKNOWN. For all to be settled: `flush()` first.
   * Called again it counts by its own time: of several the first to be over closes.
   */
  async close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    const timeoutMs = durationMs('timeoutMs', options.timeoutMs, DEFAULT_CLOSE_TIMEOUT_MS)
    if (!this.#isClosed) void this.flush().then(() => this.#quiet.abort())
    this.#isClosed = true
    await pause(this.#cluster.clock, timeoutMs, this.#quiet.signal)
    this.#end()
  }

  /** `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #accept(
    topic: TopicQueue,
    record: ProducerRecord,
    codec: Codec,
    delivery: Delivery,
    index: number,
    signal: AbortSignal | undefined,
  ): void {
    if (this.#stopTicking === undefined) this.#startTicker()
    if (signal === undefined) {
      this.#accumulator.accept(topic, record, codec, delivery, index)
    } else if (signal.aborted) {
      delivery.reject(abandonedBySignal(signal.reason), index)
    } else {
      const abortable = this.#abortables.watch(signal, delivery, index)
      abortable.placedIn(this.#accumulator.accept(topic, record, codec, abortable, index))
    }
  }

  #topic(name: string): TopicQueue {
    if (this.#isClosed) throw new YakError('CLIENT_CLOSED', 'The producer is closed. Make a new one.')
    const last = this.#lastTopic
    if (last !== undefined && last.name === name && !last.isGone) return last
    this.#lastTopic = this.#accumulator.topic(name)
    return this.#lastTopic
  }

  #wake(isFull: boolean): void {
    this.#sender.wake(isFull)
  }

  async #lookUp(topic: TopicQueue): Promise<void> {
    const { deliveryTimeoutMs, createTopics: create } = this.#options
    const isNew = topic.partitions.length === 0
    const nowMs = this.#cluster.clock.nowMs()
    // Of the one that has waited longest.
    const deadlineMs = (topic.waiting.peek()?.sentAtMs ?? nowMs) + deliveryTimeoutMs
    const lookUp = new AbortController()
    topic.lookUp = lookUp
    const signal = AbortSignal.any([lookUp.signal, this.#ending.signal])
    try {
      const options = { create, timeoutMs: Math.max(0, deadlineMs - nowMs), signal }
      const { topics, errors } = await this.#catalog.lookUp([topic.name], options)
      if (lookUp.signal.aborted) return
      if (topics[0] !== undefined) this.#accumulator.topicFound(topic, topics[0])
      else this.#refuse(topic, abandoned(errors.get(topic.name)!))
    } catch (cause) {
      if (lookUp.signal.aborted) return
      topic.lookUp = undefined
      const error = asYakError(cause)
      const isPassing = error.retriable && error.code !== 'INVALID_RESPONSE' && !signal.aborted
      // What is known of the topic may still be so; the batches have their own deadline.
      if (isNew && isPassing) this.#accumulator.topicNotFound(topic, abandoned(error), deadlineMs)
      else if (isNew) this.#accumulator.topicRefused(topic, abandoned(error))
    }
    this.#sender.drain()
  }

  /** Should it be there after all, it has records of the sequences that the next queues would begin anew. */
  #refuse(topic: TopicQueue, error: YakError): void {
    for (const { identity } of topic.partitions) if (identity !== undefined) this.#identities.renew(identity.producerId)
    this.#accumulator.topicRefused(topic, error)
  }

  #topicGone(name: string): void {
    const topic = this.#accumulator.topics.get(name)
    if (topic !== undefined && topic.lookUp === undefined) void this.#lookUp(topic)
  }

  /** Gives up what is late, and looks for another leader when this one is silent. Runs while anything is under way. */
  #startTicker(): void {
    const everyMs = Math.min(250, Math.max(10, Math.floor(this.#options.deliveryTimeoutMs / 10)))
    const { clock } = this.#cluster
    this.#stopTicking = repeat(clock, everyMs, () => {
      const nowMs = clock.nowMs()
      this.#accumulator.expire(nowMs)
      this.#accumulator.admit()
      if (this.#sender.silentMs(nowMs) > SILENCE_MS) this.#cluster.probe()
      if (!this.#accumulator.isEmpty) return
      this.#stopTicking?.()
      this.#stopTicking = undefined
      this.#sender.rest()
      this.#identities.rest()
    })
  }

  #restarted(queue: PartitionQueue, before: ProducerIdentity | undefined): void {
    const { topic, partition, identity } = queue
    if (identity !== undefined) this.#cluster.events.emit('producer-epoch-raised', { topic, partition, ...identity })
    else if (before !== undefined) this.#identities.renew(before.producerId)
    this.#accumulator.list(queue)
    this.#sender.drain()
  }

  #tellOfFailure({ topic, partition }: FailedAt, recordCount: number, error: YakError): void {
    const { events } = this.#cluster
    if (recordCount === 0 || !events.has('delivery-failed')) return
    events.emit('delivery-failed', { topic, partition, recordCount, outcome: error.outcome, error })
  }

  #giveUpAll(error: YakError): void {
    this.#accumulator.abandon(abandoned(error), error)
  }

  #end(): void {
    if (this.#ending.signal.aborted) return
    this.#accumulator.abandon(
      new YakError(
        'DELIVERY_ABANDONED',
        'The producer was closed before the record was sent. It is not written. Call flush() before close().',
      ),
      new YakError(
        'OUTCOME_UNKNOWN',
        'The producer was closed before the answer came. The record may be written. Call flush() before close().',
      ),
    )
    this.#sender.close()
    this.#ending.abort()
    this.#quiet.abort()
    this.#stopTicking?.()
    this.#onClosed(this)
  }
}

/** For records that no broker has seen, whatever the reason. */
function abandoned(cause: YakError): YakError {
  if (cause.code === 'UNKNOWN_TOPIC' || cause.outcome === 'not-written') return cause
  return new YakError('DELIVERY_ABANDONED', `The record could not be sent and is not written: ${cause.message}`, {
    cause,
  })
}
