import type { Segment } from '../segment/segment.ts'
import { EpochTable } from '../state/epoch-table.ts'
import { encodeProducerSnapshot } from '../state/producer-snapshot.ts'
import { saveProducerSnapshot } from '../state/producer-snapshot-file.ts'
import type { CutBytes } from './cut-bytes.ts'
import type { SegmentFile } from './log-folder.ts'
import type { LogOpening } from './log-opening.ts'
import { type SegmentScan, scanSegment } from './scan-segment.ts'
import { cutTail } from './torn-tail.ts'

/** What opening found and did. */
export interface LogRecovery {
  /** The log was closed cleanly, or is new: nothing was scanned. */
  readonly clean: boolean
  /** Bytes of segments that were checked batch by batch. */
  readonly scannedBytes: number
  /** Bytes of a torn tail, kept in `cutFile`. */
  readonly cutBytes: number
  /** Name of the file with a torn tail; undefined when nothing was cut. */
  readonly cutFile: string | undefined
  /** Offsets below the caller's high watermark that a power cut took from a log with a relaxed flush. */
  readonly lostOffsets: number
}

/**
 * Opens a log that was not closed cleanly: every batch from the recovery point on is checked, indexes, epochs and producer
 * state are built again from there, and what follows the last good batch is cut off.
 *
 * @throws YakError LOG_DAMAGED, having changed nothing of the batches.
 */
export async function recover(opening: LogOpening): Promise<LogRecovery> {
  opening.segments = []
  const scanFrom = await chooseStart(opening)
  let scannedBytes = 0
  let cut: CutBytes | undefined
  for (const [index, file] of opening.files.entries()) {
    const next = opening.files[index + 1]
    if (next !== undefined && file.baseOffset < scanFrom && (await opening.restore(file, next.baseOffset))) continue
    scannedBytes += file.sizeBytes
    // Below the start only the indexes of a segment are built again; its epochs and producers are known.
    const scanned = await scan(opening, file, file.baseOffset >= scanFrom)
    opening.segments.push(scanned.segment)
    if (next === undefined) cut = await cutTail(opening, scanned.segment, scanned.scan, file.sizeBytes)
    else {
      assertReaches(opening, scanned, next.baseOffset)
      await finishClosed(opening, scanned, file.sizeBytes)
      if (file.baseOffset >= scanFrom) await saveSnapshot(opening, next.baseOffset)
    }
  }
  const endOffset = opening.segments.at(-1)?.nextOffset ?? opening.checkpoint.values.logStartOffset
  const lostOffsets = Math.max(0, opening.options.highWatermark - endOffset)
  return { clean: false, scannedBytes, cutBytes: cut?.sizeBytes ?? 0, cutFile: cut?.name, lostOffsets }
}

/**
 * From which segment on batches are scanned: the newest at or below the recovery point whose producer snapshot and epochs
 * can be taken over. The first segment needs neither: before it there is nothing that could be read.
 */
async function chooseStart(opening: LogOpening): Promise<number> {
  const { recoveryPoint, logStartOffset } = opening.checkpoint.values
  for (const { baseOffset } of opening.files.toReversed()) {
    if (baseOffset > recoveryPoint) continue
    if ((await opening.loadSnapshot(baseOffset)) && (await opening.loadEpochs(baseOffset))) return baseOffset
  }
  const first = opening.files[0]?.baseOffset ?? logStartOffset
  if (!(await opening.loadSnapshot(first))) opening.producers.replace([])
  opening.epochs = new EpochTable()
  return first
}

interface ScannedSegment {
  readonly segment: Segment
  readonly scan: SegmentScan
}

async function scan(opening: LogOpening, file: SegmentFile, rebuild: boolean): Promise<ScannedSegment> {
  const { disk } = opening.options
  const { epochs, producers } = opening
  const segment = opening.newSegment(file, false)
  const now = disk.clock.now()
  const latestEpoch = rebuild ? (epochs.latestEpoch ?? -1) : -1
  const result = await disk.files.use(segment.path, (opened) =>
    scanSegment(opened, segment, file.sizeBytes, latestEpoch, (head) => {
      if (!rebuild) return
      epochs.note(head.leaderEpoch, head.baseOffset)
      producers.record(head, now)
    }),
  )
  segment.created = true
  segment.writtenBytes = segment.sizeBytes
  segment.fileBytes = file.sizeBytes
  return { segment, scan: result }
}

/** A segment with a successor was whole on disk before the successor was made: what is bad in it is damage. */
function assertReaches(opening: LogOpening, { segment, scan }: ScannedSegment, endOffset: number): void {
  if (scan.problem !== undefined) throw opening.damage(segment.path, scan.position, scan.problem)
  if (scan.nextOffset === endOffset) return
  const problem = `ends at offset ${scan.nextOffset}, and the next segment begins at ${endOffset}`
  throw opening.damage(segment.path, scan.position, problem)
}

async function finishClosed(opening: LogOpening, { segment, scan }: ScannedSegment, sizeBytes: number): Promise<void> {
  await opening.options.disk.files.use(segment.path, async (file) => {
    if (sizeBytes > scan.position) await file.truncate(scan.position)
    await file.sync()
  })
  segment.fileBytes = scan.position
  await segment.persistIndexes()
}

async function saveSnapshot(opening: LogOpening, offset: number): Promise<void> {
  const { disk, folder } = opening.options
  await saveProducerSnapshot(disk, folder, offset, encodeProducerSnapshot(opening.producers.entries(), offset))
}
