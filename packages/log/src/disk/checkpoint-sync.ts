import type { Clock } from './clock.ts'

/** Something written to disk that a power cut may still take, and that is not waited for. */
export interface SyncMember {
  /** Makes it durable. Never rejects: a failure belongs to the member alone. */
  sync(): Promise<void>
}

/**
 * One for each disk: makes the checkpoints of its logs durable that were written without a sync, at most once in
 * `intervalMs`, one after another.
 *
 *     idle --schedule--> waiting --intervalMs--> syncing --(others were scheduled meanwhile)--> waiting
 *                                                syncing --(nobody is scheduled)--> idle
 *
 * One at a time on purpose: it has a single thread of the pool, and no commit waits for it. Where many logs are busy a round takes
 * longer, and what is saved lags by that much more.
 */
export class CheckpointSync {
  readonly #clock: Clock
  readonly #intervalMs: number
  #scheduled = new Set<SyncMember>()
  #isActive = false

  constructor(options: { readonly clock: Clock; readonly intervalMs: number }) {
    this.#clock = options.clock
    this.#intervalMs = options.intervalMs
  }

  /** The member takes part in the next round. */
  schedule(member: SyncMember): void {
    this.#scheduled.add(member)
    if (!this.#isActive) this.#wait()
  }

  /** Takes no part any more; a sync that is under way goes on. */
  cancel(member: SyncMember): void {
    this.#scheduled.delete(member)
  }

  #wait(): void {
    this.#isActive = true
    this.#clock.after(this.#intervalMs, () => void this.#run())
  }

  async #run(): Promise<void> {
    for (const member of [...this.#scheduled]) {
      // It may have been cancelled since the round began.
      if (this.#scheduled.delete(member)) await member.sync()
    }
    this.#isActive = false
    if (this.#scheduled.size > 0) this.#wait()
  }
}
