import { Link } from '@tanstack/react-router'
import type { TopicDescription } from '@yak/protocol/schemas'
import { ChevronDown, ChevronUp, Clock, Hourglass } from 'lucide-react'
import type { ReactNode } from 'react'
import { formatCount, formatOffset } from '../../lib/format.ts'
import { readPlace } from '../../lib/json/message-place.ts'
import { IconButton } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { VisibleText } from '../../ui/visible-text.tsx'
import { type DetailTab, MessageDetail } from './message-detail.tsx'
import { absentPartitions } from './standing.ts'
import type { useOpenMessage } from './use-open-message.ts'

/** The panel's heading: where the message is, its neighbours in the list, what can be done with it. */
export function OpenMessageHeading({
  topic,
  place,
  onStep,
  menu,
}: {
  topic: string
  place: string
  onStep: (by: 1 | -1) => void
  menu: ReactNode
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
          title="Page of this message"
          className="min-w-0 grow truncate font-mono font-semibold text-sm hover:underline"
        >
          p{at.partition}
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

export function OpenMessage({
  topic,
  state,
  place,
  tab,
  onTab,
  onColumn,
  onFilter,
}: {
  topic: TopicDescription
  state: ReturnType<typeof useOpenMessage>
  place: string
  tab: DetailTab
  onTab: (tab: DetailTab) => void
  onColumn: (path: string) => void
  onFilter: (filter: string) => void
}) {
  if (state.message !== null)
    return <MessageDetail message={state.message} tab={tab} onTab={onTab} onColumn={onColumn} onFilter={onFilter} />
  if (state.standing?.kind !== 'there') return <NotThere topic={topic} place={place} standing={state.standing} />
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

/** Why there is nothing at this place, in the words of the message's own page. */
function NotThere({
  topic,
  place,
  standing,
}: {
  topic: TopicDescription
  place: string
  standing: ReturnType<typeof useOpenMessage>['standing']
}) {
  const at = readPlace(place)
  if (at === null || standing === null || standing.kind === 'there')
    return (
      <EmptyState title="There is no message here">
        <VisibleText>{place}</VisibleText> is not a partition and an offset.
      </EmptyState>
    )
  const offset = formatOffset(place.slice(place.indexOf('@') + 1))
  switch (standing.kind) {
    case 'no-partition':
      return <EmptyState title="There is no message here">{absentPartitions(topic, [at.partition])}</EmptyState>
    case 'expired':
      return (
        <EmptyState icon={<Clock />} title="Expired by retention, or purged">
          Offset {offset} is gone; the earliest of this partition is {formatCount(standing.earliest)}.
        </EmptyState>
      )
    case 'beyond':
      return (
        <EmptyState icon={<Hourglass className="animate-pulse-soft" />} title={`Waiting for offset ${offset}`}>
          The next message of this partition gets offset {formatCount(standing.end)}. This one is shown when it is
          committed.
        </EmptyState>
      )
  }
}
