import type { LogDisk } from '../disk/log-disk.ts'

const TEMPORARY_SUFFIX = '.tmp'

/**
 * Writes a small file so that a reader, now or after a crash, finds the old one or the new one, whole. The new one is sure
 * to be found once the folder is synced, which is the caller's to do.
 */
export async function replaceFile(disk: LogDisk, path: string, bytes: Uint8Array): Promise<void> {
  const temporary = path + TEMPORARY_SUFFIX
  const file = await disk.storage.openFile(temporary, { create: true })
  try {
    await file.truncate(0)
    await file.write([bytes], 0)
    await file.sync()
  } finally {
    await file.close()
  }
  await disk.storage.renameFile(temporary, path)
}

export async function readWholeFile(disk: LogDisk, path: string): Promise<Buffer> {
  const file = await disk.storage.openFile(path)
  try {
    const bytes = Buffer.alloc(await file.sizeBytes())
    return bytes.subarray(0, await file.read(bytes, 0))
  } finally {
    await file.close()
  }
}

/** What a crash left of an unfinished replacement. */
export function isTemporary(name: string): boolean {
  return name.endsWith(TEMPORARY_SUFFIX)
}
