export interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
}

/** Rows under aligned titles, two spaces apart, no space at line ends. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map((column) => column.title), ...rows]
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => (line[index] ?? '').length)))
  return lines
    .map((line) =>
      columns
        .map(({ align }, index) => {
          const cell = line[index] ?? ''
          return align === 'left' ? cell.padEnd(widths[index]!) : cell.padStart(widths[index]!)
        })
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('')
}
