import { channel } from 'node:diagnostics_channel'
import { LIMITS, type RecordBatchHeader, Roster, YakError } from '@yak/protocol'
import { AppendQueue } from './append/append-queue.ts'
import { type AppendFence, type LogAppend, LogAppender } from './append/log-appender.ts'
import { LogWriter } from './append/log-writer.ts'
import { callListeners } from './call-listeners.ts'
import type { LogDisk } from './disk/log-disk.ts'
import { type LogConfig, resolveLogConfig } from './log-config.ts'
import { type LogState, storageError } from './log-state.ts'
import { Exclusive } from './maintenance/exclusive.ts'
import { LogStart, type RetentionResult } from './maintenance/log-start.ts'
import { SegmentFinisher } from './maintenance/segment-finisher.ts'
import { Truncation } from './maintenance/truncation.ts'
import { LogReader, type LogReadOptions } from './read/log-reader.ts'
import type { LogRead } from './read/log-tail.ts'
import { openLogState } from './recovery/open-log-state.ts'
import type { LogRecovery } from './recovery/recover.ts'
import type { TimestampOffset } from './segment/time-index.ts'
import type { EpochEnd, EpochStart } from './state/epoch-table.ts'
import { isPassing } from './storage.ts'

/** What `Log.open` wants to know. */
export interface LogOptions {
  /** What the log shares with the other logs of its disk. */
  readonly disk: LogDisk
  /** The log's own folder, relative to the storage's root. It is made when it does not exist. */
  readonly folder: string
  /** How messages call the log, like `orders-1`. Default: the folder. */
  readonly name?: string
  /** Settings of this log; each has a default of its own. */
  readonly config?: Partial<LogConfig>
  /** The high watermark the caller knows: the log must reach it, and damage below it is damage. Default 0. */
  readonly highWatermark?: number
  /** Where a log that does not exist yet begins. Default 0. */
  readonly startOffset?: number
}

const failed = channel('yak:log:failed')

/**
 * One partition's log: record batches one after another, in files that survive a crash.
 *
 *     open --append, read, …--> open --a write or sync fails, or damage is found--> failed --close--> closed
 *                               open --close--> closed
 *
 * A failed log serves nothing: `failure` says why. It does not come back; close it and open it again, or fetch it anew.
 */
export class Log {
  readonly #state: LogState
  readonly #queue: AppendQueue
  readonly #appender: LogAppender
  readonly #writer: LogWriter
  readonly #reader: LogReader
  readonly #recovery: LogRecovery
  readonly #finisher: SegmentFinisher
  readonly #truncation: Truncation
  readonly #start: LogStart
  readonly #exclusive = new Exclusive()
  readonly #reads = new Roster<Promise<unknown>>()
  #closing: Promise<void> | undefined
  readonly #syncedListeners = new Set<(readableEndOffset: number) => void>()
  readonly #failureListeners = new Set<(failure: YakError) => void>()

  private constructor(state: LogState, recovery: LogRecovery) {
    this.#state = state
    this.#recovery = recovery
    this.#queue = new AppendQueue(state.config.maxGroupBytes)
    this.#writer = new LogWriter({
      state,
      queue: this.#queue,
      events: {
        onReadable: (endOffset) => callListeners(this.#syncedListeners, endOffset),
        onFailure: (failure) => {
          failed.publish({ log: state.name, failure })
          callListeners(this.#failureListeners, failure)
        },
        onRolled: () => void this.#finishRolled(),
      },
    })
    this.#appender = new LogAppender({
      state,
      queue: this.#queue,
      schedule: () => this.#writer.schedule(),
      assertSettled: () => this.#writer.assertSettled(),
    })
    this.#finisher = new SegmentFinisher(state)
    this.#truncation = new Truncation({ state, finisher: this.#finisher })
    this.#start = new LogStart({
      state,
      finisher: this.#finisher,
      roll: () => void this.#appender.roll(),
      requestFile: () => this.#writer.requestFile(),
    })
    this.#reader = new LogReader({ state, onFailure: (failure) => this.#writer.fail(failure) })
  }

  /**
   * Opens the log, recovering it after a crash. A damaged log opens with `failure` set.
   *
   * @throws YakError STORAGE_ERROR when the disk fails, TypeError for a wrong option.
   */
  static async open(options: LogOptions): Promise<Log> {
    const name = options.name ?? options.folder
    const config = resolveLogConfig(options.config)
    const { highWatermark = 0, startOffset = 0 } = options
    assertOffset('highWatermark', highWatermark)
    assertOffset('startOffset', startOffset)
    try {
      const { state, recovery } = await openLogState({
        disk: options.disk,
        folder: options.folder,
        name,
        config,
        highWatermark,
        startOffset,
      })
      return new Log(state, recovery)
    } catch (error) {
      await options.disk.files.forgetFolder(options.folder)
      throw YakError.is(error) ? error : storageError(name, error)
    }
  }

  /** How messages call it, like `orders-1`. */
  get name(): string {
    return this.#state.name
  }

  /** The settings in effect; `configure` replaces them. */
  get config(): LogConfig {
    return this.#state.config
  }

  /**
   * Changes settings from now on; what was appended stays as it is. `maxProducers`, `maxGroupBytes` and `clockDoubtMs` count from the
   * next open on. Throws a TypeError for one that is not possible.
   */
  configure(changes: Partial<LogConfig>): void {
    this.#state.config = resolveLogConfig({ ...this.#state.config, ...changes })
    // What was written under a relaxed flush is synced now where it no longer is.
    const { syncedEndOffset, writtenEndOffset, failure } = this.#state
    if (syncedEndOffset < writtenEndOffset && failure === undefined) this.#writer.schedule()
  }

  /** What opening found and did. */
  get recovery(): LogRecovery {
    return this.#recovery
  }

  /** The first offset that can be read. */
  get logStartOffset(): number {
    return this.#state.logStartOffset
  }

  /** The offset the next record gets. Appends below it may still be on their way to the disk. */
  get logEndOffset(): number {
    return this.#state.logEndOffset
  }

  /** All below it was confirmed by fdatasync. */
  get syncedEndOffset(): number {
    return this.#state.syncedEndOffset
  }

  /** All below it can be read: the synced end, or where `flush` is `interval` the written end. */
  get readableEndOffset(): number {
    return this.#state.readableEndOffset
  }

  /** Why the log serves nothing any more: STORAGE_ERROR or LOG_DAMAGED. */
  get failure(): YakError | undefined {
    return this.#state.failure
  }

  /** Bytes of all batches. */
  get sizeBytes(): number {
    return this.#state.sizeBytes
  }

  /** How many segments it has, the active one among them. */
  get segmentCount(): number {
    return this.#state.segments.length
  }

  /** The leader epoch of the last batch; −1 in a log without any. */
  get latestEpoch(): number {
    return this.#state.epochs.latestEpoch ?? -1
  }

  /** Which leader epochs wrote its batches, and where each begins; rising. */
  get epochs(): readonly EpochStart[] {
    return this.#state.epochs.starts
  }

  /** The largest epoch at or below `epoch` and where it ends; undefined when the log holds none so old. */
  endOffsetForEpoch(epoch: number): EpochEnd | undefined {
    return this.#state.epochs.endOf(epoch, this.#state.logEndOffset)
  }

  /**
   * Appends one batch, checked by the caller with `checkRecordBatch`, at the end of the log. The decision is made before
   * this returns; the batch is copied, so the caller's bytes are free at once, and they are not changed.
   *
   * @throws YakError before anything is changed: OUT_OF_ORDER_SEQUENCE, DUPLICATE_SEQUENCE, INVALID_PRODUCER_EPOCH,
   * UNKNOWN_PRODUCER_ID, FENCED_LEADER_EPOCH, OVERLOADED, DISK_FULL, STORAGE_ERROR, LOG_DAMAGED, SHUTTING_DOWN
   */
  appendAsLeader(batch: Uint8Array, header: RecordBatchHeader, leaderEpoch: number): LogAppend {
    return this.#appender.appendAsLeader(batch, header, leaderEpoch)
  }

  /**
   * Appends batches as the leader stamped them. They must begin at the end of this log and be whole and unbroken.
   *
   * @throws YakError before anything is changed: FENCED_LEADER_EPOCH, OFFSET_OUT_OF_RANGE, CORRUPT_BATCH, and as above
   */
  appendAsFollower(batches: Uint8Array, fence: AppendFence): LogAppend {
    return this.#appender.appendAsFollower(batches, fence)
  }

  /**
   * Whole batches from the one that holds `offset` on, undecoded.
   *
   * @throws YakError OFFSET_OUT_OF_RANGE, STORAGE_ERROR, LOG_DAMAGED
   */
  async read(options: LogReadOptions): Promise<LogRead> {
    return await this.#reading(() => this.#reader.read(options))
  }

  /** The first record at or after a timestamp, below `endOffset`; undefined when there is none. */
  async offsetForTimestamp(timestampMs: number, endOffset?: number): Promise<TimestampOffset | undefined> {
    return await this.#reading(() => this.#reader.offsetForTimestamp(timestampMs, endOffset))
  }

  /** The last entered epoch and where its leader began; undefined when none was entered. */
  get enteredEpoch(): EpochStart | undefined {
    const { enteredEpoch, enteredStartOffset } = this.#state.checkpoint.values
    return enteredEpoch < 0 ? undefined : { epoch: enteredEpoch, startOffset: enteredStartOffset }
  }

  /** Appends and truncations of older leader epochs are refused. */
  get fencedEpoch(): number {
    return this.#appender.fencedEpoch
  }

  /** From now on the log refuses whatever names an older leader epoch. In memory only: promises are the caller's. */
  fence(leaderEpoch: number): void {
    this.#appender.fence(leaderEpoch)
  }

  /**
   * Saves, synced, that this log entered a leader's epoch: it holds everything below the offset at which that leader began.
   * The rank by which logs are compared; truncation does not lower it.
   *
   * @throws YakError FENCED_LEADER_EPOCH for an epoch below the entered one; OFFSET_OUT_OF_RANGE when the log is not synced
   * up to `startOffset`
   */
  async enterEpoch(epoch: number, startOffset: number): Promise<void> {
    await this.#maintain(async () => {
      const { checkpoint, name, syncedEndOffset } = this.#state
      this.#appender.assertEpoch(epoch)
      if (startOffset > syncedEndOffset) {
        throw new YakError(
          'OFFSET_OUT_OF_RANGE',
          `${name} is synced up to offset ${syncedEndOffset} and cannot enter epoch ${epoch}, which begins at ` +
            `${startOffset}. Fetch what is missing first.`,
          { details: { epoch, startOffset, syncedEndOffset } },
        )
      }
      const { requiredEndOffset } = checkpoint.values
      await checkpoint.save({
        enteredEpoch: epoch,
        enteredStartOffset: startOffset,
        requiredEndOffset: Math.max(requiredEndOffset, startOffset),
      })
      this.#appender.fence(epoch)
    })
  }

  /**
   * Cuts the log's end back to `offset`, or to the base of the batch that holds it. Answers the new end. Appends are refused
   * meanwhile. Not below the high watermark: that is the caller's to see to.
   *
   * @throws YakError FENCED_LEADER_EPOCH, OFFSET_OUT_OF_RANGE below the log start, STORAGE_ERROR
   */
  async truncateTo(offset: number, fence: { readonly leaderEpoch: number }): Promise<number> {
    assertOffset('offset', offset)
    return await this.#cut(fence.leaderEpoch, () => this.#truncation.truncateTo(offset))
  }

  /** Gives up everything and begins the log anew at `offset`. What it entered stays. */
  async truncateFullyAndStartAt(offset: number, fence: { readonly leaderEpoch: number }): Promise<void> {
    assertOffset('offset', offset)
    await this.#cut(fence.leaderEpoch, () => this.#truncation.startAt(offset))
  }

  /** Gives up what lies below `offset`; at the end of the log that is all, and its files go. @throws YakError OFFSET_OUT_OF_RANGE beyond the readable end */
  async raiseLogStart(offset: number): Promise<void> {
    assertOffset('offset', offset)
    await this.#maintain(async () => {
      // The start is durable at once, and a power cut must not leave an end below it.
      if (offset > this.#state.syncedEndOffset && offset <= this.#state.readableEndOffset) await this.#writer.flush()
      await this.#start.raise(offset)
    })
  }

  /** Deletes segments that are too old or too many and lie below `highWatermark`, and forgets producers long silent. */
  async applyRetention(nowMs: number, highWatermark: number): Promise<RetentionResult> {
    return await this.#maintain(() => this.#start.applyRetention(nowMs, highWatermark))
  }

  /** Resolves when all that is appended now is synced. @throws YakError STORAGE_ERROR, DISK_FULL */
  async flush(): Promise<void> {
    await this.#writer.flush()
  }

  /** Calls the listener whenever more can be read. Answers how to stop that. */
  onSynced(listener: (readableEndOffset: number) => void): () => void {
    this.#syncedListeners.add(listener)
    return () => this.#syncedListeners.delete(listener)
  }

  /** Calls the listener when the log fails. Answers how to stop that. */
  onFailure(listener: (failure: YakError) => void): () => void {
    this.#failureListeners.add(listener)
    return () => this.#failureListeners.delete(listener)
  }

  /** Makes all durable and closes the files; the next open need not scan. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** `close`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(): Promise<void> {
    const { disk, folder, name } = this.#state
    this.#appender.stop()
    try {
      if (this.#state.failure === undefined) await this.#writer.flush()
      // A checkpoint saved by a late commit would say that the log was not closed cleanly.
      await this.#writer.stop()
      await this.#exclusive.run(async () => {
        // A log that was closed cleanly and not touched since is left as it is.
        const { cleanEndOffset, cleanSizeBytes } = this.#state.checkpoint.values
        const { logEndOffset, active } = this.#state
        const isTouched = cleanEndOffset !== logEndOffset || cleanSizeBytes !== active.writtenBytes
        if (this.#state.failure !== undefined || !isTouched) return
        await this.#writer.trim(this.#state.active)
        await this.#finisher.finishAll()
      })
    } catch (error) {
      throw YakError.is(error) ? error : storageError(name, error)
    } finally {
      await this.#writer.stop()
      // Closing may have failed before it came to this: whoever opens the log next must be alone with its files.
      await this.#exclusive.run(async () => {})
      await Promise.allSettled([...this.#reads])
      this.#state.tail.clear()
      await disk.files.forgetFolder(folder)
    }
  }

  /**
   * A close waits for it: a read that went on behind it would open files again, or miss those that were removed since and call the
   * log damaged.
   */
  async #reading<Result>(read: () => Promise<Result>): Promise<Result> {
    if (this.#closing !== undefined) throw new YakError('SHUTTING_DOWN', `${this.name} is closed. Open it again.`)
    const reading = read()
    this.#reads.add(reading)
    try {
      return await reading
    } finally {
      this.#reads.delete(reading)
    }
  }

  /** One change of the log's files at a time. A disk that fails in it fails the log. */
  async #maintain<Result>(task: () => Promise<Result>): Promise<Result> {
    return await this.#exclusive.run(async () => {
      this.#state.assertServing()
      if (this.#closing !== undefined) throw new YakError('SHUTTING_DOWN', `${this.name} is closed. Open it again.`)
      try {
        return await task()
      } catch (error) {
        const failure = YakError.is(error) ? error : storageError(this.name, error)
        if (failure.code === 'STORAGE_ERROR' || failure.code === 'LOG_DAMAGED') this.#writer.fail(failure)
        throw failure
      }
    })
  }

  async #cut<Result>(leaderEpoch: number, task: () => Promise<Result>): Promise<Result> {
    return await this.#maintain(async () => {
      this.#appender.assertEpoch(leaderEpoch)
      this.#appender.fence(leaderEpoch)
      this.#appender.pause()
      this.#writer.holdSyncedEnd()
      try {
        await this.#writer.flush()
        return await task()
      } finally {
        this.#writer.releaseSyncedEnd()
        this.#appender.resume()
      }
    })
  }

  /** In the background of appends. A full disk, or a lack of descriptors, leaves it for the next roll or the close. */
  async #finishRolled(): Promise<void> {
    try {
      await this.#exclusive.run(async () => {
        await this.#finisher.finishRolled()
        await this.#start.removeLetGo()
      })
    } catch (error) {
      if (!isPassing(error)) this.#writer.fail(storageError(this.#state.name, error))
    }
  }
}

function assertOffset(name: string, offset: number): void {
  if (Number.isSafeInteger(offset) && offset >= 0) return
  throw new TypeError(`${name} is ${offset}; it must be a whole number from 0 to ${LIMITS.maxOffset}`)
}
