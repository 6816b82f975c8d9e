import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { ListTree, Plus, Regex, Search, TriangleAlert } from 'lucide-react'
import { useMemo, useRef } from 'react'
import { clusterIntervalMs } from '../../data/cluster-feed.ts'
import { useConsoleData } from '../../data/console-data.tsx'
import { useCluster, useNoWriteReason, useNow, usePeers, useStale, useWide } from '../../data/hooks.ts'
import { useStore } from '../../data/store.ts'
import { formatAge, formatBytes, formatCount, formatRate, plural } from '../../lib/format.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { TableSkeleton } from '../../ui/card-skeleton.tsx'
import { Snippets } from '../../ui/code-block.tsx'
import { cx } from '../../ui/cx.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ClusterFreshness } from '../../ui/freshness.tsx'
import { Checkbox, Input } from '../../ui/input.tsx'
import { NoAnswer, useNoAnswer } from '../../ui/no-answer.tsx'
import { Page } from '../../ui/page.tsx'
import { Pill } from '../../ui/pill.tsx'
import { Loading, Skeleton } from '../../ui/skeleton.tsx'
import { Sparkline } from '../../ui/sparkline.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { useEntryState } from '../../ui/use-entry.ts'
import { useKeys } from '../../ui/use-keys.ts'
import { CreateTopicDialog } from './create-topic-dialog.tsx'
import { filterTopics, quietFor, type TopicRow, topicRow } from './topic-rows.ts'

const route = getRouteApi('/topics')
/** A table is drawn whole; more than this is asked for. */
const rowsAtOnce = 100

interface Row extends TopicRow {
  readonly rates: readonly (number | null)[]
  /** How long ago the rates end, while no broker answers. */
  readonly unheardMs: number
}

/** All topics: how much is in them, how much comes in, and whether it is replicated as it should be. */
export function TopicsPage() {
  const snapshot = useCluster()
  const stale = useStale()
  const noWriteReason = useNoWriteReason()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const create = (open: boolean) =>
    void navigate({ search: (before) => ({ ...before, create: open || undefined }), replace: !open })
  return (
    <Page
      title="Topics"
      documentTitle="Topics"
      lead={
        snapshot === null || snapshot.topics.length === 0 ? undefined : (
          <span className="text-text-3 text-xs">{formatCount(snapshot.topics.length)}</span>
        )
      }
      aside={
        snapshot === null || snapshot.topics.length === 0 ? undefined : (
          <Button variant="primary" icon={<Plus />} disabledReason={noWriteReason} onClick={() => create(true)}>
            Create topic
          </Button>
        )
      }
    >
      <Loading loading={snapshot === null} skeleton={<TopicsSkeleton />}>
        {() =>
          snapshot === null ? null : (
            <div className={cx('transition-opacity', stale && 'dimmed')}>
              {snapshot.topics.length === 0 ? (
                <NoTopics onCreate={() => create(true)} />
              ) : (
                <TopicList snapshotRows={snapshot.topics.map((topic) => topicRow(topic, snapshot.lags))} />
              )}
            </div>
          )
        }
      </Loading>
      <CreateTopicDialog open={search.create === true} onClose={() => create(false)} />
    </Page>
  )
}

function TopicList({ snapshotRows }: { snapshotRows: readonly TopicRow[] }) {
  const { cluster: feed } = useConsoleData()
  const snapshot = useCluster()
  const version = useStore(feed.rateVersion)
  const { q = '', regex = false, internal = false, sort = 'name', desc = false } = route.useSearch()
  const navigate = route.useNavigate()
  const go = useNavigate()
  const box = useRef<HTMLInputElement>(null)
  const wide = useWide(640)
  const [limit, setLimit] = useEntryState('topics shown', rowsAtOnce)
  const { rows: matching, problem } = useMemo(
    () => filterTopics(snapshotRows, { text: q, regex, internal }),
    [snapshotRows, q, regex, internal],
  )
  const now = useNow(1_000)
  const unheardMs = useStale() && snapshot !== null ? Math.max(0, now - snapshot.receivedAt) : 0
  const rows = useMemo(
    () => matching.map((row) => ({ ...row, rates: feed.topicRates(row.name), unheardMs })),
    [matching, feed, version, unheardMs],
  )
  const hasInternal = snapshotRows.some((row) => row.internal)
  const change = (part: Partial<Parameters<typeof filterTopics>[1]>) =>
    void navigate({
      search: (before) => ({
        ...before,
        ...('text' in part ? { q: part.text || undefined } : {}),
        ...('regex' in part ? { regex: part.regex || undefined } : {}),
        ...('internal' in part ? { internal: part.internal || undefined } : {}),
      }),
      replace: true,
    })
  useKeys({ '/': () => box.current?.select() })
  return (
    <Card
      flush
      aside={
        <div className="flex w-full flex-wrap items-center gap-x-3 gap-y-2">
          <div className="relative w-72 max-sm:w-0 max-sm:min-w-40 max-sm:grow">
            <Search
              aria-hidden
              className="pointer-events-none absolute top-1/2 left-2.5 size-3.5 -translate-y-1/2 text-text-3"
            />
            <Input
              ref={box}
              type="search"
              aria-label="Search topics"
              aria-invalid={problem !== null || undefined}
              aria-describedby={problem === null ? undefined : 'topics-problem'}
              placeholder={regex ? 'Regular expression' : wide ? 'Search (/)' : 'Search'}
              mono={regex}
              value={q}
              onChange={(event) => change({ text: event.target.value })}
              onKeyDown={(event) => {
                if (event.key !== 'Escape') return
                if (q === '') event.currentTarget.blur()
                else change({ text: '' })
              }}
              className="pl-8"
            />
          </div>
          <Button
            size="sm"
            variant={regex ? 'default' : 'ghost'}
            icon={<Regex />}
            aria-pressed={regex}
            onClick={() => change({ regex: !regex })}
            className={cx(regex && 'bg-surface-3')}
          >
            Regex
          </Button>
          {hasInternal ? (
            <Checkbox
              label="Internal"
              checked={internal}
              onChange={(event) => change({ internal: event.target.checked })}
            />
          ) : null}
          <span className="ml-auto text-text-3 text-xs max-sm:w-full max-sm:empty:-mt-2" aria-live="polite">
            {q === '' || problem !== null
              ? null
              : `${formatCount(rows.length)} of ${plural(snapshotRows.length, 'topic')}`}
          </span>
          {problem === null ? null : (
            <p id="topics-problem" className="w-full text-bad text-xs">
              {problem}
            </p>
          )}
        </div>
      }
      footer={snapshot === null ? undefined : <ClusterFreshness snapshot={snapshot} intervalMs={clusterIntervalMs} />}
    >
      {rows.length === 0 ? (
        <EmptyState
          title="Nothing matches"
          action={
            <Button size="sm" onClick={() => change({ text: '', internal: hasInternal })}>
              Show all
            </Button>
          }
        >
          {q === ''
            ? 'All topics here are internal ones.'
            : `No topic has ${regex ? 'the pattern' : 'a name with'} “${q}”.`}
        </EmptyState>
      ) : (
        <>
          <Table
            label="Topics"
            rows={sorted(rows, sort, desc).slice(0, limit)}
            columns={columns}
            keyOf={(row) => row.name}
            sort={{ by: sort, descending: desc }}
            onSort={({ by, descending }) =>
              void navigate({
                search: (before) => ({
                  ...before,
                  sort: by === 'name' ? undefined : by,
                  desc: descending || undefined,
                }),
                replace: true,
              })
            }
            onOpen={(row) => void go({ to: '/topics/$topic/messages', params: { topic: row.name } })}
          />
          {rows.length > limit ? (
            <div className="flex items-center justify-center gap-3 border-t p-2 text-text-3 text-xs">
              {formatCount(limit)} of {formatCount(rows.length)} shown.
              <Button size="sm" onClick={() => setLimit(limit + rowsAtOnce)}>
                Show {rowsAtOnce} more
              </Button>
            </div>
          ) : null}
        </>
      )}
    </Card>
  )
}

/** The whole list is put in order before it is cut. */
function sorted(rows: readonly Row[], by: string, descending: boolean): readonly Row[] {
  const value = columns.find(({ id }) => id === by)?.sort
  if (value === undefined || rows.length <= rowsAtOnce) return rows
  const sign = descending ? -1 : 1
  return rows.toSorted((a, b) => {
    const [left, right] = [value(a), value(b)]
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1
    if (typeof left === 'number' && typeof right === 'number') return (left - right) * sign
    return String(left).localeCompare(String(right), 'en', { numeric: true }) * sign
  })
}

const unknown = <span className="text-text-3">–</span>

const columns: readonly Column<Row>[] = [
  {
    id: 'name',
    header: 'Name',
    sort: (row) => row.name,
    cell: (row) => (
      <Link
        to="/topics/$topic/messages"
        params={{ topic: row.name }}
        onClick={(event) => event.stopPropagation()}
        className="-my-1 inline-block min-w-6 break-all py-1 font-medium font-mono text-xs hover:underline max-sm:text-sm"
      >
        {row.name}
      </Link>
    ),
    className: 'min-w-48 sm:max-lg:min-w-32',
  },
  {
    id: 'partitions',
    header: 'Partitions',
    align: 'right',
    sort: (row) => row.partitions,
    cell: (row) => formatCount(row.partitions),
  },
  {
    id: 'messages',
    header: 'Messages',
    align: 'right',
    sort: (row) => row.messages,
    cell: (row) =>
      row.messages === null ? (
        unknown
      ) : (
        <span title="Committed messages that retention has not taken">
          {row.messages === 0 ? '' : '~'}
          {formatCount(row.messages)}
        </span>
      ),
  },
  {
    id: 'rate',
    header: 'In per second',
    align: 'right',
    sort: (row) => row.rates.at(-1) ?? null,
    cell: (row) => {
      const rate = row.rates.at(-1) ?? null
      return (
        <span className="inline-flex items-center justify-end gap-2 align-middle">
          <span className="flex sm:max-lg:hidden">
            <Sparkline
              values={row.rates}
              label={`Messages per second in the last minute, now ${formatRate(rate)}`}
              width={88}
              height={18}
            />
          </span>
          <span className="w-10 text-right">{formatRate(rate)}</span>
        </span>
      )
    },
  },
  {
    id: 'last',
    header: 'Last message',
    align: 'right',
    sort: (row) => {
      const quiet = quietFor(row.rates, row.unheardMs)
      return quiet === null ? null : quiet === 'over' ? Number.MAX_SAFE_INTEGER : quiet
    },
    cell: (row) => {
      const quiet = quietFor(row.rates, row.unheardMs)
      if (quiet === null) return unknown
      if (quiet !== 'over') return formatAge(quiet * 1_000)
      return (
        <span className="text-text-3" title="None came while this page watched, for up to a minute">
          {row.messages === 0 ? 'none' : `over ${formatAge(row.rates.filter((rate) => rate !== null).length * 1_000)}`}
        </span>
      )
    },
  },
  {
    id: 'lag',
    header: 'Worst lag',
    align: 'right',
    sort: (row) => row.worstLag,
    cell: (row) =>
      row.worstLag === null ? (
        unknown
      ) : (
        <span
          className={cx(row.inSync < row.replicas && row.worstLag > 0 && 'text-bad')}
          title="Messages that the replica furthest behind does not have yet"
        >
          {formatCount(row.worstLag)}
        </span>
      ),
  },
  {
    id: 'replication',
    header: 'In sync',
    align: 'right',
    sort: (row) => row.inSync - row.replicas,
    cell: (row) =>
      row.leaderless > 0 ? (
        <Pill tone="bad" icon={<TriangleAlert />}>
          {plural(row.leaderless, 'partition')} without a leader
        </Pill>
      ) : row.inSync < row.replicas ? (
        <Pill tone="warn" icon={<TriangleAlert />}>
          {row.inSync}/{row.replicas}
        </Pill>
      ) : (
        <span title="All replicas of every partition are in sync">
          {row.inSync}/{row.replicas}
        </span>
      ),
  },
  {
    id: 'size',
    header: 'Size',
    align: 'right',
    sort: (row) => row.sizeBytes,
    cell: (row) =>
      row.sizeBytes === null ? (
        unknown
      ) : (
        <span className="whitespace-nowrap" title={`${formatCount(row.sizeBytes)} B on the leader's disk`}>
          {formatBytes(row.sizeBytes)}
        </span>
      ),
  },
]

function NoTopics({ onCreate }: { onCreate: () => void }) {
  const { peers } = usePeers()
  const noWriteReason = useNoWriteReason()
  const url = peers[0]?.url ?? location.origin
  return (
    <Card>
      <EmptyState
        icon={<ListTree />}
        title="No topic yet"
        action={
          <Button variant="primary" icon={<Plus />} disabledReason={noWriteReason} onClick={onCreate}>
            Create topic
          </Button>
        }
        snippet={
          <Snippets
            snippets={[
              { name: 'CLI', code: `yak topics create orders --partitions 6 \\\n  --brokers ${url}` },
              {
                name: 'curl',
                code: `curl -L ${url}/topics -H 'content-type: application/json' \\\n  -d '{"name":"orders","partitions":6}'`,
              },
              {
                name: 'SDK',
                code: `const admin = yak.admin()\nawait admin.createTopic({ topic: 'orders', partitions: 6 })`,
              },
            ]}
          />
        }
      >
        Messages are kept in topics. Create the first one here, or send a message and it is made by itself.
      </EmptyState>
    </Card>
  )
}

/** The list without its rows; when nobody answers, why. */
function TopicsSkeleton() {
  if (useNoAnswer()) return <NoAnswer what="The topics could not be read" />
  return (
    <Card flush>
      <div className="border-b p-2">
        <Skeleton className="h-8 w-72 max-w-full rounded-md max-sm:h-11" />
      </div>
      <TableSkeleton rows={7} columns={[5, 2, 2, 4, 2, 2, 2, 2]} />
    </Card>
  )
}
