import { ArrowDown, ArrowUp } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'

export interface Column<Row> {
  readonly id: string
  readonly header: ReactNode
  readonly cell: (row: Row) => ReactNode
  /** Makes the column sortable. */
  readonly sort?: (row: Row) => string | number | null
  readonly align?: 'left' | 'right'
  /** On a phone's card: left out, or below the others in the whole width. */
  readonly wideOnly?: boolean
  readonly below?: boolean
  readonly className?: string
}

export interface Sort {
  readonly by: string
  readonly descending: boolean
}

/** Up to some 200 rows (more: VirtualList). Below 640 px each row is a card. `sort` is best kept in the URL. */
export function Table<Row>({
  rows,
  columns,
  keyOf,
  label,
  sort,
  onSort,
  onOpen,
  className,
}: {
  rows: readonly Row[]
  columns: readonly Column<Row>[]
  keyOf: (row: Row) => string
  label: string
  sort?: Sort | null
  onSort?: (sort: Sort) => void
  /** Click anywhere on a row; put a link into the first cell as well, for the keyboard. */
  onOpen?: (row: Row) => void
  className?: string
}) {
  return (
    <div className={cx('scroll-x overflow-x-auto', className)}>
      <table aria-label={label} className="w-full border-collapse text-left text-sm max-sm:block">
        <thead className="max-sm:sr-only">
          <tr className="border-b">
            {columns.map((column) => (
              <Header key={column.id} column={column} sort={sort ?? null} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody className="max-sm:block">
          {sortRows(rows, columns, sort ?? null).map((row) => (
            <tr
              key={keyOf(row)}
              onClick={onOpen === undefined ? undefined : () => onOpen(row)}
              className={cx(
                'border-b last:border-b-0 hover:bg-surface-2 max-sm:block max-sm:px-3 max-sm:py-3',
                onOpen && 'cursor-pointer',
              )}
            >
              {columns.map((column, index) => (
                <td
                  key={column.id}
                  className={cx(
                    'h-9 px-3 py-1 align-middle max-sm:flex max-sm:h-auto max-sm:items-center max-sm:justify-between max-sm:gap-4 max-sm:px-0 max-sm:py-0.5',
                    column.align === 'right' && 'text-right',
                    column.wideOnly && 'max-sm:!hidden',
                    column.below && 'max-sm:!block',
                    column.className,
                  )}
                >
                  {index === 0 || column.below === true ? null : (
                    <span className="text-text-3 text-xs sm:hidden">{column.header}</span>
                  )}
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Header<Row>({
  column,
  sort,
  onSort,
}: {
  column: Column<Row>
  sort: Sort | null
  onSort: ((sort: Sort) => void) | undefined
}) {
  const on = sort?.by === column.id
  const right = column.align === 'right'
  return (
    <th
      scope="col"
      aria-sort={on ? (sort.descending ? 'descending' : 'ascending') : undefined}
      className={cx('h-8 whitespace-nowrap px-3 font-medium text-2xs text-text-3', right && 'text-right')}
    >
      {column.sort === undefined || onSort === undefined ? (
        column.header
      ) : (
        <button
          type="button"
          onClick={() => onSort({ by: column.id, descending: on ? !sort.descending : right })}
          className={cx(
            'inline-flex h-6 min-w-6 items-center gap-1 hover:text-text [&_svg]:size-3',
            on && 'text-text',
            right && 'flex-row-reverse',
          )}
        >
          {column.header}
          {on ? sort.descending ? <ArrowDown aria-hidden /> : <ArrowUp aria-hidden /> : null}
        </button>
      )}
    </th>
  )
}

function sortRows<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sort: Sort | null): readonly Row[] {
  const value = columns.find(({ id }) => id === sort?.by)?.sort
  if (sort === null || value === undefined) return rows
  const sign = sort.descending ? -1 : 1
  return rows.toSorted((a, b) => {
    const [left, right] = [value(a), value(b)]
    // What is not known comes last, whichever way.
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1
    if (typeof left === 'number' && typeof right === 'number') return (left - right) * sign
    return String(left).localeCompare(String(right), 'en', { numeric: true }) * sign
  })
}
