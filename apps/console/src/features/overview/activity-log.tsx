import { Link } from '@tanstack/react-router'
import { ArrowDownToLine, CircleAlert, Info, TriangleAlert } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useJournal, useWide } from '../../data/hooks.ts'
import { identity } from '../../data/journal-feed.ts'
import type { JournalEntry, JournalLevel } from '../../data/live/frames.ts'
import { brokerName } from '../../lib/brokers.ts'
import { BrokerMark } from '../../ui/broker-mark.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { cx } from '../../ui/cx.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Select } from '../../ui/select.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Time } from '../../ui/time.tsx'
import { VirtualList } from '../../ui/virtual-list.tsx'
import { aboutEntry } from './about-entry.ts'

const shownEntries = 200
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
  const [follow, setFollow] = useState(true)
  const wide = useWide(640)
  const types = useMemo(() => [...new Set(entries.map((entry) => entry.type))].toSorted(), [entries])
  const shown = useMemo(
    () =>
      entries
        .filter(
          (entry) =>
            (type === undefined || entry.type === type) && levels[entry.level].rank >= levels[level ?? 'info'].rank,
        )
        .slice(-shownEntries),
    [entries, level, type],
  )
  return (
    <Card
      title="Activity"
      flush
      aside={
        <div className="flex flex-wrap items-center gap-2">
          <Select
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
        <div className="flex min-h-6 items-center gap-2 text-2xs text-text-3">
          {missing.length === 0
            ? `newest ${shown.length}`
            : `without ${missing.map(({ brokerId }) => brokerName(brokerId)).join(', ')}: no answer`}
          <Link to="/log" className="underline underline-offset-2 hover:text-text">
            Whole log
          </Link>
          {follow ? (
            <span className="ml-auto">following</span>
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
        <VirtualList
          items={shown}
          rowHeight={wide ? 30 : 52}
          keyOf={identity}
          label="Activity"
          role="log"
          follow={follow}
          onFollowChange={setFollow}
          className="h-80 py-1"
          render={(entry) => <Entry entry={entry} />}
        />
      )}
    </Card>
  )
}

function Entry({ entry }: { entry: JournalEntry }) {
  const { icon: Icon, className } = levels[entry.level]
  const about = aboutEntry(entry)
  return (
    <div className="flex h-full items-center gap-2 px-3 hover:bg-surface-2 max-sm:flex-wrap max-sm:gap-y-0">
      <Time at={entry.at} ms={false} className="text-text-3" />
      <BrokerMark id={entry.brokerId} size="sm" />
      <Icon role="img" aria-label={entry.level} className={cx('size-3.5 shrink-0', className)} />
      <Link {...about} title={entry.text} className="min-w-0 grow truncate text-xs hover:underline max-sm:w-full">
        {entry.text}
      </Link>
    </div>
  )
}
