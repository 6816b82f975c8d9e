import { YakError } from '@yak/protocol'
import type { LogState } from '../log-state.ts'
import type { Segment } from '../segment/segment.ts'
import { isPassing } from '../storage.ts'
import { countExpired } from './retention.ts'
import { removeSegmentFiles } from './segment-files.ts'
import type { SegmentFinisher } from './segment-finisher.ts'

/** What a look at retention has done. */
export interface RetentionResult {
  /** How many segments went. */
  readonly deletedSegments: number
  /** What they had of batches, in bytes. */
  readonly deletedBytes: number
  /** The wall clock jumped ahead and is not believed: see ClockGuard. */
  readonly clockDoubted: boolean
}

/**
 * Moves the log's start: by retention, or because someone asks for it. The new start is durable before the first file
 * goes, so a crash leaves files to be removed at the next open, and never a log that begins too late.
 */
export class LogStart {
  readonly #state: LogState
  readonly #finisher: SegmentFinisher
  readonly #roll: () => void
  readonly #requestFile: () => void

  constructor(options: { state: LogState; finisher: SegmentFinisher; roll: () => void; requestFile: () => void }) {
    this.#state = options.state
    this.#finisher = options.finisher
    this.#roll = options.roll
    this.#requestFile = options.requestFile
  }

  async raise(offset: number): Promise<void> {
    const state = this.#state
    state.assertServing()
    if (offset <= state.logStartOffset) return
    if (offset > state.readableEndOffset) {
      throw new YakError(
        'OFFSET_OUT_OF_RANGE',
        `${state.name} cannot begin at offset ${offset}: it ends at ${state.readableEndOffset}. Name that or less.`,
        { details: { offset, logEndOffset: state.readableEndOffset } },
      )
    }
    await this.#moveTo(offset)
    // Nothing is left: its last segment is closed, so that its file goes soon and not with the next record only.
    if (offset === state.logEndOffset && state.active.sizeBytes > 0) {
      this.#roll()
      this.#requestFile()
    }
  }

  /** Removes segments below the start that could not go when it was raised. */
  async removeLetGo(): Promise<void> {
    await this.#moveTo(this.#state.logStartOffset)
  }

  async applyRetention(nowMs: number, highWatermark: number): Promise<RetentionResult> {
    const state = this.#state
    state.assertServing()
    const { config, clockGuard, disk } = state
    const trustedMs = clockGuard.trust(nowMs, disk.clock.monotonic())
    state.producers.expire(trustedMs - config.producerExpiryMs)
    // The active segment never goes, so an idle log closes it by age here and not with the next append only.
    if (state.active.sizeBytes > 0 && trustedMs - state.active.createdMs >= config.segmentMs) {
      this.#roll()
      this.#requestFile()
    }
    // There was no room for the file of the next one, perhaps; without it the one before is not finished, and never goes.
    else if (state.rolled.length > 0 && !state.active.created) this.#requestFile()

    const committedEnd = Math.min(highWatermark, state.syncedEndOffset)
    const count = countExpired(state.segments, config, trustedMs, committedEnd)
    const deleted = await this.#moveTo(Math.max(state.logStartOffset, state.segments[count]!.baseOffset))
    const deletedBytes = deleted.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    return { deletedSegments: deleted.length, deletedBytes, clockDoubted: clockGuard.isDoubting }
  }

  /** Answers the segments that are gone. */
  async #moveTo(offset: number): Promise<readonly Segment[]> {
    const state = this.#state
    if (offset > state.logStartOffset) {
      await state.checkpoint.save({ logStartOffset: offset, savedMs: state.trustedNow() })
      state.logStartOffset = offset
      state.epochs.truncateStart(offset)
    }
    if (state.segmentIndexOf(offset) === 0) return []
    try {
      await this.#finisher.finishRolled()
    } catch (error) {
      if (!isPassing(error)) throw error
    }
    // What a segment tells of producers must be in a snapshot before it goes; one that cannot be finished yet goes later.
    const [unfinished] = state.rolled
    const unfinishedIndex =
      unfinished === undefined ? state.segments.length : state.segments.indexOf(unfinished.segment)
    const count = Math.min(state.segmentIndexOf(offset), unfinishedIndex)
    const gone = state.segments.slice(0, count)
    state.segments = state.segments.slice(count)
    for (const { baseOffset } of gone) await removeSegmentFiles(state, baseOffset)
    return gone
  }
}
