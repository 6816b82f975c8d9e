import type { LogDisk } from '../disk/log-disk.ts'
import { cutNumberOf, parseSegmentFileName } from '../segment/segment-names.ts'
import { isTemporary } from '../state/atomic-file.ts'
import { CHECKPOINT_FILE_NAME } from '../state/log-checkpoint.ts'
import { isNotFound, joinPath, type StorageEntry } from '../storage.ts'

export interface SegmentFile {
  readonly baseOffset: number
  readonly sizeBytes: number
  readonly indexBytes: number
  readonly timeIndexBytes: number
}

/** The listing of a log's folder. */
export interface LogFolder {
  /** By base offset, rising. */
  readonly segments: readonly SegmentFile[]
  /** Offsets of producer snapshots, rising. */
  readonly snapshots: readonly number[]
  /** Names of files with cut bytes, the oldest first. */
  readonly cuts: readonly string[]
}

/** Lists the folder, making it when it does not exist, and clears away what a crash left of unfinished replacements. */
export async function listLogFolder(disk: LogDisk, folder: string): Promise<LogFolder> {
  const files = await listOrCreate(disk, folder)
  const sizes = {
    log: new Map<number, number>(),
    index: new Map<number, number>(),
    timeindex: new Map<number, number>(),
  }
  const snapshots: number[] = []
  const cuts: string[] = []
  for (const { name, sizeBytes } of files) {
    if (isTemporary(name)) {
      await disk.storage.removeFile(joinPath(folder, name))
      continue
    }
    const parsed = parseSegmentFileName(name)
    if (parsed === undefined) continue
    if (parsed.kind === 'snapshot') snapshots.push(parsed.offset)
    else if (parsed.kind === 'cut') cuts.push(name)
    else sizes[parsed.kind].set(parsed.offset, sizeBytes)
  }
  const segments = [...sizes.log].map(([baseOffset, sizeBytes]) => ({
    baseOffset,
    sizeBytes,
    indexBytes: sizes.index.get(baseOffset) ?? 0,
    timeIndexBytes: sizes.timeindex.get(baseOffset) ?? 0,
  }))
  return {
    segments: segments.sort((a, b) => a.baseOffset - b.baseOffset),
    snapshots: snapshots.sort((a, b) => a - b),
    cuts: cuts.sort((a, b) => cutNumberOf(a) - cutNumberOf(b)),
  }
}

/** A folder with a checkpoint was durable before that was made; any other may have been left half made by a crash. */
async function listOrCreate(disk: LogDisk, folder: string): Promise<StorageEntry[]> {
  try {
    const files = await disk.storage.listFiles(folder)
    if (files.some(({ name }) => name === CHECKPOINT_FILE_NAME)) return files
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  await disk.storage.createFolder(folder)
  return await disk.storage.listFiles(folder)
}
