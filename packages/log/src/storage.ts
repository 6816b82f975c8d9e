/**
 * What a log asks of a disk. Everything the log knows about durability is in these words, so an implementation must mean
 * them:
 *
 * - `write` makes bytes visible to `read`, and no more: a power cut may keep any part of them, in any order.
 * - `sync` (fdatasync) makes what was written to the file before the call durable, with the file size needed to read it.
 * - a new, renamed or removed name is durable only after `syncFolder` of its folder.
 *
 * Paths are relative to the storage's root, with `/` between names. Failures are Errors with the `code` of the operating
 * system: ENOENT, EIO, ENOSPC, ….
 *
 * There is no memory map and no locking here, on purpose: one process owns a data folder, and the broker holds its lock.
 */
export interface Storage {
  /** Opens for reading and writing. Without `create`, a missing file is ENOENT. */
  openFile(path: string, options?: { readonly create?: boolean }): Promise<StorageFile>
  /** The files of a folder, in no order; subfolders are left out. A missing folder is ENOENT. */
  listFiles(folder: string): Promise<StorageEntry[]>
  /** The folders of a folder, in no order. A missing folder is ENOENT. */
  listFolders(folder: string): Promise<string[]>
  /** With its parents; durable when it resolves. One that exists is no error. */
  createFolder(folder: string): Promise<void>
  /** With all that is in it. A missing folder is no error. */
  removeFolder(folder: string): Promise<void>
  /** Open handles of the file go on working. */
  removeFile(path: string): Promise<void>
  /** Replaces a file at `to`, atomically. */
  renameFile(from: string, to: string): Promise<void>
  /** Makes the folder's names durable, as they are now. */
  syncFolder(folder: string): Promise<void>
  /** Bytes that can still be written to the disk, for an early refusal; an estimate. */
  freeBytes(): Promise<number>
}

/** A file of a folder. */
export interface StorageEntry {
  /** Without the folder. */
  readonly name: string
  /** As it was when the folder was listed. */
  readonly sizeBytes: number
}

/** One open file. Calls may overlap; the log keeps overlapping writes apart. */
export interface StorageFile {
  /** How large the file is now, unsynced writes included. */
  sizeBytes(): Promise<number>
  /** Fills `target` from `position` on and answers how many bytes there were: fewer only at the end of the file. */
  read(target: Uint8Array, position: number): Promise<number>
  /** Writes all chunks one after another from `position` on. A rejection may leave any part of them written. */
  write(chunks: readonly Uint8Array[], position: number): Promise<void>
  /** `write` and `sync` of these bytes in one step, where the system has one (O_DSYNC). */
  writeThrough(chunks: readonly Uint8Array[], position: number): Promise<void>
  /** Makes what was written before the call durable (fdatasync). After a rejection nobody knows what is. */
  sync(): Promise<void>
  /** Cuts the file, or extends it with zeros. */
  truncate(sizeBytes: number): Promise<void>
  /** Gives the descriptor back; nothing is synced. */
  close(): Promise<void>
}

/** The disk, or the owner's quota of it, has no room. */
export function isDiskFull(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/** The process, or the system, has no file descriptor left. Nothing was done then, for it was never begun. */
export function isOutOfFiles(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return code === 'EMFILE' || code === 'ENFILE'
}

/** What is wanting may be there again later, and what the disk has is not in doubt. */
export function isPassing(error: unknown): boolean {
  return isDiskFull(error) || isOutOfFiles(error)
}

export function isNotFound(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'ENOENT'
}

export function joinPath(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}

/** The folder of a path; '' is the root. */
export function parentPath(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '' : path.slice(0, slash)
}
