import { type RefObject, useMemo } from 'react'
import { useOnline } from '../../data/hooks.ts'
import type { StreamRow } from '../../data/message-stream.ts'
import { useStore } from '../../data/store.ts'
import type { Message } from '../../lib/json/consume-text.ts'
import { ChosenBar } from '../../ui/chosen-bar.tsx'
import { cx } from '../../ui/cx.ts'
import type { ChosenMessages } from '../../ui/use-chosen-messages.ts'
import type { ConsumeSession, OpenCard } from './consume-session.ts'
import { Kept } from './kept.tsx'
import { LiveRows, listCard } from './live-rows.tsx'
import { NoMessages } from './no-messages.tsx'
import { goneText, type ShownRow, shownRow } from './shown-row.ts'
import { useHeldRows } from './use-held-rows.ts'

/** All cards in one list, in the order in which their messages came to this page. */
export function MergedList({
  session,
  cards,
  visible,
  follow,
  onFollow,
  selected,
  show,
  onOpen,
  onSelect,
  onStep,
  onEnter,
  chosen,
  onExport,
  shownRows,
}: {
  session: ConsumeSession
  cards: readonly OpenCard[]
  visible: readonly OpenCard[]
  follow: boolean
  onFollow: (follow: boolean) => void
  selected: Message | null
  show: { readonly message: Message } | undefined
  onOpen: (message: Message) => void
  onSelect: (message: Message) => void
  onStep: (by: 1 | -1) => Message | null
  onEnter: (() => void) | undefined
  chosen: ChosenMessages
  onExport: () => void
  /** Gets what the list shows, for the keys of the page. */
  shownRows: RefObject<readonly ShownRow[]>
}) {
  const { streams, rows, totals } = useStore(session.view)
  const online = useOnline()
  const numbers = useMemo(
    () => new Map(cards.map(({ key, card }, index) => [key, { index, topic: card.topic }])),
    [cards],
  )
  const keys = useMemo(() => new Set(visible.map(({ key }) => key)), [visible])
  const newest = useMemo(() => {
    const list: ShownRow[] = []
    for (const { key, row } of rows) {
      const card = numbers.get(key)
      if (card === undefined || !keys.has(key) || saysTheSame(list.at(-1)?.row, row)) continue
      list.push(shownRow(card.index, card.topic, row))
    }
    return list
  }, [rows, numbers, keys])
  const total = visible.reduce((sum, { key }) => sum + (totals.get(key) ?? 0), 0)
  const list = useHeldRows(newest, total, follow)
  const views = visible.map(({ key, stream }) => streams.get(key) ?? stream.view.get())
  shownRows.current = list.shown
  return (
    <section aria-label="Messages" className={cx(listCard, 'min-h-0', !online && 'dimmed')}>
      <LiveRows
        list={list}
        label="Messages"
        follow={follow}
        onFollow={onFollow}
        selected={selected}
        onOpen={onOpen}
        onSelect={onSelect}
        chosen={chosen}
        showPartition={cards.length > 1}
        show={show}
        onStep={onStep}
        onEnter={onEnter}
        empty={<NoMessages session={session} cards={visible} views={views} />}
        above={
          <ChosenBar
            messages={chosen}
            rows={list.shown}
            elsewhere={goneText}
            onExport={onExport}
            className="shrink-0 border-t px-3 py-1.5"
          />
        }
        footer={<Kept views={views} />}
      />
    </section>
  )
}

/** All cards move to another broker at once; in one list that is said once, unless something is lost. */
function saysTheSame(before: StreamRow | undefined, row: StreamRow): boolean {
  return (
    row.kind === 'reconnected' && before?.kind === 'reconnected' && row.lost === 0 && before.brokerId === row.brokerId
  )
}
