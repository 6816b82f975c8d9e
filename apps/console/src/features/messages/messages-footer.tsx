import { ArrowDownToLine, Square } from 'lucide-react'
import { formatBytes, formatCount, formatDuration, plural } from '../../lib/format.ts'
import { Button } from '../../ui/button.tsx'
import { Freshness } from '../../ui/freshness.tsx'
import type { RangeView } from './message-range.ts'
import type { PageSaid } from './read-page.ts'
import type { Seek } from './seek-bar.tsx'

/** What was looked at and found, and the way to more of it. */
export function MessagesFooter({
  view,
  said,
  seek,
  filtered,
  shown,
  total,
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
  said: PageSaid | null
  seek: Seek
  filtered: boolean
  /** Messages in the list. */
  shown: number
  /** Messages of the chosen partitions, up to where the list has read. */
  total: number
  received: number
  dropped: number
  paused: boolean
  connected: boolean
  follow: boolean
  onFollow: () => void
  onStop: () => void
  onMore: () => void
}) {
  if (view === null || (view.state === 'waiting' && view.progress.scanned === 0))
    return <p className="text-2xs text-text-3">Nothing read yet</p>
  const { scanned, matched, gaveUp, bytes, ms } = view.progress
  const live = seek === 'live'
  // From an end of the log on: what is not shown yet is all the rest of it.
  const ofAll = seek === 'newest' || seek === 'oldest'
  const reading = view.state === 'reading' || view.state === 'waiting'
  return (
    <div className="flex min-h-6 items-center gap-x-3 text-2xs text-text-3">
      <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
        {/* What is committed does not change: it is old, and never stale. */}
        {said === null || live ? null : <Freshness brokerId={said.brokerId} at={said.at} intervalMs={86_400_000} />}
        <span>
          {filtered
            ? live
              ? `${formatCount(shown)} of ${formatCount(scanned + received)} match`
              : `${formatCount(matched)} of ${formatCount(scanned)} match`
            : live || ofAll
              ? shown === total
                ? plural(total, 'message')
                : `${formatCount(shown)} of ${plural(total, 'message')}`
              : plural(scanned, 'message')}
          {live ? null : <span className="max-sm:hidden">{` · ${formatBytes(bytes)} · ${formatDuration(ms)}`}</span>}
          {gaveUp === 0 ? '' : ` · ${formatCount(gaveUp)} too large for the filter`}
        </span>
        {live ? (
          <span>
            {paused ? 'paused' : connected ? 'live' : 'connecting'} · {formatCount(received)} came in
            {dropped === 0 ? '' : ` · ${formatCount(dropped)} let go, the list is full`}
          </span>
        ) : view.remaining > 0 && !reading && (filtered || !ofAll) ? (
          <span>{formatCount(view.remaining)} more in the range</span>
        ) : null}
        {view.state === 'waiting' ? <span className="text-info">waiting for a broker that can answer</span> : null}
        {view.state === 'stopped' ? <span>stopped</span> : null}
      </div>
      <span className="ml-auto flex shrink-0 items-center gap-2">
        {reading && filtered ? (
          <Button size="sm" icon={<Square />} className="h-6" onClick={onStop}>
            Stop
          </Button>
        ) : null}
        {!reading && !live && view.remaining > 0 ? (
          <Button size="sm" className="h-6" onClick={onMore}>
            {seek === 'newest' ? 'Load older' : 'Load more'}
          </Button>
        ) : null}
        {live && !paused ? (
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
