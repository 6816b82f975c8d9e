import { LIMITS, YakError } from '@yak/protocol'
import { RecencyMap } from '../recency-map.ts'
import type { BatchHead } from '../segment/batch-head.ts'

/** Where one batch of an idempotent producer is, by which a retry is known again. */
export interface ProducerBatch {
  /** Of its first record. */
  readonly firstSequence: number
  /** Of its last record; below the first where it wrapped. */
  readonly lastSequence: number
  /** Offset of its first record. */
  readonly baseOffset: number
  /** Offset of its last record. */
  readonly lastOffset: number
}

/** What a log remembers of one idempotent producer. Never changed in place, so an older entry can be put back. */
export interface ProducerEntry {
  /** Given by the cluster, never twice. */
  readonly producerId: number
  /** The highest that has appended; older lives are fenced. */
  readonly producerEpoch: number
  /** The last five, oldest first. */
  readonly batches: readonly ProducerBatch[]
  /** Wall clock of the last append; for one read back from the log, of the reading. Decides about expiry only. */
  readonly updatedMs: number
}

/** Puts a producer back to where it was before one append. */
export interface ProducerUndo {
  readonly producerId: number
  readonly before: ProducerEntry | undefined
}

export type ProducedBatch = Pick<
  BatchHead,
  'producerId' | 'producerEpoch' | 'baseSequence' | 'lastSequence' | 'baseOffset' | 'lastOffset'
>

const TWO_TO_31 = 2_147_483_648
const TWO_TO_30 = TWO_TO_31 / 2

/**
 * The idempotent producers of one partition: which sequence each wrote last, and where its last five batches are, so that a
 * retry is recognised and answered with the first attempt's offset.
 *
 * It is a pure function of the log's batches (expiry aside): leaders check a batch and then record it, followers and
 * recovery record only. Bounded by `maxProducers`, the least recently heard of goes first.
 */
export class ProducerState {
  readonly #maxProducers: number
  /** In order of the last append. */
  readonly #entries = new RecencyMap<number, ProducerEntry>()

  constructor(maxProducers: number) {
    this.#maxProducers = maxProducers
  }

  get size(): number {
    return this.#entries.size
  }

  entries(): IterableIterator<ProducerEntry> {
    return this.#entries.values()
  }

  get(producerId: number): ProducerEntry | undefined {
    return this.#entries.get(producerId)
  }

  /**
   * What a leader asks before it appends. Answers the remembered batch when this is a retry of one of the last five.
   *
   * @throws YakError INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE, DUPLICATE_SEQUENCE, UNKNOWN_PRODUCER_ID
   */
  check(batch: Omit<ProducedBatch, 'baseOffset' | 'lastOffset'>): ProducerBatch | undefined {
    if (batch.producerId < 0) return undefined
    const entry = this.#entries.get(batch.producerId)
    if (entry === undefined) {
      if (batch.baseSequence === 0) return undefined
      throw new YakError(
        'UNKNOWN_PRODUCER_ID',
        `Producer ${batch.producerId} sent sequence ${batch.baseSequence}, and this log remembers nothing of it. ` +
          'Send what comes before it first, or go on with a new producer id.',
        { details: { producerId: batch.producerId, sequence: batch.baseSequence } },
      )
    }
    if (batch.producerEpoch < entry.producerEpoch) throw invalidEpoch(batch, entry)
    if (batch.producerEpoch > entry.producerEpoch) {
      if (batch.baseSequence === 0) return undefined
      throw outOfOrder(batch, 0)
    }
    const duplicate = entry.batches.find(
      ({ firstSequence, lastSequence }) => firstSequence === batch.baseSequence && lastSequence === batch.lastSequence,
    )
    if (duplicate !== undefined) return duplicate
    const nextSequence = (entry.batches.at(-1)!.lastSequence + 1) % TWO_TO_31
    if (batch.baseSequence === nextSequence) return undefined
    if (isBefore(batch.baseSequence, nextSequence) && isBefore(batch.lastSequence, nextSequence)) {
      throw duplicateSequence(batch)
    }
    throw outOfOrder(batch, nextSequence)
  }

  /** Takes the batch as written, whatever `check` would say of it. Answers how to take it back. */
  record(batch: ProducedBatch, nowMs: number): ProducerUndo | undefined {
    if (batch.producerId < 0) return undefined
    const before = this.#entries.get(batch.producerId)
    const added: ProducerBatch = {
      firstSequence: batch.baseSequence,
      lastSequence: batch.lastSequence,
      baseOffset: batch.baseOffset,
      lastOffset: batch.lastOffset,
    }
    const kept =
      before === undefined || before.producerEpoch !== batch.producerEpoch
        ? []
        : before.batches.slice(-(LIMITS.producerBatchesRemembered - 1))
    this.#set({
      producerId: batch.producerId,
      producerEpoch: batch.producerEpoch,
      batches: [...kept, added],
      updatedMs: nowMs,
    })
    if (this.#entries.size > this.#maxProducers) this.#entries.deleteOldest()
    return { producerId: batch.producerId, before }
  }

  /** To be called in reverse order of the appends. */
  undo({ producerId, before }: ProducerUndo): void {
    if (before === undefined) this.#entries.delete(producerId)
    else this.#set(before)
  }

  /** Forgets producers not heard of since `sinceMs`. Answers how many. */
  expire(sinceMs: number): number {
    const expired = [...this.#entries.values()].filter((entry) => entry.updatedMs < sinceMs)
    for (const { producerId } of expired) this.#entries.delete(producerId)
    return expired.length
  }

  /** Takes over entries read from a snapshot, oldest first. */
  replace(entries: Iterable<ProducerEntry>): void {
    this.#entries.clear()
    for (const entry of entries) this.#set(entry)
  }

  #set(entry: ProducerEntry): void {
    this.#entries.set(entry.producerId, entry)
  }
}

/** Sequences wrap, so "before" is what lies less than half of the circle back. */
function isBefore(sequence: number, nextSequence: number): boolean {
  const distance = (nextSequence - sequence + TWO_TO_31) % TWO_TO_31
  return distance > 0 && distance <= TWO_TO_30
}

type SequencedBatch = Omit<ProducedBatch, 'baseOffset' | 'lastOffset'>

function invalidEpoch(batch: SequencedBatch, entry: ProducerEntry): YakError {
  return new YakError(
    'INVALID_PRODUCER_EPOCH',
    `Producer ${batch.producerId} sent epoch ${batch.producerEpoch}, and a newer incarnation wrote with epoch ` +
      `${entry.producerEpoch}. Stop this one.`,
    { details: { producerId: batch.producerId, epoch: batch.producerEpoch, currentEpoch: entry.producerEpoch } },
  )
}

function outOfOrder(batch: SequencedBatch, nextSequence: number): YakError {
  return new YakError(
    'OUT_OF_ORDER_SEQUENCE',
    `Producer ${batch.producerId} sent sequence ${batch.baseSequence} where ${nextSequence} comes next. ` +
      'Send the batches before it first.',
    { details: { producerId: batch.producerId, sequence: batch.baseSequence, nextSequence } },
  )
}

function duplicateSequence(batch: SequencedBatch): YakError {
  return new YakError(
    'DUPLICATE_SEQUENCE',
    `Sequence ${batch.baseSequence} of producer ${batch.producerId} was written before, at an offset no longer ` +
      'remembered. Go on behind it.',
    { details: { producerId: batch.producerId, sequence: batch.baseSequence } },
  )
}
