import { Link } from '@tanstack/react-router'
import type { TopicDescription } from '@yak/protocol/schemas'
import type { ReactNode } from 'react'
import { usePeers } from '../../data/hooks.ts'
import { formatCount, plural } from '../../lib/format.ts'
import { yakCommand } from '../../lib/produce-snippets.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Snippets } from '../../ui/code-block.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import type { GridRow } from './message-grid.tsx'
import type { RangeView } from './message-range.ts'
import type { Seek } from './seek-bar.tsx'
import { absentPartitions } from './standing.ts'

/** The list, or why there is none. */
export function MessagesBody({
  topic,
  view,
  seek,
  partitions,
  chosen,
  filter,
  failed,
  rows,
  onRetry,
  onClearFilter,
  onLive,
  onAllPartitions,
  children,
}: {
  topic: TopicDescription
  view: RangeView | null
  seek: Seek
  /** All unless named. */
  partitions: readonly number[] | undefined
  chosen: boolean
  filter: string
  failed: { readonly code: string; readonly detail: string } | null
  rows: readonly GridRow[]
  onRetry: () => void
  onClearFilter: () => void
  onLive: () => void
  onAllPartitions: () => void
  children: ReactNode
}) {
  const { peers } = usePeers()
  const url = peers[0]?.url ?? location.origin
  if (!chosen)
    return (
      <EmptyState title={seek === 'time' ? 'From which time on?' : 'From which offset on?'}>
        {seek === 'time'
          ? 'Give a date and a time above: the first message at or after it, in each partition.'
          : 'Give an offset above: it means each partition’s own, or the nearest it has.'}
      </EmptyState>
    )
  const absent = absentPartitions(topic, partitions)
  if (absent !== null && rows.length === 0)
    return (
      <EmptyState
        title="Nothing in this range"
        action={
          <Button size="sm" onClick={onAllPartitions}>
            All partitions
          </Button>
        }
      >
        {absent}
      </EmptyState>
    )
  const error =
    failed === null ? (view?.state === 'failed' ? view.error : null) : new Error(`${failed.detail} (${failed.code})`)
  if (error !== null && rows.length === 0)
    return (
      <div className="p-3">
        <ErrorPanel what="The messages could not be read" error={error} onRetry={onRetry} />
      </div>
    )
  if (rows.length > 0)
    return (
      <div className="flex h-full min-h-0 flex-col">
        {error === null ? null : (
          <div className="border-b p-2">
            <ErrorPanel what="Reading on failed" error={error} onRetry={onRetry} />
          </div>
        )}
        <div className="min-h-0 grow">{children}</div>
      </div>
    )
  // Once it is known that nobody answers, what looks like loading would not be true.
  if (view?.state === 'waiting' && (filter === '' || view.progress.scanned === 0))
    return (
      <EmptyState title="No message was read yet">
        Waiting for a broker that can answer. Reading begins by itself when one does.
      </EmptyState>
    )
  if (view === null || view.state === 'reading' || view.state === 'waiting') {
    const looking = filter !== '' && view !== null && view.progress.scanned > 0
    return looking ? (
      <EmptyState title="No match so far">
        {plural(view.progress.scanned, 'message')} looked at, {formatCount(view.remaining)} to go.
      </EmptyState>
    ) : (
      <RowsSkeleton />
    )
  }
  const empty = topic.partitions.every(({ highWatermark, logStartOffset }) => highWatermark <= logStartOffset)
  if (filter !== '')
    return (
      <EmptyState
        title="Nothing matches"
        action={
          <Button size="sm" onClick={onClearFilter}>
            Clear the filter
          </Button>
        }
      >
        {seek === 'live'
          ? `${plural(view.progress.scanned, 'message')} looked at so far, and those that come in will be too.`
          : `${plural(view.progress.scanned, 'message')} looked at${view.state === 'done' ? '' : ', and there are more'}.`}
      </EmptyState>
    )
  if (empty || seek === 'live')
    return (
      <EmptyState
        title={seek === 'live' ? 'Waiting for the next message' : 'No message yet'}
        action={
          <>
            <Link to="/produce" search={{ topic: topic.name }} className={buttonClass('primary')}>
              Send a message
            </Link>
            {seek === 'live' ? null : <Button onClick={onLive}>Wait for one</Button>}
          </>
        }
        snippet={
          <Snippets
            snippets={[
              {
                name: 'CLI',
                code: yakCommand('produce', topic.name, [
                  `--brokers ${url}`,
                  '--key customer-7',
                  `--value '{"total":19.9}'`,
                ]),
              },
              {
                name: 'curl',
                code: `curl -L ${url}/produce -H 'content-type: application/json' \\\n  -d '{"topic":"${topic.name}","key":"customer-7","value":{"total":19.9}}'`,
              },
            ]}
          />
        }
      >
        {seek === 'live'
          ? 'Messages show here as soon as they are committed.'
          : 'Nothing was sent to this topic, or retention or a purge took it.'}
      </EmptyState>
    )
  return (
    <EmptyState title="Nothing in this range">
      The chosen partitions have no message from there on. Choose an earlier place, or other partitions.
    </EmptyState>
  )
}

export function RowsSkeleton() {
  return (
    <div className="space-y-2 p-3" aria-busy="true">
      {Array.from({ length: 12 }, (_, index) => (
        <Skeleton key={index} className="h-5" />
      ))}
    </div>
  )
}
