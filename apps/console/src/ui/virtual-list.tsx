import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react'
import { cx } from './cx.ts'
import { useListPlace } from './use-list-place.ts'
import { useStayAtEnd } from './use-stay-at-end.ts'

/**
 * A list of any length in a fixed height. With `follow` it stays at the end as rows come, until somebody scrolls up;
 * `onFollowChange` tells. Rows are in the page only while they are seen, so the count goes to assistive technology.
 */
export function VirtualList<T>({
  items,
  rowHeight,
  grows = false,
  render,
  keyOf,
  label,
  follow: wantsFollow,
  onFollowChange,
  show,
  onStep,
  onEnter,
  onListKey,
  placeName,
  role = 'list',
  className,
}: {
  items: readonly T[]
  /** Of every row; with `grows` the least that one has. */
  rowHeight: number
  /** Rows are as high as what is in them. */
  grows?: boolean
  render: (item: T, index: number) => ReactNode
  keyOf: (item: T, index: number) => string | number
  label: string
  follow?: boolean
  onFollowChange?: (follow: boolean) => void
  /** Scrolls to this row whenever another object is given. */
  show?: { readonly index: number; readonly align: 'start' | 'center' } | undefined
  /** The list is one tab stop: arrows go from row to row, and Enter opens the one they are on. Without it arrows scroll. */
  onStep?: ((by: 1 | -1) => void) | undefined
  onEnter?: (() => void) | undefined
  /** Keys of the list itself, before all else; true: that was one, and means nothing more. */
  onListKey?: ((event: KeyboardEvent) => boolean) | undefined
  /** Back and Forward find it where it was left: what it shows, in a name. Not with `grows`. */
  placeName?: string | undefined
  role?: 'list' | 'log'
  className?: string
}) {
  const box = useRef<HTMLDivElement>(null)
  const list = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => keyOf(items[index]!, index),
    overscan: 12,
  })
  const place = useListPlace(box, {
    name: placeName,
    count: items.length,
    height: rowHeight,
    keyOf: (index) => keyOf(items[index]!, index),
    follow: wantsFollow === true,
    onFollowChange,
  })
  const { follow } = place
  // A full ring has as many rows after a message as before: nothing to scroll, and asking the browser where it is costs a layout.
  useEffect(() => {
    if (follow && items.length > 0) list.scrollToIndex(items.length - 1, { align: 'end' })
  }, [follow, items.length, list])
  useStayAtEnd(list, box, items.length, follow)
  useEffect(() => {
    if (show !== undefined) list.scrollToIndex(show.index, { align: show.align })
  }, [show, list])
  const atEnd = () => {
    const element = box.current
    return element !== null && element.scrollHeight - element.scrollTop - element.clientHeight < rowHeight
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: its role is a property
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: its role is a property
    <div
      ref={box}
      role={role}
      aria-label={label}
      tabIndex={0}
      className={cx('scroll-y isolate overflow-y-auto -outline-offset-2', className)}
      onWheel={(event) => {
        if (event.deltaY < 0 && follow && event.currentTarget.scrollTop > 0) onFollowChange?.(false)
      }}
      onKeyDown={(event) => {
        const { key, target, currentTarget, altKey, ctrlKey, metaKey } = event
        if (target === currentTarget && onListKey?.(event)) {
          event.preventDefault()
          return
        }
        const isStep = onStep !== undefined && (key === 'ArrowDown' || key === 'ArrowUp')
        if (target === currentTarget && !altKey && !ctrlKey && !metaKey && (isStep || (key === 'Enter' && onEnter))) {
          event.preventDefault()
          if (isStep) onStep(key === 'ArrowDown' ? 1 : -1)
          else onEnter?.()
          return
        }
        if (event.key === 'End') onFollowChange?.(true)
        else if (['ArrowUp', 'PageUp', 'Home'].includes(event.key)) onFollowChange?.(false)
      }}
      onPointerDown={(event) => {
        // The bar beside the rows.
        if (follow && event.nativeEvent.offsetX >= event.currentTarget.clientWidth) onFollowChange?.(false)
      }}
      onTouchMove={() => follow && !atEnd() && onFollowChange?.(false)}
      onScroll={() => place.onScroll() && !follow && atEnd() && onFollowChange?.(true)}
    >
      {/* Below the list's own outline. */}
      <div className="relative -z-1 w-full" style={{ height: list.getTotalSize() }}>
        {list.getVirtualItems().map(({ index, key, start }) => (
          // biome-ignore lint/a11y/useAriaPropsSupportedByRole: they go with the role of the line below
          <div
            key={key}
            ref={grows ? list.measureElement : undefined}
            data-index={index}
            role={role === 'list' ? 'listitem' : undefined}
            aria-posinset={role === 'list' ? index + 1 : undefined}
            aria-setsize={role === 'list' ? items.length : undefined}
            className={cx('absolute inset-x-0 top-0 contain-layout contain-style', !grows && 'contain-size')}
            style={{ ...(grows ? {} : { height: rowHeight }), transform: `translateY(${start}px)` }}
          >
            {render(items[index]!, index)}
          </div>
        ))}
      </div>
    </div>
  )
}
