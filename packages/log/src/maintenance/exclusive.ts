/** Runs tasks one after another, in the order they were asked for. */
export class Exclusive {
  #last: Promise<unknown> = Promise.resolve()

  async run<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(task)
    // A failed task is its caller's business; the next one runs all the same.
    this.#last = result.catch(() => {})
    return await result
  }
}
