import { type BadRow, badRowsCsv } from './bad-row.ts'
import type { Mapping } from './mapping.ts'

export function downloadBadRows(mapping: Mapping, rows: readonly BadRow[], fileName: string): void {
  const headers = mapping.columns.map(({ header }) => header)
  const url = URL.createObjectURL(new Blob([badRowsCsv(headers, rows)], { type: 'text/csv' }))
  const link = document.createElement('a')
  link.href = url
  link.download = `${fileName.replace(/\.[^.]*$/, '')}.not-sent.csv`
  link.click()
  // The download has begun by the next turn; the text need not stay in memory.
  setTimeout(() => URL.revokeObjectURL(url), 1_000)
}
