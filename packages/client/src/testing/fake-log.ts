import { LIMITS, type RecordBatchHeader, recordBatches, stampRecordBatch, YakError } from '@yak/protocol'

interface WrittenBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  readonly bytes: Uint8Array
}

interface ProducerState {
  epoch: number
  batches: { readonly baseSequence: number; readonly lastSequence: number; readonly baseOffset: number }[]
}

/** One partition in memory, with the rules of a real one for idempotent producers. */
export class FakeLog {
  readonly #batches: WrittenBatch[] = []
  readonly #producers = new Map<number, ProducerState>()
  readonly #listeners = new Set<() => void>()
  /** The first that can be read; a test may raise it. */
  startOffset = 0
  /** The next record gets it. */
  endOffset = 0

  /**
   * The base offset; that of the first time for a duplicate.
   *
   * @throws YakError OUT_OF_ORDER_SEQUENCE, DUPLICATE_SEQUENCE, INVALID_PRODUCER_EPOCH
   */
  append(bytes: Uint8Array, header: RecordBatchHeader, leaderEpoch: number): number {
    const duplicate = header.producerId < 0 ? undefined : this.#sequence(header)
    if (duplicate !== undefined) return duplicate
    const baseOffset = this.endOffset
    const own = bytes.slice()
    stampRecordBatch(own, 0, baseOffset, leaderEpoch)
    this.endOffset += header.recordCount
    this.#batches.push({
      baseOffset,
      lastOffset: this.endOffset - 1,
      maxTimestamp: header.maxTimestamp,
      bytes: own,
    })
    for (const listener of [...this.#listeners]) listener()
    return baseOffset
  }

  /** Whole batches from the one with `offset` on, all below `endOffset`; at least one. */
  read(offset: number, maxBytes: number, endOffset: number = this.endOffset): Uint8Array[] {
    const batches: Uint8Array[] = []
    let sizeBytes = 0
    for (const { lastOffset, bytes } of this.#batches) {
      if (lastOffset < offset) continue
      if (lastOffset >= endOffset) break
      if (batches.length > 0 && sizeBytes + bytes.length > maxBytes) break
      batches.push(bytes)
      sizeBytes += bytes.length
    }
    return batches
  }

  /** Base offset of the first batch with a record at or after a time, in milliseconds since 1970; the end when there is none. */
  offsetForTimestamp(timestampMs: number): number {
    return this.#batches.find(({ maxTimestamp }) => maxTimestamp >= timestampMs)?.baseOffset ?? this.endOffset
  }

  /** What retention would do. */
  deleteBefore(offset: number): void {
    this.startOffset = offset
    while (this.#batches.length > 0 && this.#batches[0]!.lastOffset < offset) this.#batches.shift()
  }

  /** As after a snapshot that is gone: the records stay. */
  forgetProducers(): void {
    this.#producers.clear()
  }

  /** Calls back at each append. Returns how to stop. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** All bytes, for whoever wants to decode them. */
  get headers(): RecordBatchHeader[] {
    return this.#batches.flatMap(({ bytes }) => [...recordBatches(bytes)].map(({ header }) => header))
  }

  #sequence({ producerId, producerEpoch, baseSequence, lastSequence }: RecordBatchHeader): number | undefined {
    const state = this.#producers.get(producerId)
    if (state === undefined || producerEpoch > state.epoch) {
      if (baseSequence !== 0) {
        throw new YakError('OUT_OF_ORDER_SEQUENCE', `Sequence ${baseSequence} begins nothing: 0 was expected.`)
      }
      this.#remember(producerId, { epoch: producerEpoch, batches: [] }, baseSequence, lastSequence)
      return undefined
    }
    if (producerEpoch < state.epoch) {
      throw new YakError('INVALID_PRODUCER_EPOCH', `Epoch ${producerEpoch} is older than ${state.epoch}.`)
    }
    const same = state.batches.find((batch) => batch.baseSequence === baseSequence)
    if (same !== undefined) return same.baseOffset
    const last = state.batches.at(-1)!.lastSequence
    if (baseSequence <= last) throw new YakError('DUPLICATE_SEQUENCE', `Sequence ${baseSequence} was written before.`)
    if (baseSequence !== last + 1) {
      throw new YakError('OUT_OF_ORDER_SEQUENCE', `Sequence ${baseSequence} came, and ${last + 1} was expected.`)
    }
    this.#remember(producerId, state, baseSequence, lastSequence)
    return undefined
  }

  #remember(producerId: number, state: ProducerState, baseSequence: number, lastSequence: number): void {
    state.batches.push({ baseSequence, lastSequence, baseOffset: this.endOffset })
    if (state.batches.length > LIMITS.producerBatchesRemembered) state.batches.shift()
    this.#producers.set(producerId, state)
  }
}
