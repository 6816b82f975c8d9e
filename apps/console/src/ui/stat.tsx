import type { ReactNode } from 'react'
import { cx } from './cx.ts'

/** A figure with its name. `dim` for a number that is old or not the leader's. */
export function Stat({
  label,
  value,
  unit,
  note,
  dim,
  large,
}: {
  label: ReactNode
  value: ReactNode
  unit?: ReactNode
  note?: ReactNode
  dim?: boolean
  large?: boolean
}) {
  return (
    <div className={cx('min-w-0', dim && 'dimmed')}>
      <div className="eyebrow truncate">{label}</div>
      <div className={cx('truncate font-medium tabular-nums tracking-tight', large ? 'text-2xl' : 'text-base')}>
        {value}
        {unit === undefined ? null : (
          <span className="ml-1 font-normal text-text-3 text-xs tracking-normal">{unit}</span>
        )}
      </div>
      {note === undefined ? null : <div className="truncate text-text-3 text-xs">{note}</div>}
    </div>
  )
}

/** Names and values of one thing, in two columns. */
export function Facts({ rows, className }: { rows: readonly (readonly [ReactNode, ReactNode])[]; className?: string }) {
  return (
    <dl className={cx('grid grid-cols-[auto_1fr] gap-x-4 gap-y-0.5 text-xs', className)}>
      {rows.map(([name, value], index) => (
        <div key={index} className="contents">
          <dt className="text-text-3">{name}</dt>
          <dd className="min-w-0 break-words text-right text-text">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
