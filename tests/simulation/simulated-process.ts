import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'

/**
 * One life of one program: its timers, and what arrives for it. Legal transitions:
 *
 *   running → paused    SIGSTOP, a stalled event loop: what falls due waits, time goes on
 *   paused  → running   all that waited happens at once, in its order
 *   running → dead      SIGKILL or a power cut: nothing of it ever happens; what it sent before is under way
 *   paused  → dead
 *
 * It fits `ElectionPorts`, and everything else that asks for a clock, a timer or chance.
 */
export class SimulatedProcess {
  readonly name: string
  readonly #scheduler: Scheduler
  readonly #random: Random
  readonly #held: (() => void)[] = []
  #state: 'running' | 'paused' | 'dead' = 'running'
  #wallClockOffsetMs: number

  constructor(options: { name: string; scheduler: Scheduler; random: Random; wallClockOffsetMs: number }) {
    this.name = options.name
    this.#scheduler = options.scheduler
    this.#random = options.random
    this.#wallClockOffsetMs = options.wallClockOffsetMs
  }

  get state(): 'running' | 'paused' | 'dead' {
    return this.#state
  }

  monotonicMs(): number {
    return this.#scheduler.nowMs
  }

  wallClockMs(): number {
    return Math.floor(this.#scheduler.nowMs + this.#wallClockOffsetMs)
  }

  jumpWallClock(byMs: number): void {
    this.#wallClockOffsetMs += byMs
  }

  random(): number {
    return this.#random.unit()
  }

  schedule(delayMs: number, callback: () => void): () => void {
    let isCancelled = false
    const cancelEvent = this.#scheduler.schedule(Math.max(0, delayMs), () =>
      this.enter(() => {
        if (!isCancelled) callback()
      }),
    )
    return () => {
      isCancelled = true
      cancelEvent()
    }
  }

  /** Something arrives at this process: now, when it wakes up, or never. */
  enter(happen: () => void): void {
    if (this.#state === 'running') happen()
    else if (this.#state === 'paused') this.#held.push(happen)
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused'
  }

  resume(): void {
    if (this.#state !== 'paused') return
    this.#state = 'running'
    // Each in an event of its own, with the promises that follow from it in between.
    for (const happen of this.#held.splice(0)) this.#scheduler.schedule(0, () => this.enter(happen))
  }

  kill(): void {
    this.#state = 'dead'
    this.#held.length = 0
  }
}
