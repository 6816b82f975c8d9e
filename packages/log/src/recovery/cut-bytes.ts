import type { LogDisk } from '../disk/log-disk.ts'
import { cutNumberOf, segmentFileName } from '../segment/segment-names.ts'
import { joinPath, type StorageFile } from '../storage.ts'
import type { SegmentScan } from './scan-segment.ts'

const COPY_BYTES = 1_048_576
/** Cut files kept for a log; the oldest go first. */
const MAX_CUT_FILES = 16

export interface CutBytes {
  readonly name: string
  readonly sizeBytes: number
}

/** Copies what is about to be cut off into a file of its own, synced, so that nothing is lost that a person may want. `existing`: oldest first. */
export async function keepCutBytes(
  disk: LogDisk,
  folder: string,
  existing: readonly string[],
  file: StorageFile,
  scan: SegmentScan,
): Promise<CutBytes> {
  const newest = existing.at(-1)
  const number = newest === undefined ? 0 : cutNumberOf(newest) + 1
  const name = segmentFileName(scan.nextOffset, `cut-${number}`)
  try {
    await copyDirt(disk, joinPath(folder, name), file, scan)
  } catch (error) {
    // Half of it is of no use, and each start on a disk without room would leave another half.
    await disk.storage.removeFile(joinPath(folder, name)).catch(() => {})
    throw error
  }
  await disk.storage.syncFolder(folder)
  for (const oldest of existing.slice(0, Math.max(0, existing.length + 1 - MAX_CUT_FILES))) {
    await disk.storage.removeFile(joinPath(folder, oldest))
  }
  return { name, sizeBytes: scan.dirtyEnd - scan.position }
}

async function copyDirt(disk: LogDisk, path: string, file: StorageFile, scan: SegmentScan): Promise<void> {
  const copy = await disk.storage.openFile(path, { create: true })
  try {
    const buffer = Buffer.allocUnsafeSlow(Math.min(COPY_BYTES, scan.dirtyEnd - scan.position))
    for (let position = scan.position; position < scan.dirtyEnd; ) {
      const wanted = buffer.subarray(0, Math.min(buffer.length, scan.dirtyEnd - position))
      const count = await file.read(wanted, position)
      if (count === 0) break
      await copy.write([wanted.subarray(0, count)], position - scan.position)
      position += count
    }
    await copy.sync()
  } finally {
    await copy.close()
  }
}
