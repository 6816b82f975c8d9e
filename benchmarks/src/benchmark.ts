/** One figure of a benchmark, beside its limit or the reason why there is none. */
export type Figure = MeasuredFigure & (BesideLimit | WithoutLimit)

/** What the bare platform does with the same bytes in the same run. */
interface BesideLimit {
  readonly limit: { readonly name: string; readonly value: number }
}

interface WithoutLimit {
  /** Why nothing bare can be measured beside it, in a few words for the table. */
  readonly noLimit: string
}

interface MeasuredFigure {
  /** What was measured, e.g. `producer.send, 100 B`. */
  readonly name: string
  readonly value: number
  readonly unit: 'messages/s' | 'MB/s' | 'ms' | 's' | 'MB' | 'requests/s'
  /** The figure to reach, where one is set. `value` is at least (rates) or at most (times, memory) this. */
  readonly target?: number
  readonly settings?: Readonly<Record<string, string | number | boolean>>
}

export interface BenchmarkContext {
  /** Multiplies the amount of work: 1 for figures that stand in docs, less for a quick look. */
  readonly scale: number
  /** An empty folder on disk, removed afterwards. */
  readonly folder: string
  report(figure: Figure): void
}

export interface Benchmark {
  readonly name: string
  readonly describes: string
  run(context: BenchmarkContext): Promise<void>
}

/** Rates are better high, times and memory low. */
export function meetsTarget({ unit, value, target }: Figure): boolean | undefined {
  if (target === undefined) return undefined
  return unit.endsWith('/s') ? value >= target : value <= target
}

/** Median of the repeats: these machines are noisy, a mean follows the outliers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]!
}
