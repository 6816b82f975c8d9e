import fs from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs, unlink } from 'node:fs/promises'
import path from 'node:path'
import { isOutOfFiles, type Storage, type StorageEntry, type StorageFile } from './storage.ts'

/**
 * The disk through node:fs. The only file of this package that touches it.
 *
 * Files are plain descriptors and not FileHandles: a write and a sync each cost one trip to the thread pool, and the
 * FileHandle's own bookkeeping would be seen beside that.
 */
export class NodeStorage implements Storage {
  /** The folder that all paths are relative to. */
  readonly root: string

  constructor(root: string) {
    this.root = path.resolve(root)
  }

  async openFile(name: string, options: { readonly create?: boolean } = {}): Promise<StorageFile> {
    const file = this.#resolve(name)
    const flags = fs.constants.O_RDWR | (options.create === true ? fs.constants.O_CREAT : 0)
    return new NodeFile(file, await openDescriptor(file, flags))
  }

  async listFiles(folder: string): Promise<StorageEntry[]> {
    const resolved = this.#resolve(folder)
    const entries = await readdir(resolved, { withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile())
    return await Promise.all(
      files.map(async ({ name }) => ({ name, sizeBytes: (await stat(path.join(resolved, name))).size })),
    )
  }

  async listFolders(folder: string): Promise<string[]> {
    const entries = await readdir(this.#resolve(folder), { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  }

  async createFolder(folder: string): Promise<void> {
    const resolved = this.#resolve(folder)
    const firstCreated = await mkdir(resolved, { recursive: true })
    // A folder is a name in its parent, and durable only when the parent is synced. That goes for one found here too: the
    // process that made it may have been killed before it came to that.
    const isRootNew = firstCreated !== undefined && firstCreated.length <= this.root.length
    const highest = isRootNew ? path.dirname(firstCreated) : this.root
    for (let made = resolved; made !== highest; made = path.dirname(made)) await syncDirectory(path.dirname(made))
  }

  async removeFolder(folder: string): Promise<void> {
    await rm(this.#resolve(folder), { recursive: true, force: true })
  }

  async removeFile(name: string): Promise<void> {
    await unlink(this.#resolve(name))
  }

  async renameFile(from: string, to: string): Promise<void> {
    await rename(this.#resolve(from), this.#resolve(to))
  }

  async syncFolder(folder: string): Promise<void> {
    await syncDirectory(this.#resolve(folder))
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.root)
    return bavail * bsize
  }

  #resolve(name: string): string {
    return path.join(this.root, name)
  }
}

class NodeFile implements StorageFile {
  readonly #path: string
  readonly #descriptor: number
  /** A second descriptor, opened O_DSYNC on the first writeThrough: Node has no pwritev2 with RWF_DSYNC. */
  #throughDescriptor: Promise<number> | undefined
  #closed = false

  constructor(file: string, descriptor: number) {
    this.#path = file
    this.#descriptor = descriptor
  }

  sizeBytes(): Promise<number> {
    return new Promise((resolve, reject) => {
      fs.fstat(this.#descriptor, (error, stats) => (error === null ? resolve(stats.size) : reject(error)))
    })
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    let filled = 0
    while (filled < target.length) {
      const count = await readOnce(this.#descriptor, target, filled, position + filled)
      if (count === 0) break
      filled += count
    }
    return filled
  }

  async write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    await writeAll(this.#descriptor, chunks, position)
  }

  async writeThrough(chunks: readonly Uint8Array[], position: number): Promise<void> {
    let descriptor: number
    try {
      this.#throughDescriptor ??= openDescriptor(this.#path, fs.constants.O_RDWR | fs.constants.O_DSYNC)
      descriptor = await this.#throughDescriptor
    } catch (error) {
      // Another may be there for the next one; in two steps this one needs none.
      this.#throughDescriptor = undefined
      if (!isOutOfFiles(error)) throw error
      await this.write(chunks, position)
      await this.sync()
      return
    }
    await writeAll(descriptor, chunks, position)
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.fdatasync(this.#descriptor, (error) => (error === null ? resolve() : reject(error)))
    })
  }

  truncate(sizeBytes: number): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.ftruncate(this.#descriptor, sizeBytes, (error) => (error === null ? resolve() : reject(error)))
    })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await closeDescriptor(this.#descriptor)
    const through = await this.#throughDescriptor?.catch(() => undefined)
    if (through !== undefined) await closeDescriptor(through)
  }
}

function openDescriptor(file: string, flags: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(file, flags, 0o644, (error, descriptor) => (error === null ? resolve(descriptor) : reject(error)))
  })
}

function closeDescriptor(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.close(descriptor, (error) => (error == null ? resolve() : reject(error)))
  })
}

function readOnce(descriptor: number, target: Uint8Array, start: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(descriptor, target, start, target.length - start, position, (error, count) =>
      error === null ? resolve(count) : reject(error),
    )
  })
}

/** The kernel may take fewer bytes than it is given, so what is left is written again until all is there. */
async function writeAll(descriptor: number, chunks: readonly Uint8Array[], position: number): Promise<void> {
  let rest = chunks
  let written = 0
  for (;;) {
    const count = await writeOnce(descriptor, rest, position + written)
    written += count
    rest = afterBytes(rest, count)
    if (rest.length === 0) return
    // Zero bytes taken without an error: trying on would loop for ever.
    if (count === 0) throw Object.assign(new Error('The disk takes no more bytes'), { code: 'EIO' })
  }
}

function writeOnce(descriptor: number, chunks: readonly Uint8Array[], position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const done = (error: NodeJS.ErrnoException | null, count: number): void =>
      error === null ? resolve(count) : reject(error)
    const only = chunks[0]
    if (chunks.length === 1 && only !== undefined) fs.write(descriptor, only, 0, only.length, position, done)
    else fs.writev(descriptor, chunks as Uint8Array[], position, done)
  })
}

function afterBytes(chunks: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let skip = count
  for (let index = 0; index < chunks.length; index++) {
    const chunk = chunks[index]!
    if (skip < chunk.length) return [chunk.subarray(skip), ...chunks.slice(index + 1)]
    skip -= chunk.length
  }
  return []
}

async function syncDirectory(folder: string): Promise<void> {
  // Windows cannot open a folder; its file systems log names by themselves.
  if (process.platform === 'win32') return
  let handle: FileHandle | undefined
  try {
    handle = await open(folder, fs.constants.O_RDONLY)
    await handle.sync()
  } finally {
    await handle?.close()
  }
}
