import type { Storage, StorageFile } from '@yak/log'
import { crc32c, YakError } from '@yak/protocol'
import type { SmallFile } from './core/outputs.ts'
import {
  type ClusterState,
  type EnteredEpoch,
  emptyCluster,
  type IsrRecord,
  type PartitionKey,
  type SavedPromise,
} from './core/state.ts'
import { isForRoom } from './driver-room.ts'

/** Calls back once there is room on the disk. */
export type WhenRoom = (name: string, callback: () => void) => void

/**
 * The small files of a data folder. Each is JSON, one line, with the CRC-32C of its content's text:
 *
 *     {"crc32c":"89abcdef","content":{…}}
 *
 * It is replaced whole: written beside, synced, renamed, its folder synced. So after a crash the old or the new one is
 * there. One that is there and does not match its checksum stops the broker: what it promised is not known any more.
 */
export class DriverFiles {
  readonly #storage: Storage
  readonly #whenRoom: WhenRoom
  readonly #tails = new Map<string, Promise<void>>()
  readonly #stopped = Promise.withResolvers<void>()
  #isStopped = false

  constructor(storage: Storage, whenRoom: WhenRoom) {
    this.#storage = storage
    this.#whenRoom = whenRoom
  }

  async load(): Promise<LoadedFiles> {
    await this.#removeTemporaries()
    const entered = (await this.read<Record<PartitionKey, EnteredEpoch>>('entered-epochs')) ?? {}
    const loaded: LoadedFiles = {
      incarnations: (await this.read<Incarnations>('incarnation')) ?? { count: 0 },
      cluster: await this.#cluster(),
      promise: await this.read<SavedPromise>('promise'),
      isr: await this.read<IsrRecord>('isr'),
      entered: new Map(Object.entries(entered)),
      highWatermarks: new Map(Object.entries((await this.read<Record<PartitionKey, number>>('high-watermarks')) ?? {})),
    }
    assertNoneGone(loaded)
    return loaded
  }

  /** What a crash left of a replacement. Where the disk kept half of its rename, it is the file itself under a second name. */
  async #removeTemporaries(): Promise<void> {
    for (const { name } of await this.#storage.listFiles('')) {
      if (name.endsWith('.json.tmp')) await this.#storage.removeFile(name)
    }
  }

  /** A version that knew less wrote less: what it did not know of is empty. */
  async #cluster(): Promise<ClusterState | null> {
    const saved = await this.read<Partial<ClusterState>>('cluster')
    return saved === null ? null : { ...emptyCluster, ...saved }
  }

  /**
   * Waits for room as long as it takes: nothing was changed, and what rests on it is held back anyway. `first`: what must be on disk before
   * it.
   */
  save(content: SmallFile, first: () => Promise<void> = async () => {}): Promise<void> {
    const value = content.file === 'entered-epochs' ? Object.fromEntries(content.value) : content.value
    return this.#inTurn(content.file, async () => {
      await first()
      for (;;) {
        try {
          await this.#replace(`${content.file}.json`, value)
          return
        } catch (error) {
          if (!isForRoom(error)) throw error
          const room = new Promise<void>((resolve) => this.#whenRoom(`${content.file}.json`, resolve))
          await Promise.race([room, this.#stopped.promise])
          if (this.#isStopped) throw error
        }
      }
    })
  }

  write(name: string, content: unknown): Promise<void> {
    return this.#inTurn(name, () => this.#replace(`${name}.json`, content))
  }

  /** Replaces nothing more: what waits for its turn, or for room, fails. What is being written goes on. */
  stop(): void {
    this.#isStopped = true
    this.#stopped.resolve()
  }

  /** As `stop`, and resolves when nothing is being written: the folder may be another process's then, and its promises newer. */
  async close(): Promise<void> {
    this.stop()
    await Promise.all(this.#tails.values())
  }

  /** Replacements of one file follow each other in the order of the calls. */
  #inTurn(name: string, replace: () => Promise<void>): Promise<void> {
    const before = this.#tails.get(name) ?? Promise.resolve()
    const write = before.then(() => {
      if (this.#isStopped) throw new YakError('SHUTTING_DOWN', `${name}.json stays as it is: the broker stops.`)
      return replace()
    })
    // A failure is the caller's to see; the next write is a new attempt.
    this.#tails.set(
      name,
      write.catch(() => {}),
    )
    return write
  }

  async read<Content>(name: string): Promise<Content | null> {
    const text = await this.#text(`${name}.json`)
    if (text === null) return null
    try {
      const { crc32c: checksum, content } = JSON.parse(text) as { readonly crc32c: string; readonly content: Content }
      if (checksumOf(JSON.stringify(content)) === checksum) return content
    } catch {
      // Not JSON at all: the same thing.
    }
    throw unknownPromise(name, 'damaged')
  }

  async #replace(path: string, content: unknown): Promise<void> {
    const text = JSON.stringify(content)
    const bytes = new TextEncoder().encode(`{"crc32c":"${checksumOf(text)}","content":${text}}\n`)
    const temporary = `${path}.tmp`
    await this.#with(temporary, true, async (file) => {
      await file.truncate(0)
      await file.write([bytes], 0)
      await file.sync()
    })
    await this.#storage.renameFile(temporary, path)
    await this.#storage.syncFolder('')
  }

  async #text(path: string): Promise<string | null> {
    try {
      return await this.#with(path, false, async (file) => {
        const bytes = new Uint8Array(await file.sizeBytes())
        return new TextDecoder().decode(bytes.subarray(0, await file.read(bytes, 0)))
      })
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOENT') return null
      throw error
    }
  }

  async #with<Result>(path: string, create: boolean, use: (file: StorageFile) => Promise<Result>): Promise<Result> {
    const file = await this.#storage.openFile(path, { create })
    try {
      return await use(file)
    } finally {
      await file.close()
    }
  }
}

export interface Incarnations {
  /** Of the last start. */
  readonly count: number
  readonly last?: string
  /** That run lasted. */
  readonly isSettled?: boolean
}

export interface LoadedFiles {
  readonly incarnations: Incarnations
  readonly cluster: ClusterState | null
  readonly promise: SavedPromise | null
  readonly isr: IsrRecord | null
  readonly entered: ReadonlyMap<PartitionKey, EnteredEpoch>
  readonly highWatermarks: ReadonlyMap<PartitionKey, number>
}

function checksumOf(text: string): string {
  return crc32c(new TextEncoder().encode(text)).toString(16).padStart(8, '0')
}

/**
 * Whoever belongs to a cluster has promised before, and whoever entered an epoch did both. A file that is gone all the same, by a repaired file
 * system or by hand, is as bad as a damaged one: without its promise a broker acknowledges to a leader that it had given up.
 */
function assertNoneGone({ cluster, promise, entered }: LoadedFiles): void {
  const belongs = (cluster?.clusterId ?? null) !== null
  if (promise === null && (belongs || entered.size > 0)) throw unknownPromise('promise', 'gone')
  if (!belongs && entered.size > 0) throw unknownPromise('cluster', 'gone')
}

function unknownPromise(name: string, what: 'damaged' | 'gone'): YakError {
  return new YakError(
    'STORAGE_ERROR',
    `${name}.json is ${what}. This broker does not know what it promised, so it must not take part: replace its data ` +
      'folder with an empty one, and it fetches everything from the leader.',
  )
}
