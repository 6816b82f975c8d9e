import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Replaces a small file so that after a crash either the old or the new content is there, whole. */
export async function writeFileDurably(path: string, content: string): Promise<void> {
  const temporary = `${path}.tmp`
  // Where a crash left half of a rename, it is the file itself under a second name.
  await rm(temporary, { force: true })
  const file = await open(temporary, 'wx')
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  await syncFolder(dirname(path))
}

/** Makes names created, renamed or removed in a folder survive a power loss. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
