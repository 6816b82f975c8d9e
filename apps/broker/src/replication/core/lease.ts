import type { CoreState } from './core-state.ts'
import type { CallResult } from './inputs.ts'
import type { CoordinatorRecord, IsrRecord } from './state.ts'

export interface LeaseOptions {
  readonly state: CoreState
  readonly epoch: number
  /** When the acquire was sent: what the holder judges by lies before what the coordinator counts from. */
  readonly sentAtMs: number
  /** What the store must know at least. */
  readonly isr: () => IsrRecord
  readonly onLost: (record: CoordinatorRecord) => void
  readonly onStoredIsrOlder: (storedVersion: number) => void
}

/**
 * Holds the lease of one epoch: renews it at a third of its time, until it is refused or given back. No answer changes
 * nothing: whether to go on serving is decided by who fetches (◆26).
 */
export class Lease {
  readonly epoch: number
  readonly #options: LeaseOptions
  readonly #state: CoreState
  #untilMs: number
  #isClosed = false

  constructor(options: LeaseOptions) {
    this.#options = options
    this.#state = options.state
    this.epoch = options.epoch
    this.#untilMs = options.sentAtMs + options.state.options.leaseMs
    this.#schedule(options.sentAtMs + options.state.options.leaseMs / 3)
  }

  get untilMs(): number {
    return this.#untilMs
  }

  /** Asks at once: something was seen that the answer will settle. */
  renew(): void {
    if (this.#isClosed) return
    const { options } = this.#state
    const sentAtMs = this.#state.now
    const { isrEpoch, isrVersion } = this.#options.isr()
    this.#schedule(sentAtMs + options.leaseMs / 3)
    this.#state.call({ type: 'renew', epoch: this.epoch, isrEpoch, isrVersion, leaseMs: options.leaseMs }, (result) =>
      this.#renewed(result, sentAtMs),
    )
  }

  /** Ends it for everybody. */
  release(): void {
    if (this.#isClosed) return
    this.close()
    this.#state.call({ type: 'release', epoch: this.epoch }, () => {})
  }

  /** Renews no more. */
  close(): void {
    this.#isClosed = true
    this.#state.timers.clear('renew')
  }

  #schedule(at: number): void {
    this.#state.timers.set('renew', at, () => this.renew())
  }

  #renewed(result: CallResult, sentAtMs: number): void {
    if (this.#isClosed) return
    if (result.type === 'renewed') {
      this.#untilMs = Math.max(this.#untilMs, sentAtMs + this.#state.options.leaseMs)
      if (this.#state.rules.mustRewriteIsr(result.storedIsrIsOlder)) this.#options.onStoredIsrOlder(result.isrVersion)
    } else if (result.type === 'refused') {
      this.#options.onLost(result.record)
    }
  }
}
