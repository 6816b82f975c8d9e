import { type ReactNode, useEffect, useRef } from 'react'
import { searchText } from '../lib/json/json-search.ts'
import { cx } from './cx.ts'
import { visibleParts } from './visible-text.tsx'

/** Text with each place of a searched one marked; the current one stands out and comes into view. */
export function MarkedText({ text, query, current }: { text: string; query: string; current: number | null }) {
  const parts: ReactNode[] = []
  let end = 0
  for (const at of searchText(text, query)) {
    if (at > end) parts.push(visibleParts(text.slice(end, at)))
    end = at + query.length
    parts.push(
      <Mark key={at} current={at === current}>
        {visibleParts(text.slice(at, end))}
      </Mark>,
    )
  }
  if (end < text.length) parts.push(visibleParts(text.slice(end)))
  return <bdi>{parts}</bdi>
}

/** A place that is looked for. */
export function Mark({ current, children }: { current: boolean; children: ReactNode }) {
  const ref = useRef<HTMLElement>(null)
  useEffect(() => {
    if (current) ref.current?.scrollIntoView({ block: 'nearest' })
  }, [current])
  return (
    <mark
      ref={ref}
      aria-current={current || undefined}
      className={cx('rounded-xs bg-mark text-text', current && 'outline outline-text')}
    >
      {children}
    </mark>
  )
}
