import type { ReactNode } from 'react'
import { Card } from './card.tsx'
import { cx } from './cx.ts'
import { Skeleton } from './skeleton.tsx'

/** A card before its content is there: with the title it will have, and a line where its freshness will stand. */
export function CardSkeleton({
  title,
  aside,
  flush = false,
  className,
  children,
}: {
  title?: string
  aside?: ReactNode
  flush?: boolean
  className?: string
  children: ReactNode
}) {
  return (
    <Card
      flush={flush}
      footer={<Skeleton className="h-3 w-36" />}
      {...(title === undefined ? {} : { title })}
      {...(aside === undefined ? {} : { aside })}
      {...(className === undefined ? {} : { className })}
    >
      {children}
    </Card>
  )
}

/** Lines of text of different lengths, one below the other. */
export function LinesSkeleton({ lines, className = 'gap-2.5' }: { lines: number; className?: string }) {
  return (
    <div className={cx('flex flex-col', className)}>
      {Array.from({ length: lines }, (_, index) => (
        <Skeleton key={index} className={cx('h-3.5', lineWidths[index % lineWidths.length])} />
      ))}
    </div>
  )
}

const lineWidths = ['w-2/3', 'w-5/6', 'w-1/2', 'w-3/4', 'w-3/5'] as const

/** Figures with their names; `className` lays them out. */
export function StatsSkeleton({ count, className }: { count: number; className: string }) {
  return (
    <div className={cx('grid gap-x-4 gap-y-3', className)}>
      {Array.from({ length: count }, (_, index) => (
        <div key={index} className="flex flex-col gap-1.5 py-0.5">
          <Skeleton className="h-2.5 w-20 max-w-full" />
          <Skeleton className="h-4.5 w-14 max-w-full" />
        </div>
      ))}
    </div>
  )
}

/** Names on the left and what they stand for on the right. */
export function FactsSkeleton({ count }: { count: number }) {
  return (
    <div className="flex flex-col gap-1.5">
      {Array.from({ length: count }, (_, index) => (
        <div key={index} className="flex items-center justify-between gap-4">
          <Skeleton className="h-3 w-16" />
          <Skeleton className={cx('h-3', index % 3 === 0 ? 'w-32' : 'w-20')} />
        </div>
      ))}
    </div>
  )
}

/** Rows of a table. `columns`: how wide each is, as shares; on a phone a row is a card of lines. */
export function TableSkeleton({ rows, columns }: { rows: number; columns: readonly number[] }) {
  return (
    <div className="divide-y">
      {Array.from({ length: rows + 1 }, (_, row) => (
        <div
          key={row}
          className={cx(
            'max-sm:!grid-cols-1 grid items-center gap-x-6 gap-y-2.5 px-3 max-sm:py-3.5 max-sm:[&>:nth-child(n+6)]:hidden',
            row === 0 ? 'h-8 max-sm:hidden' : 'sm:h-9',
          )}
          style={{ gridTemplateColumns: columns.map((share) => `minmax(0,${share}fr)`).join(' ') }}
        >
          {columns.map((_, column) => (
            <Skeleton
              key={column}
              className={cx(
                row === 0 ? 'h-2.5' : 'h-3.5',
                column === 0 ? 'w-4/5 max-sm:w-2/5' : row % 2 === 0 ? 'w-2/3' : 'w-1/2',
              )}
            />
          ))}
        </div>
      ))}
    </div>
  )
}
