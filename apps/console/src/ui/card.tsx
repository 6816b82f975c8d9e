import type { ComponentProps, ReactNode } from 'react'
import { cx } from './cx.ts'

/** A panel with a heading, actions beside it and its freshness below. `flush` for tables and lists up to the edge. */
export function Card({
  title,
  aside,
  footer,
  flush,
  className,
  children,
  ...rest
}: Omit<ComponentProps<'section'>, 'title'> & {
  title?: ReactNode
  aside?: ReactNode
  footer?: ReactNode
  flush?: boolean
}) {
  return (
    <section {...rest} className={cx('flex min-w-0 flex-col rounded-lg border bg-surface shadow-card', className)}>
      {title === undefined && aside === undefined ? null : (
        <header className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 border-b px-3 py-1.5 max-sm:gap-y-2 max-sm:py-2 [&>:is(h2,[data-reason])]:order-first">
          {title === undefined ? null : <h2 className="grow font-semibold text-sm">{title}</h2>}
          {aside}
        </header>
      )}
      <div className={cx('min-h-0 grow', !flush && 'p-3')}>{children}</div>
      {footer === undefined ? null : (
        <footer className="flex min-h-9 flex-col justify-center border-t px-3 py-1.5">{footer}</footer>
      )}
    </section>
  )
}
