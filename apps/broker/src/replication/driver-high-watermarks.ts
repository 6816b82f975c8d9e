import type { PartitionKey } from './core/state.ts'
import type { DriverFiles } from './driver-files.ts'
import type { DriverClock } from './driver-ports.ts'
import { isForRoom } from './driver-room.ts'

export interface DriverHighWatermarksOptions {
  readonly files: DriverFiles
  readonly clock: DriverClock
  readonly everyMs: number
  /** What the file says. */
  readonly saved: ReadonlyMap<PartitionKey, number>
  readonly onError: (error: unknown) => void
}

/**
 * The high watermarks on disk. They may be old, and saving them may fail: they spare a follower that starts from not knowing
 * what it knew. What they must never do is name records that are gone.
 */
export class DriverHighWatermarks {
  readonly #options: DriverHighWatermarksOptions
  readonly #toSave: Map<PartitionKey, number>
  #saved: ReadonlyMap<PartitionKey, number>
  #cancelSave: () => void = () => {}
  #isStopped = false

  constructor(options: DriverHighWatermarksOptions) {
    this.#options = options
    this.#toSave = new Map(options.saved)
    this.#saved = new Map(options.saved)
  }

  note(key: PartitionKey, highWatermark: number): void {
    this.#toSave.set(key, highWatermark)
  }

  forget(key: PartitionKey): void {
    this.#toSave.delete(key)
  }

  /** Where even what was committed was cut, the file must not say otherwise once the log has grown again. */
  async lower(key: PartitionKey, endOffset: number): Promise<void> {
    if ((this.#toSave.get(key) ?? 0) <= endOffset) return
    this.#toSave.set(key, endOffset)
    await this.#write()
  }

  /** Saves them every so often, until `stop`. */
  start(): void {
    const { clock, everyMs } = this.#options
    this.#cancelSave = clock.schedule(everyMs, () => {
      void this.save().finally(() => {
        if (!this.#isStopped) this.start()
      })
    })
  }

  stop(): void {
    this.#isStopped = true
    this.#cancelSave()
  }

  async save(): Promise<void> {
    await this.#write().catch(this.#options.onError)
  }

  /** Whether the next start knows of the log at least what is known now: false where there is no room for it. Throws what else the disk says. */
  async ensureSaved(key: PartitionKey): Promise<boolean> {
    try {
      if ((this.#saved.get(key) ?? 0) < (this.#toSave.get(key) ?? 0)) await this.#write()
      return true
    } catch (error) {
      if (isForRoom(error)) return false
      throw error
    }
  }

  async #write(): Promise<void> {
    const written = new Map(this.#toSave)
    await this.#options.files.write('high-watermarks', Object.fromEntries(written))
    this.#saved = written
  }
}
