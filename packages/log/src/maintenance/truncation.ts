import { YakError } from '@yak/protocol'
import type { LogState } from '../log-state.ts'
import type { BatchHead } from '../segment/batch-head.ts'
import { BatchWalker } from '../segment/batch-walker.ts'
import type { Segment } from '../segment/segment.ts'
import { loadProducerSnapshot } from '../state/producer-snapshot-file.ts'
import { removeSegmentFiles } from './segment-files.ts'
import type { SegmentFinisher } from './segment-finisher.ts'

/**
 * Takes batches back from the end of the log, for a replica whose tail is not its leader's. Everything appended must be on
 * disk and nothing may be appended meanwhile.
 *
 *     1  save the checkpoint with the lower ends, synced: what is cut is no longer missed
 *     2  in memory, at once: the ends, the segments, the epochs; a reader under way starts again
 *     3  remove later segments, last one first; sync the folder; cut the file; sync it
 *     4  take producer state back to exactly the new end
 *
 * A crash between 1 and 3 leaves the log as it was: the caller truncates again when it opens.
 */
export class Truncation {
  readonly #state: LogState
  readonly #finisher: SegmentFinisher

  constructor(options: { state: LogState; finisher: SegmentFinisher }) {
    this.#state = options.state
    this.#finisher = options.finisher
  }

  /** Answers the new end: `offset`, or the base of the batch that holds it. */
  async truncateTo(offset: number): Promise<number> {
    const state = this.#state
    if (offset >= state.logEndOffset) return state.logEndOffset
    if (offset < state.logStartOffset) {
      throw new YakError(
        'OFFSET_OUT_OF_RANGE',
        `${state.name} begins at offset ${state.logStartOffset} and cannot be cut to ${offset}. Begin it anew there.`,
        { details: { offset, logStartOffset: state.logStartOffset } },
      )
    }
    const segment = state.segmentOf(offset)
    const cut = await this.#findCut(segment, offset)
    const { values } = state.checkpoint
    // A batch may reach over the log start. What replaces it comes whole, so the log then begins where that batch does.
    const logStartOffset = Math.min(values.logStartOffset, cut.offset)
    await state.checkpoint.save({
      logStartOffset,
      syncedEndOffset: Math.min(values.syncedEndOffset, cut.offset),
      requiredEndOffset: Math.min(values.requiredEndOffset, cut.offset),
      recoveryPoint: Math.min(values.recoveryPoint, segment.baseOffset),
      savedMs: state.trustedNow(),
    })

    const index = state.segments.indexOf(segment)
    const gone = state.segments.slice(index + 1)
    state.generation++
    state.segments = state.segments.slice(0, index + 1)
    state.rolled = state.rolled.filter(({ nextBaseOffset }) => nextBaseOffset <= segment.baseOffset)
    state.logStartOffset = logStartOffset
    state.writtenEndOffset = cut.offset
    state.syncedEndOffset = cut.offset
    state.exposedEndOffset = Math.min(state.exposedEndOffset, cut.offset)
    state.tail.truncateTo(cut.offset)
    state.epochs.truncateEnd(cut.offset)
    segment.sizeBytes = cut.position
    segment.writtenBytes = cut.position
    segment.nextOffset = cut.offset

    for (const { baseOffset } of gone.toReversed()) await removeSegmentFiles(state, baseOffset)
    if (gone.length > 0) await state.disk.storage.syncFolder(state.folder)
    await state.disk.files.use(segment.path, async (file) => {
      await file.truncate(cut.position)
      await file.sync()
    })
    segment.fileBytes = cut.position
    segment.createdMs ||= state.disk.clock.now()
    // The epoch file may still name epochs that were cut: they lie above the recovery point, where it is not believed.
    await this.#walk(segment, await segment.truncateIndexes(), segment.writtenBytes, (head) => {
      segment.noteTimestamp(head)
      return true
    })
    await this.#restoreProducers(segment)
    await this.#finisher.pruneSnapshots()
    return cut.offset
  }

  /** Begins the log anew at `offset`, empty. What it entered stays; what it held is gone. */
  async startAt(offset: number): Promise<void> {
    const state = this.#state
    const { values } = state.checkpoint
    const ends = { logStartOffset: offset, recoveryPoint: offset, syncedEndOffset: offset }
    const requiredEndOffset = Math.min(values.requiredEndOffset, offset)
    // `resetting` makes the next open finish what a crash cuts short here.
    await state.checkpoint.save({ ...ends, requiredEndOffset, resetting: 1, savedMs: state.trustedNow() })
    const gone = state.segments
    state.generation++
    state.segments = [state.newSegment(offset)]
    state.rolled = []
    state.logStartOffset = offset
    state.writtenEndOffset = offset
    state.syncedEndOffset = offset
    state.exposedEndOffset = Math.min(state.exposedEndOffset, offset)
    state.tail.clear()
    state.epochs.truncateEnd(0)
    state.producers.replace([])
    for (const { baseOffset } of gone.toReversed()) await removeSegmentFiles(state, baseOffset)
    await this.#finisher.removeEpochs()
    // All of them: one that lies just at the new start tells of the old log.
    await this.#finisher.removeSnapshots(() => true)
    await state.disk.storage.syncFolder(state.folder)
    await state.checkpoint.save({ resetting: 0, activeCreatedMs: state.active.createdMs })
  }

  /** The batch that holds `offset` begins here. */
  async #findCut(segment: Segment, offset: number): Promise<{ readonly offset: number; readonly position: number }> {
    let cut = { offset: segment.nextOffset, position: segment.writtenBytes }
    const from = await segment.offsetIndex.positionAtOrBefore(offset)
    await this.#walk(segment, from, segment.writtenBytes, (head, position) => {
      if (head.lastOffset < offset) return true
      cut = { offset: head.baseOffset, position }
      return false
    })
    return cut
  }

  /** From the nearest snapshot below, and the batches between. */
  async #restoreProducers(active: Segment): Promise<void> {
    const state = this.#state
    const { disk, folder, segments, producers } = state
    let first = segments.length - 1
    for (; first > 0; first--) {
      const entries = await loadProducerSnapshot(disk, folder, segments[first]!.baseOffset)
      if (entries === undefined) continue
      producers.replace(entries)
      break
    }
    if (first === 0) producers.replace((await loadProducerSnapshot(disk, folder, segments[0]!.baseOffset)) ?? [])
    const now = disk.clock.now()
    for (const segment of segments.slice(first)) {
      const end = segment === active ? active.writtenBytes : segment.sizeBytes
      await this.#walk(segment, 0, end, (head) => {
        producers.record(head, now)
        return true
      })
    }
  }

  async #walk(
    segment: Segment,
    position: number,
    endPosition: number,
    visit: (head: BatchHead, position: number) => boolean,
  ): Promise<void> {
    await this.#state.disk.files.use(segment.path, async (file) => {
      const walker = new BatchWalker({ file, position, endPosition })
      while (await walker.fill()) {
        for (let batch = walker.next(); batch !== undefined; batch = walker.next()) {
          if (!visit(batch.head, batch.position)) return
        }
      }
      if (walker.problem !== undefined) throw this.#state.damage(segment.path, walker.position, walker.problem)
    })
  }
}
