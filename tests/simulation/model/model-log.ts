import {
  decodeRecordBatch,
  type RecordBatchHeader,
  readRecordBatchHeader,
  recordBatches,
  stampRecordBatch,
  YakError,
} from '@yak/protocol'
import type { LogState } from '../../../apps/broker/src/replication/core/state.ts'

interface ModelBatch {
  readonly bytes: Uint8Array
  readonly header: RecordBatchHeader
}

interface ProducerEntry {
  readonly epoch: number
  readonly batches: readonly ModelBatch[]
}

/** Bytes and milliseconds; −1: no limit. */
export interface RetentionLimits {
  readonly retentionBytes: number
  readonly retentionMs: number
}

const rememberedBatches = 5

/**
 * A log of a few lines: what @yak/log promises to the core, without segments, files and recovery. It lets the core be
 * attacked many times faster, and tells a failure of the core from one of the log.
 */
export class ModelLog {
  /** Of a relaxed log: written. */
  syncedEndOffset = 0
  /** What a power cut leaves of a relaxed log; of another one that is the synced end. */
  durableEndOffset = 0
  isRelaxed = false
  /** Appends and cuts that name an older epoch are refused. */
  fence = 0
  #batches: ModelBatch[] = []
  #logStartOffset = 0
  /** Of the last record that was let go of. */
  #epochBelow: number | undefined
  /** Let go of, and remembered for the sake of their producers. */
  #gone: ModelBatch[] = []

  get logStartOffset(): number {
    return this.#logStartOffset
  }

  get endOffset(): number {
    const last = this.#batches.at(-1)
    return last === undefined ? this.#logStartOffset : last.header.lastOffset + 1
  }

  get state(): LogState {
    return { logStartOffset: this.#logStartOffset, endOffset: this.endOffset, epochs: this.epochStarts() }
  }

  get batches(): readonly ModelBatch[] {
    return this.#batches
  }

  appendAsLeader(
    batch: Uint8Array,
    header: RecordBatchHeader,
    leaderEpoch: number,
  ): { baseOffset: number; endOffset: number; isDuplicate: boolean } {
    if (leaderEpoch < this.fence) {
      throw new YakError('FENCED_LEADER_EPOCH', `Epoch ${leaderEpoch} is below the promised ${this.fence}.`)
    }
    const duplicate = this.#duplicateOf(header)
    if (duplicate !== undefined) {
      const { baseOffset, lastOffset } = duplicate.header
      return { baseOffset, endOffset: lastOffset + 1, isDuplicate: true }
    }
    const baseOffset = this.endOffset
    stampRecordBatch(batch, 0, baseOffset, leaderEpoch)
    this.#batches.push({ bytes: batch, header: readRecordBatchHeader(batch) })
    return { baseOffset, endOffset: this.endOffset, isDuplicate: false }
  }

  appendAsFollower(
    batches: Uint8Array,
    fence: { leaderEpoch: number; expectedBaseOffset: number },
  ): LogState['epochs'] {
    if (fence.leaderEpoch < this.fence || fence.expectedBaseOffset !== this.endOffset) {
      throw new YakError(
        'FENCED_LEADER_EPOCH',
        `(${fence.leaderEpoch}, ${fence.expectedBaseOffset}) does not fit (${this.fence}, ${this.endOffset}).`,
      )
    }
    const before = this.epochStarts().length
    for (const { position, header } of recordBatches(batches)) {
      if (header.baseOffset !== this.endOffset) throw new YakError('CORRUPT_BATCH', `A hole at ${this.endOffset}.`)
      this.#batches.push({ bytes: new Uint8Array(batches.subarray(position, position + header.sizeBytes)), header })
    }
    return this.epochStarts().slice(before)
  }

  /** Whole batches from the one that holds `offset`, up to `endOffset`, at least one. Throws below the start. */
  read(offset: number, endOffset: number, maxBytes: number): { batches: Uint8Array; baseOffset: number } {
    if (offset < this.#logStartOffset) {
      const details = { offset, logStartOffset: this.#logStartOffset }
      throw new YakError('OFFSET_OUT_OF_RANGE', `It begins at ${this.#logStartOffset}.`, { details })
    }
    const parts: Uint8Array[] = []
    let sizeBytes = 0
    let baseOffset = offset
    for (const { bytes, header } of this.#batches) {
      if (header.lastOffset < offset || header.lastOffset >= endOffset) continue
      if (parts.length > 0 && sizeBytes + bytes.length > maxBytes) break
      if (parts.length === 0) baseOffset = header.baseOffset
      parts.push(bytes)
      sizeBytes += bytes.length
    }
    return { batches: Buffer.concat(parts), baseOffset }
  }

  /** How far it may let go: of what is too much, or older than retention wants, and committed. Whole batches. */
  expiredEnd(nowMs: number, highWatermark: number, limits: RetentionLimits): number {
    const { retentionBytes, retentionMs } = limits
    let sizeBytes = this.#batches.reduce((sum, { bytes }) => sum + bytes.length, 0)
    let end = this.#logStartOffset
    for (const { bytes, header } of this.#batches) {
      const isTooMuch = retentionBytes >= 0 && sizeBytes > retentionBytes
      const isTooOld = retentionMs >= 0 && nowMs - header.maxTimestamp > retentionMs
      if ((!isTooMuch && !isTooOld) || header.lastOffset >= Math.min(highWatermark, this.syncedEndOffset)) break
      sizeBytes -= bytes.length
      end = header.lastOffset + 1
    }
    return end
  }

  /** A batch that reaches over it stays, and is read whole by who asks for its end. */
  raiseLogStart(offset: number): void {
    if (offset <= this.#logStartOffset) return
    if (offset > this.syncedEndOffset) {
      throw new YakError('OFFSET_OUT_OF_RANGE', `It ends at ${this.syncedEndOffset} and cannot begin at ${offset}.`)
    }
    // The start is durable, so what is below the end is too.
    this.durableEndOffset = Math.max(this.durableEndOffset, this.syncedEndOffset)
    this.#epochBelow = this.#batches.findLast(({ header }) => header.baseOffset < offset)?.header.leaderEpoch
    const count = this.#batches.findIndex(({ header }) => header.lastOffset >= offset)
    this.#gone.push(...this.#batches.splice(0, count < 0 ? this.#batches.length : count))
    this.#logStartOffset = offset
  }

  /** Cut across its start, it begins where the batch did that was cut. */
  truncateTo(endOffset: number): void {
    const cut = this.#batches.find(({ header }) => header.lastOffset >= endOffset)
    if (cut !== undefined && cut.header.baseOffset <= this.#logStartOffset) {
      this.#logStartOffset = cut.header.baseOffset
      this.#epochBelow = undefined
    }
    this.#batches = this.#batches.filter(({ header }) => header.lastOffset < endOffset)
    this.syncedEndOffset = Math.min(this.syncedEndOffset, this.endOffset)
    this.durableEndOffset = this.endOffset
  }

  beginAnew(startOffset: number): void {
    this.#batches = []
    this.#gone = []
    this.#epochBelow = undefined
    this.#logStartOffset = startOffset
    this.syncedEndOffset = startOffset
    this.durableEndOffset = startOffset
  }

  /** A process has stopped, and the next one begins: opening syncs what it finds. */
  reopen(): void {
    this.syncedEndOffset = this.endOffset
    this.durableEndOffset = this.endOffset
    this.fence = 0
  }

  /** Of what was not synced, whatever was said of it, any part is gone. */
  losePower(chance: () => number): void {
    if (this.isRelaxed) this.syncedEndOffset = Math.min(this.syncedEndOffset, this.durableEndOffset)
    this.crash(chance)
  }

  /** The process died: what was appended and not yet synced is there in part. */
  crash(chance: () => number): void {
    const unsynced = this.#batches.filter(({ header }) => header.lastOffset >= this.syncedEndOffset)
    const kept = Math.floor(chance() * (unsynced.length + 1))
    const end = kept === unsynced.length ? this.endOffset : unsynced[kept]!.header.baseOffset
    const epochBelow = this.#epochBelow
    this.truncateTo(end)
    this.#epochBelow = epochBelow
    this.reopen()
  }

  /** Where the largest epoch ends that is no larger; 0: there is none. */
  endOfEpoch(epoch: number): number {
    const starts = this.epochStarts()
    const next = starts.findIndex((start) => start.epoch > epoch)
    if (next === 0 || starts.length === 0) return 0
    return next < 0 ? this.endOffset : starts[next]!.startOffset
  }

  epochStarts(): LogState['epochs'] {
    const starts: { epoch: number; startOffset: number }[] = []
    if (this.#epochBelow !== undefined) starts.push({ epoch: this.#epochBelow, startOffset: this.#logStartOffset })
    for (const { header } of this.#batches) {
      if (header.leaderEpoch === starts.at(-1)?.epoch) continue
      starts.push({ epoch: header.leaderEpoch, startOffset: header.baseOffset })
    }
    return starts
  }

  /** Among the last five of its producer; throws when it is out of order, older or of an older producer epoch. */
  #duplicateOf(header: RecordBatchHeader): ModelBatch | undefined {
    if (header.producerId < 0) return undefined
    const producer = this.#producer(header.producerId)
    if (producer === undefined || header.producerEpoch > producer.epoch) {
      if (header.baseSequence === 0) return undefined
      throw new YakError('OUT_OF_ORDER_SEQUENCE', `Sequence ${header.baseSequence} of an unknown producer.`)
    }
    if (header.producerEpoch < producer.epoch) {
      throw new YakError('INVALID_PRODUCER_EPOCH', `Epoch ${header.producerEpoch} is below ${producer.epoch}.`)
    }
    const same = producer.batches
      .slice(-rememberedBatches)
      .find(
        (batch) =>
          batch.header.baseSequence === header.baseSequence && batch.header.lastSequence === header.lastSequence,
      )
    if (same !== undefined) return same
    const last = producer.batches.at(-1)!.header.lastSequence
    if (header.baseSequence === last + 1) return undefined
    const code = header.lastSequence <= last ? 'DUPLICATE_SEQUENCE' : 'OUT_OF_ORDER_SEQUENCE'
    throw new YakError(code, `Sequence ${header.baseSequence} after ${last}.`)
  }

  #producer(producerId: number): ProducerEntry | undefined {
    const isOfIt = ({ header }: ModelBatch) => header.producerId === producerId
    const all = [...this.#gone.filter(isOfIt), ...this.#batches.filter(isOfIt)]
    const epoch = all.at(-1)?.header.producerEpoch
    if (epoch === undefined) return undefined
    return { epoch, batches: all.filter(({ header }) => header.producerEpoch === epoch) }
  }
}

const decoder = new TextDecoder()

/** Of the records of one batch, in their order. */
export function valuesOf(batch: Uint8Array): string[] {
  return decodeRecordBatch(batch).map(({ value }) => decoder.decode(value!))
}
