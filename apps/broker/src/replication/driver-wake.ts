import type { DriverClock } from './driver-ports.ts'

/** A timer may fire a fraction before its time, and a step before its time does nothing. */
const shortestTimerMs = 0.01

/** The one timer that wakes the core when nothing comes from elsewhere. */
export class DriverWake {
  readonly #clock: DriverClock
  readonly #wake: () => void
  #atMs = Number.POSITIVE_INFINITY
  #cancel: () => void = () => {}

  constructor(clock: DriverClock, wake: () => void) {
    this.#clock = clock
    this.#wake = wake
  }

  /** A deadline that moved away, as most do with each message, is looked at when the timer that was set for it fires. */
  notLaterThan(atMs: number): void {
    if (atMs >= this.#atMs) return
    this.#cancel()
    this.#atMs = atMs
    const delayMs = Math.max(0, atMs - this.#clock.monotonicMs()) + shortestTimerMs
    this.#cancel = this.#clock.schedule(delayMs, () => {
      this.#atMs = Number.POSITIVE_INFINITY
      this.#wake()
    })
  }

  stop(): void {
    this.#cancel()
  }
}
