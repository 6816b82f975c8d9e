/** The kinds of metric, after Prometheus: what a scrape and the JSON form both show. */

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Only ever goes up while the process lives. */
export class Counter {
  readonly kind = 'counter'
  readonly name: string
  readonly help: string
  #value = 0

  constructor(name: string, help: string) {
    this.name = name
    this.help = help
  }

  get value(): number {
    return this.#value
  }

  add(count = 1): void {
    this.#value += count
  }
}

/** Read when somebody asks. `counter` for sums that are kept elsewhere, `gauge` for what goes up and down. */
export class Reading {
  readonly kind: 'counter' | 'gauge'
  readonly name: string
  readonly help: string
  readonly read: () => readonly Sample[]

  constructor(kind: 'counter' | 'gauge', name: string, help: string, read: () => number | readonly Sample[]) {
    this.kind = kind
    this.name = name
    this.help = help
    this.read = () => {
      const value = read()
      return typeof value === 'number' ? [{ labels: {}, value }] : value
    }
  }
}

/** How often a value fell under each of some bounds. */
export class Histogram {
  readonly kind = 'histogram'
  readonly name: string
  readonly help: string
  /** Upper bounds, ascending; what lies above the last counts in `count` alone. */
  readonly bounds: readonly number[]
  readonly #counts: Float64Array
  #sum = 0
  #count = 0

  constructor(name: string, help: string, bounds: readonly number[]) {
    this.name = name
    this.help = help
    this.bounds = bounds
    this.#counts = new Float64Array(bounds.length)
  }

  get sum(): number {
    return this.#sum
  }

  get count(): number {
    return this.#count
  }

  observe(value: number): void {
    this.#sum += value
    this.#count++
    for (let index = 0; index < this.bounds.length; index++) {
      if (value <= this.bounds[index]!) {
        this.#counts[index]!++
        return
      }
    }
  }

  /** For each bound, how many values lay at or under it. */
  cumulativeCounts(): number[] {
    let total = 0
    return Array.from(this.#counts, (count) => (total += count))
  }

  /** The bound under which this share of the values lies: an upper estimate, infinite above the last bound. */
  quantile(share: number): number {
    const rank = this.#count * share
    const index = this.cumulativeCounts().findIndex((count) => count >= rank)
    return this.#count === 0 ? 0 : index === -1 ? Number.POSITIVE_INFINITY : this.bounds[index]!
  }
}

export type Metric = Counter | Reading | Histogram

/** Seconds from 50 µs to 10 s: from one append to a stalled disk. */
export const durationBoundsSeconds: readonly number[] = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]
