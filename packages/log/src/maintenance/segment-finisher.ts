import { settleAll } from '../disk/settle-all.ts'
import type { LogState } from '../log-state.ts'
import { parseSegmentFileName } from '../segment/segment-names.ts'
import { replaceFile } from '../state/atomic-file.ts'
import { EPOCH_CHECKPOINT_FILE_NAME, encodeEpochCheckpoint } from '../state/epoch-checkpoint.ts'
import { encodeProducerSnapshot } from '../state/producer-snapshot.ts'
import { saveProducerSnapshot } from '../state/producer-snapshot-file.ts'
import { isNotFound, joinPath } from '../storage.ts'

/**
 * Writes what belongs to a closed segment, its indexes, the producer snapshot behind it and the epochs up to it, and then
 * moves the recovery point past it. In that order: whatever is cut short is found and done again by recovery.
 */
export class SegmentFinisher {
  readonly #state: LogState
  #savedEpochs = ''

  constructor(state: LogState) {
    this.#state = state
  }

  /** All segments that were closed and whose successor is on disk. */
  async finishRolled(): Promise<void> {
    const state = this.#state
    const { disk, folder } = state
    for (let rolled = this.#nextRolled(); rolled !== undefined; rolled = this.#nextRolled()) {
      await settleAll([
        rolled.segment.persistIndexes(),
        saveProducerSnapshot(disk, folder, rolled.nextBaseOffset, rolled.snapshot),
        this.saveEpochs(),
      ])
      await disk.storage.syncFolder(folder)
      await state.checkpoint.save({
        recoveryPoint: rolled.nextBaseOffset,
        syncedEndOffset: state.syncedEndOffset,
        activeCreatedMs: state.active.createdMs,
        savedMs: state.trustedNow(),
      })
      state.rolled = state.rolled.filter((other) => other !== rolled)
      await this.pruneSnapshots()
    }
  }

  /** Leaves the folder so that the next open need look at nothing. Everything appended must be written and synced. */
  async finishAll(): Promise<void> {
    const state = this.#state
    await this.finishRolled()
    // An empty segment that never came to have a file is as if it had not been begun.
    if (!state.active.created && state.segments.length > 1) {
      state.segments = state.segments.slice(0, -1)
      state.rolled = []
    }
    const { active } = state
    const snapshot = encodeProducerSnapshot(state.producers.entries(), state.logEndOffset)
    await settleAll([
      active.created ? active.persistIndexes() : undefined,
      saveProducerSnapshot(state.disk, state.folder, state.logEndOffset, snapshot),
      this.saveEpochs(),
    ])
    await state.disk.storage.syncFolder(state.folder)
    await state.checkpoint.save({
      syncedEndOffset: state.syncedEndOffset,
      recoveryPoint: active.baseOffset,
      activeCreatedMs: active.createdMs,
      savedMs: state.trustedNow(),
      cleanSizeBytes: active.writtenBytes,
      cleanEndOffset: state.logEndOffset,
    })
    await this.pruneSnapshots()
  }

  async saveEpochs(): Promise<void> {
    const { disk, folder, epochs } = this.#state
    const bytes = encodeEpochCheckpoint(epochs.starts)
    const text = bytes.toString()
    if (text === this.#savedEpochs) return
    await replaceFile(disk, joinPath(folder, EPOCH_CHECKPOINT_FILE_NAME), bytes)
    this.#savedEpochs = text
  }

  /** The file of a log that begins anew. */
  async removeEpochs(): Promise<void> {
    const { disk, folder } = this.#state
    this.#savedEpochs = ''
    try {
      await disk.storage.removeFile(joinPath(folder, EPOCH_CHECKPOINT_FILE_NAME))
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  /** A snapshot is needed at each segment's base, for taking the state back, and at the end of a log closed cleanly. */
  async pruneSnapshots(): Promise<void> {
    const { segments, checkpoint } = this.#state
    const needed = new Set([...segments.map(({ baseOffset }) => baseOffset), checkpoint.values.cleanEndOffset])
    await this.removeSnapshots((offset) => !needed.has(offset))
  }

  async removeSnapshots(isGone: (offset: number) => boolean): Promise<void> {
    const { disk, folder } = this.#state
    for (const { name } of await disk.storage.listFiles(folder)) {
      const parsed = parseSegmentFileName(name)
      if (parsed?.kind === 'snapshot' && isGone(parsed.offset)) await disk.storage.removeFile(joinPath(folder, name))
    }
  }

  #nextRolled(): LogState['rolled'][number] | undefined {
    return this.#state.rolled.find(({ nextBaseOffset }) =>
      this.#state.segments.some((segment) => segment.baseOffset === nextBaseOffset && segment.created),
    )
  }
}
