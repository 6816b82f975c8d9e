import type { LogOpening } from './log-opening.ts'

/**
 * The quick way to open, after a clean close: no batch is checked. Answers false when anything is not as it was left;
 * then everything must be looked at.
 */
export async function takeOver(opening: LogOpening): Promise<boolean> {
  const { cleanSizeBytes, cleanEndOffset, logStartOffset } = opening.checkpoint.values
  const { files } = opening
  const last = files.at(-1)
  if (cleanSizeBytes < 0 || cleanEndOffset < opening.neededEndOffset) return false
  // An append made since then made the file longer, and whatever else changes a log saves a checkpoint that is not clean.
  if (last === undefined ? cleanEndOffset !== logStartOffset : last.sizeBytes !== cleanSizeBytes) return false
  // An empty file may have been made since then by a process that was killed before the name was durable.
  const { disk, folder } = opening.options
  if (last?.sizeBytes === 0) await disk.storage.syncFolder(folder)
  if (!(await opening.loadSnapshot(cleanEndOffset)) || !(await opening.loadEpochs(cleanEndOffset))) return false
  for (const [index, file] of files.entries()) {
    if (!(await opening.restore(file, files[index + 1]?.baseOffset ?? cleanEndOffset))) return false
  }
  return true
}
