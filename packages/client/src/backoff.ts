/** Exponential backoff with full jitter: a random time from 0 to a bound that doubles from `minMs` up to `maxMs`. */
export class Backoff {
  readonly minMs: number
  readonly maxMs: number
  readonly #random: () => number

  constructor(options: { readonly minMs: number; readonly maxMs: number; readonly random: () => number }) {
    this.minMs = options.minMs
    this.maxMs = options.maxMs
    this.#random = options.random
  }

  /** How long to wait before the next attempt, after `failures` of them, 1 or more. */
  delayMs(failures: number): number {
    const boundMs = Math.min(this.maxMs, this.minMs * 2 ** Math.min(failures - 1, 30))
    return this.#random() * boundMs
  }
}
