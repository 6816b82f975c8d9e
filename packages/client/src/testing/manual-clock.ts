import { afterIo } from '#platform'
import type { Clock } from '../clock.ts'

/** Turns of the event loop after which a program that lives on promises and timers alone has come to rest. */
const SETTLING_TURNS = 4

interface ManualTimer {
  readonly atMs: number
  readonly callback: () => void
}

/**
 * A clock that a test moves. Between two timers it lets everything come to rest, so that what a test sees does not depend on how
 * fast the machine is, or whether it stalls.
 *
 *     const clock = new ManualClock()
 *     const cluster = new FakeCluster({ clock })
 *     const yak = new YakClient({ brokers: cluster.urls, transport: cluster.transport, clock })
 *     await clock.advance(5_000)     // five seconds pass
 *     clock.start()                  // from now on it goes to the next timer by itself, whenever all else has come to rest
 *
 * Only for what lives in memory: it cannot see that a socket or a disk is still at work.
 */
export class ManualClock implements Clock {
  readonly #timers: ManualTimer[] = []
  #nowMs = 0
  #isStarted = false
  #isGoing = false

  nowMs(): number {
    return this.#nowMs
  }

  /** As `nowMs`, in whole milliseconds: a record sent before the clock was moved is of the first moment of 1970. */
  wallClockMs(): number {
    return Math.floor(this.#nowMs)
  }

  setTimer(callback: () => void, delayMs: number): unknown {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), callback }
    // Behind those of the same time: they fire in the order they were set.
    let index = this.#timers.length
    while (index > 0 && this.#timers[index - 1]!.atMs > timer.atMs) index--
    this.#timers.splice(index, 0, timer)
    this.#go()
    return timer
  }

  clearTimer(timer: unknown): void {
    const index = this.#timers.indexOf(timer as ManualTimer)
    if (index >= 0) this.#timers.splice(index, 1)
  }

  /** Lets `durationMs` pass: each timer that falls due fires at its time, and what follows from it comes to rest before the next. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#nowMs + durationMs
    await settled()
    while (this.#timers.length > 0 && this.#timers[0]!.atMs <= untilMs) {
      this.#fireNext()
      await settled()
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs)
  }

  /** For a clock that was started, or that something else advances. */
  sleep(durationMs: number): Promise<void> {
    return new Promise((resolve) => this.setTimer(resolve, durationMs))
  }

  /** From now on time passes by itself, from timer to timer, as fast as the program can follow. */
  start(): void {
    this.#isStarted = true
    this.#go()
  }

  /** From now on time stands still again, until `advance` or `start`. */
  stop(): void {
    this.#isStarted = false
  }

  async #go(): Promise<void> {
    if (!this.#isStarted || this.#isGoing) return
    this.#isGoing = true
    await settled()
    while (this.#isStarted && this.#timers.length > 0) {
      this.#fireNext()
      await settled()
    }
    this.#isGoing = false
  }

  #fireNext(): void {
    const { atMs, callback } = this.#timers.shift()!
    this.#nowMs = Math.max(this.#nowMs, atMs)
    callback()
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < SETTLING_TURNS; turn++) await new Promise<void>((resolve) => afterIo(resolve))
}
