import type { YakError } from '@yak/protocol'
import type { LogDisk } from '../disk/log-disk.ts'
import type { LogConfig } from '../log-config.ts'
import { damagedLog } from '../log-damage.ts'
import { Segment } from '../segment/segment.ts'
import { readWholeFile } from '../state/atomic-file.ts'
import { decodeEpochCheckpoint, EPOCH_CHECKPOINT_FILE_NAME } from '../state/epoch-checkpoint.ts'
import { EpochTable } from '../state/epoch-table.ts'
import type { LogCheckpointFile } from '../state/log-checkpoint.ts'
import { loadProducerSnapshot } from '../state/producer-snapshot-file.ts'
import { ProducerState } from '../state/producer-state.ts'
import { isNotFound, joinPath } from '../storage.ts'
import type { LogFolder, SegmentFile } from './log-folder.ts'
import { restoreSegment } from './restore-segment.ts'

export interface OpenLogOptions {
  readonly disk: LogDisk
  readonly folder: string
  readonly name: string
  readonly config: LogConfig
  /** The caller's high watermark: what is missing or bad below it is damage. */
  readonly highWatermark: number
  /** Where a log that does not exist yet begins. */
  readonly startOffset: number
}

/** What is known of a log while it is being opened. */
export class LogOpening {
  readonly options: OpenLogOptions
  readonly listing: LogFolder
  readonly checkpoint: LogCheckpointFile
  /**
   * The segments that belong to the log. Those wholly below the log start were given up when it was saved; where the
   * recovery point has not passed them yet, they still tell of producers and epochs.
   */
  readonly files: readonly SegmentFile[]
  readonly producers: ProducerState
  epochs: EpochTable = new EpochTable()
  segments: Segment[] = []

  constructor(options: OpenLogOptions, listing: LogFolder, checkpoint: LogCheckpointFile) {
    this.options = options
    this.listing = listing
    this.checkpoint = checkpoint
    this.producers = new ProducerState(options.config.maxProducers)
    const { logStartOffset, recoveryPoint } = checkpoint.values
    const givenUpEnd = Math.min(logStartOffset, recoveryPoint)
    this.files = listing.segments.filter(
      (_, index, files) => (files[index + 1]?.baseOffset ?? Number.MAX_SAFE_INTEGER) > givenUpEnd,
    )
  }

  /**
   * The offset that the log must reach: what was synced or entered does not go missing. Neither does what was committed,
   * unless commits did not wait for a sync: a power cut may take those, and `lostOffsets` counts them.
   */
  get neededEndOffset(): number {
    const { syncedEndOffset, requiredEndOffset } = this.checkpoint.values
    const { config, highWatermark } = this.options
    return Math.max(syncedEndOffset, requiredEndOffset, config.flush === 'always' ? highWatermark : 0)
  }

  newSegment(file: SegmentFile, areIndexesTrusted: boolean): Segment {
    const { disk, folder, config } = this.options
    return new Segment({
      disk,
      folder,
      baseOffset: file.baseOffset,
      indexIntervalBytes: config.indexIntervalBytes,
      indexBytes: file.indexBytes,
      timeIndexBytes: file.timeIndexBytes,
      areIndexesTrusted,
    })
  }

  /** Takes over a segment with its indexes; false when they do not fit it, or it does not end at `endOffset`. */
  async restore(file: SegmentFile, endOffset: number): Promise<boolean> {
    const segment = this.newSegment(file, true)
    try {
      const problem = await restoreSegment(this.options.disk, segment, file, endOffset)
      if (problem === undefined) this.segments.push(segment)
      return problem === undefined
    } catch (error) {
      // An index file that is missing is built again; a disk that does not read is another matter.
      if (isNotFound(error)) return false
      throw error
    }
  }

  async loadSnapshot(offset: number): Promise<boolean> {
    const { disk, folder } = this.options
    const entries = this.listing.snapshots.includes(offset)
      ? await loadProducerSnapshot(disk, folder, offset)
      : undefined
    if (entries !== undefined) this.producers.replace(entries)
    return entries !== undefined
  }

  /** Epochs of batches below `endOffset`; false when the file is missing or does not parse. */
  async loadEpochs(endOffset: number): Promise<boolean> {
    const { disk, folder } = this.options
    let bytes: Buffer
    try {
      bytes = await readWholeFile(disk, joinPath(folder, EPOCH_CHECKPOINT_FILE_NAME))
    } catch (error) {
      if (isNotFound(error)) return false
      throw error
    }
    const starts = decodeEpochCheckpoint(bytes)
    if (starts === undefined) return false
    this.epochs = new EpochTable(starts)
    this.epochs.truncateEnd(endOffset)
    return true
  }

  damage(file: string, position: number, problem: string): YakError {
    return damagedLog(this.options.name, file, position, problem)
  }
}
