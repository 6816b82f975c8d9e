import type { Storage, StorageEntry, StorageFile } from '@yak/log'
import type { Coverage } from './coverage.ts'
import type { Random } from './random.ts'
import type { SimulatedProcess } from './simulated-process.ts'

/** How the disk behaves at the moment; shared by all lives of its broker. */
export interface DiskHealth {
  /** 0 to 1: the part of the writes that fail with EIO, some of their bytes written. */
  writeErrorRate: number
  syncErrorRate: number
  isFull: boolean
  /** Added to each write and sync. */
  stallMs: number
  /** When the last of what was begun under a stall is done, in simulated time. */
  stalledUntilMs: number
}

export interface DiskLinkOptions {
  readonly storage: Storage
  readonly process: SimulatedProcess
  readonly random: Random
  readonly coverage: Coverage
  readonly health: DiskHealth
  /** What a write takes on a good day; a sync takes `syncFactor` of them. */
  readonly writeMs: { readonly low: number; readonly high: number }
  readonly syncFactor: number
}

/**
 * A disk as one life of a broker has it: everything that changes it takes time, belongs to the process, and may fail. A
 * process that dies leaves undone what it had asked for and was not yet carried out. Reads are answered at once: nothing
 * is ever decided by when they come back, and they would double the number of events.
 */
export class DiskLink implements Storage {
  readonly #options: DiskLinkOptions

  constructor(options: DiskLinkOptions) {
    this.#options = options
  }

  async openFile(path: string, options?: { readonly create?: boolean }): Promise<StorageFile> {
    if (options?.create === true) await this.#wait('write')
    return new FileLink(await this.#options.storage.openFile(path, options), this)
  }

  listFiles(folder: string): Promise<StorageEntry[]> {
    return this.#options.storage.listFiles(folder)
  }

  listFolders(folder: string): Promise<string[]> {
    return this.#options.storage.listFolders(folder)
  }

  async createFolder(folder: string): Promise<void> {
    await this.#wait('sync')
    await this.#options.storage.createFolder(folder)
  }

  async removeFolder(folder: string): Promise<void> {
    await this.#wait('write')
    await this.#options.storage.removeFolder(folder)
  }

  async removeFile(path: string): Promise<void> {
    await this.#wait('write')
    await this.#options.storage.removeFile(path)
  }

  async renameFile(from: string, to: string): Promise<void> {
    await this.#wait('write')
    await this.#options.storage.renameFile(from, to)
  }

  async syncFolder(folder: string): Promise<void> {
    await this.#wait('sync')
    await this.#options.storage.syncFolder(folder)
  }

  async freeBytes(): Promise<number> {
    return this.#options.health.isFull ? 0 : 1_000_000_000
  }

  async write(file: StorageFile, chunks: readonly Uint8Array[], position: number): Promise<void> {
    const { random, health, coverage } = this.#options
    await this.#wait('write')
    const fails = random.chance(health.writeErrorRate)
    // What is written over has its room already.
    const needsRoom = health.isFull && position + sizeOf(chunks) > (await file.sizeBytes())
    const code = needsRoom ? 'ENOSPC' : fails ? 'EIO' : undefined
    if (code === undefined) {
      await file.write(chunks, position)
      return
    }
    coverage.count(code === 'ENOSPC' ? 'disk full' : 'write failed')
    const bytes = Buffer.concat(chunks)
    await file.write([bytes.subarray(0, random.integer(0, bytes.length))], position)
    throw errorOf(code)
  }

  async sync(file: StorageFile): Promise<void> {
    const { random, health, coverage } = this.#options
    await this.#wait('sync')
    if (random.chance(health.syncErrorRate)) {
      coverage.count('sync failed')
      throw errorOf('EIO')
    }
    await file.sync()
  }

  async truncate(file: StorageFile, sizeBytes: number): Promise<void> {
    await this.#wait('write')
    await file.truncate(sizeBytes)
  }

  #wait(kind: 'write' | 'sync'): Promise<void> {
    const { process, random, health, writeMs, syncFactor, coverage } = this.#options
    const factor = kind === 'sync' ? syncFactor : 1
    if (health.stallMs > 0) coverage.count('disk stalled')
    const delayMs = random.between(writeMs.low, writeMs.high) * factor + health.stallMs
    noteStall(health, process.wakesAtMs + delayMs)
    return new Promise((resolve) => {
      process.schedule(delayMs, resolve)
    })
  }
}

class FileLink implements StorageFile {
  readonly #file: StorageFile
  readonly #disk: DiskLink

  constructor(file: StorageFile, disk: DiskLink) {
    this.#file = file
    this.#disk = disk
  }

  sizeBytes(): Promise<number> {
    return this.#file.sizeBytes()
  }

  read(target: Uint8Array, position: number): Promise<number> {
    return this.#file.read(target, position)
  }

  write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    return this.#disk.write(this.#file, chunks, position)
  }

  async writeThrough(chunks: readonly Uint8Array[], position: number): Promise<void> {
    await this.#disk.write(this.#file, chunks, position)
    await this.#disk.sync(this.#file)
  }

  sync(): Promise<void> {
    return this.#disk.sync(this.#file)
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#disk.truncate(this.#file, sizeBytes)
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}

/** Something was begun that is done at `doneAtMs`. */
export function noteStall(health: DiskHealth, doneAtMs: number): void {
  if (health.stallMs > 0) health.stalledUntilMs = Math.max(health.stalledUntilMs, doneAtMs)
}

function sizeOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0)
}

function errorOf(code: 'EIO' | 'ENOSPC'): Error {
  return Object.assign(new Error(`${code}: simulated`), { code })
}
