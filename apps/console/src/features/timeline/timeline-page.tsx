import { getRouteApi } from '@tanstack/react-router'
import { ChartNoAxesGantt, ChevronLeft, ChevronRight, FolderOpen, Table2, X, ZoomIn, ZoomOut } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useConsoleData } from '../../data/console-data.tsx'
import { useCluster, useNow, useOnline, useStale } from '../../data/hooks.ts'
import { useWholeJournal } from '../../data/journal-history.ts'
import type { JournalEntry } from '../../data/live/frames.ts'
import { brokerName, sortBrokerIds } from '../../lib/brokers.ts'
import { formatCount, formatSpan, plural } from '../../lib/format.ts'
import { toldEvents } from '../../lib/told-events.ts'
import { BrokerMark } from '../../ui/broker-mark.tsx'
import { Button, IconButton } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { CardSkeleton, LinesSkeleton } from '../../ui/card-skeleton.tsx'
import { cx } from '../../ui/cx.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { ClusterFreshness } from '../../ui/freshness.tsx'
import { NoAnswer, useNoAnswer } from '../../ui/no-answer.tsx'
import { Page } from '../../ui/page.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Loading, Skeleton } from '../../ui/skeleton.tsx'
import { Time } from '../../ui/time.tsx'
import { useKeys } from '../../ui/use-keys.ts'
import { clusterStops } from './cluster-stops.ts'
import { EntryLink } from './entry-link.tsx'
import { IncidentCards } from './incident-cards.tsx'
import { incidentsOf, termsOf } from './leadership.ts'
import { MarkLegend } from './mark-look.tsx'
import { OpenSnapshotDialog } from './open-snapshot-dialog.tsx'
import { SaveSnapshot } from './save-snapshot.tsx'
import { SwimLanes } from './swim-lanes.tsx'
import { TermTable } from './term-table.tsx'
import { around, defaultSpan, pan, rangeOf, type TimeWindow, zoom } from './time-window.ts'

const route = getRouteApi('/timeline')

const presets = [
  ['60000', '1 min'],
  ['300000', '5 min'],
  ['900000', '15 min'],
  ['3600000', '1 h'],
  ['86400000', '24 h'],
] as const

/** Who led when, how each change went, and what every broker wrote down about it. */
export function TimelinePage() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const cluster = useCluster()
  const journal = useWholeJournal()
  const online = useOnline()
  const stale = useStale()
  const now = useNow(1_000)
  const setOpening = (open: boolean) =>
    void navigate({ search: (before) => ({ ...before, open: open || undefined }), replace: !open })
  const [selected, setSelected] = useState<readonly JournalEntry[]>([])
  const window: TimeWindow = { span: search.span ?? defaultSpan, to: search.to ?? null }
  const range = useMemo(
    () => rangeOf({ span: search.span ?? defaultSpan, to: search.to ?? null }, now),
    [search.span, search.to, now],
  )
  const leaderId = cluster?.cluster.leader?.id ?? null
  const epoch = cluster?.cluster.epoch ?? -1
  const known = cluster !== null
  const terms = useMemo(
    () => termsOf(journal.entries, known ? { leaderId, epoch } : null),
    [journal.entries, known, leaderId, epoch],
  )
  const { cluster: feed, snapshot } = useConsoleData()
  const { heard } = feed
  const ids = useMemo(
    () =>
      sortBrokerIds([
        ...(cluster?.brokers.map(({ id }) => id) ?? []),
        ...journal.entries.map(({ brokerId }) => brokerId),
      ]),
    [cluster, journal.entries],
  )
  const stops = useMemo(() => clusterStops(journal.entries, ids), [journal.entries, ids])
  const incidents = useMemo(() => incidentsOf(terms, now, heard, stops), [terms, now, heard, stops])

  const show = ({ span, to }: TimeWindow) =>
    void navigate({
      search: (before) => ({ ...before, span: span === defaultSpan ? undefined : span, to: to ?? undefined }),
      replace: true,
    })
  const zoomIn = () => show(zoom(window, 0.5))
  const zoomOut = () => show(zoom(window, 2))
  const reset = () => show({ span: defaultSpan, to: null })
  useKeys({
    '+': zoomIn,
    '=': zoomIn,
    '-': zoomOut,
    '0': reset,
    ArrowLeft: () => show(pan(window, -0.25, now)),
    ArrowRight: () => show(pan(window, 0.25, now)),
    Escape: selected.length === 0 ? undefined : () => setSelected([]),
  })
  const view = search.view ?? 'lanes'
  const inRange = useMemo(
    () => journal.entries.filter(({ at }) => at >= range.from && at <= range.to),
    [journal.entries, range],
  )
  const events = useMemo(() => toldEvents(inRange), [inRange])
  const partitionLanes = (search.p ?? []).map((name) => {
    const topic = name.slice(0, name.lastIndexOf('/'))
    const created = journal.entries.findLast(({ type, data }) => type === 'topic-created' && data?.topic === topic)
    return {
      name,
      since: created?.at ?? null,
      onClose: () =>
        void navigate({
          search: (before) => {
            const rest = before.p?.filter((each) => each !== name) ?? []
            return { ...before, p: rest.length === 0 ? undefined : rest }
          },
          replace: true,
        }),
    }
  })
  const oldest = journal.entries[0]?.at

  return (
    <Page
      title="Timeline"
      documentTitle="Timeline"
      aside={
        <>
          <Button icon={<FolderOpen />} onClick={() => setOpening(true)}>
            <span>
              Open<span className="max-sm:sr-only"> a snapshot</span>
            </span>
          </Button>
          {/* A snapshot is one already, and before anything was read there is nothing to save. */}
          {snapshot !== null || cluster === null || !journal.loaded ? null : (
            <SaveSnapshot cluster={cluster} journal={journal} />
          )}
        </>
      }
    >
      <OpenSnapshotDialog open={search.open === true} onClose={() => setOpening(false)} />
      <Loading loading={!journal.loaded} skeleton={<TimelineSkeleton />}>
        {() => (
          <div className={cx('flex flex-col gap-4 transition-opacity', stale && 'dimmed')}>
            {journal.entries.length === 0 ? (
              <Card>
                <EmptyState icon={<ChartNoAxesGantt />} title="Nothing happened yet">
                  Elections, replicas that come and go, and topics made and deleted are drawn here as brokers write them
                  down.
                </EmptyState>
              </Card>
            ) : (
              <>
                <Card
                  title={
                    <span className="flex flex-wrap items-center gap-x-2">
                      Leaders
                      <span className="font-normal text-text-3 text-xs">
                        {window.to === null ? (
                          snapshot === null ? (
                            `the last ${formatSpan(window.span)}`
                          ) : (
                            `last ${formatSpan(window.span)} before the snapshot`
                          )
                        ) : (
                          <>
                            {formatSpan(window.span)} up to <Time at={window.to} full named />
                          </>
                        )}
                      </span>
                    </span>
                  }
                  flush
                  aside={
                    <div className="flex flex-wrap items-center gap-1.5">
                      <Segmented
                        label="Range"
                        value={window.to === null ? String(window.span) : ''}
                        options={presets.map(([value, label]) => ({ value: value as string, label }))}
                        onChange={(value) => show({ span: Number(value), to: null })}
                        className="max-sm:hidden"
                      />
                      <IconButton
                        label="Earlier"
                        keys="←"
                        onClick={() => show(pan(window, -0.5, now))}
                        className="!size-7"
                      >
                        <ChevronLeft />
                      </IconButton>
                      {window.to === null ? (
                        // At the end there is nothing later; its place stays, so that the buttons beside it do too.
                        <span className="size-7 max-sm:size-11" />
                      ) : (
                        <IconButton
                          label="Later"
                          keys="→"
                          onClick={() => show(pan(window, 0.5, now))}
                          className="!size-7"
                        >
                          <ChevronRight />
                        </IconButton>
                      )}
                      <IconButton label="Zoom in" keys="+" onClick={zoomIn} className="!size-7">
                        <ZoomIn />
                      </IconButton>
                      <IconButton label="Zoom out" keys="-" onClick={zoomOut} className="!size-7">
                        <ZoomOut />
                      </IconButton>
                      <Button size="sm" onClick={reset}>
                        {snapshot === null ? 'Now' : 'End'}
                      </Button>
                      <Segmented
                        label="View"
                        value={view}
                        options={[
                          {
                            value: 'lanes',
                            label: <ChartNoAxesGantt aria-label="Lanes" className="size-3.5" />,
                            title: 'Lanes',
                          },
                          { value: 'table', label: <Table2 aria-label="Table" className="size-3.5" />, title: 'Table' },
                        ]}
                        onChange={(next) =>
                          void navigate({
                            search: (before) => ({ ...before, view: next === 'lanes' ? undefined : next }),
                            replace: true,
                          })
                        }
                      />
                    </div>
                  }
                  footer={
                    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-2xs text-text-3">
                      {cluster === null ? null : <ClusterFreshness snapshot={cluster} />}
                      <span>
                        {view === 'lanes' ? '' : `${plural(events.length, 'event')}, told in `}
                        {plural(inRange.length, 'entry', 'entries')}
                        {view === 'lanes' ? ' here' : ''}, each by the clock of its broker.
                      </span>
                      {journal.missing.length === 0 ? null : (
                        <span className="text-warn">
                          Without {journal.missing.map(({ brokerId }) => brokerName(brokerId)).join(', ')}: no answer.
                        </span>
                      )}
                      {journal.atStart ? (
                        <span>
                          {snapshot === null ? 'The journals begin' : 'The snapshot begins'}{' '}
                          {oldest === undefined ? '' : <Time at={oldest} full named className="text-2xs!" />}.
                        </span>
                      ) : (
                        <Button
                          size="sm"
                          variant="ghost"
                          className="h-6 max-sm:-ml-3"
                          busy={journal.loading}
                          disabledReason={
                            !online ? 'No broker answers.' : journal.full ? 'The console keeps no more.' : undefined
                          }
                          onClick={() => void journal.loadOlder()}
                        >
                          Load older entries
                        </Button>
                      )}
                    </div>
                  }
                >
                  {view === 'lanes' ? (
                    <SwimLanes
                      range={range}
                      now={now}
                      terms={terms}
                      incidents={incidents}
                      entries={journal.entries}
                      brokerIds={ids}
                      partitionLanes={partitionLanes}
                      selected={selected}
                      onSelect={setSelected}
                      onPan={(share) => show(pan(window, share, now))}
                    />
                  ) : (
                    <TermTable terms={terms} events={events} range={range} now={now} />
                  )}
                  {view === 'lanes' ? <MarkLegend entries={inRange} /> : null}
                  {view === 'lanes' && selected.length > 0 ? (
                    <Chosen entries={selected} onClose={() => setSelected([])} />
                  ) : null}
                  {view === 'lanes' && selected.length === 0 && inRange.length === 0 ? (
                    <p className="px-3 py-2 text-text-2 text-xs">
                      Nothing was written down in this time.
                      {incidents.length === 0 ? '' : ' The changes of leader below lead to theirs.'}
                    </p>
                  ) : null}
                </Card>
                {journal.error === null ? null : (
                  <ErrorPanel
                    what="Older entries could not be read"
                    error={journal.error}
                    onRetry={() => void journal.loadOlder()}
                  />
                )}
                <section className="flex flex-col gap-2">
                  <h2 className="font-semibold text-sm">
                    Changes of leader
                    {incidents.length === 0 ? null : (
                      <span className="ml-2 font-normal text-text-3 text-xs">{formatCount(incidents.length)}</span>
                    )}
                  </h2>
                  {incidents.length === 0 ? (
                    <p className="text-text-2 text-xs">
                      None in what is loaded
                      {journal.atStart
                        ? ': the same broker led all the time.'
                        : '. Load older entries to look further back.'}
                    </p>
                  ) : (
                    <IncidentCards
                      incidents={incidents}
                      entries={journal.entries}
                      missing={journal.missing.map(({ brokerId }) => brokerId)}
                      onShow={({ startAt, endAt }) => {
                        show(around(startAt, endAt ?? now))
                        document.querySelector('main')?.scrollTo({ top: 0 })
                      }}
                    />
                  )}
                </section>
              </>
            )}
          </div>
        )}
      </Loading>
    </Page>
  )
}

/** The entries of the marks that were chosen. */
function Chosen({ entries, onClose }: { entries: readonly JournalEntry[]; onClose: () => void }) {
  return (
    <section aria-label="Chosen entries" className="border-t bg-surface-2">
      <div className="flex items-center justify-between px-3 pt-1.5">
        <span className="eyebrow">{plural(entries.length, 'entry', 'entries')}</span>
        <IconButton label="Close" keys="Esc" onClick={onClose} className="!size-7">
          <X />
        </IconButton>
      </div>
      <ul className="scroll-y max-h-52 overflow-y-auto px-3 pb-2">
        {entries.map((entry) => (
          <li key={`${entry.brokerId} ${entry.seq}`} className="flex min-h-6 items-baseline gap-3">
            <Time at={entry.at} className="text-text-3" />
            <BrokerMark id={entry.brokerId} size="sm" />
            <EntryLink entry={entry} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function TimelineSkeleton() {
  if (useNoAnswer()) return <NoAnswer what="The timeline could not be read" />
  return (
    <div className="flex flex-col gap-4">
      <CardSkeleton title="Leaders" flush>
        {[0, 1, 2, 3].map((lane) => (
          <div key={lane} className="flex h-10 items-center gap-x-4 border-b px-3">
            <Skeleton className={cx('w-6 rounded-sm', lane === 0 ? 'h-3.5' : 'h-6')} />
            <Skeleton className={cx('grow', lane === 0 ? 'h-7' : 'h-1')} />
          </div>
        ))}
        <div className="p-3">
          <Skeleton className="h-3 w-3/5" />
        </div>
      </CardSkeleton>
      <section className="flex flex-col gap-2">
        <h2 className="font-semibold text-sm">Changes of leader</h2>
        <div className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,20rem),1fr))] gap-3">
          {[0, 1].map((change) => (
            <Card key={change}>
              <LinesSkeleton lines={5} />
            </Card>
          ))}
        </div>
      </section>
    </div>
  )
}
