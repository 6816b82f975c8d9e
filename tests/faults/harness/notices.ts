import { expect } from 'vitest'

/** Runs until one notices: each is some seconds, and a right one never gets here. */
const mostRuns = 3

/**
 * A run without its rule goes wrong where the brokers are met at the right moment, and real processes are not always met there. One of
 * a few runs must go wrong, and in the way that is told; one that goes wrong in another way is no answer.
 */
export async function expectNoticed(run: () => Promise<void>, told: string | RegExp): Promise<void> {
  for (let count = 0; count < mostRuns; count++) {
    const error = await run().then(
      () => undefined,
      (reason: unknown) => reason as Error,
    )
    if (error === undefined) continue
    expect(() => {
      throw error
    }).toThrow(told)
    return
  }
  throw new Error(`In ${mostRuns} runs without the rule nothing went wrong.`)
}
