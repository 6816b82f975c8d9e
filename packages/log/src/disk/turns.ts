/** Lets so many run at once; who comes later waits for a turn, first come, first served. */
export class Turns {
  readonly #maxAtOnce: number
  #runningCount = 0
  readonly #waiting: (() => void)[] = []

  constructor(maxAtOnce: number) {
    this.#maxAtOnce = maxAtOnce
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#runningCount < this.#maxAtOnce) this.#runningCount++
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      // The turn goes on to the next one.
      if (next === undefined) this.#runningCount--
      else next()
    }
  }
}
