interface Deadline {
  readonly name: string
  readonly at: number
  readonly run: () => void
}

/** Named deadlines. Setting a name again moves it; what is due runs in the order of its time, then of its setting. */
export class Timers {
  /** A dozen, in the order they were set. They change with each message, so they are in no `Map`: see `Roster`. */
  readonly #deadlines: Deadline[] = []
  #earliest = Number.POSITIVE_INFINITY
  #isStale = false

  set(name: string, at: number, run: () => void): void {
    this.clear(name)
    this.#deadlines.push({ name, at, run })
    this.#isStale = true
  }

  clear(name: string): void {
    const index = this.#deadlines.findIndex((deadline) => deadline.name === name)
    if (index === -1) return
    this.#deadlines.splice(index, 1)
    this.#isStale = true
  }

  /** Infinity: not set. */
  at(name: string): number {
    return this.#deadlines.find((deadline) => deadline.name === name)?.at ?? Number.POSITIVE_INFINITY
  }

  get earliest(): number {
    if (this.#isStale) {
      this.#isStale = false
      this.#earliest = Number.POSITIVE_INFINITY
      for (const { at } of this.#deadlines) if (at < this.#earliest) this.#earliest = at
    }
    return this.#earliest
  }

  /** Runs everything due. What that sets anew for now or earlier waits for the next call. */
  runDue(now: number): void {
    if (now < this.earliest) return
    const due = this.#deadlines.filter(({ at }) => at <= now).sort((one, other) => one.at - other.at)
    for (const deadline of due) {
      if (!this.#deadlines.includes(deadline)) continue
      this.clear(deadline.name)
      deadline.run()
    }
  }
}
