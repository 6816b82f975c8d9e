import { Link } from '@tanstack/react-router'
import { ChevronDown, ChevronUp } from 'lucide-react'
import type { ReactNode } from 'react'
import { IconButton } from '../../ui/button.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { type DetailTab, MessageDetail } from './message-detail.tsx'
import { readPlace } from './message-place.ts'
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
          title="Open its page"
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
  state,
  place,
  tab,
  onTab,
  onColumn,
  onFilter,
}: {
  state: ReturnType<typeof useOpenMessage>
  place: string
  tab: DetailTab
  onTab: (tab: DetailTab) => void
  onColumn: (path: string) => void
  onFilter: (filter: string) => void
}) {
  if (state.message !== null)
    return <MessageDetail message={state.message} tab={tab} onTab={onTab} onColumn={onColumn} onFilter={onFilter} />
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
