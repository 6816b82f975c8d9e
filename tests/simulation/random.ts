/**
 * A seeded source of chance (sfc32, Chris Doty-Humphrey's PractRand). The whole run hangs on one seed; `fork` gives each
 * part its own stream by name, so that one more draw in the network does not change what the clients do.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: number, stream = '') {
    let hash = 0x811c9dc5
    for (const character of `${seed}/${stream}`) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193)
    this.#a = hash | 0
    this.#b = Math.imul(hash ^ 0x9e3779b9, 0x85ebca6b) | 0
    this.#c = seed | 0
    for (let round = 0; round < 12; round++) this.#next()
  }

  fork(stream: string): Random {
    return new Random(this.#next(), stream)
  }

  /** From 0 to below 1. */
  unit(): number {
    return this.#next() / 4_294_967_296
  }

  /** From `low` to below `high`. */
  between(low: number, high: number): number {
    return low + this.unit() * (high - low)
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1))
  }

  chance(probability: number): boolean {
    return this.unit() < probability
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('Nothing to pick from.')
    return items[Math.floor(this.unit() * items.length)]!
  }

  /** `count` different items, or all of them, in random order. */
  sample<T>(items: readonly T[], count: number): T[] {
    const pool = [...items]
    for (let index = pool.length - 1; index > 0; index--) {
      const other = this.integer(0, index)
      ;[pool[index], pool[other]] = [pool[other]!, pool[index]!]
    }
    return pool.slice(0, count)
  }

  /** Waiting time of something that happens every `mean` on average. */
  exponential(mean: number): number {
    return -Math.log(1 - this.unit()) * mean
  }

  #next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }
}
