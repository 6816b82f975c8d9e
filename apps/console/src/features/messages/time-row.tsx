import type { TopicDescription } from '@yak/protocol/schemas'
import { RotateCw, Search } from 'lucide-react'
import { useMemo } from 'react'
import { useOnline, useWide } from '../../data/hooks.ts'
import { brokerWords } from '../../lib/broker-words.ts'
import { formatTimestamp } from '../../lib/format.ts'
import type { Message } from '../../lib/json/consume-text.ts'
import { Button } from '../../ui/button.tsx'
import { useZone } from '../../ui/environment.tsx'
import { Loading, Skeleton } from '../../ui/skeleton.tsx'
import { ownTimeFilter } from './own-time.ts'
import type { Seek } from './seek-bar.tsx'
import { type Listed, seekOfTime, timeOfSeek } from './time-scale.ts'
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
  ends,
  onSeek,
  onSearch,
}: {
  topic: TopicDescription
  chosen: readonly number[] | undefined
  /** Counted anew when it changes. */
  turn: number
  seek: Seek
  at: string | number | undefined
  /** What the list has, in the order of time. */
  messages: readonly Message[]
  /** Up to where it has read; undefined: it has not. */
  ends: Listed['ends'] | undefined
  /** `begins`: a step of the browser's history; what follows of the same drag is none. */
  onSeek: (next: { seek: Seek; at?: string | undefined }, begins: boolean) => void
  /** Looks through all of it, from the oldest on. */
  onSearch: (filter: string) => void
}) {
  const wide = useWide(640)
  const online = useOnline()
  const empty = endsOf(topic, chosen).every(({ logStartOffset, highWatermark }) => highWatermark <= logStartOffset)
  const listed = useMemo(() => (ends === undefined ? undefined : { ends, messages }), [ends, messages])
  const { scale, error, retry } = useTimeScale(topic, chosen, listed, {
    // What was counted while there was nothing would be shown once there is something.
    enabled: !empty,
    maxBuckets: wide ? 96 : 48,
    turn,
    live: seek === 'live',
  })
  if (empty) return null
  if (scale === null) return <p className="text-2xs text-text-3">No message here has a time.</p>
  if (scale === undefined && error !== null)
    return (
      <p role="alert" className="flex items-center gap-2 text-text-2 text-xs">
        How the messages lie in time could not be read:{' '}
        {brokerWords(error instanceof Error ? error.message : String(error))}
        <Button size="sm" icon={<RotateCw />} onClick={retry}>
          Retry
        </Button>
      </p>
    )
  if (scale === undefined && !online)
    return (
      <p className="flex min-h-11 items-center text-text-3 text-xs">
        How the messages lie in time was not read yet: no broker answers.
      </p>
    )
  const first = messages.find(({ timestamp }) => timestamp >= 0)
  const last = messages.findLast(({ timestamp }) => timestamp >= 0)
  const shown = first === undefined || last === undefined ? null : { from: first.timestamp, to: last.timestamp }
  return (
    <Loading loading={scale === undefined} skeleton={<Skeleton className="mt-2 mb-5 h-11" />}>
      {() =>
        scale === undefined ? null : (
          <>
            {seek === 'time' && typeof at === 'string' && Date.parse(at) < scale.earliest ? (
              <BeforeTheFirst earliest={scale.earliest} at={at} messages={messages} onSearch={onSearch} />
            ) : null}
            <TimeScrubber
              scale={scale}
              value={timeOfSeek(scale, seek, at, shown?.from ?? null)}
              shown={shown}
              onChange={(time, begins) => onSeek(seekOfTime(scale, time), begins)}
            />
          </>
        )
      }
    </Loading>
  )
}

/** Who gives such a time may mean one that stands in the messages: a reading is sent long after it was taken. */
function BeforeTheFirst({
  earliest,
  at,
  messages,
  onSearch,
}: {
  earliest: number
  at: string
  messages: readonly Message[]
  onSearch: (filter: string) => void
}) {
  const zone = useZone()
  const filter = ownTimeFilter(at, zone, messages)
  return (
    <p role="status" className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-1 text-text-2 text-xs">
      <span className="text-pretty">
        The list begins with the first message, sent {formatTimestamp(earliest, zone)}: a time here is when a message
        was sent, not one that stands in it.
      </span>
      <Button size="sm" icon={<Search />} onClick={() => onSearch(filter)}>
        Look for {filter} in the messages
      </Button>
    </p>
  )
}
