import { useNow, useSnapshot } from '../data/hooks.ts'
import {
  formatAge,
  formatBefore,
  formatClock,
  formatDatedClock,
  formatTimestamp,
  isoTime,
  zoneName,
} from '../lib/format.ts'
import { cx } from './cx.ts'
import { useZone } from './environment.tsx'

/**
 * A moment: the clock, with `full` the date too, with `dated` the date of another day than today; the other zone and milliseconds in its title. -1 is no time. With `named`
 * its zone stands behind it: where no heading says it, and it may be copied to somebody else.
 */
export function Time({
  at,
  full,
  dated,
  named,
  ms = true,
  className,
}: {
  at: number
  full?: boolean
  dated?: boolean
  named?: boolean
  ms?: boolean
  className?: string
}) {
  const zone = useZone()
  if (at < 0) return <span className={cx('text-text-3', className)}>no time</span>
  const text = full
    ? formatTimestamp(at, zone)
    : dated
      ? formatDatedClock(at, zone, Date.now(), ms)
      : formatClock(at, zone, ms)
  const title = `${formatTimestamp(at, 'utc')} UTC\n${formatTimestamp(at, 'local')} local`
  return (
    <time dateTime={isoTime(at)} title={title} className={cx('whitespace-nowrap font-mono text-xs', className)}>
      {text}
      {named ? ` ${zoneName(zone)}` : null}
    </time>
  )
}

/** How old something is, in words: `4 s ago`, and `4 s before` in a snapshot, where nothing is now. */
export function useAgeText(): (ms: number) => string {
  return useSnapshot() === null ? formatAge : formatBefore
}

/** `4 s ago`, renewed every second; `4 s before` in a snapshot. */
export function Age({ at, className }: { at: number; className?: string }) {
  const now = useNow(1_000)
  const ageText = useAgeText()
  const zone = useZone()
  return (
    <time dateTime={isoTime(at)} title={formatTimestamp(at, zone)} className={className}>
      {ageText(now - at)}
    </time>
  )
}
