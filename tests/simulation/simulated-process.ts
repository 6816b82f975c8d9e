import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'

/**
 * One life of one program: its timers, and what arrives for it. Legal transitions:
 *
 *   running → paused    SIGSTOP, a stalled event loop: what falls due waits, time goes on. In the middle of a step (`stall`), the rest of
 *                       the step is done at the time at which it wakes
 *   paused  → running   all that waited happens at once, in its order
 *   running → dead      SIGKILL or a power cut: nothing of it ever happens; what it sent before is under way
 *   paused  → dead      the rest of a step that stood still in its middle is never done either
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
  #stall: { looks: number; readonly forMs: number; readonly mayStall: () => boolean } | null = null
  #stalledUntilMs = 0
  #diedAtMs = Number.POSITIVE_INFINITY

  constructor(options: { name: string; scheduler: Scheduler; random: Random; wallClockOffsetMs: number }) {
    this.name = options.name
    this.#scheduler = options.scheduler
    this.#random = options.random
    this.#wallClockOffsetMs = options.wallClockOffsetMs
  }

  get state(): 'running' | 'paused' | 'dead' {
    return this.#state
  }

  /** Infinity: it lives. */
  get diedAtMs(): number {
    return this.#diedAtMs
  }

  /** When it has its next chance to do anything to the world: later than now while it is stalled. */
  get wakesAtMs(): number {
    return Math.max(this.#scheduler.nowMs, this.#stalledUntilMs)
  }

  monotonicMs(): number {
    if (this.#stall !== null && --this.#stall.looks <= 0) this.#standStill()
    return this.wakesAtMs
  }

  /** In the middle of a step, at its `looks`th look at the clock from now, it stands still for so long, if it may then. */
  stall(looks: number, forMs: number, mayStall: () => boolean): void {
    this.#stall = { looks, forMs, mayStall }
  }

  #standStill(): void {
    const { forMs, mayStall } = this.#stall!
    this.#stall = null
    if (this.#state !== 'running' || !mayStall()) return
    this.pause()
    this.#stalledUntilMs = this.#scheduler.nowMs + forMs
    this.#scheduler.schedule(forMs, () => this.resume())
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
    const fromNowMs = this.wakesAtMs - this.#scheduler.nowMs + Math.max(0, delayMs)
    const cancelEvent = this.#scheduler.schedule(fromNowMs, () =>
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
    if (this.#state !== 'paused' || this.wakesAtMs > this.#scheduler.nowMs) return
    this.#state = 'running'
    // Each in an event of its own, with the promises that follow from it in between.
    for (const happen of this.#held.splice(0)) this.#scheduler.schedule(0, () => this.enter(happen))
  }

  kill(): void {
    if (this.#state !== 'dead') this.#diedAtMs = this.#scheduler.nowMs
    this.#state = 'dead'
    this.#held.length = 0
  }
}
