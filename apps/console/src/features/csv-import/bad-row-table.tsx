import { visibleText } from '../../lib/visible-text.ts'
import { Table } from '../../ui/table.tsx'
import { VisibleText } from '../../ui/visible-text.tsx'
import type { BadRow } from './bad-row.ts'

export function BadRowTable({ rows }: { rows: readonly BadRow[] }) {
  return (
    <Table
      label="Rows with problems"
      rows={rows}
      keyOf={({ row }) => String(row)}
      columns={[
        {
          id: 'line',
          header: 'Line',
          // On a phone it heads the row's card, where nothing else says what the number is.
          cell: ({ line }) => (
            <span className="font-mono text-xs">
              <span className="font-medium font-sans sm:hidden">Line </span>
              {line}
            </span>
          ),
        },
        {
          id: 'column',
          header: 'Column',
          cell: ({ column }) =>
            column === null ? (
              <span className="text-text-3">–</span>
            ) : (
              <span className="font-mono text-xs">
                <VisibleText>{column}</VisibleText>
              </span>
            ),
        },
        {
          id: 'value',
          header: 'Value',
          cell: ({ value }) =>
            value === null ? (
              <span className="text-text-3">–</span>
            ) : value === '' ? (
              <span className="text-text-3">empty</span>
            ) : (
              <span className="block max-w-72 truncate font-mono text-xs" title={visibleText(value)}>
                <VisibleText>{value}</VisibleText>
              </span>
            ),
        },
        {
          id: 'code',
          header: 'Code',
          cell: ({ code }) => <span className="font-mono text-2xs">{code}</span>,
          wideOnly: true,
        },
        {
          id: 'text',
          header: 'What is wrong',
          cell: ({ text }) => (
            <span className="text-pretty text-xs">
              <VisibleText>{text}</VisibleText>
            </span>
          ),
        },
      ]}
    />
  )
}
