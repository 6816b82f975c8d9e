import { build, type Histogram } from 'hdr-histogram-js'
import { clockMs } from './pacer.ts'

const longestMicros = 60_000_000

export const PERCENTILES = [50, 99, 99.9] as const

/** In milliseconds. */
export type Percentiles = Readonly<Record<(typeof PERCENTILES)[number], number>>

/** Times since messages were due, with three significant digits. */
export class Latencies {
  readonly #micros: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: longestMicros,
    numberOfSignificantValueDigits: 3,
  })

  since(dueMs: number): void {
    this.#micros.recordValue(Math.min(longestMicros, Math.max(1, Math.round((clockMs() - dueMs) * 1_000))))
  }

  get percentiles(): Percentiles {
    const of = (percentile: number): number => this.#micros.getValueAtPercentile(percentile) / 1_000
    return { 50: of(50), 99: of(99), 99.9: of(99.9) }
  }
}
