import type { SyncMember } from '../disk/checkpoint-sync.ts'
import type { LogState } from '../log-state.ts'
import { isPassing } from '../storage.ts'

/**
 * Keeps the synced end in the log's checkpoint near the true one, beside the commits: none waits for it.
 *
 *     written   within `syncedEndLagMs` of a commit, without a sync: it outlives the process, not a power cut
 *     durable   with the checkpoints of the other logs of the disk, at most once in `checkpointSyncMs`
 *
 * The saved value lags, and never leads: then a log that lost nothing would be taken for a damaged one.
 */
export class SyncedEndSaver implements SyncMember {
  readonly #state: LogState
  readonly #onFailure: (error: unknown) => void
  #cancelTimer: (() => void) | undefined
  #isWriting = false
  #isHeld = false
  #isStopped = false
  #underWay: Promise<void> = Promise.resolve()

  constructor(options: { readonly state: LogState; readonly onFailure: (error: unknown) => void }) {
    this.#state = options.state
    this.#onFailure = options.onFailure
  }

  /** To be called when the synced end may have moved. */
  note(): void {
    if (!this.#isDue() || this.#cancelTimer !== undefined || this.#isWriting) return
    const { disk, config } = this.#state
    if (config.syncedEndLagMs === 0) {
      this.#start(() => this.#write())
      return
    }
    this.#cancelTimer = disk.clock.after(config.syncedEndLagMs, () => {
      this.#cancelTimer = undefined
      if (this.#isDue()) this.#start(() => this.#write())
    })
  }

  /** While the log's end is being cut, the old end must not be written behind the lower one. */
  hold(): void {
    this.#isHeld = true
  }

  release(): void {
    this.#isHeld = false
    this.note()
  }

  /** Writes nothing more; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#state.disk.checkpoints.cancel(this)
    await this.#underWay
  }

  async sync(): Promise<void> {
    if (this.#isStopped) return
    this.#start(() => this.#state.checkpoint.sync())
    await this.#underWay
  }

  #isDue(): boolean {
    const { checkpoint, syncedEndOffset, failure } = this.#state
    return (
      !this.#isHeld && !this.#isStopped && failure === undefined && syncedEndOffset > checkpoint.values.syncedEndOffset
    )
  }

  async #write(): Promise<void> {
    const { checkpoint, disk, syncedEndOffset } = this.#state
    this.#isWriting = true
    try {
      await checkpoint.write({ syncedEndOffset, savedMs: this.#state.trustedNow() })
      if (!this.#isStopped) disk.checkpoints.schedule(this)
    } finally {
      this.#isWriting = false
    }
    // What was synced meanwhile.
    this.note()
  }

  /** A disk without room, or a process without descriptors, leaves the older value, which only lags. */
  #start(task: () => Promise<void>): void {
    const done = task().catch((error: unknown) => {
      if (!isPassing(error)) this.#onFailure(error)
    })
    this.#underWay = Promise.all([this.#underWay, done]).then(() => {})
  }
}
