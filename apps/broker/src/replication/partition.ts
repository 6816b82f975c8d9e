import type { Log, LogRead } from '@yak/log'
import { type RecordBatchHeader, Roster, YakError } from '@yak/protocol'
import type { Answer } from './core/outputs.ts'
import type { PartitionKey } from './core/state.ts'
import type { ReplicationDriver } from './driver.ts'
import type { FetchWaiter } from './fetch-waiter.ts'

export interface PartitionOptions {
  /** `orders-1`, for messages. */
  readonly name: string
  readonly key: PartitionKey
  readonly driver: ReplicationDriver
}

/** Where a batch went, once it is committed. */
export interface Commit {
  readonly baseOffset: number
  readonly leaderEpoch: number
}

/** Called once: with the commit, or with an error whose `outcome` says whether the batch may become visible. */
export type CommitListener = (error: YakError | undefined, commit: Commit | undefined) => void

/** What a client may see of a partition now. */
export interface Visible {
  /** Every record below is committed; null: not known yet under this epoch, so nothing is shown and readers wait. */
  readonly highWatermark: number | null
  readonly leaderEpoch: number
}

/** Below `endOffset`, as far as epochs up to `leaderEpoch` go, its records are deleted. */
export interface DeletedEnd {
  readonly endOffset: number
  readonly leaderEpoch: number
}

/** One partition as the routes see it: replication decides what is committed, this tells those who wait for it. */
export class Partition {
  readonly name: string
  readonly key: PartitionKey
  readonly #driver: ReplicationDriver
  readonly #waiters = new Roster<FetchWaiter>()
  /** Kept for good: a log that begins anew may begin below it. */
  #deletedEnd: DeletedEnd | undefined
  #lettingGo: Promise<void> | undefined
  #isClosed = false

  constructor({ name, key, driver }: PartitionOptions) {
    this.name = name
    this.key = key
    this.#driver = driver
  }

  get log(): Log {
    const log = this.#driver.log(this.key)
    if (log === undefined) throw this.#gone()
    return log
  }

  /** End of what is committed, as far as this broker knows. It only rises, and another broker may know more. */
  get highWatermark(): number {
    return this.#driver.highWatermark(this.key)
  }

  /** Of the leader this broker is or follows. */
  get leaderEpoch(): number {
    return this.#driver.standing().epoch
  }

  /** The first offset that is there for clients. */
  get logStartOffset(): number {
    const log = this.#driver.log(this.key)
    return log === undefined ? 0 : Math.max(log.logStartOffset, this.#startAfterDeleted(log))
  }

  get logEndOffset(): number {
    return this.#driver.log(this.key)?.logEndOffset ?? 0
  }

  get sizeBytes(): number {
    return this.#driver.log(this.key)?.sizeBytes ?? 0
  }

  /** Why its log is not served, if it is not. */
  get failure(): YakError | undefined {
    return this.#driver.log(this.key)?.failure
  }

  /** Its topic was deleted, or the broker stops. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Throws why nothing of it can be shown. */
  visible(): Visible {
    const { failure } = this
    if (failure !== undefined) throw failure
    if (this.#isClosed) throw this.#gone()
    const readable = this.#driver.readable(this.key)
    if ('error' in readable) throw readable.error
    return readable
  }

  /** The high watermark as a client may be told it. Throws, retriable, while it is not known. */
  visibleHighWatermark(): number {
    const { highWatermark } = this.visible()
    if (highWatermark !== null) return highWatermark
    throw new YakError('LEADER_NOT_AVAILABLE', `What is committed in ${this.name} is not known yet. Try again.`)
  }

  /** Throws why the partition is not served. */
  assertServing(): void {
    this.visible()
  }

  /**
   * Hands on a checked batch, in the order of the calls. The batch is copied, so the caller's bytes are free when this
   * returns; `onCommit` is called once, perhaps before.
   */
  append(batch: Uint8Array, header: RecordBatchHeader, onCommit: CommitListener): void {
    const failure = this.failure ?? (this.#isClosed ? this.#gone() : undefined)
    if (failure !== undefined) {
      onCommit(failure, undefined)
      return
    }
    this.#driver.produce(this.key, batch, header, (answer: Answer) => {
      if (answer.outcome !== 'done') {
        onCommit(answer.error, undefined)
        return
      }
      for (const waiter of this.#waiters) waiter.noteCommitted(header.sizeBytes)
      onCommit(undefined, answer)
    })
  }

  /** Whole batches from `offset` on, none of them beyond the high watermark, perhaps none yet. */
  async read(offset: number, maxBytes: number): Promise<LogRead> {
    const { highWatermark } = this.visible()
    return await this.log.read({ offset, maxBytes, endOffset: highWatermark ?? offset })
  }

  /** A record of the topic list says so; it counts at once, and its log follows with `letGoOfDeleted`. */
  noteDeleted(deletedEnd: DeletedEnd | undefined): void {
    this.#deletedEnd = deletedEnd
  }

  /**
   * Raises the start of its log to where what was deleted ends, as far as this broker knows it to be committed. What is deleted is not
   * shown, so the log has time: one that could not be raised is tried again when more is committed, and by retention.
   */
  async letGoOfDeleted(): Promise<void> {
    const log = this.#driver.log(this.key)
    if (log === undefined || this.#startAfterDeleted(log) <= log.logStartOffset) return
    this.#lettingGo ??= this.#letGo(log).finally(() => {
      this.#lettingGo = undefined
    })
    await this.#lettingGo
  }

  async #letGo(log: Log): Promise<void> {
    try {
      await log.raiseLogStart(this.#startAfterDeleted(log))
      this.#driver.noteLogStart(this.key)
    } catch {
      // A log whose disk failed says so itself.
    }
  }

  #startAfterDeleted(log: Log): number {
    if (this.#deletedEnd === undefined) return 0
    const { endOffset, leaderEpoch } = this.#deletedEnd
    return Math.min(endOffset, log.endOffsetForEpoch(leaderEpoch)?.endOffset ?? 0, this.highWatermark)
  }

  /** The high watermark rose. */
  noteHighWatermark(): void {
    // The bytes are counted with each answer; who waits for any at all is told now, whoever appended them.
    for (const waiter of this.#waiters) waiter.noteCommitted(1)
    if (this.#deletedEnd !== undefined) void this.letGoOfDeleted()
  }

  /** Something else about it changed: whoever waits looks again. */
  wakeWaiters(): void {
    for (const waiter of this.#waiters) waiter.wake()
  }

  addWaiter(waiter: FetchWaiter): void {
    this.#waiters.add(waiter)
  }

  removeWaiter(waiter: FetchWaiter): void {
    this.#waiters.delete(waiter)
  }

  /** Long-polls are woken and find it gone. Its log is closed by who owns it. */
  close(): void {
    this.#isClosed = true
    this.wakeWaiters()
  }

  #gone(): YakError {
    return new YakError('UNKNOWN_TOPIC_ID', `${this.name} is not here any more. Ask for the topic's metadata again.`)
  }
}
