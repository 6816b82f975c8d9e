import { build, type Histogram } from 'hdr-histogram-js'
import { clockMs } from './pacer.ts'

const longestMicros = 60_000_000

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

  /** In milliseconds. */
  percentile(percentile: number): number {
    return this.#micros.getValueAtPercentile(percentile) / 1_000
  }
}
