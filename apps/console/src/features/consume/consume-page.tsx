import { getRouteApi } from '@tanstack/react-router'
import { Code, Columns3, List, Pause, Play, Plus } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import { useConsoleData } from '../../data/console-data.tsx'
import { useCluster, useConnection, useOnline, usePreference, useWide } from '../../data/hooks.ts'
import type { StreamRow, StreamView } from '../../data/message-stream.ts'
import { useStore } from '../../data/store.ts'
import { brokerName } from '../../lib/brokers.ts'
import { formatBytes, formatCount } from '../../lib/format.ts'
import type { Message } from '../../lib/json/consume-text.ts'
import { BrokerMark } from '../../ui/broker-mark.tsx'
import { Button, IconButton } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import { Freshness } from '../../ui/freshness.tsx'
import { NoAnswer, useNoAnswer } from '../../ui/no-answer.tsx'
import { Page } from '../../ui/page.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Loading, Skeleton } from '../../ui/skeleton.tsx'
import { useKeys } from '../../ui/use-keys.ts'
import { useMessageWays } from '../../ui/use-message-ways.ts'
import { VisibleText } from '../../ui/visible-text.tsx'
import { AddSubscription } from './add-subscription.tsx'
import { type Card, cardKey, maxCards, readCards, writeCard } from './card.ts'
import { CardNumber } from './card-number.tsx'
import { CodeDialog } from './code-dialog.tsx'
import { ConsumeSession, type OpenCard } from './consume-session.ts'
import { LinkProblems } from './link-problems.tsx'
import { LiveRows, type ShownRow } from './live-rows.tsx'
import type { MergedRow } from './merged-rows.ts'
import { MessageSheet } from './message-sheet.tsx'
import { NoMessages, NothingSubscribed } from './no-messages.tsx'
import { SubscriptionCard } from './subscription-card.tsx'

const route = getRouteApi('/consume')
const maxLanes = 4
const noTexts: readonly string[] = []

/** Messages as they are committed, of as many topics as somebody wants to watch. */
export function ConsumePage() {
  const { s = noTexts, view = 'merged', only } = route.useSearch()
  const navigate = route.useNavigate()
  const { live } = useConsoleData()
  const cluster = useCluster()
  const wide = useWide(640)
  const ringSize = usePreference('ringSize')
  const { cards, problems } = useMemo(() => readCards(s), [s])
  const session = useMemo(() => new ConsumeSession(live, ringSize), [live, ringSize])
  useEffect(() => session.setCards(cards), [session, cards])
  useEffect(() => () => session.close(), [session])
  const open = useStore(session.cards)
  const [adding, setAdding] = useState(false)
  const [showsCode, setShowsCode] = useState(false)
  const [follow, setFollow] = useState(true)
  /** The message with the mark, and whether it is open beside the list. */
  const [selected, setSelected] = useState<Message | null>(null)
  const [opened, setOpened] = useState(false)
  const [show, setShow] = useState<{ readonly message: Message } | undefined>()
  const openMessage = (message: Message) => {
    setFollow(false)
    setSelected(message)
    setOpened(true)
  }
  const step = (by: number) => {
    const { rows } = session.merged.get()
    const from = selected ?? lastMessage(rows)
    if (from === null) return
    const next = selected === null ? from : neighbour(rows, from, by)
    setFollow(false)
    setSelected(next)
    setShow({ message: next })
  }

  const write = (next: readonly Card[], replace = false, kept = problems) => {
    const texts = [...next.map(writeCard), ...kept.map(({ text }) => text)]
    void navigate({
      search: (before) => ({
        ...before,
        s: texts.length === 0 ? undefined : texts,
        only: next.length === cards.length ? before.only : undefined,
      }),
      replace,
    })
  }
  const add = (card: Card) => {
    if (!cards.some((each) => cardKey(each) === cardKey(card))) write([...cards, card])
  }
  const shown = (index: number) => only === undefined || only.includes(index + 1)
  const toggle = (index: number) => {
    // The first click shows that one alone; further ones add and take away; none left is all again.
    const now =
      only === undefined ? [index + 1] : shown(index) ? only.filter((each) => each !== index + 1) : [...only, index + 1]
    const next = now.length === 0 || now.length === cards.length ? undefined : now.toSorted((a, b) => a - b)
    void navigate({ search: (before) => ({ ...before, only: next }), replace: true })
  }
  const allPaused = cards.length > 0 && cards.every(({ paused }) => paused)
  const pauseAll = () =>
    write(
      cards.map((card) => ({ ...card, paused: !allPaused })),
      true,
    )
  const openSelected = selected === null ? undefined : () => setOpened(true)
  const ways = useMessageWays()
  useKeys({
    // Beside an open message these scroll it.
    ' ': cards.length === 0 || opened ? undefined : pauseAll,
    End: opened ? undefined : () => setFollow(true),
    j: () => step(1),
    k: () => step(-1),
    Enter: opened ? undefined : openSelected,
    c: selected === null ? undefined : () => ways.copyLink(selected),
    r: selected === null ? undefined : () => ways.resend(selected),
  })
  const visible = open.filter((_, index) => shown(index))

  return (
    <Page
      title="Consume"
      documentTitle="Consume"
      full
      lead={<span className="text-text-3 text-xs">Viewing does not move any group’s offset.</span>}
      {...(cards.length === 0
        ? {}
        : {
            aside: (
              <>
                {cards.length < 2 || !wide ? null : (
                  <Segmented
                    label="View"
                    value={view}
                    onChange={(next) =>
                      void navigate({
                        search: (before) => ({ ...before, view: next === 'merged' ? undefined : next }),
                        replace: true,
                      })
                    }
                    options={[
                      { value: 'merged', label: <ViewLabel icon={<List />} text="One list" /> },
                      { value: 'lanes', label: <ViewLabel icon={<Columns3 />} text="Lanes" /> },
                    ]}
                  />
                )}
                <IconButton label="Code" variant="default" onClick={() => setShowsCode(true)}>
                  <Code />
                </IconButton>
                <Button icon={allPaused ? <Play /> : <Pause />} onClick={pauseAll}>
                  {allPaused ? 'Resume all' : 'Pause all'}
                </Button>
                <Button
                  variant="primary"
                  icon={<Plus />}
                  disabledReason={
                    cards.length >= maxCards ? `${maxCards} at most, so that the page keeps up.` : undefined
                  }
                  onClick={() => setAdding(true)}
                >
                  Subscribe
                </Button>
              </>
            ),
          })}
    >
      {problems.length === 0 ? null : <LinkProblems problems={problems} onLeaveOut={() => write(cards, true, [])} />}
      <Loading loading={cluster === null && cards.length === 0} skeleton={<ConsumeSkeleton />}>
        {() =>
          cards.length === 0 ? (
            <NothingSubscribed session={session} onAdd={add} />
          ) : (
            <>
              <ul aria-label="Subscriptions" className="scroll-x -mb-1 flex shrink-0 gap-3 overflow-x-auto pb-1">
                {open.map((each, index) => (
                  <SubscriptionCard
                    key={each.key}
                    open={each}
                    index={index}
                    shown={shown(index)}
                    onToggle={() => toggle(index)}
                    onPause={() =>
                      write(
                        cards.map((card) => (cardKey(card) === each.key ? { ...card, paused: !card.paused } : card)),
                        true,
                      )
                    }
                    onClose={() => write(cards.filter((card) => cardKey(card) !== each.key))}
                  />
                ))}
              </ul>
              {view === 'lanes' && wide && cards.length > 1 ? (
                <Lanes
                  session={session}
                  cards={visible}
                  indexOf={(key) => open.findIndex((each) => each.key === key)}
                  selected={selected}
                  onSelect={setSelected}
                  onOpen={openMessage}
                  onEnter={openSelected}
                />
              ) : (
                <Merged
                  session={session}
                  cards={open}
                  visible={visible}
                  follow={follow}
                  onFollow={setFollow}
                  selected={selected}
                  show={show}
                  onOpen={openMessage}
                  onStep={step}
                  onEnter={openSelected}
                />
              )}
            </>
          )
        }
      </Loading>
      <CodeDialog open={showsCode} onClose={() => setShowsCode(false)} cards={cards} />
      <AddSubscription open={adding} onClose={() => setAdding(false)} onAdd={add} />
      <MessageSheet message={opened ? selected : null} onClose={() => setOpened(false)} onStep={step} />
    </Page>
  )
}

function ViewLabel({ icon, text }: { icon: React.ReactNode; text: string }) {
  return (
    <span className="inline-flex items-center gap-1.5 [&_svg]:size-3.5">
      {icon}
      {text}
    </span>
  )
}

function lastMessage(rows: readonly MergedRow<StreamRow>[]): Message | null {
  const row = rows.findLast((each) => each.row.kind === 'message')?.row
  return row?.kind === 'message' ? row.message : null
}

/** The message before or after one in the merged list; at an end, itself. */
function neighbour(rows: readonly MergedRow<StreamRow>[], message: Message, by: number): Message {
  let index = rows.findLastIndex(({ row }) => row.kind === 'message' && row.message === message)
  if (index === -1) return message
  do index += by
  while (rows[index] !== undefined && rows[index]!.row.kind !== 'message')
  const row = rows[index]?.row
  return row?.kind === 'message' ? row.message : message
}

const listCard =
  '@container flex min-h-64 min-w-0 grow flex-col rounded-lg border bg-surface shadow-card transition-opacity'

function Merged({
  session,
  cards,
  visible,
  follow,
  onFollow,
  selected,
  show,
  onOpen,
  onStep,
  onEnter,
}: {
  session: ConsumeSession
  cards: readonly OpenCard[]
  visible: readonly OpenCard[]
  follow: boolean
  onFollow: (follow: boolean) => void
  selected: Message | null
  show: { readonly message: Message } | undefined
  onOpen: (message: Message) => void
  onStep: (by: 1 | -1) => void
  onEnter: (() => void) | undefined
}) {
  const { rows, totals } = useStore(session.merged)
  const online = useOnline()
  const numbers = useMemo(
    () => new Map(cards.map(({ key, card }, index) => [key, { index, topic: card.topic }])),
    [cards],
  )
  const keys = useMemo(() => new Set(visible.map(({ key }) => key)), [visible])
  const shown = useMemo(() => {
    const list: ShownRow[] = []
    for (const { key, row } of rows) {
      const card = numbers.get(key)
      if (card === undefined || !keys.has(key) || saysTheSame(list.at(-1)?.row, row)) continue
      list.push(shownRow(card.index, card.topic, row))
    }
    return list
  }, [rows, numbers, keys])
  const total = visible.reduce((sum, { key }) => sum + (totals.get(key) ?? 0), 0)
  return (
    <section aria-label="Messages" className={cx(listCard, 'min-h-0', !online && 'dimmed')}>
      <LiveRows
        rows={shown}
        total={total}
        label="Messages"
        follow={follow}
        onFollow={onFollow}
        selected={selected}
        onOpen={onOpen}
        showPartition={cards.length > 1}
        show={show}
        onStep={onStep}
        onEnter={onEnter}
        empty={<NoMessages session={session} cards={visible} />}
        footer={<Kept views={visible.map(({ stream }) => stream.view.get())} />}
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

/** Made once for each row of a stream, so that a row that did not change renders nothing. */
const made = new WeakMap<StreamRow, ShownRow>()

function shownRow(card: number, topic: string, row: StreamRow): ShownRow {
  const known = made.get(row)
  if (known !== undefined && known.card === card) return known
  const fresh = { card, topic, row }
  made.set(row, fresh)
  return fresh
}

function Lanes({
  session,
  cards,
  indexOf,
  selected,
  onSelect,
  onOpen,
  onEnter,
}: {
  session: ConsumeSession
  cards: readonly OpenCard[]
  indexOf: (key: string) => number
  selected: Message | null
  onSelect: (message: Message) => void
  onOpen: (message: Message) => void
  onEnter: (() => void) | undefined
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
          <Lane
            key={open.key}
            session={session}
            open={open}
            index={indexOf(open.key)}
            selected={selected}
            onSelect={onSelect}
            onOpen={onOpen}
            onEnter={onEnter}
          />
        ))}
      </div>
    </div>
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
}: {
  session: ConsumeSession
  open: OpenCard
  index: number
  selected: Message | null
  onSelect: (message: Message) => void
  onOpen: (message: Message) => void
  onEnter: (() => void) | undefined
}) {
  const view = useStore(open.stream.view)
  const online = useOnline()
  const [follow, setFollow] = useState(true)
  const name = open.card.partition === null ? open.card.topic : `${open.card.topic}/${open.card.partition}`
  const [show, setShow] = useState<{ readonly message: Message } | undefined>()
  const step = (by: 1 | -1) => {
    const rows = view.rows.filter((row) => row.kind === 'message')
    const from = rows.findLastIndex(({ message }) => message === selected)
    const next = from === -1 ? rows.at(-1) : (rows[from + by] ?? rows[from])
    if (next === undefined) return
    setFollow(false)
    onSelect(next.message)
    setShow({ message: next.message })
  }
  const shown = useMemo(
    () => view.rows.map((row) => shownRow(index, open.card.topic, row)),
    [view.rows, index, open.card.topic],
  )
  return (
    <section aria-label={name} className={cx(listCard, 'basis-0', !online && 'dimmed')}>
      <h2 className="flex shrink-0 items-center gap-2 border-b px-3 py-1.5">
        <CardNumber index={index} />
        <span className="truncate font-medium font-mono text-xs">
          <VisibleText>{name}</VisibleText>
        </span>
      </h2>
      <LiveRows
        rows={shown}
        total={view.rows.at(-1)?.id ?? 0}
        label={name}
        follow={follow}
        onFollow={setFollow}
        selected={selected}
        onOpen={(message) => {
          setFollow(false)
          onOpen(message)
        }}
        showPartition={false}
        show={show}
        onStep={step}
        onEnter={onEnter}
        empty={<NoMessages session={session} cards={[open]} />}
        footer={<Kept views={[view]} />}
      />
    </section>
  )
}

/** From whom it comes, or came last, what the rings hold and what they let go. */
function Kept({ views }: { views: readonly StreamView[] }) {
  const lost = useCluster()
  const sum = (pick: (view: StreamView) => number) => views.reduce((total, view) => total + pick(view), 0)
  const dropped = sum((view) => view.dropped)
  const { hello } = useConnection()
  return (
    <span className="flex flex-wrap items-center gap-x-3">
      {hello !== null ? (
        <span className="inline-flex items-center gap-1.5">
          <BrokerMark id={hello.brokerId} size="sm" /> from {brokerName(hello.brokerId)}
        </span>
      ) : lost === null ? null : (
        <Freshness brokerId={lost.saidBy} at={lost.receivedAt} />
      )}
      <span>
        {formatCount(sum((view) => view.rows.length))} kept ({formatBytes(sum((view) => view.sizeBytes))})
        {dropped === 0 ? '' : `, ${formatCount(dropped)} older let go`}
      </span>
    </span>
  )
}

function ConsumeSkeleton() {
  if (useNoAnswer()) return <NoAnswer what="The topics could not be read" />
  return (
    <div className="flex flex-col gap-4">
      <div className="flex gap-3">
        <Skeleton className="h-36 w-72 rounded-lg" />
        <Skeleton className="h-36 w-72 rounded-lg max-sm:hidden" />
      </div>
      <Skeleton className="h-96 rounded-lg" />
    </div>
  )
}
