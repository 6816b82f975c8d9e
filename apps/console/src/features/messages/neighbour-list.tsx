import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { formatCount } from '../../lib/format.ts'
import type { Message } from '../../lib/json/consume-text.ts'
import { compactJson } from '../../lib/json/json-node.ts'
import { Card } from '../../ui/card.tsx'
import { cx } from '../../ui/cx.ts'
import { Offset, offsetWidthCh } from '../../ui/offset.tsx'
import { VisibleText } from '../../ui/visible-text.tsx'
import { steppedIndex } from './neighbours.ts'

/** What stands around a message, as a list with one tab stop: arrows move within it, Enter shows the message they are on. */
export function NeighbourList({
  messages,
  offset,
  messageKey,
  onGo,
}: {
  messages: readonly Message[]
  offset: number
  messageKey: string | null
  onGo: (offset: number) => void
}) {
  const list = useRef<HTMLDivElement>(null)
  /** The offset that the arrows are on. */
  const [active, setActive] = useState(offset)
  useEffect(() => setActive(offset), [offset])
  // Within its own box only: the page stays where it is.
  useEffect(() => {
    const box = list.current
    const row = box?.querySelector<HTMLElement>('[aria-selected=true]')
    if (box == null || row == null) return
    const above = row.offsetTop - box.clientHeight / 2 + row.clientHeight / 2
    // Whole rows: the first is not cut.
    box.scrollTop = Math.round(above / row.offsetHeight) * row.offsetHeight
    // Who was in the list stays in it, at the message that is shown now.
    if (box.contains(document.activeElement)) row.focus({ preventScroll: true })
  }, [offset, messages])
  const first = messages[0]?.offset
  const last = messages.at(-1)?.offset
  const offsetCh = offsetWidthCh(last ?? offset)
  // The offset may hold no message, and one that was active may have left the window.
  const found = messages.findIndex((each) => each.offset === active)
  const activeIndex = Math.max(0, found === -1 ? messages.findIndex((each) => each.offset >= offset) : found)

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return
    const current = messages[activeIndex]
    if ((event.key === 'Enter' || event.key === ' ') && current !== undefined) {
      event.preventDefault()
      onGo(current.offset)
      return
    }
    const next = messages[steppedIndex(event.key, activeIndex, messages.length) ?? -1]
    if (next === undefined) return
    event.preventDefault()
    setActive(next.offset)
    list.current?.querySelector<HTMLElement>(`[data-offset="${next.offset}"]`)?.focus()
  }
  return (
    <Card
      title="Messages around it"
      flush
      footer={
        <p className="text-2xs text-text-3">
          {first === undefined || last === undefined ? 'nothing' : `${formatCount(first)} to ${formatCount(last)}`}
          <span className="max-sm:hidden"> · j next, k previous</span> · ● same key
        </p>
      }
    >
      <div
        ref={list}
        role="listbox"
        aria-label="Messages around it"
        // Nothing is typed into it, so the page's single keys go on working.
        data-page-keys
        onKeyDown={onKeyDown}
        className="scroll-y relative max-h-[calc(100dvh-var(--above-page,3rem)-10rem)] overflow-y-auto max-lg:max-h-80"
      >
        {messages.map((each, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: Enter on the list does the same
          <div
            key={each.offset}
            role="option"
            data-offset={each.offset}
            aria-selected={each.offset === offset}
            tabIndex={index === activeIndex ? 0 : -1}
            onFocus={() => setActive(each.offset)}
            onClick={() => onGo(each.offset)}
            className={cx(
              '-outline-offset-2 grid h-8 w-full cursor-pointer grid-cols-[auto_0.75rem_minmax(0,1fr)] items-center gap-2 border-b px-3 text-left font-mono text-xs hover:bg-surface-2 max-sm:h-11',
              each.offset === offset && 'bg-surface-3 font-semibold',
            )}
          >
            <span className="text-right" style={{ minWidth: `${offsetCh}ch` }}>
              <Offset value={each.offset} />
            </span>
            <span className="text-center text-text-2">
              {messageKey !== null && each.key === messageKey ? (
                <>
                  <span aria-hidden>●</span>
                  <span className="sr-only">same key</span>
                </>
              ) : null}
            </span>
            <span className="truncate text-text-2">
              <VisibleText>{compactJson(each.valueText, 120)}</VisibleText>
            </span>
          </div>
        ))}
      </div>
    </Card>
  )
}
