import type { Metric } from './metric.ts'

export const prometheusContentType = 'text/plain; version=0.0.4; charset=utf-8'

/** Prometheus's text format, version 0.0.4. */
export function prometheusText(metrics: readonly Metric[]): string {
  const lines: string[] = []
  for (const metric of metrics) {
    lines.push(`# HELP ${metric.name} ${metric.help}`, `# TYPE ${metric.name} ${metric.kind}`)
    if (metric.kind === 'histogram') {
      const counts = metric.cumulativeCounts()
      for (const [index, bound] of metric.bounds.entries()) {
        lines.push(`${metric.name}_bucket{le="${bound}"} ${counts[index]}`)
      }
      lines.push(
        `${metric.name}_bucket{le="+Inf"} ${metric.count}`,
        `${metric.name}_sum ${metric.sum}`,
        `${metric.name}_count ${metric.count}`,
      )
    } else if ('read' in metric) {
      for (const { labels, value } of metric.read())
        lines.push(`${metric.name}${labelText(labels)} ${numberText(value)}`)
    } else {
      lines.push(`${metric.name} ${numberText(metric.value)}`)
    }
  }
  lines.push('')
  return lines.join('\n')
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function numberText(value: number): string {
  return value === Number.POSITIVE_INFINITY ? '+Inf' : value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}
