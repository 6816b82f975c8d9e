import { ArrowDownToLine, RefreshCw, SkipForward, TriangleAlert } from 'lucide-react'
import { type KeyboardEvent, memo, type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { usePreference, useWide } from '../../data/hooks.ts'
import type { StreamRow } from '../../data/message-stream.ts'
import { formatClock, formatCount } from '../../lib/format.ts'
import type { Message } from '../../lib/json/consume-text.ts'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import { useZone } from '../../ui/environment.tsx'
import { KeyText, ValueText } from '../../ui/message-text.tsx'
import { Offset } from '../../ui/offset.tsx'
import type { ChosenMessages } from '../../ui/use-chosen-messages.ts'
import { VirtualList } from '../../ui/virtual-list.tsx'
import { VisibleText } from '../../ui/visible-text.tsx'
import { cardLook } from './card-look.ts'
import { noteOf } from './row-text.ts'
import { messageId, type ShownRow } from './shown-row.ts'
import type { HeldRows } from './use-held-rows.ts'

/** Around a list: it is as wide as its place, and what is in it goes by that. */
export const listCard =
  '@container flex min-h-64 min-w-0 grow flex-col rounded-lg border bg-surface shadow-card transition-opacity'

const rowHeights = { comfortable: 30, compact: 24 } as const
/** Two lines, and high enough for a finger. */
const phoneRowHeight = 48
/** How often a screen reader is told. */
const summaryMs = 5_000

/**
 * The newest at the bottom. While somebody reads further up the list stands still, at what it was then; how many came since
 * stands below, and End goes on. Shift+Space chooses a message, Shift with an arrow those on the way, Ctrl+A all; to choose
 * stops it too.
 */
export function LiveRows({
  list,
  label,
  follow,
  onFollow,
  selected,
  onOpen,
  onSelect,
  chosen,
  showPartition,
  show,
  onStep,
  onEnter,
  empty,
  above,
  footer,
}: {
  list: HeldRows
  label: string
  follow: boolean
  onFollow: (follow: boolean) => void
  selected: Message | null
  onOpen: (message: Message) => void
  /** The mark goes to this message, which stays closed. */
  onSelect: (message: Message) => void
  chosen: ChosenMessages
  showPartition: boolean
  /** Scrolls to this message whenever another object is given. */
  show?: { readonly message: Message } | undefined
  /** Arrows on the list; gives the message that they came to. */
  onStep: (by: 1 | -1) => Message | null
  /** Enter on the list, once a message is selected. */
  onEnter?: (() => void) | undefined
  empty: ReactNode
  /** Over the footer. */
  above?: ReactNode
  footer?: ReactNode
}) {
  const density = usePreference('density')
  const wide = useWide(640)
  const { shown, newer, total } = list
  const followText = newer === 0 ? 'Follow' : `${formatCount(newer)} new`
  const latest = useRef({ shown, chosen, onFollow, onSelect })
  latest.current = { shown, chosen, onFollow, onSelect }
  // The same function for good: a row that did not change renders nothing.
  const choose = useCallback((id: string, range: boolean) => {
    const { shown, chosen, onFollow } = latest.current
    onFollow(false)
    chosen.choose(shown, id, range)
  }, [])
  const chooseRow = useCallback(
    ({ id, message }: ShownRow, range: boolean) => {
      choose(id, range)
      if (message !== undefined) latest.current.onSelect(message)
    },
    [choose],
  )
  const hold = useCallback(() => latest.current.onFollow(false), [])
  const onListKey = (event: KeyboardEvent): boolean => {
    const { key, shiftKey, altKey } = event
    const mod = event.ctrlKey || event.metaKey
    if (mod && key === 'a' && !altKey) {
      onFollow(false)
      chosen.chooseAll(shown)
      return true
    }
    const by = key === 'ArrowDown' ? 1 : key === 'ArrowUp' ? -1 : null
    if (!shiftKey || mod || altKey || (key !== ' ' && by === null)) return false
    const from = selected ?? onStep(1)
    if (from === null) return true
    if (by === null) choose(messageId(from), false)
    else {
      if (!chosen.chosen.has(messageId(from))) choose(messageId(from), false)
      const next = onStep(by)
      if (next !== null) choose(messageId(next), true)
    }
    return true
  }
  const target = useMemo(() => {
    const index =
      show === undefined ? -1 : shown.findLastIndex(({ row }) => row.kind === 'message' && row.message === show.message)
    return index === -1 ? undefined : ({ index, align: 'center' } as const)
    // Only another wish moves the list, not the rows that come.
  }, [show])
  return (
    <>
      {shown.length === 0 ? (
        <div className="scroll-y min-h-0 grow overflow-y-auto">{empty}</div>
      ) : (
        <>
          <ColumnNames showPartition={showPartition} />
          <VirtualList
            items={shown}
            rowHeight={wide ? rowHeights[density] : phoneRowHeight}
            // By place, not by message: at 5,000 a second a row in the page is filled anew instead of made anew.
            keyOf={place}
            label={label}
            role="log"
            follow={follow}
            onFollowChange={onFollow}
            className="min-h-0 grow overscroll-contain"
            render={(item) => (
              <Row
                item={item}
                showPartition={showPartition}
                on={selected !== null && item.message === selected}
                onOpen={onOpen}
                chosen={chosen.chosen.has(item.id)}
                onChoose={chooseRow}
                onHold={hold}
              />
            )}
            show={target}
            onStep={onStep}
            onEnter={onEnter}
            onListKey={onListKey}
          />
        </>
      )}
      {wide || follow ? null : (
        <div className="relative">
          {/* Over the end of the list: the footer of a phone has no room beside its words. */}
          <Button
            size="sm"
            icon={<ArrowDownToLine />}
            className="absolute right-3 bottom-2 z-10 shadow-pop"
            onClick={() => onFollow(true)}
          >
            {followText}
          </Button>
        </div>
      )}
      {above}
      <footer className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-t px-3 py-1 text-2xs text-text-3">
        {footer}
        <Summary total={total} />
        {follow ? (
          <span className="ml-auto">following</span>
        ) : wide ? (
          <Button size="sm" icon={<ArrowDownToLine />} className="ml-auto h-6" onClick={() => onFollow(true)}>
            {followText}
          </Button>
        ) : null}
      </footer>
    </>
  )
}

const place = (_item: ShownRow, index: number) => index

/** Read out at most every five seconds: each message would be a flood. */
function Summary({ total }: { total: number }) {
  const latest = useRef(total)
  latest.current = total
  const [text, setText] = useState('')
  useEffect(() => {
    let before = latest.current
    const timer = setInterval(() => {
      const count = latest.current - before
      before = latest.current
      if (count > 0) setText(`${count} new ${count === 1 ? 'message' : 'messages'}`)
    }, summaryMs)
    return () => clearInterval(timer)
  }, [])
  return (
    <span role="status" className="sr-only">
      {text}
    </span>
  )
}

/** What stands where; the rows are no table, since they come and go by themselves. */
function ColumnNames({ showPartition }: { showPartition: boolean }) {
  return (
    <div
      aria-hidden
      className="flex h-7 shrink-0 items-center gap-3 border-b border-l-2 border-l-transparent px-3 text-2xs text-text-3 max-sm:hidden"
    >
      <span className="w-3.5 shrink-0" />
      <span className="hidden w-24 shrink-0 @md:block">Time</span>
      <span className={showPartition ? 'w-28 shrink-0' : 'w-8 shrink-0 text-right'}>
        {showPartition ? 'Partition' : 'Part.'}
      </span>
      <span className="w-20 shrink-0 text-right @max-md:w-auto @max-md:min-w-8">Offset</span>
      <span className="hidden w-32 shrink-0 @3xl:block">Key</span>
      <span>Value</span>
    </div>
  )
}

const Row = memo(function Row({
  item,
  showPartition,
  on,
  onOpen,
  chosen,
  onChoose,
  onHold,
}: {
  item: ShownRow
  showPartition: boolean
  on: boolean
  onOpen: (message: Message) => void
  chosen: boolean
  onChoose: (item: ShownRow, range: boolean) => void
  /** The pointer is on its way to the box: what is under it must not move on. */
  onHold: () => void
}) {
  const zone = useZone()
  const { card, topic, row, id } = item
  if (row.kind !== 'message') return <Note row={row} topic={topic} card={card} />
  const { message } = row
  return (
    <div
      className={cx(
        'relative flex h-full border-l-2 hover:bg-surface-2 max-sm:border-b',
        cardLook(card).edge,
        on && 'bg-surface-3!',
      )}
    >
      <label
        className="flex w-9.5 shrink-0 cursor-pointer items-center justify-center pl-0.5 max-sm:w-11"
        onPointerDown={onHold}
        // The focus goes to the list, where the arrows are.
        onMouseDown={(event) => event.preventDefault()}
      >
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={`Choose ${id}`}
          checked={chosen}
          onChange={({ currentTarget, nativeEvent }) => {
            onChoose(item, (nativeEvent as MouseEvent).shiftKey === true)
            currentTarget.closest<HTMLElement>('[role=log]')?.focus({ preventScroll: true })
          }}
          className="size-3.5 accent-inverse"
        />
      </label>
      <button
        type="button"
        tabIndex={-1}
        onClick={({ shiftKey, metaKey, ctrlKey }) => {
          if (shiftKey || metaKey || ctrlKey) onChoose(item, shiftKey)
          else onOpen(message)
        }}
        className="flex h-full min-w-0 grow items-center gap-3 pr-3 text-left font-mono text-xs max-sm:flex-wrap max-sm:content-center max-sm:gap-x-2 max-sm:gap-y-0"
      >
        <span className="hidden w-24 shrink-0 text-text-3 @md:block max-sm:order-1 max-sm:ml-auto max-sm:block max-sm:w-auto">
          {message.timestamp < 0 ? 'no time' : formatClock(message.timestamp, zone)}
        </span>
        {showPartition ? (
          <span className="flex w-28 shrink-0 text-text-2 max-sm:w-auto max-sm:max-w-[35%]">
            <span className="truncate">
              <VisibleText>{topic}</VisibleText>
            </span>
            /{message.partition}
          </span>
        ) : (
          <span className="w-8 shrink-0 text-right text-text-2 max-sm:w-auto max-sm:before:content-['p']">
            {message.partition}
          </span>
        )}
        <span className="min-w-20 shrink-0 text-right text-text-2 @max-md:min-w-8 max-sm:-ml-2 max-sm:!min-w-0 max-sm:before:text-text-3 max-sm:before:content-['@'] max-sm:[&>*]:ml-0">
          <Offset value={message.offset} />
        </span>
        <span
          className={cx(
            'hidden w-32 shrink-0 truncate @3xl:block max-sm:block max-sm:w-0 max-sm:min-w-0 max-sm:shrink max-sm:grow',
            message.key === null ? 'text-text-3' : 'text-text max-sm:font-medium',
          )}
        >
          <KeyText message={message} />
        </span>
        <span className="min-w-0 grow truncate max-sm:order-2 max-sm:basis-full">
          <ValueText message={message} />
        </span>
      </button>
    </div>
  )
})

const noteClass = {
  neutral: 'bg-surface-2 text-text-2',
  warn: 'bg-warn-tint text-warn',
  bad: 'bg-bad-tint font-medium text-bad',
} as const

function Note({ row, topic, card }: { row: Exclude<StreamRow, { kind: 'message' }>; topic: string; card: number }) {
  const { tone, text } = noteOf(row, topic)
  const Icon = row.kind === 'reconnected' ? RefreshCw : row.kind === 'skipped' ? SkipForward : TriangleAlert
  return (
    <p
      title={text}
      className={cx('flex h-full items-center gap-2 border-l-2 px-3 text-xs', cardLook(card).edge, noteClass[tone])}
    >
      <Icon aria-hidden className="size-3.5 shrink-0" />
      <span className="truncate">{text}</span>
    </p>
  )
}
