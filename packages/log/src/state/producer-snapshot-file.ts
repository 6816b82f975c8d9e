import type { LogDisk } from '../disk/log-disk.ts'
import { segmentFileName } from '../segment/segment-names.ts'
import { isNotFound, joinPath } from '../storage.ts'
import { readWholeFile, replaceFile } from './atomic-file.ts'
import { decodeProducerSnapshot } from './producer-snapshot.ts'
import type { ProducerEntry } from './producer-state.ts'

export async function saveProducerSnapshot(
  disk: LogDisk,
  folder: string,
  offset: number,
  bytes: Buffer,
): Promise<void> {
  await replaceFile(disk, joinPath(folder, segmentFileName(offset, 'snapshot')), bytes)
}

/** @returns undefined when there is no such snapshot, or it is not whole: the state is then read from the log. */
export async function loadProducerSnapshot(
  disk: LogDisk,
  folder: string,
  offset: number,
): Promise<ProducerEntry[] | undefined> {
  try {
    return decodeProducerSnapshot(
      await readWholeFile(disk, joinPath(folder, segmentFileName(offset, 'snapshot'))),
      offset,
    )
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
