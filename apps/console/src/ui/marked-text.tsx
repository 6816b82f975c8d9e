import { type ReactNode, useEffect, useRef } from 'react'
import { searchText } from '../lib/json/json-search.ts'
import { visibleText } from '../lib/visible-text.ts'
import { cx } from './cx.ts'

/** Text with each place of a searched one marked; the current one stands out and comes into view. */
export function MarkedText({ text, query, current }: { text: string; query: string; current: number | null }) {
  const parts: ReactNode[] = []
  let end = 0
  for (const at of searchText(text, query)) {
    if (at > end) parts.push(visibleText(text.slice(end, at)))
    end = at + query.length
    parts.push(
      <Mark key={at} current={at === current}>
        {visibleText(text.slice(at, end))}
      </Mark>,
    )
  }
  if (end < text.length) parts.push(visibleText(text.slice(end)))
  return parts
}

function Mark({ current, children }: { current: boolean; children: string }) {
  const ref = useRef<HTMLElement>(null)
  useEffect(() => {
    if (current) ref.current?.scrollIntoView({ block: 'nearest' })
  }, [current])
  return (
    <mark
      ref={ref}
      aria-current={current || undefined}
      className={cx('rounded-xs bg-mark text-text', current && 'outline-2 outline-text')}
    >
      {children}
    </mark>
  )
}
