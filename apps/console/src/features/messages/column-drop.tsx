import type { RefObject } from 'react'
import { useTextDrop } from '../../ui/text-drag.tsx'
import { VisibleText } from '../../ui/visible-text.tsx'

/** A path that is carried from an open message and dropped on the list becomes a column of it. */
export function ColumnDrop({
  box,
  onColumn,
}: {
  box: RefObject<HTMLElement | null>
  onColumn: (path: string) => void
}) {
  const path = useTextDrop(box, onColumn)
  if (path === null) return null
  return (
    <div
      aria-hidden
      className="pointer-events-none absolute inset-1 z-20 flex items-start justify-center rounded-md border-2 border-info-mark border-dashed bg-info-tint/60 pt-12"
    >
      <p className="max-w-[80%] truncate rounded-md border border-line-2 bg-surface px-3 py-1.5 text-sm shadow-pop">
        Drop it here:{' '}
        <code className="font-mono">
          <VisibleText>{path}</VisibleText>
        </code>{' '}
        becomes a column
      </p>
    </div>
  )
}
