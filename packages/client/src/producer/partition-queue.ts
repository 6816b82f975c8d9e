import {
  type Compression,
  type ErrorCode,
  type ProduceResult,
  type RecordToEncode,
  Roster,
  YakError,
} from '@yak/protocol'
import type { Backoff } from '../backoff.ts'
import type { ProducerIdentity } from '../cluster/json-shapes.ts'
import { Fifo } from '../fifo.ts'
import type { BufferBudget } from './buffer-budget.ts'
import type { BuilderPool } from './builder-pool.ts'
import type { FlushTracker, Generation } from './flush-tracker.ts'
import { honest, judge, type Restart } from './judgement.ts'
import { ProducerBatch } from './producer-batch.ts'
import type { Delivery } from './producer-record.ts'

export interface PartitionQueueSettings {
  readonly compression: Compression
  readonly lingerMs: number
  /** Batches from the oldest not settled to the newest sent; what a broker remembers of a producer. */
  readonly maxWindow: number
  readonly deliveryTimeoutMs: number
  readonly idempotent: boolean
  readonly backoff: Backoff
}

export interface PartitionQueueParts {
  readonly pool: BuilderPool
  readonly budget: BufferBudget
  readonly flushes: FlushTracker
  /** What keeps all batches from being sent, as far as is known. */
  hindrance(): YakError | undefined
  /** Tells of records given up. */
  onFailed(queue: PartitionQueue, recordCount: number, error: YakError): void
  /** The sequence begins anew. `before` is the producer it ran under. */
  onRestarted(queue: PartitionQueue, before: ProducerIdentity | undefined): void
}

const MAX_PRODUCER_EPOCH = 32_767
/** The batch as a whole is too large, whatever its records are. */
const SIZE_CODES: ReadonlySet<ErrorCode> = new Set(['BODY_TOO_LARGE', 'BATCH_TOO_LARGE'])

/**
 * The batches of one partition, in order, and their sequence. No I/O and no clock: the time is an argument.
 *
 *     open --full, or taken--> (sealed) --take--> in flight --answer--> settled
 *                                            ^                 |
 *                                            +--- retries <----+   in the order of the sequence
 *
 * Order holds because a batch is taken only when nothing before it waits to be sent, and because what is in flight travels
 * on one connection.
 */
export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  topicId: string
  /** Whether the sender has this queue on its list. */
  isListed = false
  /** None yet: needs one before anything can be sent. Undefined for ever without idempotence. */
  identity: ProducerIdentity | undefined
  readonly #settings: PartitionQueueSettings
  readonly #parts: PartitionQueueParts
  #open: ProducerBatch | undefined
  readonly #sealed = new Fifo<ProducerBatch>()
  #retries: ProducerBatch[] = []
  readonly #inFlight = new Roster<ProducerBatch>()
  #nextSequence = 0
  #nextOrdinal = 0
  #closedCount = 0
  #restart: Restart | undefined
  #notBeforeMs = 0
  #failures = 0
  /** Why the last attempt with any batch failed; undefined once one has succeeded. */
  #trouble: YakError | undefined
  #refusal: YakError | undefined

  constructor(
    topic: string,
    topicId: string,
    partition: number,
    settings: PartitionQueueSettings,
    parts: PartitionQueueParts,
  ) {
    this.topic = topic
    this.topicId = topicId
    this.partition = partition
    this.#settings = settings
    this.#parts = parts
  }

  get isEmpty(): boolean {
    return (
      this.#open === undefined && this.#sealed.length === 0 && this.#retries.length === 0 && this.#inFlight.size === 0
    )
  }

  get hasFullBatch(): boolean {
    return this.#sealed.length > 0
  }

  /** How many batches were closed so far. */
  get closedCount(): number {
    return this.#closedCount
  }

  /** What `take` would give, before compression. */
  get nextSizeBytes(): number {
    return (this.#retries[0] ?? this.#sealed.peek() ?? this.#open)?.sizeBytes ?? 0
  }

  get needsIdentity(): boolean {
    return this.#settings.idempotent && this.identity === undefined
  }

  get attempts(): number {
    return this.#failures
  }

  /**
   * Encodes the record into the open batch; into a new one when it does not fit. `generation`: that of a record sent earlier.
   *
   * @throws YakError RECORD_TOO_LARGE; TypeError from the encoder.
   */
  append(
    record: RecordToEncode,
    delivery: Delivery,
    index: number,
    nowMs: () => number,
    generation?: Generation,
  ): ProducerBatch {
    const open = this.#open
    if (open !== undefined) {
      const before = open.sizeBytes
      if (open.tryAppend(record, delivery, index)) {
        this.#parts.budget.add(open.sizeBytes - before)
        return open
      }
      this.#seal()
    }
    return this.#openWith(record, delivery, index, nowMs(), generation)
  }

  /** Closes the open batch, so that what follows goes into another. */
  seal(): void {
    if (this.#open !== undefined) this.#seal()
  }

  /**
   * From when on `take` gives a batch; Infinity while something else has to happen first. `isUrgent`: nobody wants to wait for
   * more records.
   */
  sendableAtMs(isUrgent: boolean): number {
    if (this.#restart !== undefined) return Number.POSITIVE_INFINITY
    if (this.#retries.length > 0) return this.#notBeforeMs
    if (this.#nextOrdinal - this.#oldestOrdinal() >= this.#settings.maxWindow) return Number.POSITIVE_INFINITY
    if (this.#sealed.length > 0) return this.#notBeforeMs
    if (this.#open === undefined || this.#inFlight.size > 0) return Number.POSITIVE_INFINITY
    const { lingerMs } = this.#settings
    return isUrgent || lingerMs === 0
      ? this.#notBeforeMs
      : Math.max(this.#notBeforeMs, this.#open.openedAtMs + lingerMs)
  }

  /** The next batch to send, stamped and counted as in flight. Undefined when all its records were dropped. */
  take(): ProducerBatch | undefined {
    const batch = this.#retries.shift() ?? this.#sealed.shift() ?? this.#open
    if (batch === undefined) return undefined
    if (batch === this.#open) {
      this.#open = undefined
      this.#closedCount++
    }
    if (batch.isEmpty) {
      this.#release(batch)
      return undefined
    }
    if (!batch.isStamped || (batch.baseSequence < 0 && this.#settings.idempotent)) this.#stamp(batch)
    batch.attempts++
    this.#inFlight.add(batch)
    return batch
  }

  /** The answer about a batch that `take` gave. */
  answered(batch: ProducerBatch, result: ProduceResult, nowMs: number): void {
    const judgement = judge(result, {
      recordCount: batch.recordCount,
      mayBeWritten: batch.mayBeWritten,
      isPart: batch.isPart,
      hasEarlier: this.#oldestOrdinal() < batch.ordinal,
    })
    this.#inFlight.delete(batch)
    switch (judgement.kind) {
      case 'done':
        this.#failures = 0
        this.#trouble = undefined
        this.#notBeforeMs = 0
        batch.succeed(this.topic, this.partition, judgement.offset, result.leaderEpoch)
        this.#release(batch)
        break
      case 'retry':
        batch.mayBeWritten ||= judgement.mayBeWritten
        batch.lastError = judgement.error
        this.#trouble = judgement.error
        if (!judgement.mayBeWritten) batch.refusal = judgement.error
        if (!judgement.isQueued) this.#backOff(nowMs)
        this.#retry(batch)
        break
      case 'restart':
        batch.lastError = judgement.error
        batch.refusal = judgement.error
        if (this.#restart !== 'new-producer-id') this.#restart = judgement.how
        this.#retry(batch)
        break
      case 'split':
        if (SIZE_CODES.has(result.error!)) this.#parts.pool.shrinkBelow(batch.sizeBytes)
        this.#split(batch)
        break
      case 'failed':
        this.#fail(batch, judgement.error)
        break
    }
    this.#restartWhenQuiet()
  }

  /** The request with this batch ended without an answer. `sent` false: not a byte of it left. */
  unanswered(batch: ProducerBatch, error: YakError, sent: boolean, nowMs: number): void {
    this.#inFlight.delete(batch)
    if (!sent) batch.attempts--
    batch.mayBeWritten ||= sent
    batch.lastError = error
    this.#trouble = error
    this.#backOff(nowMs)
    this.#retry(batch)
    this.#restartWhenQuiet()
  }

  /** The request with this batch was refused for its size, before anything in it was looked at: again at once, in a smaller one. */
  returned(batch: ProducerBatch): void {
    this.#inFlight.delete(batch)
    batch.attempts--
    this.#retry(batch)
    this.#restartWhenQuiet()
  }

  /** When the batch is sent again, at the earliest; undefined: it is not. */
  retryAtMs(batch: ProducerBatch): number | undefined {
    return this.#retries.includes(batch) ? this.#notBeforeMs : undefined
  }

  /** The topic was deleted and created again: what is definitely not written goes to the new one, as a new beginning. */
  moveTo(topicId: string): void {
    if (topicId === this.topicId) return
    this.topicId = topicId
    this.#restart ??= 'next-epoch'
    this.#restartWhenQuiet()
  }

  /** Gives up what is past its deadline. No flush waits any longer for what is settled, by this or by signals. */
  expire(nowMs: number): void {
    while (this.#sealed.length > 0 && this.#sealed.peek()!.deadlineMs <= nowMs) {
      this.#fail(this.#sealed.shift()!, this.#timedOut(undefined))
    }
    if (this.#open !== undefined && this.#open.deadlineMs <= nowMs) {
      const open = this.#open
      this.#open = undefined
      this.#fail(open, this.#timedOut(undefined))
    }
    for (const batch of this.#retries.filter(({ deadlineMs }) => deadlineMs <= nowMs)) {
      this.#retries.splice(this.#retries.indexOf(batch), 1)
      this.#fail(batch, this.#timedOut(batch))
    }
    for (const batch of this.#inFlight) {
      if (batch.deadlineMs <= nowMs && !batch.isGivenUp) this.#giveUp(batch, this.#timedOut(batch))
    }
    for (const batches of [this.#sealed, this.#retries, this.#inFlight]) {
      for (const batch of batches) if (batch.isSettled) this.#endFlush(batch)
    }
    while (this.#sealed.peek()?.isEmpty) this.#release(this.#sealed.shift()!)
    if (this.#open?.isEmpty) {
      // Not to be filled again: a later flush would not wait for it.
      this.#release(this.#open)
      this.#open = undefined
    }
    this.#forgetUnwanted()
  }

  /** Gives up everything: what was never sent with `unsent`, the rest with what is honest. */
  abandon(unsent: YakError, underWay: YakError): void {
    for (const batch of [...this.#sealed, ...(this.#open === undefined ? [] : [this.#open])]) this.#fail(batch, unsent)
    while (this.#sealed.shift() !== undefined);
    this.#open = undefined
    for (const batch of this.#retries) {
      this.#fail(batch, batch.mayBeWritten ? underWay : (batch.refusal ?? unsent))
    }
    this.#retries = []
    for (const batch of this.#inFlight) if (!batch.isGivenUp) this.#giveUp(batch, underWay)
  }

  /** There is no such topic or partition any more: everything fails with this, or with what is honest. */
  refuse(error: YakError): void {
    this.#refusal = error
    for (const batch of this.#retries) this.#fail(batch, honest(error, batch.mayBeWritten))
    this.#retries = []
    for (let batch = this.#sealed.shift(); batch !== undefined; batch = this.#sealed.shift()) this.#fail(batch, error)
    if (this.#open !== undefined) this.#fail(this.#open, error)
    this.#open = undefined
  }

  #openWith(
    record: RecordToEncode,
    delivery: Delivery,
    index: number,
    nowMs: number,
    generation: Generation | undefined,
  ): ProducerBatch {
    const { pool, budget, flushes } = this.#parts
    const deadlineMs = nowMs + this.#settings.deliveryTimeoutMs
    let batch = new ProducerBatch(pool.take(), nowMs, deadlineMs, flushes.begin(generation))
    let isOversized = false
    if (!batch.tryAppend(record, delivery, index)) {
      isOversized = true
      batch = new ProducerBatch(pool.takeLarge(), nowMs, deadlineMs, batch.generation)
      if (!batch.tryAppend(record, delivery, index)) {
        flushes.end(batch.generation)
        throw new YakError('RECORD_TOO_LARGE', 'The record does not fit into any batch. Send less in one record.')
      }
    }
    budget.add(batch.sizeBytes)
    this.#open = batch
    if (isOversized) this.#seal()
    return batch
  }

  #seal(): void {
    this.#sealed.push(this.#open!)
    this.#open = undefined
    this.#closedCount++
  }

  /** All that is left was ended by signals: nobody waits for another attempt, neither of it nor of what stands behind it. */
  #forgetUnwanted(): void {
    if (this.#open !== undefined || this.#sealed.length > 0 || this.#inFlight.size > 0) return
    if (!this.#retries.every((batch) => batch.isSettled)) return
    for (const batch of this.#retries.reverse()) {
      this.#takeBack(batch)
      this.#release(batch)
    }
    this.#retries = []
  }

  #stamp(batch: ProducerBatch): void {
    if (!batch.isStamped) batch.ordinal = this.#nextOrdinal++
    batch.stamp(this.#nextSequence, this.identity, this.#settings.compression, this.#parts.pool)
    if (this.identity !== undefined) this.#nextSequence = batch.nextSequence
  }

  /** Of the batches sent and not settled; the next one to come without any. */
  #oldestOrdinal(): number {
    let oldest = this.#nextOrdinal
    for (const { ordinal } of this.#inFlight) oldest = Math.min(oldest, ordinal)
    for (const { ordinal } of this.#retries) oldest = Math.min(oldest, ordinal)
    return oldest
  }

  #retry(batch: ProducerBatch): void {
    if (batch.isGivenUp) {
      this.#release(batch)
    } else if (this.#refusal !== undefined) {
      this.#fail(batch, honest(this.#refusal, batch.mayBeWritten))
    } else {
      const index = this.#retries.findIndex(({ ordinal }) => ordinal > batch.ordinal)
      this.#retries.splice(index < 0 ? this.#retries.length : index, 0, batch)
    }
  }

  /** What fails while a pause is on failed of the same cause. */
  #backOff(nowMs: number): void {
    if (nowMs < this.#notBeforeMs) return
    this.#failures++
    this.#notBeforeMs = nowMs + this.#settings.backoff.delayMs(this.#failures)
  }

  /**
   * A gap in the sequence is proven, and nothing under the old one is under way: goes on from sequence 0 under the next producer
   * epoch. The log refuses the old epoch from then on, so a request that was given up and still wanders about can no longer
   * write behind what follows. What may already be written under the old epoch cannot be sent under the new one: it would be
   * written twice.
   */
  #restartWhenQuiet(): void {
    if (this.#restart === undefined || this.#inFlight.size > 0) return
    const { identity } = this
    const isUsedUp = identity !== undefined && identity.producerEpoch >= MAX_PRODUCER_EPOCH
    if (this.#restart === 'new-producer-id' || isUsedUp) this.identity = undefined
    else if (identity !== undefined) this.identity = { ...identity, producerEpoch: identity.producerEpoch + 1 }
    this.#restart = undefined
    this.#nextSequence = 0
    const retries = this.#retries
    this.#retries = []
    for (const batch of retries) {
      if (batch.mayBeWritten) {
        this.#fail(batch, honest(batch.lastError!, true))
      } else {
        batch.baseSequence = -1
        this.#retries.push(batch)
      }
    }
    this.#parts.onRestarted(this, identity)
  }

  /** The halves take the sequences of the whole, so no gap arises. */
  #split(batch: ProducerBatch): void {
    const { pool, budget } = this.#parts
    let sequence = batch.baseSequence
    for (const part of batch.isGivenUp ? [] : batch.split(pool)) {
      budget.add(part.sizeBytes)
      part.generation.openCount++
      part.stamp(sequence, this.identity, this.#settings.compression, pool)
      sequence = part.nextSequence
      this.#retry(part)
    }
    this.#release(batch)
  }

  /** The last sequence given out, and definitely in no log: whoever comes next takes it, and there is no gap. */
  #takeBack(batch: ProducerBatch): void {
    const isLast = batch.baseSequence >= 0 && batch.nextSequence === this.#nextSequence
    if (isLast && !batch.mayBeWritten) this.#nextSequence = batch.baseSequence
  }

  #fail(batch: ProducerBatch, error: YakError): void {
    if (error.outcome === 'not-written') this.#takeBack(batch)
    if (!batch.isGivenUp) this.#giveUp(batch, error)
    this.#release(batch)
  }

  #giveUp(batch: ProducerBatch, error: YakError): void {
    batch.isGivenUp = true
    this.#parts.onFailed(this, batch.fail(error), error)
  }

  #release(batch: ProducerBatch): void {
    this.#parts.budget.remove(batch.sizeBytes)
    this.#endFlush(batch)
  }

  #endFlush(batch: ProducerBatch): void {
    if (batch.isFlushed) return
    batch.isFlushed = true
    this.#parts.flushes.end(batch.generation)
  }

  /** Undefined for a batch that was never sent. */
  #timedOut(batch: ProducerBatch | undefined): YakError {
    const { deliveryTimeoutMs } = this.#settings
    const name = `${this.topic}-${this.partition}`
    const isUnsent = batch === undefined || batch.attempts === 0
    const heldUpBy = isUnsent ? (this.#trouble ?? this.#parts.hindrance()) : undefined
    const cause = batch?.lastError ?? heldUpBy
    const { topic, partition } = this
    const details = { topic, partition, deliveryTimeoutMs, attempts: batch?.attempts ?? 0 }
    if (isUnsent) {
      return new YakError(
        'DELIVERY_ABANDONED',
        `The record for ${name} could not be sent within ${deliveryTimeoutMs} ms (deliveryTimeoutMs). It is not written.` +
          (cause === undefined ? '' : ` ${cause.message}`),
        { details, cause },
      )
    }
    const { refusal } = batch
    if (!batch.mayBeWritten && !this.#inFlight.has(batch) && refusal !== undefined) {
      return new YakError(
        refusal.code,
        `Refused ${batch.attempts} times within ${deliveryTimeoutMs} ms (deliveryTimeoutMs): ${refusal.message}`,
        { details, cause },
      )
    }
    return new YakError(
      'DELIVERY_TIMEOUT',
      `No receipt for ${name} within ${deliveryTimeoutMs} ms (deliveryTimeoutMs) and ${batch.attempts} attempts. The record ` +
        `may be written.${cause === undefined ? '' : ` The last attempt: ${cause.message}`} Read the partition to find out.`,
      { details, cause },
    )
  }
}
