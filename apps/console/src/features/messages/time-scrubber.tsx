import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from 'react'
import { useWholeJournal } from '../../data/journal-history.ts'
import { brokerLook } from '../../lib/brokers.ts'
import {
  formatClock,
  formatCount,
  formatDate,
  formatStep,
  formatTimestamp,
  plural,
  type Zone,
} from '../../lib/format.ts'
import { leaderTicks } from '../../lib/leader-ticks.ts'
import { cx } from '../../ui/cx.ts'
import { useBrokerOrder, useZone } from '../../ui/environment.tsx'
import { useWidth } from '../../ui/use-width.ts'
import { leaderFlags } from './leader-flags.ts'
import { bucketOf, bucketStart, shareOf, type TimeScale, timeAfterKey, timeAt } from './time-scale.ts'

/** While it is moved the list follows, but not more often than a read takes. */
const followMs = 150
/** A press that moves less than this is a click: it chooses the bucket. */
const clickPx = 4

/**
 * How the messages lie in time, and a slider over it: the list begins where it stands. Bars are messages, dashes changes of the
 * leader with flags above the bars, the shade is what the list has.
 */
export function TimeScrubber({
  scale,
  value,
  shown,
  onChange,
}: {
  scale: TimeScale
  /** The time the list begins at, or for the newest ends at. */
  value: number
  /** From when to when the list has messages; null: it has none. */
  shown: { readonly from: number; readonly to: number } | null
  /** `begins`: the first of a drag, or of arrow keys since it has the focus; so one step of the browser's history. */
  onChange: (time: number, begins: boolean) => void
}) {
  const zone = useZone()
  const track = useRef<HTMLDivElement>(null)
  const width = useWidth(track)
  const press = useRef<{ readonly x: number; moved: boolean } | null>(null)
  const [moving, setMoving] = useState<number | null>(null)
  const [hovered, setHovered] = useState<number | null>(null)
  const follow = useFollow(onChange)
  const time = moving ?? value
  // What the URL says has arrived: from here on it leads again.
  useEffect(() => {
    if (press.current === null) setMoving(null)
  }, [value])

  const timeUnder = (event: PointerEvent): number => {
    const box = track.current!.getBoundingClientRect()
    return timeAt(scale, (event.clientX - box.left) / Math.max(1, box.width))
  }
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    press.current = { x: event.clientX, moved: false }
    follow.begin()
    setMoving(timeUnder(event))
  }
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const at = timeUnder(event)
    setHovered(at)
    if (press.current === null) return
    press.current.moved ||= Math.abs(event.clientX - press.current.x) >= clickPx
    if (!press.current.moved) return
    setMoving(at)
    follow.soon(at)
  }
  const release = (event: PointerEvent<HTMLDivElement>) => {
    if (press.current === null) return
    const at = timeUnder(event)
    const to = press.current.moved ? at : clicked(scale, at)
    press.current = null
    setMoving(to === value ? null : to)
    follow.now(to)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return
    const to = timeAfterKey(scale, time, event.key, event.shiftKey)
    if (to === null) return
    event.preventDefault()
    // The list's own keys (End follows it) are not meant here.
    event.stopPropagation()
    if (to === time) return
    setMoving(to)
    follow.soon(to)
  }

  const spoken = `${formatTimestamp(time, zone)}, ${bucketText(scale, time)}`
  return (
    <div className="w-full min-w-0 pt-2">
      <div
        ref={track}
        role="slider"
        tabIndex={0}
        aria-label="Time the list begins at"
        aria-valuemin={scale.earliest}
        aria-valuemax={scale.newest}
        aria-valuenow={time}
        aria-valuetext={spoken}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={release}
        onPointerCancel={() => {
          press.current = null
          setMoving(null)
        }}
        onPointerLeave={() => setHovered(null)}
        onFocus={follow.begin}
        onKeyDown={onKeyDown}
        className="relative isolate h-11 cursor-ew-resize touch-pan-y select-none rounded-sm outline-offset-2"
      >
        {shown === null ? null : <Shade scale={scale} {...shown} />}
        <Bars scale={scale} shown={shown} hovered={hovered === null ? null : bucketOf(scale, hovered)} />
        <Leaders scale={scale} zone={zone} width={width} />
        <Thumb share={shareOf(scale, time)} />
      </div>
      <Labels scale={scale} zone={zone} at={moving ?? hovered} />
      <Words scale={scale} zone={zone} />
    </div>
  )
}

/** A click means the whole bucket; in the first and the last one that is an end of the log. */
function clicked(scale: TimeScale, at: number): number {
  const bucket = bucketOf(scale, at)
  return Math.max(scale.earliest, bucket === scale.counts.length - 1 ? scale.newest : bucketStart(scale, bucket))
}

/** Hands on a time at once, or while it moves now and then, the last one always. */
function useFollow(onChange: (time: number, begins: boolean) => void) {
  const latest = useRef(onChange)
  latest.current = onChange
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const [follow] = useState(() => {
    let waiting = 0
    let begins = true
    const now = (time: number) => {
      clearTimeout(timer.current)
      timer.current = undefined
      latest.current(time, begins)
      begins = false
    }
    return {
      begin: () => {
        begins = true
      },
      now,
      soon: (time: number) => {
        waiting = time
        timer.current ??= setTimeout(() => now(waiting), followMs)
      },
    }
  })
  useEffect(() => () => clearTimeout(timer.current), [])
  return follow
}

function Bars({
  scale,
  shown,
  hovered,
}: {
  scale: TimeScale
  shown: { readonly from: number; readonly to: number } | null
  hovered: number | null
}) {
  const { counts } = scale
  const most = Math.max(...counts)
  const [first, last] = shown === null ? [0, -1] : [bucketOf(scale, shown.from), bucketOf(scale, shown.to)]
  return (
    <svg
      aria-hidden
      viewBox={`0 0 ${counts.length} 100`}
      preserveAspectRatio="none"
      className="absolute inset-0 size-full border-b"
    >
      {counts.map((count, at) =>
        count === 0 ? null : (
          <rect
            key={at}
            x={at + 0.1}
            width={0.8}
            // Few beside many are seen as well.
            y={100 - Math.max(5, (count / most) * 100)}
            height={Math.max(5, (count / most) * 100)}
            className={cx(
              at === hovered ? 'fill-text' : at >= first && at <= last ? 'fill-text-2' : 'fill-line-control',
            )}
          />
        ),
      )}
    </svg>
  )
}

function Shade({ scale, from, to }: { scale: TimeScale; from: number; to: number }) {
  const left = shareOf(scale, bucketStart(scale, bucketOf(scale, from)))
  const right = shareOf(scale, bucketStart(scale, bucketOf(scale, to) + 1))
  return (
    <span
      aria-hidden
      className="absolute inset-y-0 bg-surface-3"
      style={{ left: `${left * 100}%`, width: `${(right - left) * 100}%` }}
    />
  )
}

function Thumb({ share }: { share: number }) {
  return (
    <span aria-hidden className="-inset-y-0.5 absolute w-0" style={{ left: `${share * 100}%` }}>
      <span className="-translate-x-1/2 absolute inset-y-0 w-0.5 bg-text" />
      <span className="-translate-x-1/2 absolute bottom-0 h-3.5 w-2 rounded-full border-2 border-surface bg-text" />
    </span>
  )
}

/** Pages of older journal entries that are asked for, so that the changes of the leader reach back as the messages do. */
const mostPages = 8

/** Changes of the leader, each a dash with a flag, as far back as the brokers' journals tell. */
function Leaders({ scale, zone, width }: { scale: TimeScale; zone: Zone; width: number }) {
  const { entries, loaded, atStart, loading, full, error, loadOlder } = useWholeJournal()
  const pages = useRef(0)
  const knownFrom = entries[0]?.at ?? null
  const wanting = loaded && !atStart && !full && !loading && error === null && (knownFrom ?? 0) > scale.from
  useEffect(() => {
    if (!wanting || pages.current >= mostPages) return
    pages.current++
    void loadOlder()
  }, [wanting, knownFrom])
  const order = useBrokerOrder()
  const ticks = useMemo(() => leaderTicks(entries), [entries])
  const end = bucketStart(scale, scale.counts.length)
  const inside = ticks.filter(({ at }) => at >= scale.from && at <= end)
  const flags = leaderFlags(inside, width, (at) => shareOf(scale, at))
  return flags.map(({ px, ticks: shared, row, isTurned }) => {
    const { leaderId, label } = shared.at(-1)!
    const { colour, letter } = brokerLook(leaderId, order)
    return (
      <span
        key={label}
        title={shared.map((tick) => `${tick.label} led from ${formatTimestamp(tick.at, zone)} on`).join('\n')}
        className={cx(`broker-${colour}`, '-translate-x-1/2 absolute inset-y-0 w-2')}
        style={{ left: `${px}px` }}
      >
        {shared.map((tick) => (
          <span key={tick.label} className="sr-only">
            {tick.label}
          </span>
        ))}
        <span aria-hidden className="-top-3 absolute bottom-0 left-1/2 border-(--broker) border-l-2 border-dashed" />
        {row === null ? null : (
          <span
            aria-hidden
            className={cx(
              row === 0 ? '-top-3' : 'top-0.5',
              'absolute z-10 whitespace-nowrap bg-(--broker) px-0.5 font-mono font-semibold text-(--broker-ink) text-[0.5625rem] leading-3',
              isTurned ? 'right-1/2 rounded-l-xs' : 'left-1/2 rounded-r-xs',
            )}
          >
            {letter}
            {shared.length === 1 ? '' : ` ${shared.length}`}
          </span>
        )}
      </span>
    )
  })
}

function Labels({ scale, zone, at }: { scale: TimeScale; zone: Zone; at: number | null }) {
  const time = shortTime(scale, zone)
  return (
    <div
      aria-hidden
      className="mt-1 flex h-4 items-baseline justify-between gap-3 whitespace-nowrap text-2xs text-text-3"
    >
      <span className={cx(at !== null && 'max-sm:hidden')}>
        <span className="max-sm:hidden">earliest </span>
        {time(scale.earliest)}
      </span>
      {at === null ? (
        <span className="max-sm:hidden">
          {plural(scale.total, 'message')}, a bar is {formatStep(scale.bucketMs)}
        </span>
      ) : (
        <span className="text-text-2">
          {time(at)} · {bucketText(scale, at)}
        </span>
      )}
      <span className={cx(at !== null && 'max-sm:hidden')}>
        {time(scale.newest)}
        <span className="max-sm:hidden"> latest</span>
      </span>
    </div>
  )
}

function bucketText(scale: TimeScale, at: number): string {
  return `${plural(scale.counts[bucketOf(scale, at)]!, 'message')} in ${formatStep(scale.bucketMs)}`
}

/** As much of a time as tells the bars apart. */
function shortTime({ earliest, newest, bucketMs }: TimeScale, zone: Zone): (at: number) => string {
  const day = formatDate(newest, zone)
  const dated = formatDate(earliest, zone) !== day || day !== formatDate(Date.now(), zone)
  return (at) => {
    const clock = formatClock(at, zone, bucketMs < 1_000)
    return `${dated ? `${formatDate(at, zone)} ` : ''}${bucketMs < 60_000 ? clock : clock.slice(0, 5)}`
  }
}

/** The bars for those who do not see them. */
function Words({ scale, zone }: { scale: TimeScale; zone: Zone }) {
  const { counts, total, missing } = scale
  const most = counts.indexOf(Math.max(...counts))
  return (
    <>
      <p className="sr-only">
        {plural(total, 'message')} from {formatTimestamp(scale.earliest, zone)} to {formatTimestamp(scale.newest, zone)}
        ; most of them, {formatCount(counts[most]!)}, in {formatStep(scale.bucketMs)} from{' '}
        {formatTimestamp(bucketStart(scale, most), zone)} on.
      </p>
      {missing.length === 0 ? null : (
        <p className="text-warn text-xs">
          Without {missing.map((each) => `partition ${each}`).join(', ')}: not served.
        </p>
      )}
    </>
  )
}
