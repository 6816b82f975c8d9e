import type { Clock } from '../disk/clock.ts'

interface Waiting {
  readonly at: number
  readonly callback: () => void
}

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  #now: number
  #monotonic = 0
  #waiting: Waiting[] = []

  constructor(nowMs = 1_700_000_000_000) {
    this.#now = nowMs
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#monotonic
  }

  after(delayMs: number, callback: () => void): () => void {
    const waiting = { at: this.#monotonic + delayMs, callback }
    this.#waiting.push(waiting)
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== waiting)
    }
  }

  /** Both clocks go on, and what is due is called, in the order of its time. */
  advance(durationMs: number): void {
    const end = this.#monotonic + durationMs
    for (;;) {
      const due = this.#waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.#waiting = this.#waiting.filter((other) => other !== due)
      this.#now += due.at - this.#monotonic
      this.#monotonic = due.at
      due.callback()
    }
    this.#now += end - this.#monotonic
    this.#monotonic = end
  }

  /** The wall clock alone jumps, ahead or back. */
  jump(durationMs: number): void {
    this.#now += durationMs
  }
}
