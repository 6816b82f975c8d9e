import type { LogState } from '../log-state.ts'
import { segmentFileName } from '../segment/segment-names.ts'
import { isNotFound, joinPath } from '../storage.ts'

const SUFFIXES = ['log', 'index', 'timeindex', 'snapshot'] as const

/**
 * Removes the files of a segment. Whoever reads one of them still can until he is done; but nobody finds it open any more, for a
 * segment that is made under the same name later must not be written into the file that is gone.
 */
export async function removeSegmentFiles(state: Pick<LogState, 'disk' | 'folder'>, baseOffset: number): Promise<void> {
  const { disk, folder } = state
  for (const suffix of SUFFIXES) {
    const path = joinPath(folder, segmentFileName(baseOffset, suffix))
    try {
      await disk.storage.removeFile(path)
    } catch (error) {
      if (!isNotFound(error)) throw error
    } finally {
      // Not before: a reader may come while it is being removed.
      disk.files.forget(path)
      disk.indexes.forget(path)
    }
  }
}
