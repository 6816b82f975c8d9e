import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, memo, type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react'
import type { Chosen } from '../../lib/chosen-messages.ts'
import { formatBytes, zoneName } from '../../lib/format.ts'
import type { Message } from '../../lib/json/consume-text.ts'
import { placeText, valueAt } from '../../lib/json/message-place.ts'
import { readPath } from '../../lib/json/path-text.ts'
import { visibleText } from '../../lib/visible-text.ts'
import { cx } from '../../ui/cx.ts'
import { useZone } from '../../ui/environment.tsx'
import { KeyText, ValueText } from '../../ui/message-text.tsx'
import { Offset } from '../../ui/offset.tsx'
import { Time } from '../../ui/time.tsx'
import { useListPlace } from '../../ui/use-list-place.ts'
import { useStayAtEnd } from '../../ui/use-stay-at-end.ts'
import { VisibleText } from '../../ui/visible-text.tsx'
import { gridMinWidth, gridTemplate } from './columns.ts'
import { Cell, PathText, PhoneCells } from './grid-cells.tsx'

export type GridRow =
  | { readonly kind: 'message'; readonly id: string; readonly message: Message }
  /** Something about the stream that stands where it happened. */
  | { readonly kind: 'note'; readonly id: string; readonly tone: 'bad' | 'warn' | 'neutral'; readonly text: string }

const rowHeight = 32
const phoneRowHeight = 60
const phoneColumnsHeight = 22
/** The names of the columns stay at the top, over the rows. */
const headingHeight = 32

/**
 * Messages as a grid: one tab stop, arrows move, Enter opens, Shift+Enter opens the message's own page; Shift+Space chooses a
 * message, Shift with an arrow those on the way, Ctrl+A all. Rows are in the page only while they are seen. With `follow` it stays at the end until somebody scrolls or moves up.
 */
export function MessageGrid({
  rows,
  paths,
  open,
  onOpen,
  onGo,
  onMove,
  chosen,
  onChoose,
  onChooseAll,
  spaceChooses,
  follow: wantsFollow,
  onFollowChange,
  layout,
  label,
  placeName,
  actions,
  className,
}: {
  rows: readonly GridRow[]
  /** JSON paths that have a column of their own. */
  paths: readonly string[]
  /** The place of the message whose panel is open. */
  open: string | undefined
  onOpen: (message: Message) => void
  onGo: (message: Message) => void
  /** The row that the arrows are on; only while a panel is open beside the list. */
  onMove?: (message: Message) => void
  chosen: Chosen
  /** Chooses a row or leaves it; with `range` chooses all from the one before it on. */
  onChoose: (id: string, range: boolean) => void
  onChooseAll: () => void
  /** The space bar alone means nothing else on this page. */
  spaceChooses: boolean
  follow: boolean
  onFollowChange: (follow: boolean) => void
  layout: 'wide' | 'narrow' | 'phone'
  label: string
  /** Back and Forward find it where it was left: what it shows, in a name. */
  placeName?: string | undefined
  /** For the row that is active. */
  actions: (message: Message) => ReactNode
  className?: string
}) {
  const id = useId()
  const box = useRef<HTMLDivElement>(null)
  const [activeId, setActiveId] = useState<string | null>(null)
  const height = layout === 'phone' ? phoneRowHeight + (paths.length > 0 ? phoneColumnsHeight : 0) : rowHeight
  const heading = layout === 'phone' ? 0 : headingHeight
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => height,
    getItemKey: (index) => rows[index]!.id,
    overscan: 12,
    scrollMargin: heading,
    scrollPaddingStart: heading,
  })
  const place = useListPlace(box, {
    name: placeName,
    count: rows.length,
    height,
    keyOf: (index) => rows[index]!.id,
    follow: wantsFollow,
    onFollowChange,
  })
  const { returns, follow } = place
  const steps = useMemo(() => paths.map((path) => readPath(path) ?? []), [paths])
  const active = useMemo(() => {
    const found = activeId === null ? -1 : rows.findIndex((row) => row.id === activeId)
    return found === -1 ? (follow ? rows.length - 1 : 0) : found
  }, [rows, activeId, follow])
  useEffect(() => list.measure(), [list, height, heading])
  // A link to an open message: the list begins there.
  const begun = useRef(false)
  useEffect(() => {
    if (begun.current || rows.length === 0) return
    begun.current = true
    const index = open === undefined ? -1 : rows.findIndex((row) => row.id === open)
    if (index === -1) return
    setActiveId(rows[index]!.id)
    if (returns) return
    onFollowChange(false)
    list.scrollToIndex(index, { align: 'center' })
  }, [rows, open, list, onFollowChange, returns])
  // The panel's own next and previous move the list along; what comes in meanwhile must not.
  const latestRows = useRef(rows)
  latestRows.current = rows
  const shown = useRef(returns ? open : undefined)
  useEffect(() => {
    if (open !== undefined && shown.current === open) return
    shown.current = undefined
    const index = open === undefined ? -1 : latestRows.current.findIndex((row) => row.id === open)
    if (index === -1) return
    setActiveId(open ?? null)
    list.scrollToIndex(index, { align: 'auto' })
  }, [open, list])
  useEffect(() => {
    if (follow && rows.length > 0) list.scrollToIndex(rows.length - 1, { align: 'end' })
  }, [follow, rows, list])
  useStayAtEnd(list, box, rows.length, follow)

  const atEnd = () => {
    const element = box.current
    return element !== null && element.scrollHeight - element.scrollTop - element.clientHeight < height
  }
  const move = (to: number) => {
    const index = Math.min(Math.max(0, to), rows.length - 1)
    const row = rows[index]
    if (row === undefined) return
    if (index < rows.length - 1) onFollowChange(false)
    setActiveId(row.id)
    list.scrollToIndex(index, { align: 'auto' })
    if (open !== undefined && row.kind === 'message') onMove?.(row.message)
  }
  const choose = (row: GridRow, range: boolean) => {
    if (row.kind !== 'message') return
    onFollowChange(false)
    setActiveId(row.id)
    onChoose(row.id, range)
    // A click on the box would leave the focus there, where arrows do nothing.
    box.current?.focus({ preventScroll: true })
  }
  const page = () => Math.max(1, Math.floor((box.current?.clientHeight ?? 320) / height) - 1)
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return
    const row = rows[active]
    if (event.key === 'Enter' && row?.kind === 'message') {
      event.preventDefault()
      if (event.shiftKey) onGo(row.message)
      else onOpen(row.message)
      return
    }
    if (event.key === ' ' && row !== undefined && (event.shiftKey || spaceChooses)) {
      event.preventDefault()
      choose(row, false)
      return
    }
    if (event.key === 'a' && (event.metaKey || event.ctrlKey)) {
      event.preventDefault()
      onFollowChange(false)
      onChooseAll()
      return
    }
    const to = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page(),
      PageUp: active - page(),
      Home: 0,
      End: rows.length - 1,
    }[event.key]
    if (to === undefined || event.metaKey || event.altKey) return
    event.preventDefault()
    if (event.shiftKey && rows[to] !== undefined) {
      if (row !== undefined && !chosen.has(row.id)) choose(row, false)
      choose(rows[to], true)
    }
    move(to)
    if (event.key === 'End') onFollowChange(true)
  }
  const template = layout === 'phone' ? undefined : gridTemplate(paths, layout === 'wide')
  const seen = list.getVirtualItems()
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table cannot hold rows that come and go as they are seen
    <div
      ref={box}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-colcount={(layout === 'wide' ? 8 : 7) + paths.length}
      aria-multiselectable
      // A row that was scrolled away is not in the page.
      aria-activedescendant={seen.some(({ index }) => index === active) ? `${id}-${rows[active]?.id}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onWheel={(event) => {
        if (event.deltaY < 0 && follow) onFollowChange(false)
      }}
      onTouchMove={() => follow && !atEnd() && onFollowChange(false)}
      onScroll={() => place.onScroll() && !follow && atEnd() && onFollowChange(true)}
      className={cx('scroll-y scroll-x isolate overflow-auto -outline-offset-2', className)}
    >
      {/* Below the grid's own outline. */}
      <div
        className="relative -z-1"
        style={layout === 'phone' ? undefined : { minWidth: gridMinWidth(paths, layout === 'wide') }}
      >
        <Heading template={template} paths={paths} wide={layout === 'wide'} phone={layout === 'phone'} />
        <div className="relative w-full" style={{ height: list.getTotalSize() }}>
          {seen.map(({ index, start }) => {
            const row = rows[index]!
            return (
              <div
                key={row.id}
                className="absolute inset-x-0 top-0"
                style={{ height, transform: `translateY(${start - heading}px)` }}
              >
                <Row
                  row={row}
                  id={`${id}-${row.id}`}
                  index={index}
                  template={template}
                  steps={steps}
                  wide={layout === 'wide'}
                  active={index === active}
                  open={row.kind === 'message' && placeText(row.message) === open}
                  chosen={chosen.has(row.id)}
                  onChoose={(range) => choose(row, range)}
                  onOpen={() => {
                    setActiveId(row.id)
                    if (row.kind === 'message') onOpen(row.message)
                  }}
                  actions={
                    index === active && row.kind === 'message' && layout !== 'phone' ? actions(row.message) : null
                  }
                />
              </div>
            )
          })}
        </div>
      </div>
    </div>
  )
}

function Heading({
  template,
  paths,
  wide,
  phone,
}: {
  template: string | undefined
  paths: readonly string[]
  wide: boolean
  phone: boolean
}) {
  const zone = useZone()
  const names = ['Part.', 'Offset', `Time, ${zoneName(zone)}`, 'Key', ...paths, 'Value', ...(wide ? ['Size'] : [])]
  return (
    // biome-ignore lint/a11y/useSemanticElements: as the grid
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus and names the active row
    <div
      role="row"
      aria-rowindex={1}
      className={
        phone
          ? 'sr-only'
          : 'sticky top-0 z-10 grid h-8 items-center gap-3 border-b bg-surface px-3 font-medium text-2xs text-text-3'
      }
      style={{ gridTemplateColumns: template }}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: as the grid */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: as the row */}
      <span role="columnheader">
        <span className="sr-only">Chosen</span>
      </span>
      {names.map((name, index) => (
        // biome-ignore lint/a11y/useSemanticElements: as the grid
        // biome-ignore lint/a11y/useFocusableInteractive: as the row
        <span
          key={name}
          role="columnheader"
          title={visibleText(name)}
          className={cx(
            'truncate',
            (index < 2 || name === 'Size') && 'text-right',
            paths.includes(name) && 'font-mono',
          )}
        >
          <VisibleText>{name}</VisibleText>
        </span>
      ))}
      {/* biome-ignore lint/a11y/useSemanticElements: as the grid */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: as the row */}
      <span role="columnheader">
        <span className="sr-only">Actions</span>
      </span>
    </div>
  )
}

const Row = memo(
  function Row({
    row,
    id,
    index,
    template,
    steps,
    wide,
    active,
    open,
    chosen,
    onOpen,
    onChoose,
    actions,
  }: {
    row: GridRow
    id: string
    index: number
    template: string | undefined
    steps: readonly (readonly (string | number)[])[]
    wide: boolean
    active: boolean
    open: boolean
    chosen: boolean
    onOpen: () => void
    onChoose: (range: boolean) => void
    actions: ReactNode
  }) {
    if (row.kind === 'note') {
      return (
        // biome-ignore lint/a11y/useSemanticElements: as the grid
        // biome-ignore lint/a11y/useFocusableInteractive: as the grid
        <div
          id={id}
          role="row"
          aria-rowindex={index + 2}
          className={cx(
            'flex h-full items-center border-b px-3 text-xs',
            row.tone === 'bad'
              ? 'bg-bad-tint text-bad'
              : row.tone === 'warn'
                ? 'bg-warn-tint text-warn'
                : 'text-text-3',
          )}
        >
          {/* biome-ignore lint/a11y/useSemanticElements: as the grid */}
          {/* biome-ignore lint/a11y/useFocusableInteractive: as the grid */}
          <span role="gridcell" className="truncate">
            {row.text}
          </span>
        </div>
      )
    }
    const { message } = row
    const box = (
      // biome-ignore lint/a11y/useSemanticElements: as the grid
      // biome-ignore lint/a11y/useFocusableInteractive: as the grid
      <span role="gridcell" className={template === undefined ? 'absolute inset-y-0 left-0 flex w-11' : 'flex h-full'}>
        <label data-choose className={chooseClass} onMouseDown={(event) => event.preventDefault()}>
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={`Choose ${placeText(message)}`}
            checked={chosen}
            // Shift chooses all from the one before; the event behind is the click.
            onChange={(event) => onChoose((event.nativeEvent as MouseEvent).shiftKey === true)}
            className="size-3.5 accent-inverse"
          />
        </label>
      </span>
    )
    const cells =
      template === undefined ? (
        <>
          {box}
          <PhoneCells message={message} steps={steps} />
        </>
      ) : (
        <>
          {box}
          <Cell className="text-right text-text-3">{message.partition}</Cell>
          <Cell className="text-right">
            <Offset value={message.offset} />
          </Cell>
          <Cell>
            <Time at={message.timestamp} full={wide} className="text-text-2" />
          </Cell>
          <Cell>
            <KeyText message={message} />
          </Cell>
          {steps.map((path, at) => (
            <Cell key={at} title={visibleText(valueAt(message, path))}>
              <PathText>{valueAt(message, path)}</PathText>
            </Cell>
          ))}
          <Cell>
            <ValueText message={message} />
          </Cell>
          {wide ? <Cell className="text-right font-sans text-text-3">{formatBytes(message.sizeBytes)}</Cell> : null}
          {/* biome-ignore lint/a11y/useSemanticElements: as the grid */}
          {/* biome-ignore lint/a11y/useFocusableInteractive: as the grid */}
          <span role="gridcell" className="flex justify-end">
            {actions}
          </span>
        </>
      )
    return (
      // biome-ignore lint/a11y/useSemanticElements: as the grid
      // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus and names the active row
      // biome-ignore lint/a11y/useKeyWithClickEvents: Enter on the grid does the same
      <div
        id={id}
        role="row"
        aria-rowindex={index + 2}
        aria-selected={chosen}
        aria-current={open || undefined}
        onClick={(event) => {
          if ((event.target as Element).closest('[data-choose]') !== null) return
          if (event.shiftKey || event.metaKey || event.ctrlKey) onChoose(event.shiftKey)
          else onOpen()
        }}
        className={cx(
          'h-full cursor-pointer border-b px-3 hover:bg-surface-2',
          template === undefined ? 'relative flex flex-col justify-center pl-11' : 'grid items-center gap-3',
          active && 'bg-surface-2',
          // The faintest words keep their contrast on it.
          open && 'bg-surface-3! [--text-3:var(--text-2)]',
        )}
        style={{ gridTemplateColumns: template }}
      >
        {cells}
      </div>
    )
  },
  (before, after) =>
    before.row === after.row &&
    before.index === after.index &&
    before.template === after.template &&
    before.steps === after.steps &&
    before.active === after.active &&
    before.open === after.open &&
    before.chosen === after.chosen &&
    before.actions === null &&
    after.actions === null,
)

/** As large as its cell: what is meant for the box must not open the message. */
const chooseClass = '-mx-2 flex grow cursor-pointer items-center justify-center'
