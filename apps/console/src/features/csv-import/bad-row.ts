import type { SplitRow } from './csv-splitter.ts'
import type { RowProblem } from './row-mapper.ts'

/** A row that was not sent, and why; with its cells, so that it can be mended and imported again. */
export interface BadRow {
  /** From 1 on, without the header. */
  readonly row: number
  readonly line: number
  readonly column: string | null
  readonly value: string | null
  readonly code: string
  readonly text: string
  readonly fields: readonly string[]
}

const maxKeptFieldsLength = 4_000

export function badRowOf(split: SplitRow, row: number, problem: RowProblem, headers: readonly string[]): BadRow {
  const length = split.fields.reduce((sum, field) => sum + field.length, 0)
  return {
    row,
    line: split.line,
    column: problem.column === null ? null : (headers[problem.column] ?? null),
    value: problem.value,
    code: problem.code,
    text: problem.text,
    fields: length > maxKeptFieldsLength ? [] : split.fields,
  }
}

/** The rows as CSV with their columns, ready to mend and import again, and behind them what was wrong. */
export function badRowsCsv(headers: readonly string[], rows: readonly BadRow[], delimiter = ','): string {
  const line = (fields: readonly string[]) => fields.map((field) => csvField(field, delimiter)).join(delimiter)
  const filled = (fields: readonly string[]) => [...fields, ...headers.slice(fields.length).map(() => '')]
  return [
    line([...headers, 'import_line', 'import_error']),
    ...rows.map(({ fields, line: at, code, text, column }) =>
      line([...filled(fields), String(at), `${code}: ${column === null ? '' : `${column}: `}${text}`]),
    ),
    '',
  ].join('\r\n')
}

export function csvField(field: string, delimiter: string): string {
  return field.includes(delimiter) || /["\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
}
