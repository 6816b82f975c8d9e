import { YakError } from '@yak/protocol'
import type { LogDisk } from './disk/log-disk.ts'
import type { LogConfig } from './log-config.ts'
import { damagedLog } from './log-damage.ts'
import { ClockGuard } from './maintenance/clock-guard.ts'
import { LogTail } from './read/log-tail.ts'
import { Segment } from './segment/segment.ts'
import type { EpochTable } from './state/epoch-table.ts'
import type { LogCheckpointFile } from './state/log-checkpoint.ts'
import type { ProducerState } from './state/producer-state.ts'
import { isOutOfFiles } from './storage.ts'

/** Files of a closed segment that are still to be written before the recovery point may pass it. */
export interface RolledSegment {
  readonly segment: Segment
  /** Producer state at the roll, encoded. */
  readonly snapshot: Buffer
  /** Base offset of the segment that follows. */
  readonly nextBaseOffset: number
}

export interface LogStateOptions {
  readonly disk: LogDisk
  readonly folder: string
  readonly name: string
  readonly config: LogConfig
  readonly segments: Segment[]
  readonly producers: ProducerState
  readonly epochs: EpochTable
  readonly checkpoint: LogCheckpointFile
}

/**
 * What the parts of one log share. The ends run like this:
 *
 *     logStartOffset <= syncedEndOffset <= writtenEndOffset <= logEndOffset
 *                                          written to files    appended
 *
 * Decisions change it synchronously; I/O reports back by moving the ends.
 */
export class LogState {
  readonly disk: LogDisk
  readonly folder: string
  /** For messages, like `orders-1`. */
  readonly name: string
  config: LogConfig
  readonly producers: ProducerState
  readonly epochs: EpochTable
  readonly checkpoint: LogCheckpointFile
  readonly tail: LogTail
  readonly clockGuard: ClockGuard
  /** Never empty; the last one is active. Replaced, never changed in place: a reader keeps the list it has. */
  segments: readonly Segment[]
  /** Closed, with files still to be written. */
  rolled: RolledSegment[] = []
  logStartOffset: number
  writtenEndOffset: number
  syncedEndOffset: number
  /** Appends below it were given to a reader before they were synced, so they may be in another replica's log. */
  exposedEndOffset = 0
  /** Rises when bytes that could be read before are gone, so that a reader under way looks again. */
  generation = 0
  failure: YakError | undefined

  constructor(options: LogStateOptions) {
    this.disk = options.disk
    this.folder = options.folder
    this.name = options.name
    this.config = options.config
    this.segments = options.segments
    this.producers = options.producers
    this.epochs = options.epochs
    this.checkpoint = options.checkpoint
    this.clockGuard = new ClockGuard({
      savedMs: options.checkpoint.values.savedMs,
      monotonicMs: options.disk.clock.monotonic(),
      doubtMs: options.config.clockDoubtMs,
    })
    this.tail = new LogTail(options.disk.tails, () => this.writtenEndOffset)
    this.logStartOffset = options.checkpoint.values.logStartOffset
    this.writtenEndOffset = this.active.nextOffset
    this.syncedEndOffset = this.active.nextOffset
  }

  get active(): Segment {
    return this.segments.at(-1)!
  }

  get logEndOffset(): number {
    return this.active.nextOffset
  }

  /** Up to here an append is done and may be read: synced, or only written where `flush` is relaxed. */
  get readableEndOffset(): number {
    return this.config.flush === 'always' ? this.syncedEndOffset : this.writtenEndOffset
  }

  get sizeBytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
  }

  /** The segment that holds `offset`, or would. */
  segmentOf(offset: number): Segment {
    return this.segments[this.segmentIndexOf(offset)]!
  }

  segmentIndexOf(offset: number): number {
    let low = 0
    let high = this.segments.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.segments[middle]!.baseOffset <= offset) low = middle
      else high = middle - 1
    }
    return low
  }

  newSegment(baseOffset: number): Segment {
    const segment = new Segment({
      disk: this.disk,
      folder: this.folder,
      baseOffset,
      indexIntervalBytes: this.config.indexIntervalBytes,
    })
    segment.createdMs = this.disk.clock.now()
    return segment
  }

  /** Wall clock, unless it jumped ahead: see ClockGuard. */
  trustedNow(): number {
    const { clock } = this.disk
    return this.clockGuard.trust(clock.now(), clock.monotonic())
  }

  damage(file: string, position: number, problem: string): YakError {
    return damagedLog(this.name, file, position, problem)
  }

  assertServing(): void {
    if (this.failure !== undefined) throw this.failure
  }
}

/** The disk failed under the log: nothing is known of what was pending. */
export function storageError(name: string, cause: unknown): YakError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  if (isOutOfFiles(cause)) {
    return new YakError(
      'STORAGE_ERROR',
      `The broker had no file descriptor left for ${name}: ${reason}. Its last appends may or may not be there; ` +
        `it is opened again when there are some. ${raiseLimit}`,
      { cause, details: { log: name } },
    )
  }
  return new YakError(
    'STORAGE_ERROR',
    `The disk failed under ${name}: ${reason}. Its last appends may or may not be there; ` +
      'check the disk and start the broker again.',
    { cause, details: { log: name } },
  )
}

export function diskFull(name: string, cause: unknown): YakError {
  return new YakError(
    'DISK_FULL',
    `The disk has no room for ${name}; nothing of this append was kept. Free space and send again.`,
    { cause, details: { log: name } },
  )
}

export function outOfFiles(name: string, cause: unknown): YakError {
  return withoutFile(`append to ${name}; nothing of this append was kept. Send again`, name, cause)
}

export function outOfFilesToRead(name: string, cause: unknown): YakError {
  return withoutFile(`read ${name}. Try again`, name, cause)
}

function withoutFile(what: string, log: string, cause: unknown): YakError {
  const message = `The broker has no file descriptor left to ${what} in a moment. ${raiseLimit}`
  return new YakError('OVERLOADED', message, { cause, details: { log } })
}

const raiseLimit = 'If that comes again, allow it more open files (ulimit -n).'
