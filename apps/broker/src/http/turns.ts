/** Starts one after another, each in its own turn of the event loop, so that whatever else comes is served between them. */
export class Turns {
  readonly #waiting: (() => void)[] = []
  #isTaken = false

  /** Starts at once when this turn has none yet. */
  take(start: () => void): void {
    if (this.#isTaken) {
      this.#waiting.push(start)
      return
    }
    this.#isTaken = true
    setImmediate(() => this.#next())
    start()
  }

  #next(): void {
    const start = this.#waiting.shift()
    if (start === undefined) {
      this.#isTaken = false
      return
    }
    setImmediate(() => this.#next())
    start()
  }
}
