import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import type { TopicDescription } from '@yak/protocol/schemas'
import {
  ArrowDownToLine,
  ChevronDown,
  ChevronUp,
  Columns3,
  Download,
  Pause,
  Play,
  RotateCw,
  Square,
  X,
} from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useMessages, useOnline, usePeers, usePreference, useTopic, useWide } from '../../data/hooks.ts'
import { readFilter } from '../../lib/filter/message-filter.ts'
import { formatBytes, formatCount, formatDuration, plural } from '../../lib/format.ts'
import type { Message } from '../../lib/json/consume-text.ts'
import { Button, buttonClass, IconButton } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Snippets } from '../../ui/code-block.tsx'
import { Combobox } from '../../ui/combobox.tsx'
import { cx } from '../../ui/cx.ts'
import { Sheet } from '../../ui/dialog.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Popover } from '../../ui/popover.tsx'
import { Loading, Skeleton } from '../../ui/skeleton.tsx'
import { useKeys } from '../../ui/use-keys.ts'
import { ExportDialog } from './export-dialog.tsx'
import { FilterBox } from './filter-box.tsx'
import { LiveRows, messageRow } from './live-rows.ts'
import { type DetailTab, MessageDetail } from './message-detail.tsx'
import { type GridRow, MessageGrid } from './message-grid.tsx'
import { placeText, readPath, readPlace, seenPaths } from './message-place.ts'
import type { RangeSpec, RangeView } from './message-range.ts'
import { defaultNewest, PartitionPicker, type Seek, SeekControls } from './seek-bar.tsx'
import { useMessageActions } from './use-message-actions.tsx'
import { useMessageRange } from './use-message-range.ts'
import { useOpenMessage } from './use-open-message.ts'

const route = getRouteApi('/topics/$topic/messages')
/** What a live view begins with, so that it is not empty. */
const liveBacklog = 100
/** What a forward range shows at first, and with each "more". */
const forwardCount = 500

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
  const online = useOnline()
  const wide = useWide(1_024)
  const tablet = useWide(640)
  const ringSize = usePreference('ringSize')
  const box = useRef<HTMLInputElement>(null)
  const [turn, setTurn] = useState(0)
  const [exporting, setExporting] = useState(false)
  const [follow, setFollow] = useState(seek === 'live' || seek === 'newest')

  const change = (part: Partial<typeof search>, replace = true) =>
    void navigate({ search: (before) => ({ ...before, ...part }), replace, resetScroll: false })

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
  const { range, view } = useMessageRange(spec, p, topic.id, turn)

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
  const paths = useMemo(() => seenPaths(loaded ?? []), [loaded])

  const setFilter = (next: string) => change({ filter: next === '' ? undefined : next })
  const actions = useMessageActions(setFilter)
  const opened = useOpenMessage(topic.name, readPlace(m), rows)
  const show = (message: Message, replace = m !== undefined) => change({ m: placeText(message) }, replace)
  const step = (by: 1 | -1) => {
    const messages = rows.filter((row) => row.kind === 'message')
    const index = messages.findIndex((row) => row.id === m)
    const next = messages[index === -1 ? (by === 1 ? 0 : messages.length - 1) : index + by]
    if (next?.kind === 'message') show(next.message)
  }
  const close = () => change({ m: undefined, tab: undefined })
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

  const detail =
    m === undefined ? null : (
      <OpenMessage
        state={opened}
        place={m}
        tab={tab}
        onTab={(next) => change({ tab: next === 'value' ? undefined : next })}
        onColumn={(path) => change({ columns: columns.includes(path) ? columns : [...columns, path] })}
        onFilter={setFilter}
      />
    )
  const heading =
    m === undefined ? null : (
      <Heading
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
        className="grow sm:h-[max(26rem,calc(100dvh-13.5rem))]"
        aside={
          <div className="flex w-full flex-col gap-2">
            <div className="flex flex-wrap items-center gap-2">
              <SeekControls
                seek={seek}
                count={n}
                at={at}
                onSeek={(next) => {
                  setFollow(next.seek === 'live' || next.seek === 'newest')
                  change(
                    {
                      seek: next.seek === 'newest' ? undefined : next.seek,
                      n: next.n === undefined || next.n === defaultNewest ? undefined : next.n,
                      at: next.at,
                      pause: undefined,
                    },
                    false,
                  )
                }}
              />
              <PartitionPicker
                count={topic.partitions.length}
                chosen={p}
                onChange={(next) => change({ p: next === undefined ? undefined : [...next] })}
              />
              <ColumnPicker
                columns={columns}
                paths={paths}
                onChange={(next) => change({ columns: next.length === 0 ? undefined : [...next] })}
              />
              <div className="ml-auto flex items-center gap-2">
                <Button size="sm" icon={<Download />} aria-label="Export" onClick={() => setExporting(true)}>
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
                ) : (
                  <Button
                    size="sm"
                    icon={<RotateCw />}
                    disabledReason={online ? undefined : 'No broker answers. What was read stays.'}
                    onClick={() => setTurn(turn + 1)}
                  >
                    {fresh > 0 ? `${formatCount(fresh)} new` : <span className="max-sm:sr-only">Read again</span>}
                  </Button>
                )}
              </div>
            </div>
            <FilterBox ref={box} value={filter} onChange={setFilter} paths={paths} />
          </div>
        }
        footer={
          <Footer
            view={view}
            seek={seek}
            filtered={filter !== ''}
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
        }
      >
        <div className="relative h-full max-sm:h-[calc(100dvh-12rem)] max-sm:min-h-80">
          <div className="scroll-y absolute inset-0 overflow-y-auto">
            <Body
              topic={topic}
              view={view}
              seek={seek}
              chosen={spec !== null}
              filter={filter}
              failed={tail?.error ?? null}
              rows={rows}
              onRetry={() => (tail?.error == null ? setTurn(turn + 1) : stream?.retry())}
              onClearFilter={() => setFilter('')}
              onLive={() => change({ seek: 'live' }, false)}
            >
              <MessageGrid
                rows={rows}
                paths={columns.filter((path) => readPath(path) !== null)}
                open={m}
                onOpen={(message) => show(message)}
                onMove={(message) => show(message, true)}
                onGo={(message) =>
                  void go({
                    to: '/topics/$topic/$partition/$offset',
                    params: { topic: topic.name, partition: String(message.partition), offset: String(message.offset) },
                  })
                }
                follow={follow}
                onFollowChange={setFollow}
                layout={!tablet ? 'phone' : wide && m === undefined ? 'wide' : 'narrow'}
                label={`Messages of ${topic.name}`}
                actions={actions.menu}
                className="h-full"
              />
            </Body>
          </div>
        </div>
      </Card>
      {!wide || m === undefined ? null : (
        <aside
          aria-label="Message"
          className="flex h-[max(26rem,calc(100dvh-13.5rem))] w-[clamp(24rem,36vw,40rem)] shrink-0 flex-col rounded-lg border bg-surface shadow-card"
        >
          <header className="flex min-h-10 items-center gap-1 border-b py-1 pr-1 pl-3">
            {heading}
            <IconButton label="Close" keys="Esc" onClick={close} className="!size-7">
              <X />
            </IconButton>
          </header>
          <div className="scroll-y min-h-0 grow overflow-y-auto px-3 pb-3">{detail}</div>
        </aside>
      )}
      <ExportDialog
        open={exporting}
        onClose={() => setExporting(false)}
        topic={topic}
        partitions={p}
        from={spec === null || spec.from === 'newest' ? 'earliest' : spec.from}
        filter={filter}
        shown={exporting ? rows.flatMap((row) => (row.kind === 'message' ? [row.message] : [])) : []}
        columns={columns}
      />
      <Sheet open={!wide && m !== undefined} onClose={close} title={heading} wide>
        {detail}
      </Sheet>
    </div>
  )
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

function Heading({
  topic,
  place,
  onStep,
  menu,
}: {
  topic: string
  place: string
  onStep: (by: 1 | -1) => void
  menu: React.ReactNode
}) {
  const at = readPlace(place)
  return (
    <span className="flex min-w-0 grow items-center gap-1">
      {at === null ? (
        <span className="grow font-mono">{place}</span>
      ) : (
        <Link
          to="/topics/$topic/$partition/$offset"
          params={{ topic, partition: String(at.partition), offset: String(at.offset) }}
          title="Open its page"
          className="min-w-0 grow truncate font-mono font-semibold text-sm hover:underline"
        >
          {at.partition}
          <span className="text-text-3">@</span>
          {at.offset}
        </Link>
      )}
      <IconButton label="Previous message" keys="k" onClick={() => onStep(-1)} className="!size-7">
        <ChevronUp />
      </IconButton>
      <IconButton label="Next message" keys="j" onClick={() => onStep(1)} className="!size-7">
        <ChevronDown />
      </IconButton>
      {menu}
    </span>
  )
}

function OpenMessage({
  state,
  place,
  tab,
  onTab,
  onColumn,
  onFilter,
}: {
  state: ReturnType<typeof useOpenMessage>
  place: string
  tab: DetailTab
  onTab: (tab: DetailTab) => void
  onColumn: (path: string) => void
  onFilter: (filter: string) => void
}) {
  if (state.message !== null)
    return <MessageDetail message={state.message} tab={tab} onTab={onTab} onColumn={onColumn} onFilter={onFilter} />
  if (state.error !== null)
    return (
      <div className="pt-3">
        <ErrorPanel what={`Message ${place} could not be read`} error={state.error} onRetry={state.retry} />
      </div>
    )
  return (
    <div className="space-y-2 pt-3" aria-busy="true">
      <Skeleton className="h-8 w-64" />
      <Skeleton className="h-40" />
    </div>
  )
}

function ColumnPicker({
  columns,
  paths,
  onChange,
}: {
  columns: readonly string[]
  paths: readonly string[]
  onChange: (columns: readonly string[]) => void
}) {
  const [text, setText] = useState('')
  const wrong = text !== '' && readPath(text) === null
  const add = () => {
    if (text === '' || wrong) return
    if (!columns.includes(text)) onChange([...columns, text])
    setText('')
  }
  return (
    <Popover
      title="Columns"
      trigger={
        <Button
          size="sm"
          icon={<Columns3 />}
          aria-label={columns.length === 0 ? 'Columns' : `Columns ${columns.length}`}
        >
          <span className="max-sm:hidden">Columns</span>
          {columns.length === 0 ? null : ` ${columns.length}`}
        </Button>
      }
    >
      <p className="mb-2 text-text-2 text-xs">A field of the value as a column of its own.</p>
      <form
        className="flex gap-1.5"
        onSubmit={(event) => {
          event.preventDefault()
          add()
        }}
      >
        <Combobox
          aria-label="Path in the value"
          aria-invalid={wrong || undefined}
          mono
          value={text}
          onChange={setText}
          options={paths.filter((path) => !columns.includes(path))}
          placeholder="user.id"
        />
        <Button type="submit" disabledReason={wrong ? 'Write a path as user.id or items[0].sku.' : undefined}>
          Add
        </Button>
      </form>
      {columns.length === 0 ? null : (
        <ul className="mt-2 flex flex-col">
          {columns.map((path) => (
            <li key={path} className="flex items-center justify-between gap-2">
              <code className="min-w-0 truncate font-mono text-xs">{path}</code>
              <IconButton
                label={`Remove ${path}`}
                tip={false}
                className="!size-7"
                onClick={() => onChange(columns.filter((each) => each !== path))}
              >
                <X />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
    </Popover>
  )
}

/** The list, or why there is none. */
function Body({
  topic,
  view,
  seek,
  chosen,
  filter,
  failed,
  rows,
  onRetry,
  onClearFilter,
  onLive,
  children,
}: {
  topic: TopicDescription
  view: RangeView | null
  seek: Seek
  chosen: boolean
  filter: string
  failed: { readonly code: string; readonly detail: string } | null
  rows: readonly GridRow[]
  onRetry: () => void
  onClearFilter: () => void
  onLive: () => void
  children: React.ReactNode
}) {
  const { peers } = usePeers()
  const url = peers[0]?.url ?? location.origin
  if (!chosen)
    return (
      <EmptyState title={seek === 'time' ? 'From which time on?' : 'From which offset on?'}>
        {seek === 'time'
          ? 'Give a date and a time above: the first message at or after it, in each partition.'
          : 'Give an offset above: it means each partition’s own, or the nearest it has.'}
      </EmptyState>
    )
  const error =
    failed === null ? (view?.state === 'failed' ? view.error : null) : new Error(`${failed.detail} (${failed.code})`)
  if (error !== null && rows.length === 0)
    return (
      <div className="p-3">
        <ErrorPanel what="The messages could not be read" error={error} onRetry={onRetry} />
      </div>
    )
  if (rows.length > 0)
    return (
      <div className="flex h-full min-h-0 flex-col">
        {error === null ? null : (
          <div className="border-b p-2">
            <ErrorPanel what="Reading on failed" error={error} onRetry={onRetry} />
          </div>
        )}
        <div className="min-h-0 grow">{children}</div>
      </div>
    )
  if (view === null || view.state === 'reading' || view.state === 'waiting') {
    const looking = filter !== '' && view !== null && view.progress.scanned > 0
    return looking ? (
      <EmptyState title="No match so far">
        {plural(view.progress.scanned, 'message')} looked at, {formatCount(view.remaining)} to go.
      </EmptyState>
    ) : (
      <RowsSkeleton />
    )
  }
  const empty = topic.partitions.every(({ highWatermark, logStartOffset }) => highWatermark <= logStartOffset)
  if (filter !== '')
    return (
      <EmptyState
        title="Nothing matches"
        action={
          <Button size="sm" onClick={onClearFilter}>
            Clear the filter
          </Button>
        }
      >
        {seek === 'live'
          ? `None of ${plural(view.progress.scanned, 'message')} so far. What comes in is looked at.`
          : `None of ${plural(view.progress.scanned, 'message')} looked at${view.state === 'done' ? '' : ', and there are more'}.`}
      </EmptyState>
    )
  if (empty || seek === 'live')
    return (
      <EmptyState
        title={seek === 'live' ? 'Waiting for the next message' : 'No message yet'}
        action={
          <>
            <Link to="/produce" search={{ topic: topic.name }} className={buttonClass('primary')}>
              Send a message
            </Link>
            {seek === 'live' ? null : <Button onClick={onLive}>Wait for one</Button>}
          </>
        }
        snippet={
          <Snippets
            snippets={[
              {
                name: 'CLI',
                code: `yak produce ${topic.name} --brokers ${url} --key customer-7 --value '{"total":19.9}'`,
              },
              {
                name: 'curl',
                code: `curl -L ${url}/produce -H 'content-type: application/json' \\\n  -d '{"topic":"${topic.name}","key":"customer-7","value":{"total":19.9}}'`,
              },
            ]}
          />
        }
      >
        {seek === 'live'
          ? 'Messages show here as soon as they are committed.'
          : 'Nothing was sent to this topic, or retention took it.'}
      </EmptyState>
    )
  return (
    <EmptyState title="Nothing in this range">
      The chosen partitions have no message from there on. Choose an earlier place, or other partitions.
    </EmptyState>
  )
}

function Footer({
  view,
  seek,
  filtered,
  received,
  dropped,
  paused,
  connected,
  follow,
  onFollow,
  onStop,
  onMore,
}: {
  view: RangeView | null
  seek: Seek
  filtered: boolean
  received: number
  dropped: number
  paused: boolean
  connected: boolean
  follow: boolean
  onFollow: () => void
  onStop: () => void
  onMore: () => void
}) {
  if (view === null) return <div className="min-h-6" />
  const { scanned, matched, gaveUp, bytes, ms } = view.progress
  const reading = view.state === 'reading' || view.state === 'waiting'
  return (
    <div className="flex min-h-6 flex-wrap items-center gap-x-3 gap-y-1 text-2xs text-text-3">
      <span>
        {filtered ? `${formatCount(matched)} of ${formatCount(scanned)} match` : plural(scanned, 'message')}
        {` · ${formatBytes(bytes)} · ${formatDuration(ms)}`}
        {gaveUp === 0 ? '' : ` · ${formatCount(gaveUp)} too large for the filter`}
      </span>
      {seek === 'live' ? (
        <span>
          {paused ? 'paused' : connected ? 'live' : 'connecting'} · {formatCount(received)} came in
          {dropped === 0 ? '' : ` · ${formatCount(dropped)} let go, the list is full`}
        </span>
      ) : view.remaining > 0 && !reading ? (
        <span>{formatCount(view.remaining)} more in the range</span>
      ) : null}
      {view.state === 'waiting' ? <span className="text-info">waiting for a broker that can answer</span> : null}
      {view.state === 'stopped' ? <span>stopped</span> : null}
      <span className="ml-auto flex items-center gap-2">
        {reading && filtered ? (
          <Button size="sm" icon={<Square />} className="h-6" onClick={onStop}>
            Stop
          </Button>
        ) : null}
        {!reading && seek !== 'live' && view.remaining > 0 ? (
          <Button size="sm" className="h-6" onClick={onMore}>
            {seek === 'newest' ? 'Load older' : 'Load more'}
          </Button>
        ) : null}
        {seek === 'live' && !paused ? (
          follow ? (
            <span>following</span>
          ) : (
            <Button size="sm" icon={<ArrowDownToLine />} className="h-6" onClick={onFollow}>
              Follow
            </Button>
          )
        ) : null}
      </span>
    </div>
  )
}

function RowsSkeleton() {
  return (
    <div className={cx('space-y-2 p-3')} aria-busy="true">
      {Array.from({ length: 12 }, (_, index) => (
        <Skeleton key={index} className="h-5" />
      ))}
    </div>
  )
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
