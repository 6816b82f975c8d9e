import { useMemo, useState } from 'react'
import { useOnline } from '../../data/hooks.ts'
import { useStore } from '../../data/store.ts'
import type { Message } from '../../lib/json/consume-text.ts'
import { ChosenBar } from '../../ui/chosen-bar.tsx'
import { cx } from '../../ui/cx.ts'
import type { ChosenMessages } from '../../ui/use-chosen-messages.ts'
import { VisibleText } from '../../ui/visible-text.tsx'
import { CardNumber } from './card-number.tsx'
import type { ConsumeSession, OpenCard } from './consume-session.ts'
import { Kept } from './kept.tsx'
import { LiveRows, listCard } from './live-rows.tsx'
import { NoMessages } from './no-messages.tsx'
import { goneText, messageBeside, type ShownRow, shownRow } from './shown-row.ts'
import { useCardView } from './use-card-view.ts'
import { useHeldRows } from './use-held-rows.ts'

export const maxLanes = 4

interface LaneProps {
  readonly session: ConsumeSession
  readonly selected: Message | null
  readonly onSelect: (message: Message) => void
  readonly onOpen: (message: Message) => void
  readonly onEnter: (() => void) | undefined
  readonly chosen: ChosenMessages
}

/** Some cards side by side, each with its own list. */
export function Lanes({
  cards,
  indexOf,
  onExport,
  ...props
}: LaneProps & {
  readonly cards: readonly OpenCard[]
  readonly indexOf: (key: string) => number
  readonly onExport: () => void
}) {
  const lanes = cards.slice(0, maxLanes)
  return (
    <div className="flex min-h-0 grow flex-col gap-2">
      {cards.length > maxLanes ? (
        <p className="text-text-2 text-xs">
          Four lanes at most: the first four are shown. Click cards to choose others, or look at one list.
        </p>
      ) : null}
      <div className="flex min-h-0 grow gap-3">
        {lanes.map((open) => (
          <Lane key={open.key} {...props} open={open} index={indexOf(open.key)} />
        ))}
      </div>
      <LanesBar session={props.session} chosen={props.chosen} lanes={lanes} indexOf={indexOf} onExport={onExport} />
    </div>
  )
}

/** What is chosen in all lanes together. */
function LanesBar({
  session,
  chosen,
  lanes,
  indexOf,
  onExport,
}: {
  session: ConsumeSession
  chosen: ChosenMessages
  lanes: readonly OpenCard[]
  indexOf: (key: string) => number
  onExport: () => void
}) {
  const { rows } = useStore(session.view)
  const some = chosen.chosen.size > 0
  const inLanes = useMemo(() => {
    const topics = new Map(lanes.map(({ key, card }) => [key, card.topic]))
    const list: ShownRow[] = []
    for (const { key, row } of some ? rows : []) {
      const topic = topics.get(key)
      if (topic !== undefined) list.push(shownRow(indexOf(key), topic, row))
    }
    return list
  }, [rows, some, lanes, indexOf])
  return (
    <ChosenBar
      messages={chosen}
      rows={inLanes}
      where="the lanes"
      elsewhere={goneText}
      onExport={onExport}
      className="shrink-0 rounded-lg border bg-surface px-3 py-1.5 shadow-card"
    />
  )
}

function Lane({
  session,
  open,
  index,
  selected,
  onSelect,
  onOpen,
  onEnter,
  chosen,
}: LaneProps & { readonly open: OpenCard; readonly index: number }) {
  const view = useCardView(session, open)
  const online = useOnline()
  const [follow, setFollow] = useState(true)
  const name = open.card.partition === null ? open.card.topic : `${open.card.topic}/${open.card.partition}`
  const [show, setShow] = useState<{ readonly message: Message } | undefined>()
  const newest = useMemo(
    () => view.rows.map((row) => shownRow(index, open.card.topic, row)),
    [view.rows, index, open.card.topic],
  )
  const list = useHeldRows(newest, view.rows.at(-1)?.id ?? 0, follow)
  const step = (by: 1 | -1) => {
    const next = messageBeside(list.shown, selected, by)
    if (next === null) return null
    setFollow(false)
    onSelect(next)
    setShow({ message: next })
    return next
  }
  return (
    <section aria-label={name} className={cx(listCard, 'basis-0', !online && 'dimmed')}>
      <h2 className="flex shrink-0 items-center gap-2 border-b px-3 py-1.5">
        <CardNumber index={index} />
        <span className="truncate font-medium font-mono text-xs">
          <VisibleText>{name}</VisibleText>
        </span>
      </h2>
      <LiveRows
        list={list}
        label={name}
        follow={follow}
        onFollow={setFollow}
        selected={selected}
        onOpen={(message) => {
          setFollow(false)
          onOpen(message)
        }}
        onSelect={onSelect}
        chosen={chosen}
        showPartition={false}
        show={show}
        onStep={step}
        onEnter={onEnter}
        empty={<NoMessages session={session} cards={[open]} views={[view]} />}
        footer={<Kept views={[view]} />}
      />
    </section>
  )
}
