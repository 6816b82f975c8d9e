import { EpochStarts } from './epoch-starts.ts'
import { assertInvariant } from './invariants.ts'
import type { PromisedPartition } from './messages.ts'
import type { EnteredEpoch, LogState, PartitionBoot, PartitionKey, PartitionSettings } from './state.ts'
import { WaitingProduces } from './waiting-produces.ts'

/**
 * One partition as this broker has it: what its log has been told to hold and what is synced of it, its rank, its high
 * watermark, and who waits for that. It changes only through the inputs that report on its log.
 */
export class PartitionReplica {
  readonly key: PartitionKey
  settings: PartitionSettings
  readonly epochs: EpochStarts
  readonly waiting: WaitingProduces = new WaitingProduces()
  /** On disk. The rank of this log is (entered epoch, synced end). */
  entered: EnteredEpoch | null
  isFaulty: boolean
  /** Why the log takes nothing more, until the broker starts again. */
  failure: string | null = null
  /** A truncation or a new beginning is under way. */
  isTruncating = false
  /** Truncations and new beginnings so far: a log with the same count has only grown. */
  cuts = 0
  #logStartOffset: number
  #endOffset: number
  #syncedEndOffset: number
  #highWatermark: number

  constructor(boot: PartitionBoot, entered: EnteredEpoch | null, isFaulty: boolean) {
    this.key = boot.key
    this.settings = boot.settings
    this.entered = entered
    this.isFaulty = isFaulty
    this.epochs = new EpochStarts(boot.log.epochs)
    this.#logStartOffset = boot.log.logStartOffset
    this.#endOffset = boot.log.endOffset
    this.#syncedEndOffset = boot.log.endOffset
    // A damaged log that was begun anew ends below what was committed once; so may a relaxed one after a power loss.
    this.#highWatermark = Math.max(boot.log.logStartOffset, Math.min(boot.highWatermark, boot.log.endOffset))
  }

  get logStartOffset(): number {
    return this.#logStartOffset
  }

  get endOffset(): number {
    return this.#endOffset
  }

  get syncedEndOffset(): number {
    return this.#syncedEndOffset
  }

  get highWatermark(): number {
    return this.#highWatermark
  }

  get enteredEpoch(): number {
    return this.entered?.epoch ?? 0
  }

  /** Everything handed to the log is on disk. A failed log has nothing left to wait for. */
  get isAtRest(): boolean {
    return this.failure !== null || (!this.isTruncating && this.#syncedEndOffset === this.#endOffset)
  }

  grewTo(endOffset: number): void {
    assertInvariant(
      endOffset >= this.#endOffset,
      'I3',
      () => `${this.key} grew from ${this.#endOffset} to ${endOffset}`,
    )
    this.#endOffset = endOffset
  }

  syncedTo(syncedEndOffset: number): void {
    const end = Math.min(syncedEndOffset, this.#endOffset)
    if (end > this.#syncedEndOffset) this.#syncedEndOffset = end
  }

  replaceLog(log: LogState): void {
    this.isTruncating = false
    this.cuts++
    this.epochs.replace(log)
    this.#logStartOffset = log.logStartOffset
    this.#endOffset = log.endOffset
    this.#syncedEndOffset = log.endOffset
    // Only a relaxed topic, a damaged log or a new beginning gets here with less; that was decided before.
    this.#highWatermark = Math.max(log.logStartOffset, Math.min(this.#highWatermark, log.endOffset))
  }

  raiseLogStart(logStartOffset: number): void {
    this.#logStartOffset = Math.max(this.#logStartOffset, logStartOffset)
  }

  /** True when it rose. */
  raiseHighWatermark(highWatermark: number): boolean {
    if (highWatermark <= this.#highWatermark) return false
    assertInvariant(
      highWatermark <= this.#syncedEndOffset,
      'I4',
      () =>
        `the high watermark of ${this.key} would be ${highWatermark}, above its synced end ${this.#syncedEndOffset}`,
    )
    this.#highWatermark = highWatermark
    return true
  }

  /** For the answer to a promise; everything is at rest then. */
  describe(): PromisedPartition {
    return {
      key: this.key,
      enteredEpoch: this.enteredEpoch,
      logStartOffset: this.#logStartOffset,
      endOffset: this.#syncedEndOffset,
      highWatermark: this.#highWatermark,
      isFaulty: this.isFaulty,
    }
  }

  enter(entered: EnteredEpoch): void {
    assertInvariant(
      entered.epoch >= this.enteredEpoch,
      'I1',
      () => `${this.key} would enter epoch ${entered.epoch} after ${this.enteredEpoch}`,
    )
    this.entered = entered
  }
}
