import type { Log, LogAppend, LogRead } from '@yak/log'
import { type RecordBatchHeader, YakError } from '@yak/protocol'
import type { FetchWaiter } from './fetch-waiter.ts'
import { type CommitListener, PendingCommits } from './pending-commits.ts'

export interface PartitionOptions {
  /** `orders-1`, for messages. */
  readonly name: string
  readonly log: Log
  /** Of this run of the broker; stamped on every batch. */
  readonly leaderEpoch: number
  /** Told once, when the log fails and the partition is served no longer. */
  readonly onFailure: (error: YakError) => void
}

/**
 * One partition as its leader serves it: the log, the high watermark, and who waits for it.
 *
 * Every record below the high watermark is committed: it is acknowledged, visible, and stays. It only ever rises, and
 * `advanceHighWatermark` is the one place that moves it. Today what this broker has synced is committed, as it is its
 * only replica; with several, replication decides.
 */
export class Partition {
  readonly name: string
  readonly log: Log
  readonly leaderEpoch: number
  readonly #onFailure: PartitionOptions['onFailure']
  readonly #pending = new PendingCommits()
  readonly #waiters = new Set<FetchWaiter>()
  readonly #stopListening: readonly (() => void)[]
  #highWatermark: number
  #failure: YakError | undefined
  #isClosed = false

  constructor(options: PartitionOptions) {
    this.name = options.name
    this.log = options.log
    this.leaderEpoch = options.leaderEpoch
    this.#onFailure = options.onFailure
    this.#highWatermark = options.log.readableEndOffset
    this.#stopListening = [
      options.log.onSynced((readableEndOffset) => this.advanceHighWatermark(readableEndOffset)),
      options.log.onFailure((failure) => this.#fail(failure)),
    ]
    // A log found damaged opens all the same, so that it can be asked why.
    if (options.log.failure !== undefined) this.#fail(options.log.failure)
  }

  /** End of what is committed: the offset after the last record that a consumer may see. */
  get highWatermark(): number {
    return this.#highWatermark
  }

  get logStartOffset(): number {
    return this.log.logStartOffset
  }

  get logEndOffset(): number {
    return this.log.logEndOffset
  }

  /** Why this partition is not served, if it is not. */
  get failure(): YakError | undefined {
    return this.#failure
  }

  /** Its topic was deleted, or the broker stops. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /**
   * Gives a checked batch its offsets, at once and in the order of the calls, and tells `onCommit` when they are
   * committed, perhaps before this returns. The batch is copied, so the caller's bytes are free at once. Throws when it
   * is refused, and then nothing of it was written.
   */
  append(batch: Uint8Array, header: RecordBatchHeader, onCommit: CommitListener): LogAppend {
    this.assertServing()
    const append = this.log.appendAsLeader(batch, header, this.leaderEpoch)
    const endOffset = append.lastOffset + 1
    // A duplicate is done only when the first is: until then it waits like the first.
    if (endOffset <= this.#highWatermark) onCommit(undefined)
    else {
      const pending = this.#pending.add(endOffset, append.duplicate ? 0 : header.sizeBytes, onCommit)
      append.synced.catch((error) => this.#pending.fail(pending, storageErrorOf(error)))
    }
    return append
  }

  /** Whole batches from `offset` on, none of them beyond the high watermark. */
  async read(offset: number, maxBytes: number): Promise<LogRead> {
    this.assertServing()
    return await this.log.read({ offset, maxBytes, endOffset: this.#highWatermark })
  }

  /** Moves the high watermark up, never down, and tells who waited. */
  advanceHighWatermark(offset: number): void {
    if (offset <= this.#highWatermark) return
    this.#highWatermark = offset
    const committedBytes = this.#pending.commitBelow(offset)
    for (const waiter of this.#waiters) waiter.noteCommitted(committedBytes)
  }

  addWaiter(waiter: FetchWaiter): void {
    this.#waiters.add(waiter)
  }

  removeWaiter(waiter: FetchWaiter): void {
    this.#waiters.delete(waiter)
  }

  /** Throws why the partition is not served. */
  assertServing(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#isClosed) {
      throw new YakError('UNKNOWN_TOPIC_ID', `${this.name} is not here any more. Ask for the topic's metadata again.`)
    }
  }

  /** Long-polls are woken and find the partition gone; appends under way end with the log's own flush. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#wakeAll()
    await this.log.close()
    for (const stopListening of this.#stopListening) stopListening()
    this.#pending.failAll(
      new YakError('OUTCOME_UNKNOWN', `Partition ${this.name} was closed with this write under way.`),
    )
  }

  #fail(error: YakError): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#pending.failAll(error)
    this.#wakeAll()
    this.#onFailure(error)
  }

  #wakeAll(): void {
    for (const waiter of [...this.#waiters]) waiter.wake()
  }
}

/** What a log rejects with is a YakError; anything else is a bug of ours, and the write's fate is not known. */
function storageErrorOf(error: unknown): YakError {
  return YakError.is(error)
    ? error
    : new YakError('STORAGE_ERROR', `The log failed: ${String(error)}.`, { cause: error })
}
