import type { Scheduler } from './scheduler.ts'

/**
 * What happened, line by line, for a person. Off for the many seeds that pass: `note` takes a function, so that no text
 * is made for nobody.
 */
export class Trace {
  readonly isOn: boolean
  readonly lines: string[] = []
  readonly #scheduler: Scheduler

  constructor(scheduler: Scheduler, isOn: boolean) {
    this.#scheduler = scheduler
    this.isOn = isOn
  }

  note(who: string, what: () => string): void {
    if (!this.isOn) return
    this.lines.push(`${this.#scheduler.nowMs.toFixed(3).padStart(11)}  ${who.padEnd(11)} ${what()}`)
  }
}
