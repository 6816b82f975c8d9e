import { getRouteApi, Link } from '@tanstack/react-router'
import { ArrowDownToLine, CircleAlert, Download, Info, Link2, TriangleAlert, X } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useBrokerIds, useCluster, useOnline, usePreference, useSnapshot, useStale, useWide } from '../../data/hooks.ts'
import { useWholeJournal } from '../../data/journal-history.ts'
import type { JournalEntry, JournalLevel } from '../../data/live/frames.ts'
import { brokerWords } from '../../lib/broker-words.ts'
import { brokerName } from '../../lib/brokers.ts'
import { formatCount, plural } from '../../lib/format.ts'
import { toldEvents } from '../../lib/told-events.ts'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import { downloadText, fileTime } from '../../ui/download.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { ClusterFreshness } from '../../ui/freshness.tsx'
import { Input } from '../../ui/input.tsx'
import { NoAnswer, useNoAnswer } from '../../ui/no-answer.tsx'
import { Page } from '../../ui/page.tsx'
import { Pill } from '../../ui/pill.tsx'
import { Select } from '../../ui/select.tsx'
import { Loading, Skeleton } from '../../ui/skeleton.tsx'
import { Tellers } from '../../ui/tellers.tsx'
import { Time } from '../../ui/time.tsx'
import { useEntry } from '../../ui/use-entry.ts'
import { useKeys } from '../../ui/use-keys.ts'
import { keptPlace } from '../../ui/use-list-place.ts'
import { VirtualList } from '../../ui/virtual-list.tsx'
import { EventDetails } from './event-details.tsx'
import { type LogRow, lineName, matchLines, readLineName, rowsOf, tells, toNdjson } from './log-lines.ts'

const route = getRouteApi('/log')

const levels: Record<JournalLevel, { readonly icon: typeof Info; readonly className: string }> = {
  info: { icon: Info, className: 'text-text-3' },
  warn: { icon: TriangleAlert, className: 'text-warn-mark' },
  error: { icon: CircleAlert, className: 'text-bad-mark' },
}

/** The journals of all brokers as one: what happened, a line for each event whoever tells it, as far back as they keep it. */
export function LogPage() {
  const search = route.useSearch()
  const { q, level, type, broker, at } = search
  const navigate = route.useNavigate()
  const journal = useWholeJournal()
  const online = useOnline()
  const stale = useStale()
  const snapshot = useSnapshot()
  const cluster = useCluster()
  const brokerIds = useBrokerIds()
  const compact = usePreference('density') === 'compact'
  const wide = useWide(640)
  const kept = keptPlace(useEntry(), 'log')
  const [follow, setFollow] = useState(kept?.follow ?? at === undefined)
  const [show, setShow] = useState<{ index: number; align: 'start' | 'center' } | undefined>()
  const filterBox = useRef<HTMLInputElement>(null)
  const types = useMemo(() => [...new Set(journal.entries.map((entry) => entry.type))].toSorted(), [journal.entries])
  const lines = useMemo(
    () => matchLines(journal.entries, { q, level, type, broker }),
    [journal.entries, q, level, type, broker],
  )
  const events = useMemo(() => toldEvents(journal.entries), [journal.entries])
  const rows = useMemo(() => rowsOf(events, lines), [events, lines])
  const selected = useMemo(() => events.find((event) => tells(event, at)), [events, at])
  useShowLine(at, rows, journal, setShow, kept !== undefined)

  const filter = (change: Partial<typeof search>, replace = true) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace })
  const select = (entry: JournalEntry | undefined) => {
    if (entry !== undefined) setFollow(false)
    filter({ at: entry === undefined ? undefined : lineName(entry) })
  }
  const step = (by: number) => {
    const from = rows.findIndex(({ event }) => tells(event, at))
    const next = from === -1 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, from + by))
    if (rows[next] !== undefined) select(rows[next].lead)
    setShow({ index: next, align: 'center' })
  }
  useKeys({
    '/': () => filterBox.current?.focus(),
    j: () => step(1),
    k: () => step(-1),
    End: () => setFollow(true),
    Escape: selected === undefined ? undefined : () => select(undefined),
  })
  const loadOlder = async () => {
    const anchor = rows[0]?.lead
    setFollow(false)
    await journal.loadOlder()
    setAnchor(anchor)
  }
  // After older lines came, the one that was on top stays on top.
  const [anchor, setAnchor] = useState<JournalEntry | undefined>()
  useEffect(() => {
    if (anchor === undefined) return
    const index = rows.findIndex(({ event }) => tells(event, lineName(anchor)))
    if (index > 0) setShow({ index, align: 'start' })
    setAnchor(undefined)
  }, [anchor, rows])
  const filtered = q !== undefined || level !== undefined || type !== undefined || broker !== undefined

  return (
    <Page
      title="Log"
      documentTitle="Log"
      full
      aside={
        lines.length === 0 ? undefined : (
          <Button
            icon={<Download />}
            onClick={() =>
              downloadText(`yak-log-${fileTime(Date.now())}.ndjson`, toNdjson(lines), 'application/x-ndjson')
            }
          >
            Download NDJSON
          </Button>
        )
      }
    >
      <search className="flex flex-wrap items-center gap-2 max-sm:grid max-sm:grid-cols-3">
        <Input
          ref={filterBox}
          aria-label="Filter by text"
          placeholder={wide ? 'Filter by text (/)' : 'Filter by text'}
          value={q ?? ''}
          onChange={(event) => filter({ q: event.target.value || undefined })}
          className="min-w-40 max-w-80 flex-1 max-sm:col-span-3 max-sm:max-w-none"
        />
        <Select
          aria-label="Level"
          value={level ?? 'info'}
          onChange={(event) =>
            filter({ level: event.target.value === 'info' ? undefined : (event.target.value as JournalLevel) })
          }
        >
          <option value="info">All levels</option>
          <option value="warn">Warnings</option>
          <option value="error">Errors</option>
        </Select>
        <Select
          aria-label="Type"
          value={type ?? ''}
          onChange={(event) => filter({ type: event.target.value || undefined })}
          className="max-w-44"
        >
          <option value="">All types</option>
          {type === undefined || types.includes(type) ? null : <option>{type}</option>}
          {types.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </Select>
        <Select
          aria-label="Broker"
          value={broker ?? ''}
          onChange={(event) => filter({ broker: event.target.value || undefined })}
        >
          <option value="">All brokers</option>
          {broker === undefined || brokerIds.includes(broker) ? null : (
            <option value={broker}>{brokerName(broker)}</option>
          )}
          {brokerIds.map((id) => (
            <option key={id} value={id}>
              {brokerName(id)}
            </option>
          ))}
        </Select>
        {/* Where nothing matches the list itself offers it. */}
        {filtered && rows.length > 0 ? (
          <Button
            variant="ghost"
            icon={<X />}
            className="max-sm:-ml-3 max-sm:justify-self-start"
            onClick={() => filter({ q: undefined, level: undefined, type: undefined, broker: undefined })}
          >
            Show all
          </Button>
        ) : null}
      </search>
      {journal.error === null ? null : (
        <ErrorPanel
          what="Older lines could not be read"
          error={journal.error}
          onRetry={() => void journal.loadOlder()}
        />
      )}
      <section
        className={cx(
          'flex min-h-0 grow flex-col rounded-lg border bg-surface shadow-card transition-opacity',
          stale && journal.loaded && 'dimmed',
        )}
      >
        <Loading loading={!journal.loaded} skeleton={<LogSkeleton />}>
          {() => (
            <>
              <div className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-3 border-b px-3 py-1 text-2xs text-text-3">
                {journal.atStart ? (
                  <span>Loaded back to the beginning of the {snapshot === null ? 'journal' : 'snapshot'}.</span>
                ) : journal.full ? (
                  <span>{plural(journal.entries.length, 'line')} are loaded; the console keeps no more.</span>
                ) : (
                  <Button
                    size="sm"
                    variant="ghost"
                    className="-ml-2 h-6"
                    busy={journal.loading}
                    disabledReason={online ? undefined : 'No broker answers.'}
                    onClick={() => void loadOlder()}
                  >
                    Load older lines
                  </Button>
                )}
                {journal.missing.length === 0 ? null : (
                  <span className="text-warn">
                    Without {journal.missing.map(({ brokerId }) => brokerName(brokerId)).join(', ')}: no answer.
                  </span>
                )}
              </div>
              {rows.length === 0 ? (
                <div className="grow">
                  {journal.entries.length === 0 ? (
                    <EmptyState title="Nothing happened yet">
                      Elections, replicas that come and go, topics made and deleted, and what brokers warn of are
                      written here.
                    </EmptyState>
                  ) : (
                    <EmptyState
                      title="Nothing matches"
                      action={
                        <Button
                          size="sm"
                          onClick={() => filter({ q: undefined, level: undefined, type: undefined, broker: undefined })}
                        >
                          Show all
                        </Button>
                      }
                    >
                      None of {plural(events.length, 'loaded event')} matches.
                    </EmptyState>
                  )}
                </div>
              ) : (
                <VirtualList
                  items={rows}
                  rowHeight={wide ? (compact ? 26 : 32) : 44}
                  keyOf={({ event }) => lineName(event.first)}
                  label="Log"
                  placeName="log"
                  role="log"
                  follow={follow}
                  onFollowChange={setFollow}
                  show={show}
                  onStep={step}
                  className="min-h-0 grow overscroll-contain"
                  render={(row) => {
                    const on = tells(row.event, at)
                    return <Line row={row} on={on} onSelect={() => select(on ? undefined : row.lead)} />
                  }}
                />
              )}
              {selected === undefined ? (
                at === undefined || journal.loading ? null : (
                  <p className="border-t px-3 py-2 text-text-2 text-xs">
                    Line {at} is not here: the broker may not keep it any more, or does not answer.
                  </p>
                )
              ) : (
                <EventDetails event={selected} at={at} onClose={() => select(undefined)} />
              )}
              <footer className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-t px-3 py-1 text-2xs text-text-3">
                {cluster === null ? null : <ClusterFreshness snapshot={cluster} />}
                <span>
                  {rows.length === events.length
                    ? plural(rows.length, 'event')
                    : `${formatCount(rows.length)} of ${plural(events.length, 'event')}`}
                  {lines.length === 0 ? null : (
                    <span className="max-sm:hidden">
                      , told in {plural(lines.length, 'line')}, each by the clock of its broker
                    </span>
                  )}
                </span>
                {snapshot !== null ? null : follow ? (
                  <span className={cx('ml-auto', stale && 'text-warn max-sm:hidden')}>
                    {stale ? 'nothing new: no broker answers' : 'following'}
                  </span>
                ) : (
                  <Button size="sm" icon={<ArrowDownToLine />} className="ml-auto h-6" onClick={() => setFollow(true)}>
                    Follow
                  </Button>
                )}
              </footer>
            </>
          )}
        </Loading>
      </section>
    </Page>
  )
}

/** A line named in the URL comes into view; when it is older than what is loaded, the journal around it is asked for once. */
function useShowLine(
  at: string | undefined,
  rows: readonly LogRow[],
  journal: ReturnType<typeof useWholeJournal>,
  setShow: (show: { index: number; align: 'center' }) => void,
  isKept: boolean,
): void {
  // Where the list comes back to where it was left, the line may be anywhere.
  const done = useRef<string | undefined>(isKept ? at : undefined)
  const asked = useRef<string | undefined>(undefined)
  const { loaded, loadAround } = journal
  useEffect(() => {
    if (at === undefined || !loaded || done.current === at) return
    const index = rows.findIndex(({ event }) => tells(event, at))
    if (index !== -1) {
      done.current = at
      setShow({ index, align: 'center' })
      return
    }
    const name = readLineName(at)
    if (name !== null && asked.current !== at) {
      asked.current = at
      void loadAround(name.brokerId, name.seq)
    }
  }, [at, rows, loaded, loadAround, setShow])
}

function Line({ row: { event, lead: entry }, on, onSelect }: { row: LogRow; on: boolean; onSelect: () => void }) {
  const { icon: Icon, className } = levels[entry.level]
  const text = brokerWords(entry.text)
  return (
    <div className={cx('group flex h-full items-center gap-2 px-3 hover:bg-surface-2', on && 'bg-surface-3!')}>
      <button
        type="button"
        // The list is one stop, and arrows choose.
        tabIndex={-1}
        aria-pressed={on}
        onClick={onSelect}
        className="flex h-full min-w-0 grow items-center gap-2 text-left"
      >
        <span className="flex shrink-0 items-center gap-2 max-sm:flex-col max-sm:items-start max-sm:gap-0.5">
          <Time at={entry.at} className="text-text-3 max-sm:hidden" />
          <Time at={entry.at} ms={false} className="text-text-3 sm:hidden" />
          <Tellers ids={event.entries.map(({ brokerId }) => brokerId)} />
        </span>
        <Icon role="img" aria-label={entry.level} className={cx('size-3.5 shrink-0', className)} />
        <span className="w-30 shrink-0 truncate font-mono text-2xs text-text-3 max-lg:hidden">{entry.type}</span>
        <span title={text} className="min-w-0 text-xs max-sm:line-clamp-2 max-sm:leading-4 sm:truncate">
          {text}
        </span>
        {event.agree ? null : (
          <Pill tone="warn" className="ml-auto">
            told differently
          </Pill>
        )}
      </button>
      <Link
        to="/log"
        search={{ at: lineName(entry) }}
        tabIndex={-1}
        aria-label={`Link to line ${lineName(entry)}`}
        className="inline-flex size-6 shrink-0 items-center justify-center rounded-sm text-text-3 hover:bg-surface-3 hover:text-text max-sm:hidden"
      >
        <Link2 aria-hidden className="size-3.5" />
      </Link>
    </div>
  )
}

function LogSkeleton() {
  if (useNoAnswer()) {
    return (
      <div className="p-3">
        <NoAnswer what="The log could not be read" />
      </div>
    )
  }
  return (
    <div className="space-y-3 p-3">
      {Array.from({ length: 14 }, (_, index) => (
        <Skeleton key={index} className="h-4" />
      ))}
    </div>
  )
}
