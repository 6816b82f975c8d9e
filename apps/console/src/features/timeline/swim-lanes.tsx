import { CircleDot, PowerOff } from 'lucide-react'
import { type ReactNode, useMemo, useRef } from 'react'
import type { JournalEntry } from '../../data/live/frames.ts'
import { brokerWords } from '../../lib/broker-words.ts'
import { brokerLook, brokerName } from '../../lib/brokers.ts'
import { formatClock, formatDate, formatDuration, type Zone } from '../../lib/format.ts'
import { BrokerMark } from '../../ui/broker-mark.tsx'
import { cx } from '../../ui/cx.ts'
import { useBrokerOrder, useZone } from '../../ui/environment.tsx'
import { useWidth } from '../../ui/use-width.ts'
import type { Incident, Term } from './leadership.ts'
import { markIcons, markNames } from './mark-look.tsx'
import { type Mark, marksOf } from './marks.ts'
import { type TimeRange, ticksOf } from './time-window.ts'

/** A mark with two digits is so wide. */
const markPx = 40
/** And so one without a number. */
const singleMarkPx = 24

/** The part of the grid right of the names, over all lanes. */
const tracks = 'absolute inset-y-0 right-0 left-(--names) overflow-hidden'

/** Who led when, and what each broker wrote down, along one line of time. */
export function SwimLanes({
  range,
  now,
  terms,
  incidents,
  entries,
  brokerIds,
  partitionLanes,
  selected,
  onSelect,
  onPan,
}: {
  range: TimeRange
  now: number
  terms: readonly Term[]
  incidents: readonly Incident[]
  entries: readonly JournalEntry[]
  brokerIds: readonly string[]
  /** Partitions with a lane of their own, and since when they exist. */
  partitionLanes: readonly { readonly name: string; readonly since: number | null; readonly onClose: () => void }[]
  selected: readonly JournalEntry[]
  onSelect: (entries: readonly JournalEntry[]) => void
  onPan: (share: number) => void
}) {
  const zone = useZone()
  const track = useRef<HTMLDivElement>(null)
  const width = useWidth(track)
  const share = (at: number) => (at - range.from) / (range.to - range.from)
  const { step, ticks } = useMemo(() => {
    const offsetMs = zone === 'utc' ? 0 : -new Date(range.to).getTimezoneOffset() * 60_000
    return ticksOf(range, Math.max(2, Math.floor(width / 110)), offsetMs)
  }, [range, width, zone])
  const byBroker = useMemo(() => Map.groupBy(entries, ({ brokerId }) => brokerId), [entries])
  const drag = useRef<number | null>(null)
  return (
    <div
      className={cx(
        'relative grid touch-pan-y select-none grid-cols-[var(--names)_minmax(0,1fr)] [--names:7.5rem]',
        // The name of a partition needs more room than the mark of a broker.
        partitionLanes.length === 0 ? 'max-sm:[--names:3.25rem]' : 'max-sm:[--names:5.25rem]',
      )}
      onPointerDown={(event) => {
        const inTracks = event.clientX > (track.current?.getBoundingClientRect().left ?? 0)
        if (!inTracks || (event.target as Element).closest('button') !== null) return
        drag.current = event.clientX
        event.currentTarget.setPointerCapture(event.pointerId)
      }}
      onPointerMove={(event) => {
        if (drag.current === null || width === 0) return
        const moved = event.clientX - drag.current
        if (Math.abs(moved) < 4) return
        drag.current = event.clientX
        onPan(-moved / width)
      }}
      onPointerUp={() => {
        drag.current = null
      }}
    >
      <div aria-hidden className={tracks}>
        {ticks.map((at) => (
          <span key={at} className="absolute top-7 bottom-0 w-px bg-line" style={{ left: `${share(at) * 100}%` }} />
        ))}
      </div>
      <div className="h-7 border-b" />
      <div ref={track} className="relative h-7 overflow-hidden border-b" aria-hidden>
        {ticks.map((at) => {
          const label = tickLabel(at, step, zone)
          // Half a time at the edge is none.
          const halfPx = (label.length * tickCharacterPx) / 2
          if (share(at) * width < halfPx || (1 - share(at)) * width < halfPx) return null
          return (
            <span
              key={at}
              className="absolute top-1.5 -translate-x-1/2 whitespace-nowrap font-mono text-2xs text-text-3"
              style={{ left: `${share(at) * 100}%` }}
            >
              {label}
            </span>
          )
        })}
      </div>
      <Lane name={<strong className="font-semibold">Leader</strong>} tall>
        <Terms terms={terms} range={range} now={now} width={width} />
        <Gaps incidents={incidents} range={range} now={now} width={width} />
      </Lane>
      {partitionLanes.map(({ name, since, onClose }) => (
        <Lane
          key={name}
          name={
            <button
              type="button"
              title={`Close the lane of ${name}`}
              onClick={onClose}
              className="flex h-full max-w-full items-center font-mono text-xs hover:line-through"
            >
              <span className="min-w-0 truncate">{name.slice(0, name.lastIndexOf('/'))}</span>
              {name.slice(name.lastIndexOf('/'))}
            </button>
          }
        >
          <Terms terms={terms} range={range} now={now} width={width} since={since} />
          <Gaps
            incidents={incidents.filter(({ startAt }) => startAt >= (since ?? 0))}
            range={range}
            now={now}
            width={width}
          />
        </Lane>
      ))}
      {brokerIds.map((id) => (
        <Lane
          key={id}
          name={
            <>
              <span className="max-sm:hidden">
                <BrokerMark id={id} name />
              </span>
              <span className="sm:hidden">
                <BrokerMark id={id} />
              </span>
            </>
          }
        >
          <Terms terms={terms.filter(({ leaderId }) => leaderId === id)} range={range} now={now} width={width} thin />
          <Marks
            marks={marksOf(byBroker.get(id) ?? [], range, markPx / Math.max(width, 1))}
            brokerId={id}
            end={Math.min(1, share(now))}
            selected={selected}
            onSelect={onSelect}
          />
        </Lane>
      ))}
      {share(now) > 1 || share(now) < 0 ? null : (
        <div aria-hidden className={cx(tracks, 'pointer-events-none')}>
          <span className="absolute top-6 bottom-0 w-px bg-info-mark" style={{ left: `${share(now) * 100}%` }}>
            <CircleDot className="absolute -top-1 -left-[5.5px] size-3 text-info-mark" />
          </span>
        </div>
      )}
    </div>
  )
}

const tickCharacterPx = 6.6

function tickLabel(at: number, step: number, zone: Zone): string {
  if (step >= 86_400_000) return formatDate(at, zone)
  return formatClock(at, zone, step < 1_000).slice(0, step < 1_000 ? 12 : step < 60_000 ? 8 : 5)
}

function Lane({ name, tall, children }: { name: ReactNode; tall?: boolean; children: ReactNode }) {
  return (
    <>
      <div className={cx('flex min-w-0 items-center border-b pr-2 pl-3 text-xs max-sm:pl-1.5', tall ? 'h-14' : 'h-11')}>
        {name}
      </div>
      <div className={cx('relative overflow-hidden border-b', tall ? 'h-14' : 'h-11')}>{children}</div>
    </>
  )
}

/** Bars of leadership: the broker's colour and pattern, and the epoch where there is room for it. */
function Terms({
  terms,
  range,
  now,
  width,
  thin,
  since = null,
}: {
  terms: readonly Term[]
  range: TimeRange
  now: number
  width: number
  thin?: boolean
  since?: number | null
}) {
  const order = useBrokerOrder()
  return terms.map((term) => {
    const from = Math.max(term.servesAt ?? term.electedAt, since ?? 0)
    const to = term.endAt ?? now
    if (to < range.from || from > range.to || to <= from) return null
    const left = Math.max(0, (from - range.from) / (range.to - range.from))
    const right = Math.min(1, (to - range.from) / (range.to - range.from))
    const { colour } = brokerLook(term.leaderId, order)
    const px = (right - left) * width
    return (
      <div
        key={term.epoch}
        title={`${brokerName(term.leaderId)} led in epoch ${term.epoch} for ${formatDuration(to - from)}`}
        className={cx(`broker-${colour}`, 'absolute overflow-hidden', thin ? 'bottom-0 h-2' : 'inset-y-2 rounded-sm')}
        style={{ left: `${left * 100}%`, width: `max(2px, ${(right - left) * 100}%)` }}
      >
        <svg aria-hidden className="absolute inset-0 size-full">
          <rect width="100%" height="100%" fill={`url(#broker-pattern-${colour})`} />
        </svg>
        {thin || px < 34 ? null : (
          <span className="absolute inset-y-0 left-1.5 z-10 flex items-center">
            <span className="whitespace-nowrap rounded-sm bg-(--broker) px-1 font-mono font-semibold text-(--broker-ink) text-2xs">
              {px < 124 ? `e${term.epoch}` : `${brokerName(term.leaderId)} · epoch ${term.epoch}`}
            </span>
          </span>
        )}
      </div>
    )
  })
}

/** Where nobody led. */
function Gaps({
  incidents,
  ...rest
}: {
  incidents: readonly Incident[]
  range: TimeRange
  now: number
  width: number
}) {
  return incidents.map((incident) => (
    <Gap key={`${incident.from.epoch} ${incident.startAt}`} incident={incident} {...rest} />
  ))
}

function Gap({ incident, range, now, width }: { incident: Incident; range: TimeRange; now: number; width: number }) {
  const from = (incident.startAt - range.from) / (range.to - range.from)
  const to = ((incident.endAt ?? now) - range.from) / (range.to - range.from)
  if (to < 0 || from > 1) return null
  const left = Math.max(0, from)
  const share = Math.min(1, to) - left
  const heard = incident.heardAt === null ? from : (incident.heardAt - range.from) / (range.to - range.from)
  return (
    <>
      {heard >= from ? null : (
        <div
          title={`Silent for ${formatDuration(incident.startAt - incident.heardAt!)} at most, before somebody missed it`}
          className="absolute inset-y-2 border-bad-mark border-l border-dashed bg-bad-tint/75"
          style={{ left: `${Math.max(0, heard) * 100}%`, width: `${(Math.min(1, from) - Math.max(0, heard)) * 100}%` }}
        />
      )}
      <div
        title={
          incident.stop === null
            ? `No leader for ${formatDuration(incident.unavailableMs)}${incident.atLeast ? ' at least' : ''}`
            : `No leader for ${formatDuration(incident.unavailableMs)}: all brokers had been told to stop`
        }
        className={cx(
          'absolute inset-y-2 flex items-center justify-center gap-1 border-x',
          incident.stop === null
            ? 'border-bad-mark bg-bad-tint text-bad'
            : 'border-line-control bg-surface-2 text-text-2',
        )}
        style={{ left: `${left * 100}%`, width: `max(2px, ${share * 100}%)` }}
      >
        {share * width < 70 ? null : (
          <span className="inline-flex items-center gap-1 whitespace-nowrap font-mono text-2xs">
            {incident.stop === null ? null : <PowerOff aria-label="stopped," className="size-3" />}
            {incident.atLeast ? '≥ ' : ''}
            {formatDuration(incident.unavailableMs)}
          </span>
        )}
      </div>
    </>
  )
}

const levelClass = {
  info: 'border-line-2 bg-surface text-text-2',
  warn: 'border-warn-mark/60 bg-warn-tint text-warn',
  error: 'border-bad-mark/60 bg-bad-tint text-bad',
} as const

function Marks({
  marks,
  brokerId,
  end,
  selected,
  onSelect,
}: {
  marks: readonly Mark[]
  brokerId: string
  /** The share of the window that is over: no mark reaches beyond. */
  end: number
  selected: readonly JournalEntry[]
  onSelect: (entries: readonly JournalEntry[]) => void
}) {
  return marks.map(({ share, entries, kind, level }) => {
    const Icon = markIcons[kind]
    const first = entries[0]!
    const on = selected.includes(first)
    const coord = kind === 'coordinator-lost' || kind === 'coordinator-back'
    const label = `${brokerName(brokerId)}: ${entries.length === 1 ? brokerWords(first.text) : `${entries.length} entries, ${markNames[kind]} among them`}`
    return (
      <button
        key={first.seq}
        type="button"
        aria-pressed={on}
        aria-label={label}
        title={label}
        onClick={() => onSelect(on ? [] : entries)}
        className={cx(
          'absolute top-1.5 z-10 flex h-6 min-w-6 -translate-x-1/2 items-center justify-center gap-0.5 rounded-full border px-1 text-2xs hover:brightness-95 [&_svg]:size-3',
          coord ? 'border-coord-mark/60 bg-coord-tint text-coord' : levelClass[level],
          on && 'outline-2 outline-focus',
        )}
        style={{
          left: `min(${share * 100}%, ${end * 100}% - ${entries.length === 1 ? singleMarkPx / 2 : markPx / 2}px)`,
        }}
      >
        <Icon aria-hidden />
        {entries.length === 1 ? null : entries.length}
      </button>
    )
  })
}
