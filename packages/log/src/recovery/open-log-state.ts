import { YakError } from '@yak/protocol'
import type { LogDisk } from '../disk/log-disk.ts'
import type { LogConfig } from '../log-config.ts'
import { damagedLog } from '../log-damage.ts'
import { LogState } from '../log-state.ts'
import { Segment } from '../segment/segment.ts'
import { segmentFileName } from '../segment/segment-names.ts'
import { readWholeFile, replaceFile } from '../state/atomic-file.ts'
import { decodeEpochCheckpoint, EPOCH_CHECKPOINT_FILE_NAME } from '../state/epoch-checkpoint.ts'
import { EpochTable } from '../state/epoch-table.ts'
import { LogCheckpointFile, newCheckpoint } from '../state/log-checkpoint.ts'
import { decodeProducerSnapshot, encodeProducerSnapshot } from '../state/producer-snapshot.ts'
import { ProducerState } from '../state/producer-state.ts'
import { isNotFound, joinPath } from '../storage/storage.ts'
import { keepCutBytes } from './cut-bytes.ts'
import { type LogFolder, listLogFolder, type SegmentFile } from './log-folder.ts'
import { restoreSegment } from './restore-segment.ts'
import { findGoodBatch, hasLostSector, type SegmentScan, scanSegment } from './scan-segment.ts'

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

/** What opening found and did. */
export interface LogRecovery {
  /** The log was closed cleanly and nothing was scanned. */
  readonly clean: boolean
  readonly scannedBytes: number
  /** Bytes of a torn tail, kept in `cutFile`. */
  readonly cutBytes: number
  readonly cutFile: string | undefined
}

export interface OpenedLog {
  readonly state: LogState
  readonly recovery: LogRecovery
}

/**
 * Brings a log's folder back to a log that can be appended to:
 *
 *     no folder                     a new log
 *     closed cleanly                indexes, snapshot and epochs are taken over; a few heads of each segment are read
 *     anything else                 every batch from the recovery point on is checked; what follows the last good one is
 *                                   cut off and kept aside, unless it must not be: then the log is damaged
 *
 * A damaged log opens too, with `failure` set and nothing on disk changed.
 */
export async function openLogState(options: OpenLogOptions): Promise<OpenedLog> {
  const { disk, folder } = options
  const listing = await listLogFolder(disk, folder)
  const values = newCheckpoint(options.startOffset, disk.clock.now())
  let checkpoint: LogCheckpointFile | undefined
  try {
    checkpoint = await LogCheckpointFile.open(disk, folder)
    if (checkpoint === undefined && listing.segments.length > 0) {
      throw damagedLog(options.name, folder, 0, 'holds segments and no log-checkpoint')
    }
  } catch (error) {
    if (!YakError.is(error, 'LOG_DAMAGED')) throw error
    return new LogOpening(options, listing, LogCheckpointFile.unread(disk, folder, values)).refuse(error)
  }
  checkpoint ??= await LogCheckpointFile.create(disk, folder, values)
  return await new LogOpening(options, listing, checkpoint).run()
}

const CLEAN: LogRecovery = { clean: true, scannedBytes: 0, cutBytes: 0, cutFile: undefined }

class LogOpening {
  readonly #options: OpenLogOptions
  readonly #listing: LogFolder
  readonly #checkpoint: LogCheckpointFile
  readonly #files: readonly SegmentFile[]
  readonly #producers: ProducerState
  #epochs: EpochTable = new EpochTable()
  #segments: Segment[] = []
  #scannedBytes = 0

  constructor(options: OpenLogOptions, listing: LogFolder, checkpoint: LogCheckpointFile) {
    this.#options = options
    this.#listing = listing
    this.#checkpoint = checkpoint
    this.#producers = new ProducerState(options.config.maxProducers)
    // Segments wholly below the log start were given up for good when it was saved; only their removal is missing.
    const { logStartOffset } = checkpoint.values
    this.#files = listing.segments.filter(
      (_, index, files) => (files[index + 1]?.baseOffset ?? Number.MAX_SAFE_INTEGER) > logStartOffset,
    )
  }

  async run(): Promise<OpenedLog> {
    try {
      this.#assertNothingMissing()
      return (await this.#takeOver()) ?? (await this.#recover())
    } catch (error) {
      if (YakError.is(error, 'LOG_DAMAGED')) return this.refuse(error)
      throw error
    }
  }

  /** The log opens, and serves nothing. */
  refuse(failure: YakError): OpenedLog {
    return this.#opened({ ...CLEAN, clean: false, scannedBytes: this.#scannedBytes }, failure)
  }

  #assertNothingMissing(): void {
    const { logStartOffset, syncedEndOffset, requiredEndOffset } = this.#checkpoint.values
    const first = this.#files[0]
    if (first === undefined) {
      const neededEnd = Math.max(syncedEndOffset, requiredEndOffset, this.#options.highWatermark)
      if (neededEnd > logStartOffset) {
        throw this.#damage(this.#options.folder, 0, `holds no segment, and the log reached offset ${neededEnd}`)
      }
    } else if (first.baseOffset > logStartOffset) {
      throw this.#damage(this.#options.folder, 0, `holds no segment with the log start offset ${logStartOffset}`)
    }
  }

  /** The quick way, after a clean close. Undefined: something is not as it was left, so everything must be looked at. */
  async #takeOver(): Promise<OpenedLog | undefined> {
    const { cleanSizeBytes, cleanEndOffset, logStartOffset } = this.#checkpoint.values
    const last = this.#files.at(-1)
    if (cleanSizeBytes < 0 || cleanEndOffset < this.#options.highWatermark) return undefined
    if (last === undefined) {
      if (cleanEndOffset !== logStartOffset) return undefined
    } else if (last.sizeBytes !== cleanSizeBytes) return undefined
    if (!(await this.#loadSnapshot(cleanEndOffset)) || !(await this.#loadEpochs(cleanEndOffset))) return undefined
    for (const [index, file] of this.#files.entries()) {
      const endOffset = this.#files[index + 1]?.baseOffset ?? cleanEndOffset
      if (!(await this.#restore(file, endOffset))) {
        this.#segments = []
        return undefined
      }
    }
    return this.#opened(CLEAN)
  }

  async #restore(file: SegmentFile, endOffset: number): Promise<boolean> {
    const segment = this.#newSegment(file, true)
    let problem: string | undefined
    try {
      problem = await restoreSegment(this.#options.disk, segment, file, endOffset)
    } catch (error) {
      // An index file that is missing is built again; a disk that does not read is another matter.
      if (!isNotFound(error)) throw error
      problem = 'has no index'
    }
    if (problem === undefined) this.#segments.push(segment)
    return problem === undefined
  }

  async #recover(): Promise<OpenedLog> {
    const { disk, folder } = this.#options
    const scanFrom = await this.#chooseStart()
    let latestEpoch = this.#epochs.latestEpoch ?? -1
    let cut: { readonly segment: Segment; readonly scan: SegmentScan; readonly sizeBytes: number } | undefined
    for (const [index, file] of this.#files.entries()) {
      const next = this.#files[index + 1]
      if (file.baseOffset < scanFrom) {
        if (next !== undefined && (await this.#restore(file, next.baseOffset))) continue
        // Its indexes are not to be trusted after all. Batches are, once every one of them is checked.
        const { segment, scan } = await this.#scan(file, -1, () => {})
        this.#assertReaches(segment, scan, next?.baseOffset ?? scan.nextOffset)
        await segment.persistIndexes()
        this.#segments.push(segment)
        continue
      }
      if (file.baseOffset > scanFrom) await this.#saveSnapshot(file.baseOffset)
      const now = disk.clock.now()
      const { segment, scan } = await this.#scan(file, latestEpoch, (head) => {
        this.#epochs.note(head.leaderEpoch, head.baseOffset)
        this.#producers.record(head, now)
      })
      latestEpoch = this.#epochs.latestEpoch ?? latestEpoch
      this.#segments.push(segment)
      if (next !== undefined) {
        // The one before a segment was synced to its end before that segment was made.
        this.#assertReaches(segment, scan, next.baseOffset)
        await this.#finishClosed(segment, scan, file.sizeBytes)
      } else cut = { segment, scan, sizeBytes: file.sizeBytes }
    }
    const kept = cut === undefined ? undefined : await this.#cutTail(cut.segment, cut.scan, cut.sizeBytes)
    const opened = this.#opened({
      clean: false,
      scannedBytes: this.#scannedBytes,
      cutBytes: kept?.sizeBytes ?? 0,
      cutFile: kept?.name,
    })
    const { state } = opened
    await disk.storage.syncFolder(folder)
    await this.#checkpoint.save({
      recoveryPoint: state.active.baseOffset,
      syncedEndOffset: state.logEndOffset,
      savedMs: disk.clock.now(),
    })
    return opened
  }

  /**
   * The base offset from which batches are scanned: the newest segment at or below the recovery point whose producer
   * snapshot and epochs can be taken over. The first segment needs neither: there the state is empty, or lost with what
   * was deleted.
   */
  async #chooseStart(): Promise<number> {
    const { recoveryPoint } = this.#checkpoint.values
    for (const { baseOffset } of this.#files.toReversed()) {
      if (baseOffset > recoveryPoint) continue
      const hasSnapshot = await this.#loadSnapshot(baseOffset)
      if (hasSnapshot && (await this.#loadEpochs(baseOffset))) return baseOffset
    }
    const first = this.#files[0]?.baseOffset ?? this.#checkpoint.values.logStartOffset
    if (!(await this.#loadSnapshot(first))) this.#producers.replace([])
    this.#epochs = new EpochTable()
    return first
  }

  async #scan(
    file: SegmentFile,
    latestEpoch: number,
    onBatch: Parameters<typeof scanSegment>[4],
  ): Promise<{ readonly segment: Segment; readonly scan: SegmentScan }> {
    const segment = this.#newSegment(file, false)
    const scan = await this.#options.disk.files.use(segment.path, (opened) =>
      scanSegment(opened, segment, file.sizeBytes, latestEpoch, onBatch),
    )
    this.#scannedBytes += file.sizeBytes
    segment.created = true
    segment.writtenBytes = segment.sizeBytes
    segment.fileBytes = file.sizeBytes
    return { segment, scan }
  }

  /** A segment with a successor was whole on disk before the successor was made: what is bad in it is damage. */
  #assertReaches(segment: Segment, scan: SegmentScan, endOffset: number): void {
    if (scan.problem !== undefined) throw this.#damage(segment.path, scan.position, scan.problem)
    if (scan.nextOffset !== endOffset) {
      throw this.#damage(
        segment.path,
        scan.position,
        `ends at offset ${scan.nextOffset}; the next begins at ${endOffset}`,
      )
    }
  }

  async #finishClosed(segment: Segment, scan: SegmentScan, sizeBytes: number): Promise<void> {
    await this.#options.disk.files.use(segment.path, async (file) => {
      if (sizeBytes > scan.position) await file.truncate(scan.position)
      await file.sync()
    })
    segment.fileBytes = scan.position
    await segment.persistIndexes()
  }

  /** Decides about what follows the last good batch, keeps it aside, cuts it off, and syncs what is left. */
  async #cutTail(
    segment: Segment,
    scan: SegmentScan,
    sizeBytes: number,
  ): Promise<{ readonly name: string; readonly sizeBytes: number } | undefined> {
    const { disk, folder, highWatermark } = this.#options
    const { syncedEndOffset, requiredEndOffset } = this.#checkpoint.values
    const neededEnd = Math.max(highWatermark, syncedEndOffset, requiredEndOffset)
    if (scan.nextOffset < neededEnd) {
      const problem = scan.problem ?? 'is where the log ends'
      throw this.#damage(segment.path, scan.position, `${problem}, below offset ${neededEnd}, which was synced`)
    }
    let kept: { readonly name: string; readonly sizeBytes: number } | undefined
    await disk.files.use(segment.path, async (file) => {
      if (scan.problem !== undefined) {
        await this.#assertTorn(segment, scan, file)
        kept = await keepCutBytes(disk, folder, this.#listing.cuts, file, scan)
      }
      // Recovered batches may be in the system's cache only: a crash of the process leaves them there unsynced.
      if (sizeBytes > scan.position) await file.truncate(scan.position)
      await file.sync()
    })
    segment.fileBytes = scan.position
    return kept
  }

  /**
   * A bad batch followed by a good one is damage: batches are synced in their order. Only batches of one unsynced group
   * may have reached the disk in another, and then the bad one lacks whole sectors and the good ones are close.
   */
  async #assertTorn(segment: Segment, scan: SegmentScan, file: Parameters<typeof findGoodBatch>[0]): Promise<void> {
    const good = await findGoodBatch(file, scan.position + 1, scan.dirtyEnd, scan.nextOffset + 1)
    if (good === undefined) return
    const isOneGroup = scan.dirtyEnd - scan.position <= this.#options.config.maxGroupBytes
    if (isOneGroup && (await hasLostSector(file, scan.position, good))) return
    throw this.#damage(segment.path, scan.position, `${scan.problem}, and a good batch follows at byte ${good}`)
  }

  async #loadSnapshot(offset: number): Promise<boolean> {
    if (!this.#listing.snapshots.includes(offset)) return false
    const { disk, folder } = this.#options
    const bytes = await readWholeFile(disk, joinPath(folder, segmentFileName(offset, 'snapshot')))
    const entries = decodeProducerSnapshot(bytes, offset)
    if (entries !== undefined) this.#producers.replace(entries)
    return entries !== undefined
  }

  async #saveSnapshot(offset: number): Promise<void> {
    const { disk, folder } = this.#options
    const bytes = encodeProducerSnapshot(this.#producers.entries(), offset)
    await replaceFile(disk, joinPath(folder, segmentFileName(offset, 'snapshot')), bytes)
  }

  /** Epochs of batches below `endOffset`. */
  async #loadEpochs(endOffset: number): Promise<boolean> {
    const { disk, folder } = this.#options
    let bytes: Buffer
    try {
      bytes = await readWholeFile(disk, joinPath(folder, EPOCH_CHECKPOINT_FILE_NAME))
    } catch (error) {
      if (isNotFound(error)) return false
      throw error
    }
    const starts = decodeEpochCheckpoint(bytes)
    if (starts === undefined) return false
    this.#epochs = new EpochTable(starts)
    this.#epochs.truncateEnd(endOffset)
    return true
  }

  #newSegment(file: SegmentFile, trustIndexes: boolean): Segment {
    const { disk, folder, config } = this.#options
    return new Segment({
      disk,
      folder,
      baseOffset: file.baseOffset,
      indexIntervalBytes: config.indexIntervalBytes,
      ...(trustIndexes ? { indexBytes: file.indexBytes, timeIndexBytes: file.timeIndexBytes } : {}),
    })
  }

  #damage(file: string, position: number, problem: string): YakError {
    return damagedLog(this.#options.name, file, position, problem)
  }

  #opened(recovery: LogRecovery, failure?: YakError): OpenedLog {
    const { disk, folder, name, config } = this.#options
    const { logStartOffset, activeCreatedMs } = this.#checkpoint.values
    if (this.#segments.length === 0) {
      const first = new Segment({
        disk,
        folder,
        baseOffset: logStartOffset,
        indexIntervalBytes: config.indexIntervalBytes,
      })
      this.#segments.push(first)
    }
    const state = new LogState({
      disk,
      folder,
      name,
      config,
      segments: this.#segments,
      producers: this.#producers,
      epochs: this.#epochs,
      checkpoint: this.#checkpoint,
    })
    state.active.createdMs = activeCreatedMs > 0 ? activeCreatedMs : disk.clock.now()
    state.failure = failure
    return { state, recovery }
  }
}
