/** One reading of a counter. `life` changes when the counter begins anew: another broker process, another epoch. */
export interface Reading {
  /** Milliseconds, of one clock. */
  readonly at: number
  readonly value: number
  readonly life: string
}

/**
 * What a counter grew by, per second, between two readings. Null where it is not known: another life, a counter that went
 * back, no time between them, or so much that what happened within is anybody's guess. A gap is drawn there, never a spike.
 */
export function rateBetween(before: Reading | undefined, after: Reading, maxGapMs = 10_000): number | null {
  if (before === undefined || before.life !== after.life) return null
  const elapsedMs = after.at - before.at
  if (elapsedMs <= 0 || elapsedMs > maxGapMs || after.value < before.value) return null
  return ((after.value - before.value) * 1_000) / elapsedMs
}

/** A sum over brokers where one that is not known is left out; null when none is known. */
export function sumKnown(values: readonly (number | null)[]): number | null {
  let sum: number | null = null
  for (const value of values) if (value !== null) sum = (sum ?? 0) + value
  return sum
}

/** Aligned columns over time for a chart: a time and one value (or gap) for each series, the oldest cut at `maxRows`. */
export class RateHistory<Name extends string> {
  readonly names: readonly Name[]
  readonly #maxRows: number
  #times: number[] = []
  #columns: Record<Name, (number | null)[]>

  constructor(names: readonly Name[], maxRows: number) {
    this.names = names
    this.#maxRows = maxRows
    this.#columns = Object.fromEntries(names.map((name) => [name, [] as (number | null)[]])) as Record<
      Name,
      (number | null)[]
    >
  }

  push(at: number, values: Readonly<Record<Name, number | null>>): void {
    if (at <= (this.#times.at(-1) ?? Number.NEGATIVE_INFINITY)) return
    this.#times.push(at)
    for (const name of this.names) this.#columns[name].push(values[name])
    // Cut in blocks: a shift for each row would move the whole array each second.
    if (this.#times.length > this.#maxRows * 1.25) {
      const cut = this.#times.length - this.#maxRows
      this.#times = this.#times.slice(cut)
      for (const name of this.names) this.#columns[name] = this.#columns[name].slice(cut)
    }
  }

  /**
   * Puts in rows of a time of which this history has none within half of `stepMs`: from before it began, or from a hole in it. A row
   * that knows nothing gives way to one that does.
   */
  fill(
    past: readonly { readonly at: number; readonly values: Readonly<Record<Name, number | null>> }[],
    stepMs: number,
  ) {
    const isKnown = (values: Readonly<Record<Name, number | null>>) => this.names.some((name) => values[name] !== null)
    const known = past.filter(({ values }) => isKnown(values))
    const isNear = (rows: readonly { readonly at: number }[], at: number, withinMs: number) =>
      rows.some((row) => Math.abs(row.at - at) < withinMs)
    const own = this.#times
      .map((at, index) => ({ at, values: this.#row(index) }))
      .filter(({ at, values }) => isKnown(values) || !isNear(known, at, 1.5 * stepMs))
    const rows = [...own, ...past.filter(({ at }) => !isNear(own, at, stepMs / 2))]
      .toSorted((a, b) => a.at - b.at)
      .slice(-this.#maxRows)
    this.#times = rows.map(({ at }) => at)
    for (const name of this.names) this.#columns[name] = rows.map(({ values }) => values[name])
  }

  #row(index: number): Record<Name, number | null> {
    const entries = this.names.map((name) => [name, this.#columns[name][index] ?? null])
    return Object.fromEntries(entries) as Record<Name, number | null>
  }

  get length(): number {
    return this.#times.length
  }

  /** When the newest row was; null: there is none. */
  get latestAt(): number | null {
    return this.#times.at(-1) ?? null
  }

  latest(name: Name): number | null {
    return this.#columns[name].at(-1) ?? null
  }

  /** Times in seconds, as uPlot has them, and the columns, from `since` (milliseconds) on. */
  since(since: number): { readonly seconds: number[]; readonly columns: Readonly<Record<Name, (number | null)[]>> } {
    let from = this.#times.findIndex((at) => at >= since)
    if (from === -1) from = this.#times.length
    const columns = Object.fromEntries(this.names.map((name) => [name, this.#columns[name].slice(from)]))
    return {
      seconds: this.#times.slice(from).map((at) => at / 1_000),
      columns: columns as Record<Name, (number | null)[]>,
    }
  }
}
