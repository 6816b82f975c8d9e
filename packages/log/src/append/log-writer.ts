import type { YakError } from '@yak/protocol'
import type { CommitMember } from '../disk/group-commit.ts'
import { type LogConfig, MAX_PREALLOCATE_BYTES } from '../log-config.ts'
import { diskFull, type LogState, outOfFiles, storageError } from '../log-state.ts'
import type { Segment } from '../segment/segment.ts'
import { isDiskFull, isOutOfFiles, type StorageFile } from '../storage.ts'
import type { AppendGroup } from './append-group.ts'
import type { AppendQueue } from './append-queue.ts'
import { SyncedEndSaver } from './synced-end-saver.ts'

/** A group larger than this part of `preallocateBytes` writes no zeros ahead: see the decision on write-ahead zeros. */
const PREALLOCATE_PART = 4
const zeros = Buffer.alloc(MAX_PREALLOCATE_BYTES)

/** A write that found no room, or no descriptor, and left nothing that could ever be read: it may be taken back. */
class NoRoom extends Error {}

export interface LogWriterEvents {
  /** An append is done up to here. */
  readonly onReadable: (readableEndOffset: number) => void
  readonly onFailure: (failure: YakError) => void
  /** A segment was closed and the next one holds its first batch: the closed one's files can be written. */
  readonly onRolled: () => void
}

/**
 * Brings the queue of one log to its files: one group for each commit.
 *
 *     write, sync            -> the group is done
 *     no room for the write  -> the file is cut back; this and all later groups are taken back and refused with DISK_FULL
 *     no file to write to, for want of a descriptor -> the same, with OVERLOADED
 *     anything else fails    -> the log has failed, for good: all groups are refused with STORAGE_ERROR, outcome unknown
 *
 * After a failed sync nothing is tried again: the kernel may have dropped the pages and report success the second time.
 */
export class LogWriter implements CommitMember {
  readonly #state: LogState
  readonly #queue: AppendQueue
  readonly #events: LogWriterEvents
  readonly #syncedEnd: SyncedEndSaver
  #cancelTimer: (() => void) | undefined
  #fileRequested = false
  #syncRequested = false
  #cuttingBack = false
  #isStopped = false
  #committing: Promise<unknown> | undefined
  #flushes: { readonly offset: number; readonly resolve: () => void; readonly reject: (error: Error) => void }[] = []

  constructor(options: { state: LogState; queue: AppendQueue; events: LogWriterEvents }) {
    this.#state = options.state
    this.#queue = options.queue
    this.#events = options.events
    this.#syncedEnd = new SyncedEndSaver({
      state: options.state,
      onFailure: (error) => this.fail(storageError(options.state.name, error)),
    })
  }

  schedule(): void {
    this.#state.disk.commits.schedule(this)
  }

  /** While a write that found no room is taken back, the log's end is not settled. @throws YakError DISK_FULL */
  assertSettled(): void {
    if (this.#cuttingBack) throw diskFull(this.#state.name, undefined)
  }

  /** Resolves when all that is appended now is synced, whatever `flush` says. */
  async flush(): Promise<void> {
    const state = this.#state
    state.assertServing()
    const offset = state.logEndOffset
    if (state.syncedEndOffset >= offset && this.#queue.isEmpty) return
    await new Promise<void>((resolve, reject) => {
      this.#flushes.push({ offset, resolve, reject })
      this.#syncRequested = true
      this.schedule()
    })
  }

  /** Ends the log's service for good; whoever waits learns that the outcome is unknown. */
  fail(failure: YakError): void {
    const state = this.#state
    if (state.failure !== undefined) return
    state.failure = failure
    this.#stopTimer()
    void this.#syncedEnd.stop()
    this.#refuse(this.#queue.clear(), failure)
    state.tail.clear()
    this.#events.onFailure(failure)
  }

  /** Makes the file of an active segment that holds nothing yet, so that the one before it can be finished. */
  requestFile(): void {
    this.#fileRequested = true
    this.schedule()
  }

  /** The end of the log is being cut: the synced end is not saved until `releaseSyncedEnd`. */
  holdSyncedEnd(): void {
    this.#syncedEnd.hold()
  }

  releaseSyncedEnd(): void {
    this.#syncedEnd.release()
  }

  /** No more commits; resolves when none is under way. What is still waiting then stays undecided: flush first. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#stopTimer()
    await Promise.all([this.#committing, this.#syncedEnd.stop()])
  }

  async commit(): Promise<boolean> {
    if (this.#isStopped) return false
    const committing = this.#commit()
    this.#committing = committing
    return await committing
  }

  async #commit(): Promise<boolean> {
    const state = this.#state
    if (state.failure !== undefined) return false
    const group = this.#queue.take()
    // As it is now: who changes it meanwhile does not make a synced write of this one.
    const { flush } = state.config
    try {
      if (group === undefined) await this.#createIfRequested()
      else await orNoFile(this.#write(group, flush))
      if (group !== undefined && state.failure === undefined) this.#finish(group, flush)
      await this.#syncIfRequested()
    } catch (error) {
      if (error instanceof NoRoom) await this.#takeBack(group, error.cause)
      else this.fail(storageError(state.name, error))
    }
    // Another part of the log may have failed it meanwhile; its groups are refused already.
    if (state.failure !== undefined) return false
    this.#resolveFlushes()
    this.#syncedEnd.note()
    this.#setTimer()
    return this.#queue.hasWaiting
  }

  async #write(group: AppendGroup, flush: LogConfig['flush']): Promise<void> {
    const { segment } = group
    if (!segment.created) await this.#createFile(segment)
    await this.#state.disk.files.use(segment.path, (file) =>
      group.position + group.sizeBytes <= segment.fileBytes
        ? this.#writeIntoZeros(group, file, flush)
        : this.#writeAtEnd(group, file, flush),
    )
  }

  /** The bytes are there as zeros and the blocks with them: there is no size to record. */
  async #writeIntoZeros(group: AppendGroup, file: StorageFile, flush: LogConfig['flush']): Promise<void> {
    const { syncedEndOffset, writtenEndOffset } = this.#state
    // It syncs its own bytes alone, and what was written before under a relaxed flush may not be synced yet.
    const isThrough = flush === 'always' && syncedEndOffset >= writtenEndOffset
    // A file system that writes each block anew may run out of room here too.
    await orNoRoom(
      isThrough ? file.writeThrough(group.chunks, group.position) : file.write(group.chunks, group.position),
    )
    if (flush === 'always' && !isThrough) await file.sync()
  }

  async #writeAtEnd(group: AppendGroup, file: StorageFile, flush: LogConfig['flush']): Promise<void> {
    const { segment, chunks, position, sizeBytes } = group
    const ahead = this.#zerosAhead(group)
    await orNoRoom(file.write(ahead === undefined ? chunks : [...chunks, ahead], position))
    segment.fileBytes = position + sizeBytes + (ahead?.length ?? 0)
    if (flush === 'always') await file.sync()
  }

  #zerosAhead(group: AppendGroup): Buffer | undefined {
    const { preallocateBytes, segmentBytes } = this.#state.config
    if (group.sizeBytes * PREALLOCATE_PART > preallocateBytes) return undefined
    const roomBytes = segmentBytes - group.position - group.sizeBytes
    return roomBytes > 0 ? zeros.subarray(0, Math.min(preallocateBytes, roomBytes)) : undefined
  }

  async #createIfRequested(): Promise<void> {
    const { active } = this.#state
    if (!this.#fileRequested) return
    this.#fileRequested = false
    if (!active.created) await this.#createFile(active)
    this.#events.onRolled()
  }

  /**
   * The file of a new segment. The one before it is cut to its end and synced first, so that a file with a successor is
   * known to be whole.
   */
  async #createFile(segment: Segment): Promise<void> {
    const { disk, folder, segments } = this.#state
    const previous = segments[segments.indexOf(segment) - 1]
    if (previous !== undefined) await this.trim(previous)
    await orNoRoom(disk.files.use(segment.path, (file) => file.truncate(0), { create: true }))
    await disk.storage.syncFolder(folder)
    segment.created = true
  }

  /** Cuts the zeros off the end of a segment's file and syncs it. */
  async trim(segment: Segment): Promise<void> {
    if (!segment.created) return
    await this.#state.disk.files.use(segment.path, async (file) => {
      if (segment.fileBytes > segment.writtenBytes) await file.truncate(segment.writtenBytes)
      await file.sync()
    })
    segment.fileBytes = segment.writtenBytes
  }

  /** The relaxed sync, and what it owes once `flush` is `always`. Segments before the last one were synced when it was made. */
  async #syncIfRequested(): Promise<void> {
    const state = this.#state
    const written = state.segments.findLast((segment) => segment.created)
    if (state.syncedEndOffset >= state.writtenEndOffset || written === undefined || state.failure !== undefined) return
    if (!this.#syncRequested && state.config.flush === 'interval') return
    const endOffset = state.writtenEndOffset
    const readableEndOffset = state.readableEndOffset
    await state.disk.files.use(written.path, (file) => file.sync())
    state.syncedEndOffset = Math.max(state.syncedEndOffset, endOffset)
    this.#syncRequested = this.#flushes.some(({ offset }) => offset > endOffset)
    if (state.readableEndOffset > readableEndOffset) this.#events.onReadable(state.readableEndOffset)
  }

  #finish(group: AppendGroup, flush: LogConfig['flush']): void {
    const state = this.#state
    const { segment } = group
    segment.writtenBytes = group.position + group.sizeBytes
    state.writtenEndOffset = group.nextOffset
    if (flush === 'always') state.syncedEndOffset = group.nextOffset
    this.#queue.finish(group)
    state.disk.commits.release(group.sizeBytes)
    group.resolve()
    this.#events.onReadable(state.readableEndOffset)
    if (state.rolled.length > 0) this.#events.onRolled()
  }

  #stopTimer(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  /** The relaxed sync that follows the first write since the last one. */
  #setTimer(): void {
    const { config, disk, syncedEndOffset, writtenEndOffset } = this.#state
    if (this.#cancelTimer !== undefined || this.#isStopped) return
    if (config.flush === 'always' || syncedEndOffset >= writtenEndOffset) return
    this.#cancelTimer = disk.clock.after(config.flushIntervalMs, () => {
      this.#cancelTimer = undefined
      this.#syncRequested = true
      this.schedule()
    })
  }

  /**
   * Takes back the group that found no room and all behind it. The file is cut to where it ended and synced, so nothing of
   * them can show up later, and only then they are refused as not written.
   */
  async #takeBack(group: AppendGroup | undefined, cause: unknown): Promise<void> {
    if (group === undefined) return
    const state = this.#state
    // Another replica may hold it under these offsets, which can then be given to nothing else.
    if (state.exposedEndOffset > group.startOffset) return this.fail(storageError(state.name, cause))
    const { segment } = group
    const groups = this.#queue.clear()
    this.#cuttingBack = true
    for (const { producerUndos } of groups.toReversed()) {
      for (const undo of producerUndos.toReversed()) state.producers.undo(undo)
    }
    state.epochs.truncateEnd(group.startOffset)
    state.tail.truncateTo(group.startOffset)
    state.segments = state.segments.slice(0, state.segments.indexOf(segment) + 1)
    state.rolled = state.rolled.filter(({ nextBaseOffset }) => nextBaseOffset <= segment.baseOffset)
    segment.rewind(group.before)
    try {
      // Where there was no descriptor, nothing was written.
      if (!isOutOfFiles(cause)) await this.#cutBack(segment)
    } catch (error) {
      this.#refuse(groups, storageError(state.name, error))
      this.fail(storageError(state.name, error))
      return
    } finally {
      this.#cuttingBack = false
    }
    this.#refuse(groups, isOutOfFiles(cause) ? outOfFiles(state.name, cause) : diskFull(state.name, cause))
  }

  async #cutBack(segment: Segment): Promise<void> {
    if (!segment.created) return
    await this.#state.disk.files.use(segment.path, async (file) => {
      await file.truncate(segment.writtenBytes)
      await file.sync()
    })
    segment.fileBytes = segment.writtenBytes
  }

  #refuse(groups: readonly AppendGroup[], error: YakError): void {
    for (const group of groups) {
      this.#state.disk.commits.release(group.sizeBytes)
      group.reject(error)
    }
    for (const { reject } of this.#flushes.splice(0)) reject(error)
  }

  #resolveFlushes(): void {
    const { syncedEndOffset } = this.#state
    const done = this.#flushes.filter(({ offset }) => offset <= syncedEndOffset)
    if (done.length === 0) return
    this.#flushes = this.#flushes.filter(({ offset }) => offset > syncedEndOffset)
    for (const { resolve } of done) resolve()
  }
}

async function orNoRoom(writing: Promise<void>): Promise<void> {
  try {
    await writing
  } catch (error) {
    throw isDiskFull(error) ? new NoRoom('', { cause: error }) : error
  }
}

async function orNoFile(writing: Promise<void>): Promise<void> {
  try {
    await writing
  } catch (error) {
    throw isOutOfFiles(error) ? new NoRoom('', { cause: error }) : error
  }
}
