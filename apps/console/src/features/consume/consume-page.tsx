import { getRouteApi } from '@tanstack/react-router'
import { Code, Columns3, Download, List, Pause, Play, Plus } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useConsoleData } from '../../data/console-data.tsx'
import { useCluster, usePreference, useWide } from '../../data/hooks.ts'
import { useStore } from '../../data/store.ts'
import { inLogOrder } from '../../lib/chosen-messages.ts'
import { formatCount } from '../../lib/format.ts'
import type { Message } from '../../lib/json/consume-text.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Card as Panel } from '../../ui/card.tsx'
import { CardSkeleton, StatsSkeleton, TableSkeleton } from '../../ui/card-skeleton.tsx'
import { cx } from '../../ui/cx.ts'
import { ExportDialog, listedScopes } from '../../ui/export-dialog.tsx'
import { NoAnswer, useNoAnswer } from '../../ui/no-answer.tsx'
import { Page } from '../../ui/page.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Loading, Skeleton } from '../../ui/skeleton.tsx'
import { useChosenMessages } from '../../ui/use-chosen-messages.ts'
import { useKeys } from '../../ui/use-keys.ts'
import { useMessageWays } from '../../ui/use-message-ways.ts'
import { AddSubscription } from './add-subscription.tsx'
import { type Card, cardKey, maxCards, readCards, writeCard } from './card.ts'
import { CodeDialog } from './code-dialog.tsx'
import { ConsumeSession } from './consume-session.ts'
import { Lanes, maxLanes } from './lanes.tsx'
import { LinkProblems } from './link-problems.tsx'
import { MergedList } from './merged-list.tsx'
import { MessageSheet } from './message-sheet.tsx'
import { NothingSubscribed } from './no-messages.tsx'
import { messageBeside, messagesOf, type ShownRow, shownRow } from './shown-row.ts'
import { SubscriptionCard } from './subscription-card.tsx'

const route = getRouteApi('/consume')
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
  const lanes = view === 'lanes' && wide && cards.length > 1
  const shown = (index: number) => only === undefined || only.includes(index + 1)
  const visible = open.filter((_, index) => shown(index))
  const chosen = useChosenMessages()
  const [exporting, setExporting] = useState<Exporting | null>(null)
  const shownRows = useRef<readonly ShownRow[]>([])
  /** What the rings have now of the cards that are shown. */
  const keptRows = () => {
    const of = lanes ? visible.slice(0, maxLanes) : visible
    const cardOf = new Map(
      of.map(({ key, card: { topic } }) => [key, { topic, index: open.findIndex((each) => each.key === key) }]),
    )
    return session.view.get().rows.flatMap(({ key, row }) => {
      const card = cardOf.get(key)
      return card === undefined ? [] : [shownRow(card.index, card.topic, row)]
    })
  }
  // As it is at this moment: a list that grows while it is asked about could not be counted.
  const startExport = (begins: Exporting['begins']) =>
    setExporting({
      begins,
      chosen: inLogOrder(chosen.chosen),
      shown: messagesOf(keptRows()),
      letGo: visible.reduce((sum, { key }) => sum + (session.view.get().streams.get(key)?.dropped ?? 0), 0),
    })
  const openMessage = (message: Message) => {
    setFollow(false)
    setSelected(message)
    setOpened(true)
  }
  const step = (by: number) => {
    const next = messageBeside(lanes ? keptRows() : shownRows.current, selected, by)
    if (next === null) return null
    setFollow(false)
    setSelected(next)
    setShow({ message: next })
    return next
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
                <IconButton label="Code for these subscriptions" variant="default" onClick={() => setShowsCode(true)}>
                  <Code />
                </IconButton>
                <Button
                  icon={<Download />}
                  aria-label="Export"
                  className="max-sm:min-w-10 max-sm:px-2!"
                  onClick={() => startExport(chosen.chosen.size > 0 ? 'chosen' : 'shown')}
                >
                  <span className="max-sm:hidden">Export</span>
                </Button>
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
                    session={session}
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
              {lanes ? (
                <Lanes
                  session={session}
                  cards={visible}
                  indexOf={(key) => open.findIndex((each) => each.key === key)}
                  selected={selected}
                  onSelect={setSelected}
                  onOpen={openMessage}
                  onEnter={openSelected}
                  chosen={chosen}
                  onExport={() => startExport('chosen')}
                />
              ) : (
                <MergedList
                  session={session}
                  cards={open}
                  visible={visible}
                  follow={follow}
                  onFollow={setFollow}
                  selected={selected}
                  show={show}
                  onOpen={openMessage}
                  onSelect={setSelected}
                  onStep={step}
                  onEnter={openSelected}
                  chosen={chosen}
                  onExport={() => startExport('chosen')}
                  shownRows={shownRows}
                />
              )}
            </>
          )
        }
      </Loading>
      <ExportDialog begins={exporting?.begins ?? null} onClose={() => setExporting(null)} {...exportOf(exporting)} />
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

function ConsumeSkeleton() {
  if (useNoAnswer()) return <NoAnswer what="The topics could not be read" />
  return (
    <div className="flex flex-col gap-4">
      <div className="flex gap-3">
        {[0, 1].map((card) => (
          <Panel key={card} className={cx('w-72', card > 0 && 'max-sm:hidden')}>
            <Skeleton className="mb-2 h-4 w-32" />
            <Skeleton className="mb-4 h-3 w-48" />
            <StatsSkeleton count={3} className="grid-cols-3" />
          </Panel>
        ))}
      </div>
      <CardSkeleton flush>
        <TableSkeleton rows={10} columns={[2, 2, 1, 2, 8]} />
      </CardSkeleton>
    </div>
  )
}

/** What could be exported when it was asked for. */
interface Exporting {
  readonly begins: 'chosen' | 'shown'
  readonly chosen: readonly Message[]
  readonly shown: readonly Message[]
  /** Older ones that the rings do not have any more. */
  readonly letGo: number
}

function exportOf(exporting: Exporting | null) {
  const { chosen, shown, letGo } = exporting ?? { chosen: [], shown: [], letGo: 0 }
  const topics = new Set([...chosen, ...shown].map(({ topic }) => topic))
  const [topic] = topics
  return {
    description: `What this page has at this moment; nothing more is read.${letGo === 0 ? '' : ` ${formatCount(letGo)} older rows were let go, as the list was full.`}`,
    scopes: exporting === null ? [] : listedScopes(chosen, shown, 'What this page keeps'),
    columns: noTexts,
    withTopic: topics.size > 1,
    fileName: topics.size === 1 ? topic! : 'consume',
  }
}
