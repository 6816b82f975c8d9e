import type { PartitionKey } from './core/state.ts'
import type { DriverFiles } from './driver-files.ts'
import type { DriverClock } from './driver-ports.ts'

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
  #cancelSave: () => void = () => {}
  #isStopped = false

  constructor(options: DriverHighWatermarksOptions) {
    this.#options = options
    this.#toSave = new Map(options.saved)
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

  #write(): Promise<void> {
    return this.#options.files.write('high-watermarks', Object.fromEntries(this.#toSave))
  }
}
