import type { BrokerEvents } from './broker-events.ts'
import { RepeatedEvent } from './repeated-event.ts'

/** Writes that come later were not meant for the leader that this broker was: they only asked the wrong one. */
const rememberedMs = 30_000

/** Thousands of clients may write on to a leader that is none any more: one entry for all of them within so long. */
const windowMs = 10_000

/** What the broker says of itself: `epoch` is the newest it knows. */
interface View {
  readonly isLeading: boolean
  readonly epoch: number
}

/**
 * Tells a write to the leader that this broker was, from one that only came to the wrong broker: it led, and cannot show that
 * it still does, or has learned within the last half minute that it does not.
 */
export class FencedWrites {
  readonly #events: BrokerEvents
  readonly #view: View
  readonly #nowMs: () => number
  readonly #refused: RepeatedEvent
  #ledEpoch: number | null = null
  #endedAtMs = Number.POSITIVE_INFINITY

  /** `nowMs`: milliseconds from any start, never going back. */
  constructor(events: BrokerEvents, view: View, nowMs: () => number = () => performance.now()) {
    this.#events = events
    this.#view = view
    this.#nowMs = nowMs
    this.#refused = new RepeatedEvent((writes) => this.#tell(writes), windowMs)
    events.on('role-changed', ({ role, epoch }) => this.#roleChanged(role, epoch))
    events.on('stopping', () => this.#refused.close())
  }

  /** A write was refused because this broker does not lead, or not under that epoch. */
  note(): void {
    if (this.#ledEpoch === null || this.#view.isLeading) return
    if (this.#nowMs() - this.#endedAtMs <= rememberedMs) this.#refused.note()
  }

  #roleChanged(role: string, epoch: number): void {
    // What still waits to be told is of the epoch before.
    if (role === 'leader' || role === 'resigned') this.#refused.close()
    if (role === 'leader') this.#ledEpoch = epoch
    // Whoever hands over and stops says so, and is asked no more.
    else if (role === 'resigned') this.#ledEpoch = null
    if (role === 'leader') this.#endedAtMs = Number.POSITIVE_INFINITY
    else if (this.#endedAtMs === Number.POSITIVE_INFINITY) this.#endedAtMs = this.#nowMs()
  }

  #tell(writes: number): void {
    if (this.#ledEpoch === null) return
    this.#events.emit('write-fenced', { epoch: this.#ledEpoch, knownEpoch: this.#view.epoch, writes })
  }
}
