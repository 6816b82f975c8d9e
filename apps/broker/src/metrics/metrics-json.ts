import type { Metric } from './metric.ts'

/** A metric as GET /metrics shows it in JSON. */
export type MetricJson = { readonly name: string; readonly kind: Metric['kind']; readonly help: string } & (
  | { readonly value: number }
  | { readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[] }
  | {
      readonly count: number
      readonly sum: number
      /** `le`: the upper bound; `count`: values at or under it. */
      readonly buckets: readonly { readonly le: number; readonly count: number }[]
      /** Upper estimates; null above the last bound. */
      readonly p50: number | null
      readonly p99: number | null
      readonly p999: number | null
    }
)

export function metricJson(metric: Metric): MetricJson {
  const { name, kind, help } = metric
  if (metric.kind === 'histogram') {
    const counts = metric.cumulativeCounts()
    const quantile = (share: number) => {
      const value = metric.quantile(share)
      return Number.isFinite(value) ? value : null
    }
    return {
      name,
      kind,
      help,
      count: metric.count,
      sum: metric.sum,
      buckets: metric.bounds.map((le, index) => ({ le, count: counts[index]! })),
      p50: quantile(0.5),
      p99: quantile(0.99),
      p999: quantile(0.999),
    }
  }
  if (!('read' in metric)) return { name, kind, help, value: metric.value }
  const samples = metric.read()
  const only = samples.length === 1 && Object.keys(samples[0]!.labels).length === 0 ? samples[0] : undefined
  return only === undefined ? { name, kind, help, samples } : { name, kind, help, value: finite(only.value) }
}

/** JSON has no infinity: what was never looked at shows as −1. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : -1
}
