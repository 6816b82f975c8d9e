import { cpus, release, totalmem } from 'node:os'
import { type Figure, meetsTarget } from './benchmark.ts'

export function describeMachine(): string {
  const processors = cpus()
  const model = processors[0]?.model.trim() ?? 'unknown processor'
  const memoryGiB = Math.round(totalmem() / 2 ** 30)
  return `${processors.length} × ${model}, ${memoryGiB} GiB, Linux ${release()}, Node ${process.version}`
}

function format(value: number, unit: Figure['unit']): string {
  if (unit.endsWith('/s') && value >= 1_000) return Math.round(value).toLocaleString('en-US')
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

/** A Markdown table, as it stands in docs/benchmarks.md. */
export function renderTable(title: string, figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { name, value, unit, target, settings } = figure
    const limit = 'limit' in figure ? figure.limit : undefined
    const verdict = { true: 'reached', false: '**missed**', undefined: '' }[String(meetsTarget(figure))]
    return [
      name,
      `${format(value, unit)} ${unit}`,
      'limit' in figure ? `${format(figure.limit.value, unit)} (${figure.limit.name})` : `none: ${figure.noLimit}`,
      limit ? `${((value / limit.value) * 100).toFixed(0)} %` : '',
      target === undefined ? '' : `${format(target, unit)} ${verdict}`,
      Object.entries(settings ?? {})
        .map(([key, setting]) => `${key} ${setting}`)
        .join(', '),
    ]
  })
  const header = ['figure', 'measured', 'limit in the same run', 'of it', 'to reach', 'settings']
  const widths = header.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`
  return [`### ${title}`, '', line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line), ''].join(
    '\n',
  )
}
