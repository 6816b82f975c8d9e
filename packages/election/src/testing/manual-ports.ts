import type { ElectionPorts } from '../election-ports.ts'

interface Timer {
  readonly atMs: number
  readonly callback: () => void
}

/**
 * Time and chance that a test decides: nothing passes unless `advance` is called, and random numbers come from a seed. Promises
 * between two timers are given the time they need.
 */
export class ManualPorts implements ElectionPorts {
  readonly #timers = new Set<Timer>()
  #nowMs = 0
  #wallClockOffsetMs: number
  #randomState: number

  constructor(options: { readonly seed?: number; readonly wallClockMs?: number } = {}) {
    this.#randomState = (options.seed ?? 1) >>> 0
    this.#wallClockOffsetMs = options.wallClockMs ?? 1_700_000_000_000
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  wallClockMs(): number {
    return this.#nowMs + this.#wallClockOffsetMs
  }

  /** Moves the wall clock, back with a negative number of milliseconds; timers do not notice. */
  jumpWallClock(byMs: number): void {
    this.#wallClockOffsetMs += byMs
  }

  schedule(delayMs: number, callback: () => void): () => void {
    const timer: Timer = { atMs: this.#nowMs + Math.max(0, delayMs), callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Mulberry32: short, and even enough for delays. */
  random(): number {
    this.#randomState = (this.#randomState + 0x6d2b79f5) >>> 0
    let mixed = this.#randomState
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** Lets the time pass, one timer after the other, each with the promises that follow from it. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs
    await settlePromises()
    for (let timer = this.#next(untilMs); timer !== undefined; timer = this.#next(untilMs)) {
      this.#nowMs = timer.atMs
      this.#timers.delete(timer)
      timer.callback()
      await settlePromises()
    }
    this.#nowMs = untilMs
  }

  /** Time passes and no timer fires: the process is stopped, or busy. What fell due meanwhile fires late, at the next `advance`. */
  stall(forMs: number): void {
    this.#nowMs += forMs
  }

  #next(untilMs: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers)
      if (timer.atMs <= untilMs && (next === undefined || timer.atMs < next.atMs)) next = timer
    return next
  }
}

/** Promises that resolve in turn need a bounded number of turns; nothing here waits for I/O. */
async function settlePromises(): Promise<void> {
  for (let turn = 0; turn < 32; turn++) await undefined
}
