import { Log, type LogConfig, type LogDisk } from '@yak/log'
import { YakError } from '@yak/protocol'
import type { LogState, PartitionKey } from './core/state.ts'

const logsFolder = 'logs'
/** `<topic>-<partition>`; replication names them so in its messages. */
const partitionName = /^[A-Za-z0-9_.-]{1,100}-\d{1,9}$/
/** Damaged logs, kept until a new copy is in sync. */
const asideFolder = 'damaged-logs'

export interface DriverLogsOptions {
  readonly disk: LogDisk
  readonly nameOf: (key: PartitionKey) => string
  readonly configOf: (key: PartitionKey) => Partial<LogConfig>
  readonly onSynced: (key: PartitionKey, syncedEndOffset: number) => void
  readonly onFailure: (key: PartitionKey, failure: YakError) => void
}

/** The logs of a data folder, `logs/<key>`, and those set aside, `damaged-logs/<key>`. */
export class DriverLogs {
  readonly #options: DriverLogsOptions
  readonly #logs = new Map<PartitionKey, Log>()
  readonly #opening = new Map<PartitionKey, Promise<Log>>()
  #fencedEpoch = 0
  #isClosed = false

  constructor(options: DriverLogsOptions) {
    this.#options = options
  }

  get(key: PartitionKey): Log | undefined {
    return this.#logs.get(key)
  }

  get keys(): Iterable<PartitionKey> {
    return this.#logs.keys()
  }

  /** Every log that is there. A folder with a name that no partition has is somebody else's and left alone. */
  async list(): Promise<PartitionKey[]> {
    const { storage } = this.#options.disk
    await storage.createFolder(logsFolder)
    return (await storage.listFolders(logsFolder)).filter((name) => partitionName.test(name)).sort()
  }

  async isSetAside(key: PartitionKey): Promise<boolean> {
    const { storage } = this.#options.disk
    const folders: string[] = await storage.listFolders(asideFolder).catch(() => [])
    return folders.includes(key)
  }

  /** Opens it, or makes it. Opening twice gives the same log. */
  open(key: PartitionKey, highWatermark: number): Promise<Log> {
    const opening = this.#opening.get(key)
    if (opening !== undefined) return opening
    if (this.#isClosed)
      return Promise.reject(new YakError('SHUTTING_DOWN', `The log of ${key} stays closed: the broker stops.`))
    const opened = this.#open(key, highWatermark)
    this.#opening.set(key, opened)
    opened.catch(() => this.#opening.delete(key))
    return opened
  }

  /** What its topic sets has become known or has changed. */
  configure(key: PartitionKey): void {
    this.#logs.get(key)?.configure(this.#options.configOf(key))
  }

  /** From now on no log takes what names an older epoch, one that is opened later included. */
  fence(epoch: number): void {
    this.#fencedEpoch = Math.max(this.#fencedEpoch, epoch)
    for (const log of this.#logs.values()) log.fence(this.#fencedEpoch)
  }

  /** Syncs what relaxed logs have taken so far. One that fails in it says so itself. */
  async flushRelaxed(): Promise<void> {
    const unsynced = [...this.#logs.values()].filter((log) => log.syncedEndOffset < log.readableEndOffset)
    await Promise.allSettled(unsynced.map((log) => log.flush()))
  }

  /** Moves the files of a damaged log away, and opens an empty one in its place. */
  async beginAnew(key: PartitionKey): Promise<Log> {
    const { storage } = this.#options.disk
    await this.#close(key)
    const aside = `${asideFolder}/${key}`
    await storage.createFolder(aside)
    const kept = new Set((await storage.listFiles(aside)).map(({ name }) => name))
    for (const { name } of await storage.listFiles(folderOf(key))) {
      // What was kept the first time is the better evidence, when it is damaged once more while it is fetched.
      if (!kept.has(name)) await storage.renameFile(`${folderOf(key)}/${name}`, `${aside}/${name}`)
    }
    await storage.syncFolder(aside)
    await storage.removeFolder(folderOf(key))
    return await this.open(key, 0)
  }

  /**
   * A log that found no room, as a restart would open it. One that took everything back is open still, and one that does not open
   * stays as it failed, to be tried again. undefined: it was removed meanwhile.
   */
  async reopen(key: PartitionKey, highWatermark: number): Promise<Log | undefined> {
    const failed = this.#logs.get(key)
    if (failed?.failure === undefined) return failed
    this.#opening.delete(key)
    await failed.close()
    return this.#logs.get(key) === failed ? await this.open(key, highWatermark) : undefined
  }

  /** A new copy is in sync: what was kept is needed no more. */
  async dropAside(key: PartitionKey): Promise<void> {
    await this.#options.disk.storage.removeFolder(`${asideFolder}/${key}`)
  }

  async remove(key: PartitionKey): Promise<void> {
    await this.#close(key)
    await this.#options.disk.storage.removeFolder(folderOf(key))
    await this.#options.disk.storage.syncFolder(logsFolder)
  }

  /** None is opened any more: the data folder may be another process's by then. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled([...this.#opening.keys()].map((key) => this.#close(key)))
  }

  async #open(key: PartitionKey, highWatermark: number): Promise<Log> {
    const { disk, nameOf, configOf, onSynced, onFailure } = this.#options
    const log = await Log.open({ disk, folder: folderOf(key), name: nameOf(key), config: configOf(key), highWatermark })
    this.#logs.set(key, log)
    log.fence(this.#fencedEpoch)
    log.onSynced((syncedEndOffset) => onSynced(key, syncedEndOffset))
    log.onFailure((failure) => onFailure(key, failure))
    return log
  }

  async #close(key: PartitionKey): Promise<void> {
    const opening = this.#opening.get(key)
    this.#opening.delete(key)
    this.#logs.delete(key)
    const log = await opening
    // One that was still being opened is there only now.
    if (this.#logs.get(key) === log) this.#logs.delete(key)
    await log?.close()
  }
}

export function stateOf(log: Log): LogState {
  return { logStartOffset: log.logStartOffset, endOffset: log.logEndOffset, epochs: log.epochs }
}

function folderOf(key: PartitionKey): string {
  return `${logsFolder}/${key}`
}
