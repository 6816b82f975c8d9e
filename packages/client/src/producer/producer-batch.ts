import {
  type Compression,
  type RecordBatchBuilder,
  RecordCursor,
  type RecordToEncode,
  stampProducer,
  type YakError,
} from '@yak/protocol'
import type { ProducerIdentity } from '../cluster/json-shapes.ts'
import type { BuilderPool } from './builder-pool.ts'
import type { Generation } from './flush-tracker.ts'
import type { Delivery, Receipt } from './producer-record.ts'

/** Sequences wrap as Kafka's do. */
const SEQUENCE_MODULUS = 2_147_483_648

/**
 * The records of one partition that travel together, and whom to tell.
 *
 *     open --seal--> sealed --stamp--> stamped --(sent any number of times)--> settled
 *
 * Each record is encoded once, when it is appended. The bytes change only in two cases, both before they can be in any
 * log: records are taken out before the batch is first sent, or it is stamped anew because it is definitely not written.
 */
export class ProducerBatch {
  readonly generation: Generation
  /** When its first record was given to `send`: the delivery deadline of all of them counts from here. */
  readonly deadlineMs: number
  readonly openedAtMs: number
  /** Place among the stamped batches of its partition; -1 before. The halves of a split batch share its place. */
  ordinal = -1
  /** How much of the ordinals is this batch's own. */
  ordinalSpan = 1
  /** -1: to be stamped before it is sent. */
  baseSequence = -1
  recordCount = 0
  /** Those that a broker may have seen. */
  attempts = 0
  /** Some attempt may have been written. Nothing but a "done" ends this. */
  mayBeWritten = false
  /** Half of another that was too large. */
  isPart = false
  /** What the last attempt ended in. */
  lastError: YakError | undefined
  /** What a broker last refused it with, and by that has not written it. */
  refusal: YakError | undefined
  /** Its records were given up; it only waits for the answer under way. */
  isGivenUp = false
  /** No flush waits for it any more. */
  isFlushed = false
  /** What it holds of the buffer, until it is settled. */
  sizeBytes: number
  #builder: RecordBatchBuilder | undefined
  #bytes: Uint8Array | undefined
  #deliveries: (Delivery | undefined)[] = []
  /** Of the records within their deliveries; made when one is not 0, for most never are. */
  #indexes: number[] | undefined
  #timestamps: number[] = []
  #droppedCount = 0

  constructor(builder: RecordBatchBuilder, openedAtMs: number, deadlineMs: number, generation: Generation) {
    this.#builder = builder
    this.openedAtMs = openedAtMs
    this.deadlineMs = deadlineMs
    this.generation = generation
    this.sizeBytes = builder.sizeBytes
  }

  /** Whether a record can no longer be taken out. */
  get isStamped(): boolean {
    return this.ordinal >= 0
  }

  /** Nobody waits for any of its records. */
  get isEmpty(): boolean {
    return this.#droppedCount === this.recordCount
  }

  /** Nobody waits for any of its records, whether it was dropped or is under way. */
  get isSettled(): boolean {
    return this.#deliveries.every((delivery) => delivery === undefined || delivery.isGone)
  }

  /** Before `stamp` there are none. */
  get bytes(): Uint8Array {
    return this.#bytes!
  }

  /** False when the batch is full. */
  tryAppend(record: RecordToEncode, delivery: Delivery | undefined, index: number): boolean {
    const builder = this.#builder!
    if (builder.tryAppend(record) < 0) return false
    this.sizeBytes = builder.sizeBytes
    this.recordCount++
    this.#deliveries.push(delivery)
    if (this.#indexes !== undefined || index !== 0) this.#setIndex(this.#deliveries.length - 1, index)
    this.#timestamps.push(record.timestamp)
    return true
  }

  /** Takes a record out, for nobody will wait for it. Only before the batch is stamped. */
  drop(delivery: Delivery): void {
    const index = this.#deliveries.indexOf(delivery)
    if (index < 0) return
    this.#deliveries[index] = undefined
    this.#droppedCount++
  }

  /** Gives the batch its place in the sequence, or a new one. Records dropped so far are left out from here on. */
  stamp(
    baseSequence: number,
    producer: ProducerIdentity | undefined,
    compression: Compression,
    pool: BuilderPool,
  ): void {
    this.baseSequence = producer === undefined ? -1 : baseSequence
    const producerFields = producer === undefined ? {} : { ...producer, baseSequence }
    if (this.#bytes === undefined) {
      this.#leaveOutDropped(pool)
      const builder = this.#builder!
      this.#bytes = builder.build({ compression, ...producerFields })
      this.#builder = undefined
      pool.give(builder)
    } else if (producer !== undefined) {
      stampProducer(this.#bytes, 0, { ...producer, baseSequence })
    }
  }

  /** The sequence after this batch's last. */
  get nextSequence(): number {
    return (this.baseSequence + this.recordCount) % SEQUENCE_MODULUS
  }

  /** `baseOffset` undefined: written, at an offset no longer known. */
  succeed(topic: string, partition: number, baseOffset: number | undefined, epoch: number): void {
    const deliveries = this.#takeDeliveries()
    for (let delta = 0; delta < deliveries.length; delta++) {
      const receipt: Receipt = {
        topic,
        partition,
        offset: baseOffset === undefined ? undefined : baseOffset + delta,
        epoch,
        timestamp: this.#timestamps[delta]!,
      }
      deliveries[delta]?.resolve(receipt, this.#indexAt(delta))
    }
  }

  /** Gives how many were waited for. */
  fail(error: YakError): number {
    const deliveries = this.#takeDeliveries()
    let count = 0
    for (let delta = 0; delta < deliveries.length; delta++) {
      const delivery = deliveries[delta]
      if (delivery === undefined || delivery.isGone) continue
      count++
      delivery.reject(error, this.#indexAt(delta))
    }
    return count
  }

  /**
   * Two batches with the first and the second half of the records, which follow each other in the sequence as the records did.
   */
  split(pool: BuilderPool): [ProducerBatch, ProducerBatch] {
    const deliveries = this.#takeDeliveries()
    const middle = deliveries.length >> 1
    const parts = [this.#part(pool), this.#part(pool)] as [ProducerBatch, ProducerBatch]
    const cursor = new RecordCursor(this.bytes, 0, { verifyChecksum: false })
    for (let index = 0; cursor.next(); index++) {
      const part = parts[index < middle ? 0 : 1]
      part.tryAppend(recordAt(cursor), deliveries[index], this.#indexAt(index))
    }
    for (const [index, part] of parts.entries()) {
      part.ordinalSpan = this.ordinalSpan / 2
      part.ordinal = this.ordinal + index * part.ordinalSpan
    }
    return parts
  }

  #indexAt(delta: number): number {
    return this.#indexes === undefined ? 0 : this.#indexes[delta]!
  }

  #setIndex(delta: number, index: number): void {
    this.#indexes ??= new Array<number>(delta).fill(0)
    this.#indexes.push(index)
  }

  #part(pool: BuilderPool): ProducerBatch {
    const part = new ProducerBatch(pool.takeLarge(), this.openedAtMs, this.deadlineMs, this.generation)
    part.isPart = true
    part.attempts = this.attempts
    part.mayBeWritten = this.mayBeWritten
    part.lastError = this.lastError
    part.refusal = this.refusal
    return part
  }

  #takeDeliveries(): (Delivery | undefined)[] {
    const deliveries = this.#deliveries
    this.#deliveries = []
    return deliveries
  }

  #leaveOutDropped(pool: BuilderPool): void {
    if (this.#droppedCount === 0) return
    const whole = this.#builder!.build()
    const deliveries = this.#deliveries
    const indexes = deliveries.map((_, index) => this.#indexAt(index))
    pool.give(this.#builder!)
    this.#builder = pool.takeLarge()
    this.#deliveries = []
    this.#indexes = undefined
    this.#timestamps = []
    this.recordCount = 0
    this.#droppedCount = 0
    const sizeBytes = this.sizeBytes
    const cursor = new RecordCursor(whole, 0, { verifyChecksum: false })
    for (let index = 0; cursor.next(); index++) {
      if (deliveries[index] !== undefined) this.tryAppend(recordAt(cursor), deliveries[index], indexes[index]!)
    }
    // As counted against the buffer when the records came.
    this.sizeBytes = sizeBytes
  }
}

function recordAt(cursor: RecordCursor): RecordToEncode {
  return {
    key: cursor.keyStart < 0 ? null : cursor.bytes.subarray(cursor.keyStart, cursor.keyEnd),
    value: cursor.valueStart < 0 ? null : cursor.bytes.subarray(cursor.valueStart, cursor.valueEnd),
    headers: cursor.headers(),
    timestamp: cursor.timestamp,
  }
}
