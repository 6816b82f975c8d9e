import { ChevronRight, CircleAlert, Pause, Play } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import type { ClusterSnapshot, RateName } from '../../data/cluster-feed.ts'
import { useConsoleData } from '../../data/console-data.tsx'
import { useJournal, useWide } from '../../data/hooks.ts'
import type { BrokerState } from '../../data/live/frames.ts'
import { useStore } from '../../data/store.ts'
import { brokerNames } from '../../lib/brokers.ts'
import { formatClock, formatCount, formatRate, formatTick } from '../../lib/format.ts'
import { leaderTicks } from '../../lib/leader-ticks.ts'
import { sumKnown } from '../../lib/rates.ts'
import { Button } from '../../ui/button.tsx'
import { Chart, type ChartTick } from '../../ui/chart.tsx'
import { cx } from '../../ui/cx.ts'
import { useZone } from '../../ui/environment.tsx'
import { Freshness } from '../../ui/freshness.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { useKeys } from '../../ui/use-keys.ts'

export const ranges = { '1m': 60_000, '5m': 300_000, '15m': 900_000, '1h': 3_600_000 } as const
export type Range = keyof typeof ranges

interface RateChart {
  readonly name: RateName
  readonly label: string
  readonly unit: 'messages' | 'requests'
  readonly verb: string
  readonly counter: keyof BrokerState['counters']
  readonly tone?: 'bad'
}

const charts: readonly RateChart[] = [
  { name: 'produced', label: 'Produced', unit: 'messages', verb: 'taken from producers', counter: 'recordsIn' },
  { name: 'consumed', label: 'Consumed', unit: 'messages', verb: 'given to consumers', counter: 'recordsOut' },
  {
    name: 'replicated',
    label: 'Replicated',
    unit: 'messages',
    verb: 'copied to followers',
    counter: 'recordsReplicated',
  },
  { name: 'errors', label: 'Errors', unit: 'requests', verb: 'requests that failed', counter: 'errors', tone: 'bad' },
]

/**
 * Produced, consumed and replicated messages per second, and the requests that failed, one cursor over all, with a tick at each
 * change of the leader.
 */
export function RateCharts({
  snapshot,
  range,
  onRange,
}: {
  snapshot: ClusterSnapshot
  range: Range
  onRange: (range: Range) => void
}) {
  const { cluster: feed, snapshot: file } = useConsoleData()
  const version = useStore(feed.rateVersion)
  const journal = useJournal()
  const wide = useWide(640)
  const past = useStore(feed.past.told)
  useEffect(() => feed.past.want(), [feed])
  const [shown, setShown] = useState<RateName>('produced')
  const [pausedAt, setPausedAt] = useState<number | null>(null)
  const [cursor, setCursor] = useState<number | null>(null)
  const zone = useZone()
  const togglePause = () => setPausedAt(pausedAt === null ? Date.now() : null)
  useKeys({ ' ': file === null ? togglePause : undefined })

  const ticks = useMemo(() => leaderTicks(journal.entries), [journal.entries])
  const view = useMemo(() => {
    const to = pausedAt ?? file?.takenAt ?? Date.now()
    const { seconds, columns } = feed.history.since(to - ranges[range] - 2_000)
    const end = seconds.findLastIndex((second) => second * 1_000 <= to) + 1
    const cut = <T,>(values: readonly T[]) => (end === values.length ? values : values.slice(0, end))
    return {
      from: to - ranges[range],
      to,
      seconds: cut(seconds),
      columns: Object.fromEntries(
        Object.entries(columns).map(([name, values]) => [name, cut(values)]),
      ) as typeof columns,
    }
  }, [feed, file, range, pausedAt, pausedAt === null ? version : 0])

  const total = (counter: RateChart['counter']) =>
    sumKnown(snapshot.brokers.map(({ state }) => state?.counters[counter] ?? null))
  const withStates = snapshot.brokers.some(({ state }) => state !== null)
  return (
    <section aria-label="Rates" className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="font-semibold text-sm">Messages per second</h2>
        {past === null || past.missing.length === 0 || past.at <= view.from ? null : (
          <span className="text-text-3 text-xs">
            before {formatClock(past.at, zone, false)} only in part: {brokerNames(past.missing)} did not tell
          </span>
        )}
        {pausedAt === null ? null : <span className="text-warn text-xs">paused; numbers are still kept</span>}
        <div className="ml-auto flex flex-wrap items-center gap-2">
          <Segmented
            label="Range"
            value={range}
            onChange={onRange}
            options={(Object.keys(ranges) as Range[]).map((value) => ({
              value,
              label: value.replace('m', ' min').replace('h', ' h'),
            }))}
          />
          {file !== null ? null : (
            <Button
              size="sm"
              icon={pausedAt === null ? <Pause /> : <Play />}
              onClick={togglePause}
              title="Space"
              className="max-sm:hidden"
            >
              {pausedAt === null ? 'Pause' : 'Go on'}
            </Button>
          )}
        </div>
      </div>
      {wide ? null : (
        <Segmented
          label="Which rate"
          value={shown}
          onChange={setShown}
          options={charts.map(({ name, label, tone }) => ({
            value: name,
            label: tone === 'bad' && hasAny(view.columns[name]) ? <Alarming>{label}</Alarming> : label,
          }))}
          className="self-start max-sm:[&>label]:px-2.5"
        />
      )}
      <div className={rateGridClass}>
        {charts
          .filter(({ name }) => wide || name === shown)
          .map((chart) => (
            <RateCard
              key={chart.name}
              chart={chart}
              total={total(chart.counter)}
              view={view}
              ticks={ticks}
              cursor={cursor}
              onCursor={setCursor}
              known={withStates}
              then={file !== null}
            />
          ))}
      </div>
      <div className="relative">
        <div className="absolute top-0 left-0 flex min-h-6 items-center max-sm:min-h-11">
          <Freshness brokerId={snapshot.saidBy} at={snapshot.receivedAt} />
        </div>
        <RateTable view={view} />
      </div>
    </section>
  )
}

/** Errors, which are few, need less room than what goes through. */
export const rateGridClass =
  'grid gap-3 min-[46rem]:grid-cols-2 min-[72rem]:grid-cols-[repeat(3,minmax(0,1fr))_minmax(13rem,0.7fr)]'

/** Rows of the past are this far apart; a range that begins a little before one is known all the same. */
const knownSlackMs = 15_000

function isKnownThroughout({ from, seconds }: View, values: readonly (number | null)[]): boolean {
  return (seconds[0] ?? Number.POSITIVE_INFINITY) * 1_000 - from < knownSlackMs && !values.includes(null)
}

function Alarming({ children }: { children: string }) {
  return (
    <span className="flex items-center gap-1 text-bad">
      {children}
      <CircleAlert aria-hidden className="size-3" />
      <span className="sr-only">, some in this range</span>
    </span>
  )
}

const hasAny = (values: readonly (number | null)[]) => values.some((each) => each !== null && each > 0)

interface View {
  readonly from: number
  readonly to: number
  readonly seconds: readonly number[]
  readonly columns: Readonly<Record<RateName, readonly (number | null)[]>>
}

function RateCard({
  chart: { name, label, unit, verb, tone },
  total,
  view,
  ticks,
  cursor,
  onCursor,
  known,
  then,
}: {
  chart: RateChart
  total: number | null
  view: View
  ticks: readonly ChartTick[]
  cursor: number | null
  onCursor: (index: number | null) => void
  known: boolean
  /** Of a snapshot: the last value is of then. */
  then: boolean
}) {
  const zone = useZone()
  const values = view.columns[name]
  const index = cursor !== null && cursor < view.seconds.length ? cursor : view.seconds.length - 1
  const value = values[index] ?? null
  const at = view.seconds[index]
  const peak = values.reduce<number>((most, each) => (each !== null && each > most ? each : most), 0)
  return (
    <article className="min-w-0 rounded-lg border bg-surface pt-2 pr-1 pb-1 shadow-card">
      <header className="flex items-baseline gap-2 px-3">
        <h3 className="text-text-2">{label}</h3>
        <span className="ml-auto truncate text-2xs text-text-3">
          {cursor !== null && at !== undefined ? formatClock(at * 1_000, zone, false) : verb}
        </span>
      </header>
      <p className="flex items-baseline gap-1.5 px-3">
        <span
          title={value === null ? undefined : `${formatCount(Math.round(value))} each second`}
          className={cx(
            'font-medium text-2xl tracking-tight',
            tone === 'bad' && value !== null && value > 0 && 'text-bad',
          )}
        >
          {formatRate(value)}
        </span>
        <span className="text-text-3 text-xs">/s</span>
        <span
          className="ml-auto truncate text-text-3 text-xs"
          title={then ? 'Since the brokers that ran then were started' : 'Since the brokers that run now were started'}
        >
          {total === null ? '' : `${formatCount(total)} since start`}
        </span>
      </p>
      {known && total === null ? (
        <p className="flex h-33 items-center justify-center px-6 text-center text-text-3 text-xs">
          These brokers do not count {unit === 'requests' ? verb : `what is ${verb}`}.
        </p>
      ) : tone === 'bad' && !hasAny(values) ? (
        // A line along the ground would say no more, and more loudly.
        <p className="flex h-33 items-center justify-center px-6 text-center text-text-3 text-xs">
          {values.every((each) => each === null)
            ? 'Not known yet.'
            : `None in this range${isKnownThroughout(view, values) ? '' : ', as far as it is known'}.`}
        </p>
      ) : (
        <Chart
          summary={
            known
              ? `${label}: ${formatRate(values.at(-1) ?? null)} ${unit} per second ${then ? 'at the end' : 'now'}, at most ${formatRate(peak)} in this range.`
              : `${label}: not known.`
          }
          seconds={view.seconds}
          series={[{ label, values, ...(tone === undefined ? {} : { tone }) }]}
          from={view.from}
          to={view.to}
          ticks={ticks}
          syncKey="overview"
          height={132}
          format={formatTick}
          onCursor={onCursor}
        />
      )}
    </article>
  )
}

const tableRows = 12

/** The charts for those who do not see them: evenly picked moments of the range. */
function RateTable({ view }: { view: View }) {
  const zone = useZone()
  const [open, setOpen] = useState(false)
  const step = Math.max(1, Math.floor(view.seconds.length / tableRows))
  const picked = open
    ? view.seconds
        .map((second, index) => ({ second, index }))
        .filter(({ index }) => (view.seconds.length - 1 - index) % step === 0)
    : []
  // The first second of a history has no rate yet.
  const isKnown = (index: number) => charts.some(({ name }) => (view.columns[name][index] ?? null) !== null)
  const first = picked.findIndex(({ index }) => isKnown(index))
  const rows = first === -1 ? picked : picked.slice(first)
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)} className="group min-w-0 text-text-3 text-xs">
      <summary className="ml-auto flex min-h-6 w-fit list-none items-center gap-1 hover:text-text max-sm:min-h-11">
        <ChevronRight aria-hidden className="size-3.5 transition-transform group-open:rotate-90" />
        As a table
      </summary>
      <div className="scroll-x mt-1 overflow-x-auto rounded-lg border bg-surface p-3 shadow-card">
        <table className="w-full whitespace-nowrap text-text">
          <thead>
            <tr className="text-left">
              {['Time', ...charts.map(({ label }) => `${label} /s`)].map((name) => (
                <th
                  key={name}
                  scope="col"
                  className={cx(
                    'pr-4 pb-1 max-sm:pr-2 font-medium text-2xs text-text-3 last:pr-0!',
                    name !== 'Time' && 'text-right',
                  )}
                >
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ second, index }) => (
              <tr key={second}>
                <td className="pr-4 font-mono text-text-2 max-sm:pr-2">{formatClock(second * 1_000, zone, false)}</td>
                {charts.map(({ name }) => (
                  <td key={name} className="pr-4 text-right font-mono last:pr-0! max-sm:pr-2">
                    {formatRate(view.columns[name][index] ?? null)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}
