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
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <h1 tabIndex={-1} className="font-semibold text-xl tracking-tight">
          {title}
        </h1>
        {lead === undefined ? null : <div className="min-w-0 text-text-2">{lead}</div>}
        {aside === undefined ? null : <div className="ml-auto flex flex-wrap items-center gap-2">{aside}</div>}
      </header>
      {children}
    </div>
  )
}
