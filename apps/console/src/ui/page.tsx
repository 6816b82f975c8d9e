import { type ReactNode, useEffect } from 'react'
import { cx } from './cx.ts'

/** A page: its one h1, which gets the focus on navigation; what belongs beside it; the content. Sets the document's title. */
export function Page({
  title,
  documentTitle,
  aside,
  lead,
  children,
  full,
}: {
  title: ReactNode
  documentTitle: string
  aside?: ReactNode
  lead?: ReactNode
  children: ReactNode
  full?: boolean
}) {
  useEffect(() => {
    document.title = `${documentTitle} · YAK`
  }, [documentTitle])
  return (
    <div
      className={cx('mx-auto flex w-full flex-col gap-4 p-4 max-sm:p-3', full ? 'h-full min-h-0' : 'max-w-[100rem]')}
    >
      {/* As high with buttons as without, so that headings do not jump from page to page. */}
      <header className="flex min-h-8 shrink-0 flex-wrap items-center gap-x-4 gap-y-2">
        <div className="flex min-w-0 grow flex-wrap items-center gap-x-4 gap-y-1">
          <h1 tabIndex={-1} className="font-semibold text-xl tracking-tight">
            {title}
          </h1>
          {lead === undefined ? null : <div className="min-w-0 text-text-2">{lead}</div>}
        </div>
        {aside === undefined ? null : (
          <div className="flex flex-wrap items-center gap-2 [&>[data-reason]]:order-first">{aside}</div>
        )}
      </header>
      {children}
    </div>
  )
}
