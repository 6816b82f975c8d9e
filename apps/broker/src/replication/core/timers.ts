/** Named deadlines. Setting a name again moves it; what is due runs in the order of its time, then of its setting. */
export class Timers {
  readonly #deadlines = new Map<string, { readonly at: number; readonly run: () => void }>()
  #earliest = Number.POSITIVE_INFINITY
  #isStale = false

  set(name: string, at: number, run: () => void): void {
    this.#deadlines.delete(name)
    this.#deadlines.set(name, { at, run })
    this.#isStale = true
  }

  clear(name: string): void {
    if (this.#deadlines.delete(name)) this.#isStale = true
  }

  /** Infinity: not set. */
  at(name: string): number {
    return this.#deadlines.get(name)?.at ?? Number.POSITIVE_INFINITY
  }

  get earliest(): number {
    if (this.#isStale) {
      this.#isStale = false
      this.#earliest = Number.POSITIVE_INFINITY
      for (const { at } of this.#deadlines.values()) if (at < this.#earliest) this.#earliest = at
    }
    return this.#earliest
  }

  /** Runs everything due. What that sets anew for now or earlier waits for the next call. */
  runDue(now: number): void {
    if (now < this.earliest) return
    const due = [...this.#deadlines].filter(([, { at }]) => at <= now).sort(([, one], [, other]) => one.at - other.at)
    for (const [name, deadline] of due) {
      if (this.#deadlines.get(name) !== deadline) continue
      this.clear(name)
      deadline.run()
    }
  }
}
