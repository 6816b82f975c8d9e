import { parentPath, type Storage, type StorageEntry, type StorageFile } from '../storage.ts'
import { MemoryFile } from './memory-file.ts'

/** A kind of call to a Storage or one of its files. */
export type StorageOperation =
  | 'open'
  | 'read'
  | 'write'
  | 'sync'
  | 'truncate'
  | 'list'
  | 'createFolder'
  | 'removeFolder'
  | 'removeFile'
  | 'renameFile'
  | 'syncFolder'

/** A failure to come. It happens once, to the first call it fits. */
export interface StorageFault {
  /** What the call does that is to fail. */
  readonly operation: StorageOperation
  /** What the call fails with, like EIO or ENOSPC. */
  readonly code: string
  /** The end of the path. Default: any path. */
  readonly pathEnd?: string
  /** Calls that fit and still succeed before it. Default 0. */
  readonly skip?: number
  /** For a write: how many bytes arrive before it fails. Default 0. */
  readonly writtenBytes?: number
}

/** How large the disk is, and who is asked before each call. */
export interface MemoryStorageOptions {
  /** Room for all files; a write beyond it fails with ENOSPC after what fits. Default: no end. */
  readonly capacityBytes?: number
  /**
   * Awaited before each call does what it does. A simulation decides here when it goes on; a rejection fails the call.
   */
  readonly before?: (operation: StorageOperation, path: string) => Promise<void>
}

type NameChange = { readonly kind: 'add'; readonly path: string; readonly file: MemoryFile } | RemovedName
type RemovedName = { readonly kind: 'remove'; readonly path: string }

/**
 * A disk in memory that fails as disks do, and only when told to: power cuts that lose what was not synced (sectors in any
 * order, names in their order), torn writes, failing calls, a full disk, flipped bits. It uses no clock, and chance only
 * as it is passed in.
 */
export class MemoryStorage implements Storage {
  readonly #before: ((operation: StorageOperation, path: string) => Promise<void>) | undefined
  readonly #folders = new Set([''])
  #names = new Map<string, MemoryFile>()
  #durableNames = new Map<string, MemoryFile>()
  /** Not yet durable, in the order they were made. */
  #nameChanges: NameChange[] = []
  #faults: { readonly fault: StorageFault; skips: number }[] = []
  #generation = 0
  /** May be changed at any time: a disk fills up, and room returns. */
  capacityBytes: number

  constructor(options: MemoryStorageOptions = {}) {
    this.capacityBytes = options.capacityBytes ?? Number.MAX_SAFE_INTEGER
    this.#before = options.before
  }

  /** Of `capacityBytes`: what all files have. */
  get usedBytes(): number {
    return [...this.#names.values()].reduce((sum, file) => sum + file.sizeBytes, 0)
  }

  /** Paths of all files, sorted. */
  get paths(): string[] {
    return [...this.#names.keys()].sort()
  }

  /** A call to come fails. */
  failNext(fault: StorageFault): void {
    this.#faults.push({ fault, skips: fault.skip ?? 0 })
  }

  /** Failures to come do not come after all. */
  clearFaults(): void {
    this.#faults = []
  }

  /** The process dies: open files are gone, what was written is still there. */
  kill(): void {
    this.#generation++
  }

  /** The power fails: open files are gone, and of what was not synced whatever `random` (0 up to 1) leaves. */
  cutPower(random: () => number): void {
    this.kill()
    const kept = Math.floor(random() * (this.#nameChanges.length + 1))
    for (const change of this.#nameChanges.slice(0, kept)) applyChange(this.#durableNames, change)
    this.#nameChanges = []
    this.#names = new Map(this.#durableNames)
    for (const file of new Set(this.#names.values())) file.cutPower(random)
  }

  /** Damages one bit (0 to 7) of the byte at `position`, on the disk too. */
  flipBit(path: string, position: number, bit = 0): void {
    this.#fileAt(path).flipBit(position, bit)
  }

  /** A copy of what a reader of the file would see. */
  bytesOf(path: string): Buffer {
    const file = this.#fileAt(path)
    const bytes = Buffer.alloc(file.sizeBytes)
    file.read(bytes, 0)
    return bytes
  }

  openFile(path: string, options: { readonly create?: boolean } = {}): Promise<StorageFile> {
    return this.#run('open', path, () => {
      let file = this.#names.get(path)
      if (file === undefined) {
        if (options.create !== true || !this.#folders.has(parentPath(path))) throw failure('ENOENT', path)
        file = new MemoryFile()
        this.#change({ kind: 'add', path, file })
      }
      return new MemoryStorageFile(this, path, file)
    })
  }

  listFiles(folder: string): Promise<StorageEntry[]> {
    return this.#run('list', folder, () => {
      this.#assertFolder(folder)
      return [...this.#names]
        .filter(([path]) => parentPath(path) === folder)
        .map(([path, file]) => ({ name: nameOf(path), sizeBytes: file.sizeBytes }))
    })
  }

  listFolders(folder: string): Promise<string[]> {
    return this.#run('list', folder, () => {
      this.#assertFolder(folder)
      return [...this.#folders].filter((path) => path !== '' && parentPath(path) === folder).map(nameOf)
    })
  }

  createFolder(folder: string): Promise<void> {
    return this.#run('createFolder', folder, () => {
      for (let path = folder; path !== ''; path = parentPath(path)) this.#folders.add(path)
    })
  }

  removeFolder(folder: string): Promise<void> {
    return this.#run('removeFolder', folder, () => {
      for (const path of [...this.#names.keys()]) {
        if (path.startsWith(`${folder}/`)) this.#change({ kind: 'remove', path })
      }
      for (const path of [...this.#folders]) {
        if (path === folder || path.startsWith(`${folder}/`)) this.#folders.delete(path)
      }
    })
  }

  removeFile(path: string): Promise<void> {
    return this.#run('removeFile', path, () => {
      this.#fileAt(path)
      this.#change({ kind: 'remove', path })
    })
  }

  renameFile(from: string, to: string): Promise<void> {
    return this.#run('renameFile', from, () => {
      const file = this.#fileAt(from)
      this.#change({ kind: 'add', path: to, file })
      this.#change({ kind: 'remove', path: from })
    })
  }

  syncFolder(folder: string): Promise<void> {
    return this.#run('syncFolder', folder, () => {
      this.#assertFolder(folder)
      for (const change of this.#nameChanges) {
        if (parentPath(change.path) === folder) applyChange(this.#durableNames, change)
      }
      this.#nameChanges = this.#nameChanges.filter((change) => parentPath(change.path) !== folder)
    })
  }

  async freeBytes(): Promise<number> {
    return Math.max(0, this.capacityBytes - this.usedBytes)
  }

  /** How often the process has died; files opened in an earlier one fail. */
  get generation(): number {
    return this.#generation
  }

  /**
   * For open files: runs a call when its time has come, with the fault it is to fail with. The effect follows the last
   * check at once, so that nothing of a dead process reaches the disk.
   */
  async run<Result>(
    call: { readonly operation: StorageOperation; readonly path: string; readonly generation: number },
    effect: (fault: StorageFault | undefined) => Result,
  ): Promise<Result> {
    await this.#before?.(call.operation, call.path)
    if (call.generation !== this.#generation) throw failure('EBADF', call.path)
    return effect(this.#takeFault(call.operation, call.path))
  }

  #run<Result>(operation: StorageOperation, path: string, effect: () => Result): Promise<Result> {
    return this.run({ operation, path, generation: this.#generation }, (fault) => {
      if (fault !== undefined) throw failure(fault.code, path)
      return effect()
    })
  }

  #takeFault(operation: StorageOperation, path: string): StorageFault | undefined {
    for (const entry of this.#faults) {
      if (entry.fault.operation !== operation || !path.endsWith(entry.fault.pathEnd ?? '')) continue
      if (entry.skips-- > 0) continue
      this.#faults = this.#faults.filter((other) => other !== entry)
      return entry.fault
    }
    return undefined
  }

  #change(change: NameChange): void {
    applyChange(this.#names, change)
    this.#nameChanges.push(change)
  }

  #fileAt(path: string): MemoryFile {
    const file = this.#names.get(path)
    if (file === undefined) throw failure('ENOENT', path)
    return file
  }

  #assertFolder(folder: string): void {
    if (!this.#folders.has(folder)) throw failure('ENOENT', folder)
  }
}

class MemoryStorageFile implements StorageFile {
  readonly #storage: MemoryStorage
  readonly #path: string
  readonly #file: MemoryFile
  readonly #generation: number
  #closed = false

  constructor(storage: MemoryStorage, path: string, file: MemoryFile) {
    this.#storage = storage
    this.#path = path
    this.#file = file
    this.#generation = storage.generation
  }

  sizeBytes(): Promise<number> {
    return this.#run('read', () => this.#file.sizeBytes)
  }

  read(target: Uint8Array, position: number): Promise<number> {
    return this.#run('read', () => this.#file.read(target, position))
  }

  write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    return this.#call('write', (fault) => {
      const bytes = Buffer.concat(chunks)
      if (fault !== undefined) {
        this.#file.write(bytes.subarray(0, fault.writtenBytes ?? 0), position)
        throw failure(fault.code, this.#path)
      }
      const grownBytes = Math.max(0, position + bytes.length - this.#file.sizeBytes)
      const roomBytes = Math.max(0, this.#storage.capacityBytes - this.#storage.usedBytes)
      const missingBytes = Math.max(0, grownBytes - roomBytes)
      this.#file.write(bytes.subarray(0, bytes.length - missingBytes), position)
      if (missingBytes > 0) throw failure('ENOSPC', this.#path)
    })
  }

  async writeThrough(chunks: readonly Uint8Array[], position: number): Promise<void> {
    await this.write(chunks, position)
    const sizeBytes = chunks.reduce((sum, { length }) => sum + length, 0)
    await this.#sync(() => this.#file.syncRange(position, position + sizeBytes))
  }

  sync(): Promise<void> {
    return this.#sync(() => this.#file.sync())
  }

  #sync(effect: () => void): Promise<void> {
    return this.#call('sync', (fault) => {
      if (fault === undefined) return effect()
      this.#file.forgetUnsynced()
      throw failure(fault.code, this.#path)
    })
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#run('truncate', () => this.#file.truncate(sizeBytes))
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  #run<Result>(operation: StorageOperation, effect: () => Result): Promise<Result> {
    return this.#call(operation, (fault) => {
      if (fault !== undefined) throw failure(fault.code, this.#path)
      return effect()
    })
  }

  #call<Result>(operation: StorageOperation, effect: (fault: StorageFault | undefined) => Result): Promise<Result> {
    return this.#storage.run({ operation, path: this.#path, generation: this.#generation }, (fault) => {
      if (this.#closed) throw failure('EBADF', this.#path)
      return effect(fault)
    })
  }
}

function applyChange(names: Map<string, MemoryFile>, change: NameChange): void {
  if (change.kind === 'add') names.set(change.path, change.file)
  else names.delete(change.path)
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}
