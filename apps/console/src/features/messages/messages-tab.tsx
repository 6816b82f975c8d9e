import { getRouteApi, useNavigate } from '@tanstack/react-router'
import type { TopicDescription } from '@yak/protocol/schemas'
import { Download, Pause, Play, RotateCw, X } from 'lucide-react'
import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { useApi, useMessages, useOnline, usePreference, useTopic, useWide } from '../../data/hooks.ts'
import { inLogOrder } from '../../lib/chosen-messages.ts'
import { entryMemory } from '../../lib/entry-memory.ts'
import type { SeenField } from '../../lib/filter/filter-suggestions.ts'
import { readFilter } from '../../lib/filter/message-filter.ts'
import { formatCount } from '../../lib/format.ts'
import { readColumns } from '../../lib/json/columns-text.ts'
import type { Message } from '../../lib/json/consume-text.ts'
import { placeText, readPlace, seenFields, seenPaths } from '../../lib/json/message-place.ts'
import { readPath } from '../../lib/json/path-text.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ChosenBar } from '../../ui/chosen-bar.tsx'
import { cx } from '../../ui/cx.ts'
import { Sheet } from '../../ui/dialog.tsx'
import { ExportDialog, listedScopes } from '../../ui/export-dialog.tsx'
import { Loading, Skeleton } from '../../ui/skeleton.tsx'
import { useChosenMessages } from '../../ui/use-chosen-messages.ts'
import { useEntry } from '../../ui/use-entry.ts'
import { useKeys } from '../../ui/use-keys.ts'
import { keptPlace } from '../../ui/use-list-place.ts'
import { ColumnDrop } from './column-drop.tsx'
import { ColumnPicker } from './column-picker.tsx'
import { FilterBox } from './filter-box.tsx'
import { LiveRows, messageRow } from './live-rows.ts'
import { MessageFreshness } from './message-freshness.tsx'
import { type GridRow, MessageGrid } from './message-grid.tsx'
import type { RangeSpec, RangeView } from './message-range.ts'
import { MessagesBody, RowsSkeleton } from './messages-body.tsx'
import { MessagesFooter } from './messages-footer.tsx'
import { OpenMessage, OpenMessageHeading } from './open-message.tsx'
import { rangeScope } from './range-scope.ts'
import { defaultNewest, PartitionPicker, type Seek, SeekControls } from './seek-bar.tsx'
import { TimeRow } from './time-row.tsx'
import { useMessageActions } from './use-message-actions.tsx'
import { type RangeRead, useMessageRange } from './use-message-range.ts'
import { useOpenMessage } from './use-open-message.ts'

const route = getRouteApi('/topics/$topic/messages')
/** What a live view begins with, so that it is not empty. */
const liveBacklog = 100
/** What a forward range shows at first, and with each "more". */
const forwardCount = 500
/** On a phone, of a list that is read on from its beginning: all that is seen, once it is scrolled to. */
const pageHeight = 'max-sm:h-[calc(100dvh-var(--above-page,3rem)-9rem)] max-sm:min-h-80'
/** On a phone, of a list whose end is what counts: what remains between what is above it and its footer, at the bottom bar. */
const restHeight =
  'max-sm:h-[calc(100dvh-var(--above-page,3rem)-var(--above-list,23rem)-var(--below-list,2.25rem)-4.5rem)] max-sm:min-h-64'

/** The messages of a topic: a range of it, or what comes in; all of what is chosen is in the URL. */
export function MessagesTab() {
  const { topic: name } = route.useParams()
  const topic = useTopic(name)
  return (
    <Loading loading={topic === null} skeleton={<MessagesSkeleton />}>
      {() => (topic == null ? null : <Messages key={topic.id} topic={topic} />)}
    </Loading>
  )
}

function Messages({ topic }: { topic: TopicDescription }) {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const go = useNavigate()
  const { seek = 'newest', n = defaultNewest, at, p, m, tab = 'value', filter = '', columns = [], pause } = search
  const api = useApi()
  const online = useOnline()
  const wide = useWide(1_024)
  const tablet = useWide(640)
  const ringSize = usePreference('ringSize')
  const defaultColumns = readColumns(usePreference('columns')).columns ?? []
  const box = useRef<HTMLInputElement>(null)
  const grid = useRef<HTMLDivElement>(null)
  useAroundList(grid)
  const entry = useEntry()
  const [turn, setTurn] = useState(0)
  const [exporting, setExporting] = useState<'chosen' | 'shown' | null>(null)
  const [follow, setFollow] = useState(seek === 'live' || seek === 'newest')

  const change = (part: Partial<typeof search>, replace = true) =>
    void navigate({ search: (before) => ({ ...before, ...part }), replace, resetScroll: false })

  // In the address, so that a link shows what its sender saw.
  const beginsWithDefault = search.columns === undefined && defaultColumns.length > 0
  useEffect(() => {
    if (beginsWithDefault) change({ columns: [...defaultColumns] })
  })

  const seekTo = (next: { seek: Seek; n?: number | undefined; at?: string | number | undefined }, replace: boolean) => {
    setFollow(next.seek === 'live' || next.seek === 'newest')
    change(
      {
        seek: next.seek === 'newest' ? undefined : next.seek,
        n: next.n === undefined || next.n === defaultNewest ? undefined : next.n,
        at: next.at,
        pause: undefined,
      },
      replace,
    )
  }

  const spec = useMemo((): RangeSpec | null => {
    const common = { topic: topic.name, filter }
    if (seek === 'live') return { ...common, from: 'newest', count: liveBacklog }
    if (seek === 'newest') return { ...common, from: 'newest', count: Math.min(Math.max(1, n), 5_000) }
    if (seek === 'oldest') return { ...common, from: 'earliest', count: forwardCount }
    if (at === undefined) return null
    if (seek === 'offset') return typeof at === 'number' ? { ...common, from: at, count: forwardCount } : null
    return typeof at === 'string' && !Number.isNaN(Date.parse(at))
      ? { ...common, from: { time: new Date(at).toISOString() }, count: forwardCount }
      : null
  }, [topic.name, filter, seek, n, at])
  // Back to a list that was left at some place of it: the same range once more, as far as it was read.
  const { range, view, shownId, held, said } = useMessageRange(spec, p, topic.id, turn, (id) =>
    turn > 0 || keptPlace(entry, listName(id))?.follow !== false
      ? undefined
      : entryMemory.read<RangeRead>(entry, `range ${listName(id)}`),
  )
  useEffect(() => {
    if (view === null || held || seek === 'live') return
    entryMemory.write(entry, `range ${listName(shownId)}`, { ends: view.ends, count: view.messages.length })
  }, [entry, view, held, seek, shownId])

  const live = seek === 'live' && view !== null && view.state !== 'reading' && view.state !== 'waiting'
  const { stream, view: tail } = useMessages(
    live
      ? {
          topic: topic.name,
          ...(p === undefined ? {} : { partitions: p }),
          from: Object.fromEntries(view.ends.map(({ partition, highWatermark }) => [partition, highWatermark])),
          mode: 'live',
          maxMessages: ringSize,
        }
      : null,
  )
  useEffect(() => {
    if (stream === null) return
    if (pause) stream.pause()
    else stream.resume()
  }, [stream, pause])

  const liveRows = useMemo(() => new LiveRows(readFilter(filter)), [filter])
  const loaded = view?.messages
  const before = useMemo(() => (loaded ?? []).map(messageRow), [loaded])
  const tailRows = tail?.rows
  const rows = useMemo((): readonly GridRow[] => {
    if (tailRows === undefined || !live) return before
    const shown = liveRows.of(tailRows)
    return before.length === 0 ? shown : [...before, ...shown]
  }, [before, tailRows, live, liveRows])
  // What is told of the topic beside the list is told of it as the list has it.
  const come = tail?.partitions
  const ends = useMemo(
    () =>
      view?.ends.map((end) => ({
        ...end,
        highWatermark: (live ? come?.[end.partition]?.nextOffset : undefined) ?? end.highWatermark,
      })),
    [view?.ends, live, come],
  )
  const listed = useMemo((): readonly Message[] => {
    if (tailRows === undefined || !live) return loaded ?? []
    return [...(loaded ?? []), ...tailRows.flatMap((row) => (row.kind === 'message' ? [row.message] : []))]
  }, [loaded, tailRows, live])
  const selection = useChosenMessages()
  const paths = useMemo(() => seenPaths(loaded ?? []), [loaded])
  // A filter that finds nothing would leave nothing to choose from, so fields stay until others are seen.
  const lastFields = useRef<readonly SeenField[]>([])
  const fields = useMemo(() => (loaded?.length ? seenFields(loaded) : lastFields.current), [loaded])
  lastFields.current = fields

  const setFilter = (next: string) => change({ filter: next === '' ? undefined : next })
  const actions = useMessageActions(setFilter)
  const opened = useOpenMessage(topic, readPlace(m), rows)
  const show = (message: Message, replace = m !== undefined) => {
    // Somebody who reads one message does not want the list to run on.
    setFollow(false)
    change({ m: placeText(message) }, replace)
  }
  const step = (by: 1 | -1) => {
    const messages = rows.filter((row) => row.kind === 'message')
    const index = messages.findIndex((row) => row.id === m)
    const next = messages[index === -1 ? (by === 1 ? 0 : messages.length - 1) : index + by]
    if (next?.kind === 'message') show(next.message)
  }
  const panel = useRef<HTMLElement>(null)
  const close = () => {
    // From inside the panel the focus goes to the list, where the message is.
    const { activeElement: focused } = document
    if (focused === document.body || panel.current?.contains(focused))
      grid.current?.querySelector<HTMLElement>('[role=grid]')?.focus()
    change({ m: undefined, tab: undefined })
  }
  const openRow = () => opened.message

  const fresh = useNewerCount(topic, p, view, seek)
  useKeys({
    '/': () => box.current?.select(),
    j: () => step(1),
    k: () => step(-1),
    ' ': seek === 'live' ? () => change({ pause: pause ? undefined : true }) : undefined,
    End: seek === 'live' ? () => setFollow(true) : undefined,
    c: m === undefined ? undefined : () => openRow() && actions.copyLink(openRow()!),
    r: m === undefined ? undefined : () => openRow() && actions.resend(openRow()!),
    Escape: m === undefined ? undefined : close,
  })

  const addColumn = (path: string) => change({ columns: columns.includes(path) ? columns : [...columns, path] })
  const detail =
    m === undefined ? null : (
      <OpenMessage
        topic={topic}
        state={opened}
        place={m}
        tab={tab}
        onTab={(next) => change({ tab: next === 'value' ? undefined : next })}
        onColumn={addColumn}
        onFilter={setFilter}
      />
    )
  const wasRead = useMemo(() => before.some(({ id }) => id === m), [before, m])
  const freshness = opened.message === null ? null : <MessageFreshness said={opened.said ?? (wasRead ? said : null)} />
  const heading =
    m === undefined ? null : (
      <OpenMessageHeading
        topic={topic.name}
        place={m}
        onStep={step}
        menu={opened.message === null ? null : actions.menu(opened.message)}
      />
    )
  return (
    <div className="flex min-h-0 gap-4">
      <Card
        flush
        className="grow sm:h-[max(26rem,calc(100dvh-var(--above-page,3rem)-8.5rem))]"
        aside={
          <div className="flex w-full flex-col gap-2">
            {/* In one line with the field of a time, which has more below it. */}
            <div className="flex flex-wrap items-start gap-2 max-sm:gap-1.5 sm:[&>:not(fieldset)]:mt-px">
              <SeekControls seek={seek} count={n} at={at} onSeek={(next) => seekTo(next, false)} />
              {/* One row, or all of them in the next: none is left alone. */}
              <div className="flex grow flex-wrap items-center gap-2 max-sm:gap-1.5">
                <PartitionPicker
                  count={topic.partitions.length}
                  chosen={p}
                  onChange={(next) => change({ p: next === undefined ? undefined : [...next] })}
                />
                <ColumnPicker
                  columns={columns}
                  paths={paths}
                  onChange={(next) =>
                    change({ columns: next.length === 0 && defaultColumns.length === 0 ? undefined : [...next] })
                  }
                />
                <div className="ml-auto flex items-center gap-2 max-sm:gap-1.5">
                  <Button
                    size="sm"
                    icon={<Download />}
                    aria-label="Export"
                    className="max-sm:min-w-10 max-sm:px-2!"
                    onClick={() => setExporting(selection.chosen.size > 0 ? 'chosen' : 'shown')}
                  >
                    <span className="max-sm:hidden">Export</span>
                  </Button>
                  {seek === 'live' ? (
                    <Button
                      size="sm"
                      icon={pause ? <Play /> : <Pause />}
                      onClick={() => change({ pause: pause ? undefined : true })}
                    >
                      {pause ? 'Resume' : 'Pause'}
                    </Button>
                  ) : !online ? null : (
                    <Button
                      size="sm"
                      icon={<RotateCw className={fresh > 0 ? 'max-sm:hidden' : ''} />}
                      className="max-sm:min-w-10 max-sm:px-2!"
                      onClick={() => setTurn(turn + 1)}
                    >
                      {fresh > 0 ? `${formatCount(fresh)} new` : <span className="max-sm:sr-only">Read again</span>}
                    </Button>
                  )}
                </div>
              </div>
            </div>
            <FilterBox ref={box} value={filter} onChange={setFilter} fields={fields} />
            <TimeRow
              topic={topic}
              chosen={p}
              turn={turn}
              seek={seek}
              at={at}
              messages={listed}
              ends={ends}
              onSeek={(next, begins) => seekTo(next, !begins)}
              onSearch={(next) => {
                setFollow(false)
                change({ seek: 'oldest', at: undefined, filter: next }, false)
                // The button is gone; what it looks for stands here.
                box.current?.focus()
              }}
            />
          </div>
        }
        footer={
          <>
            <ChosenBar
              messages={selection}
              rows={rows}
              elsewhere={(count) => `${formatCount(count)} of them not in the list now`}
              onExport={() => setExporting('chosen')}
              className="mb-1.5 border-b pb-1.5"
            />
            <MessagesFooter
              view={view}
              said={said}
              seek={seek}
              filtered={filter !== ''}
              shown={rows.reduce((sum, { kind }) => sum + (kind === 'message' ? 1 : 0), 0)}
              total={ends?.reduce((sum, end) => sum + Math.max(0, end.highWatermark - end.logStartOffset), 0) ?? 0}
              received={tail?.received ?? 0}
              dropped={tail?.dropped ?? 0}
              paused={pause === true}
              connected={tail?.state === 'live'}
              follow={follow}
              onFollow={() => setFollow(true)}
              onStop={() => range?.stop()}
              onMore={() => {
                setFollow(false)
                void range?.more()
              }}
            />
          </>
        }
      >
        <div
          ref={grid}
          className={cx('relative h-full', seek === 'live' || seek === 'newest' ? restHeight : pageHeight)}
        >
          <ColumnDrop box={grid} onColumn={addColumn} />
          <div className="scroll-y absolute inset-0 overflow-y-auto">
            <MessagesBody
              topic={topic}
              view={view}
              seek={seek}
              partitions={p}
              chosen={spec !== null}
              filter={filter}
              failed={tail?.error ?? null}
              rows={rows}
              onRetry={() => (tail?.error == null ? setTurn(turn + 1) : stream?.retry())}
              onClearFilter={() => setFilter('')}
              onLive={() => change({ seek: 'live' }, false)}
              onAllPartitions={() => change({ p: undefined })}
            >
              <MessageGrid
                key={shownId}
                placeName={listName(shownId)}
                rows={rows}
                paths={columns.filter((path) => readPath(path) !== null)}
                open={m}
                onOpen={(message) => show(message)}
                onMove={(message) => show(message, true)}
                chosen={selection.chosen}
                onChoose={(id, range) => selection.choose(rows, id, range)}
                onChooseAll={() => selection.chooseAll(rows)}
                spaceChooses={seek !== 'live'}
                onGo={(message) =>
                  void go({
                    to: '/topics/$topic/$partition/$offset',
                    params: { topic: topic.name, partition: String(message.partition), offset: String(message.offset) },
                  })
                }
                // Rows that are on their way out follow nothing, and their scrolling means nothing.
                follow={follow && !held}
                onFollowChange={held ? () => {} : setFollow}
                layout={!tablet ? 'phone' : wide && m === undefined ? 'wide' : 'narrow'}
                label={`Messages of ${topic.name}`}
                actions={(message) => actions.menu(message, true)}
                className="h-full"
              />
            </MessagesBody>
          </div>
        </div>
      </Card>
      {!wide || m === undefined ? null : (
        <aside
          ref={panel}
          aria-label="Message"
          className="flex h-[max(26rem,calc(100dvh-var(--above-page,3rem)-8.5rem))] w-[clamp(24rem,36vw,40rem)] shrink-0 flex-col rounded-lg border bg-surface shadow-card"
        >
          <header className="flex min-h-10 items-center gap-1 border-b py-1 pr-1 pl-3">
            {heading}
            <IconButton label="Close" keys="Esc" onClick={close} className="!size-7">
              <X />
            </IconButton>
          </header>
          <div className="scroll-y min-h-0 grow overflow-y-auto px-3 pb-3">{detail}</div>
          {freshness === null ? null : (
            <footer className="flex min-h-9 flex-col justify-center border-t px-3 py-1.5">{freshness}</footer>
          )}
        </aside>
      )}
      <ExportDialog
        begins={exporting}
        onClose={() => setExporting(null)}
        description={topic.name}
        scopes={
          exporting === null
            ? []
            : [
                ...listedScopes(
                  inLogOrder(selection.chosen),
                  rows.flatMap((row) => (row.kind === 'message' ? [row.message] : [])),
                ),
                rangeScope({
                  api,
                  topic,
                  partitions: p,
                  from: spec === null || spec.from === 'newest' ? 'earliest' : spec.from,
                  filter,
                  online,
                }),
              ]
        }
        columns={columns}
        fileName={topic.name}
      />
      <Sheet
        open={!wide && m !== undefined}
        onClose={close}
        title={heading}
        footer={freshness === null ? undefined : <div className="grow">{freshness}</div>}
        wide
        className="max-sm:min-h-[85dvh]"
      >
        {detail}
      </Sheet>
    </div>
  )
}

/** Tells the list how much of the page stands above it and how high its footer is: both change as what is in them wraps and comes. */
function useAroundList(list: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = list.current
    const page = element?.closest<HTMLElement>('main')
    const section = element?.closest('section')
    const controls = section?.querySelector(':scope > header')
    const footer = section?.querySelector<HTMLElement>(':scope > footer')
    if (element == null || page == null || controls == null || footer == null) return
    const observer = new ResizeObserver(() => {
      const px = element.getBoundingClientRect().top - page.getBoundingClientRect().top + page.scrollTop
      element.style.setProperty('--above-list', `${px}px`)
      element.style.setProperty('--below-list', `${footer.offsetHeight}px`)
    })
    observer.observe(controls)
    observer.observe(footer)
    return () => observer.disconnect()
  }, [list])
}

/** Of a range, however often it was read again. */
function listName(rangeId: string): string {
  return `messages ${rangeId.replace(/,\d+\]$/, '')}`
}

/** Messages that came since the range was read. */
function useNewerCount(
  topic: TopicDescription,
  partitions: readonly number[] | undefined,
  view: RangeView | null,
  seek: Seek,
): number {
  if (view === null || seek === 'live') return 0
  const ends = new Map(view.ends.map(({ partition, highWatermark }) => [partition, highWatermark]))
  return topic.partitions
    .filter(({ partition }) => partitions === undefined || partitions.includes(partition))
    .reduce((sum, { partition, highWatermark }) => sum + Math.max(0, highWatermark - (ends.get(partition) ?? 0)), 0)
}

function MessagesSkeleton() {
  return (
    <Card flush>
      <div className="space-y-2 border-b p-3">
        <Skeleton className="h-7 w-96 max-w-full" />
        <Skeleton className="h-8" />
      </div>
      <RowsSkeleton />
    </Card>
  )
}
