import { YakError } from '@yak/protocol'
import { damagedLog } from '../log-damage.ts'
import { LogState } from '../log-state.ts'
import { removeSegmentFiles } from '../maintenance/segment-files.ts'
import { replaceFile } from '../state/atomic-file.ts'
import { EPOCH_CHECKPOINT_FILE_NAME, encodeEpochCheckpoint } from '../state/epoch-checkpoint.ts'
import { LogCheckpointFile, newCheckpoint } from '../state/log-checkpoint.ts'
import { isNotFound, joinPath } from '../storage.ts'
import { type LogFolder, listLogFolder } from './log-folder.ts'
import { LogOpening, type OpenLogOptions } from './log-opening.ts'
import { type LogRecovery, recover } from './recover.ts'
import { takeOver } from './take-over.ts'

export interface OpenedLog {
  readonly state: LogState
  readonly recovery: LogRecovery
}

const NOTHING_SCANNED: LogRecovery = { clean: true, scannedBytes: 0, cutBytes: 0, cutFile: undefined, lostOffsets: 0 }

/**
 * Brings a log's folder back to a log that can be appended to:
 *
 *     no checkpoint and no segments     a new log
 *     closed cleanly                    takeOver
 *     anything else                     recover
 *
 * A damaged log opens too, with `failure` set and its batches as they were found.
 */
export async function openLogState(options: OpenLogOptions): Promise<OpenedLog> {
  const { disk, folder } = options
  let listing = await listLogFolder(disk, folder)
  const values = newCheckpoint(options.startOffset, disk.clock.now())
  let checkpoint: LogCheckpointFile | undefined
  try {
    checkpoint = await LogCheckpointFile.open(disk, folder)
    if (checkpoint === undefined && listing.segments.length > 0) {
      throw damagedLog(options.name, folder, 0, 'holds segments and no log-checkpoint')
    }
  } catch (error) {
    if (!YakError.is(error, 'LOG_DAMAGED')) throw error
    const unread = LogCheckpointFile.unread(disk, folder, values)
    return opened(new LogOpening(options, listing, unread), { ...NOTHING_SCANNED, clean: false }, error)
  }
  checkpoint ??= await LogCheckpointFile.create(disk, folder, values)
  if (checkpoint.values.resetting !== 0) listing = await finishReset(options, listing, checkpoint)

  const opening = new LogOpening(options, listing, checkpoint)
  try {
    assertNothingMissing(opening)
    const isTakenOver = await takeOver(opening)
    const recovery = isTakenOver ? NOTHING_SCANNED : await recover(opening)
    opening.epochs.truncateStart(checkpoint.values.logStartOffset)
    const result = opened(opening, recovery)
    await removeGivenUp(opening)
    if (!isTakenOver) await saveRecovered(result.state)
    return result
  } catch (error) {
    if (YakError.is(error, 'LOG_DAMAGED')) return opened(opening, { ...NOTHING_SCANNED, clean: false }, error)
    throw error
  }
}

function assertNothingMissing(opening: LogOpening): void {
  const { folder } = opening.options
  const { logStartOffset } = opening.checkpoint.values
  const first = opening.files[0]
  if (first === undefined) {
    const { neededEndOffset } = opening
    if (neededEndOffset <= logStartOffset) return
    throw opening.damage(folder, 0, `holds no segment, and the log reached offset ${neededEndOffset}`)
  }
  if (first.baseOffset > logStartOffset) {
    throw opening.damage(folder, 0, `holds no segment with the log start offset ${logStartOffset}`)
  }
}

/** The log was being begun anew, and a crash came before all files were gone. */
async function finishReset(
  { disk, folder }: OpenLogOptions,
  listing: LogFolder,
  checkpoint: LogCheckpointFile,
): Promise<LogFolder> {
  const offsets = new Set([...listing.segments.map(({ baseOffset }) => baseOffset), ...listing.snapshots])
  for (const offset of [...offsets].sort((a, b) => b - a)) await removeSegmentFiles({ disk, folder }, offset)
  await disk.storage.removeFile(joinPath(folder, EPOCH_CHECKPOINT_FILE_NAME)).catch((error: unknown) => {
    if (!isNotFound(error)) throw error
  })
  await disk.storage.syncFolder(folder)
  await checkpoint.save({ resetting: 0 })
  return { ...listing, segments: [], snapshots: [] }
}

/** Segments wholly below the log start, which a crash kept from being removed. */
async function removeGivenUp(opening: LogOpening): Promise<void> {
  for (const file of opening.listing.segments) {
    if (!opening.files.includes(file)) await removeSegmentFiles(opening.options, file.baseOffset)
  }
}

async function saveRecovered(state: LogState): Promise<void> {
  const { values } = state.checkpoint
  const recoveryPoint = state.active.baseOffset
  // A process that was killed may have left names, and a checkpoint, that a power cut would still take back.
  if (values.recoveryPoint === recoveryPoint && values.syncedEndOffset === state.logEndOffset) {
    await state.disk.storage.syncFolder(state.folder)
    return await state.checkpoint.sync()
  }
  const epochsPath = joinPath(state.folder, EPOCH_CHECKPOINT_FILE_NAME)
  await replaceFile(state.disk, epochsPath, encodeEpochCheckpoint(state.epochs.starts))
  await state.disk.storage.syncFolder(state.folder)
  await state.checkpoint.save({ recoveryPoint, syncedEndOffset: state.logEndOffset, savedMs: state.trustedNow() })
}

function opened(opening: LogOpening, recovery: LogRecovery, failure?: YakError): OpenedLog {
  const { disk, folder, name, config } = opening.options
  const { logStartOffset, activeCreatedMs } = opening.checkpoint.values
  const first = { baseOffset: logStartOffset, sizeBytes: 0, indexBytes: 0, timeIndexBytes: 0 }
  if (opening.segments.length === 0) opening.segments = [opening.newSegment(first, false)]
  const state = new LogState({
    disk,
    folder,
    name,
    config,
    segments: opening.segments,
    producers: opening.producers,
    epochs: opening.epochs,
    checkpoint: opening.checkpoint,
  })
  state.active.createdMs = activeCreatedMs
  state.failure = failure
  return { state, recovery }
}
