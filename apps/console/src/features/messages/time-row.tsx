import type { TopicDescription } from '@yak/protocol/schemas'
import { RotateCw } from 'lucide-react'
import { useWide } from '../../data/hooks.ts'
import type { Message } from '../../lib/json/consume-text.ts'
import { Button } from '../../ui/button.tsx'
import { Loading, Skeleton } from '../../ui/skeleton.tsx'
import type { Seek } from './seek-bar.tsx'
import { seekOfTime, timeOfSeek } from './time-scale.ts'
import { TimeScrubber } from './time-scrubber.tsx'
import { endsOf } from './use-message-range.ts'
import { useTimeScale } from './use-time-scale.ts'

/** The scrubber above the list, or why there is none. Nothing where there is nothing to scrub through. */
export function TimeRow({
  topic,
  chosen,
  turn,
  seek,
  at,
  messages,
  onSeek,
}: {
  topic: TopicDescription
  chosen: readonly number[] | undefined
  /** Counted anew when it changes. */
  turn: number
  seek: Seek
  at: string | number | undefined
  /** What the list has, in the order of time. */
  messages: readonly Message[]
  /** `begins`: a step of the browser's history; what follows of the same drag is none. */
  onSeek: (next: { seek: Seek; at?: string | undefined }, begins: boolean) => void
}) {
  const wide = useWide(640)
  const { scale, error, retry } = useTimeScale(topic, chosen, {
    maxBuckets: wide ? 96 : 48,
    turn,
    live: seek === 'live',
  })
  if (endsOf(topic, chosen).every(({ logStartOffset, highWatermark }) => highWatermark <= logStartOffset)) return null
  if (scale === null) return <p className="text-2xs text-text-3">No message here has a time.</p>
  if (scale === undefined && error !== null)
    return (
      <p role="alert" className="flex items-center gap-2 text-text-2 text-xs">
        How the messages lie in time could not be read: {error instanceof Error ? error.message : String(error)}
        <Button size="sm" icon={<RotateCw />} onClick={retry}>
          Retry
        </Button>
      </p>
    )
  const timed = messages.filter(({ timestamp }) => timestamp >= 0)
  const shown = timed.length === 0 ? null : { from: timed[0]!.timestamp, to: timed.at(-1)!.timestamp }
  return (
    <Loading loading={scale === undefined} skeleton={<Skeleton className="mb-5 h-11" />}>
      {() =>
        scale === undefined ? null : (
          <TimeScrubber
            scale={scale}
            value={timeOfSeek(scale, seek, at, shown?.from ?? null)}
            shown={shown}
            onChange={(time, begins) => onSeek(seekOfTime(scale, time), begins)}
          />
        )
      }
    </Loading>
  )
}
