import { Link } from '@tanstack/react-router'
import { ArrowDownToLine, ChevronRight, CircleAlert, Info, TriangleAlert } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useCluster, useJournal, useSnapshot, useStale } from '../../data/hooks.ts'
import { identity } from '../../data/journal-feed.ts'
import type { JournalEntry, JournalLevel } from '../../data/live/frames.ts'
import { brokerWords } from '../../lib/broker-words.ts'
import { brokerName } from '../../lib/brokers.ts'
import { type ToldEvent, toldEvents } from '../../lib/told-events.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { cx } from '../../ui/cx.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ClusterFreshness } from '../../ui/freshness.tsx'
import { Select } from '../../ui/select.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Tellers } from '../../ui/tellers.tsx'
import { Age, Time } from '../../ui/time.tsx'
import { VirtualList } from '../../ui/virtual-list.tsx'
import { aboutEntry } from './about-entry.ts'

const shownRows = 200
const levels: Record<JournalLevel, { readonly icon: typeof Info; readonly className: string; readonly rank: number }> =
  {
    info: { icon: Info, className: 'text-text-3', rank: 0 },
    warn: { icon: TriangleAlert, className: 'text-warn-mark', rank: 1 },
    error: { icon: CircleAlert, className: 'text-bad-mark', rank: 2 },
  }

/** What happened lately, newest last; it follows until somebody scrolls up. */
export function ActivityLog({
  level,
  type,
  onFilter,
}: {
  level: JournalLevel | undefined
  type: string | undefined
  onFilter: (filter: { level?: JournalLevel | undefined; type?: string | undefined }) => void
}) {
  const { entries, missing, loaded } = useJournal()
  const snapshot = useSnapshot()
  const cluster = useCluster()
  const stale = useStale()
  const [follow, setFollow] = useState(true)
  const types = useMemo(() => [...new Set(entries.map((entry) => entry.type))].toSorted(), [entries])
  const matching = useMemo(
    () =>
      entries.filter(
        (entry) =>
          (type === undefined || entry.type === type) && levels[entry.level].rank >= levels[level ?? 'info'].rank,
      ),
    [entries, level, type],
  )
  const shown = useMemo(() => toldEvents(matching).slice(-shownRows), [matching])
  return (
    <Card
      title="Activity"
      flush
      aside={
        <div className="flex flex-wrap items-center gap-2">
          <Select
            small
            aria-label="Level"
            value={level ?? 'info'}
            onChange={(event) =>
              onFilter({
                level: event.target.value === 'info' ? undefined : (event.target.value as JournalLevel),
                type,
              })
            }
          >
            <option value="info">All levels</option>
            <option value="warn">Warnings</option>
            <option value="error">Errors</option>
          </Select>
          <Select
            small
            aria-label="Type"
            value={type ?? ''}
            onChange={(event) => onFilter({ level, type: event.target.value === '' ? undefined : event.target.value })}
            className="max-w-36"
          >
            <option value="">All types</option>
            {types.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </Select>
        </div>
      }
      footer={
        <div className="flex min-h-6 flex-wrap items-center gap-x-3 text-2xs text-text-3">
          {cluster === null ? null : <ClusterFreshness snapshot={cluster} />}
          {missing.length === 0
            ? `newest ${shown.length}`
            : `without ${missing.map(({ brokerId }) => brokerName(brokerId)).join(', ')}: no answer`}
          <Link to="/log" className="underline underline-offset-2 hover:text-text">
            Whole log
          </Link>
          {snapshot !== null ? null : follow ? (
            <span className="ml-auto">{stale ? null : 'following'}</span>
          ) : (
            <Button size="sm" icon={<ArrowDownToLine />} className="ml-auto h-6" onClick={() => setFollow(true)}>
              Follow
            </Button>
          )}
        </div>
      }
      className="min-h-72"
    >
      {!loaded ? (
        <div className="space-y-2 p-3">
          {Array.from({ length: 6 }, (_, index) => (
            <Skeleton key={index} className="h-5" />
          ))}
        </div>
      ) : shown.length === 0 ? (
        entries.length === 0 ? (
          <EmptyState title="Nothing happened yet">
            Elections, replicas that come and go, and topics made and deleted are written here.
          </EmptyState>
        ) : (
          <EmptyState
            title="Nothing matches"
            action={
              <Button size="sm" onClick={() => onFilter({})}>
                Show all
              </Button>
            }
          >
            {`${entries.length} entries have another level or type.`}
          </EmptyState>
        )
      ) : (
        // As high as the card, which is as high as the one beside it; without any height of its own, which its rows would give it.
        <div className="relative h-full min-h-80">
          <VirtualList
            items={shown}
            rowHeight={30}
            keyOf={({ first }) => identity(first)}
            label="Activity"
            role="log"
            follow={follow}
            onFollowChange={setFollow}
            className="absolute! inset-0 py-1"
            render={(event) => <Row event={event} />}
          />
        </div>
      )}
    </Card>
  )
}

/** On a phone: the last thing that happened, and the way to all of it. */
export function ActivityLink() {
  const { entries } = useJournal()
  const last = entries.at(-1)
  return (
    <Link to="/log" className="flex min-h-14 items-center gap-3 rounded-lg border bg-surface px-3 py-2 shadow-card">
      <span className="min-w-0 grow">
        <span className="block font-semibold">Activity</span>
        <span className="block truncate text-text-3 text-xs">
          {last === undefined ? 'Nothing happened yet.' : brokerWords(last.text)}
        </span>
      </span>
      {last === undefined ? null : <Age at={last.at} className="shrink-0 text-text-3 text-xs" />}
      <ChevronRight aria-hidden className="size-4 shrink-0 text-text-3" />
    </Link>
  )
}

function Row({ event: { first: entry, entries } }: { event: ToldEvent<JournalEntry> }) {
  const { icon: Icon, className } = levels[entry.level]
  const about = aboutEntry(entry)
  const text = brokerWords(entry.text)
  return (
    <div className="flex h-full items-center gap-2 px-3 hover:bg-surface-2">
      <Time at={entry.at} ms={false} className="text-text-3" />
      <Icon role="img" aria-label={entry.level} className={cx('size-3.5 shrink-0', className)} />
      <Link {...about} title={text} className="min-w-0 grow truncate text-xs hover:underline">
        {text}
      </Link>
      <Tellers ids={entries.map(({ brokerId }) => brokerId)} />
    </div>
  )
}
