import { getRouteApi, Link } from '@tanstack/react-router'
import type { PartitionStateJson } from '@yak/protocol/schemas'
import { ChevronRight } from 'lucide-react'
import { Fragment, useMemo, useState } from 'react'
import type { ClusterSnapshot } from '../../data/cluster-feed.ts'
import { useCluster, useJournal } from '../../data/hooks.ts'
import { brokerWords } from '../../lib/broker-words.ts'
import { formatBytes, formatCount } from '../../lib/format.ts'
import { lagInSync } from '../../lib/replica-lag.ts'
import { BrokerMark } from '../../ui/broker-mark.tsx'
import { Button, IconButton } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { TableSkeleton } from '../../ui/card-skeleton.tsx'
import { cx } from '../../ui/cx.ts'
import { ClusterFreshness } from '../../ui/freshness.tsx'
import { Pill } from '../../ui/pill.tsx'
import { Loading } from '../../ui/skeleton.tsx'
import { Age } from '../../ui/time.tsx'
import { lastChange } from './last-change.ts'
import { ProbeCard } from './probe-card.tsx'
import { ReplicationPipeline } from './replication-pipeline.tsx'

const route = getRouteApi('/topics/$topic/partitions')
const rowsAtOnce = 50

/** Each partition: who leads it, who has it, and from where to where. Unfolded: the replication as it goes. */
export function PartitionsTab() {
  const { topic: name } = route.useParams()
  const { open = [] } = route.useSearch()
  const navigate = route.useNavigate()
  const snapshot = useCluster()
  const [limit, setLimit] = useState(rowsAtOnce)
  const topic = snapshot?.topics.find((each) => each.name === name)
  const toggle = (partition: number) =>
    void navigate({
      search: () => {
        const next = open.includes(partition)
          ? open.filter((each) => each !== partition)
          : [...open, partition].toSorted((a, b) => a - b)
        return next.length === 0 ? {} : { open: next }
      },
      replace: true,
      resetScroll: false,
    })
  return (
    <Loading loading={snapshot === null} skeleton={<PartitionsSkeleton />}>
      {() =>
        snapshot === null || topic === undefined ? null : (
          <>
            <Card
              flush
              footer={
                <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
                  <ClusterFreshness snapshot={snapshot} />
                  <LastChange topic={name} />
                </div>
              }
            >
              <div className="scroll-x overflow-x-auto">
                <table aria-label={`Partitions of ${name}`} className="w-full border-collapse text-left max-sm:block">
                  <thead className="max-sm:sr-only">
                    <tr className="border-b">
                      {headers.map(({ title, right }) => (
                        <th
                          key={title}
                          scope="col"
                          className={cx(
                            'h-8 whitespace-nowrap px-3 font-medium text-2xs text-text-3',
                            right && 'text-right',
                          )}
                        >
                          {title}
                        </th>
                      ))}
                    </tr>
                  </thead>
                  <tbody className="max-sm:block max-sm:divide-y">
                    {topic.partitions.slice(0, limit).map((partition) => {
                      const unfolded = open.includes(partition.partition)
                      return (
                        <Fragment key={partition.partition}>
                          <Row
                            topic={name}
                            partition={partition}
                            snapshot={snapshot}
                            unfolded={unfolded}
                            onToggle={() => toggle(partition.partition)}
                          />
                          {unfolded ? (
                            <tr
                              id={`replication-${partition.partition}`}
                              className="border-b bg-bg last:border-b-0 max-sm:block"
                            >
                              <td colSpan={headers.length} className="max-sm:block">
                                <ReplicationPipeline topic={name} partition={partition} snapshot={snapshot} />
                              </td>
                            </tr>
                          ) : null}
                        </Fragment>
                      )
                    })}
                  </tbody>
                </table>
              </div>
              {topic.partitions.length > limit ? (
                <div className="flex items-center justify-center gap-3 border-t p-2 text-text-3 text-xs">
                  {formatCount(limit)} of {formatCount(topic.partitions.length)} shown.
                  <Button size="sm" onClick={() => setLimit(limit + rowsAtOnce)}>
                    Show {rowsAtOnce} more
                  </Button>
                </div>
              ) : null}
            </Card>
            <ProbeCard key={topic.id} topic={topic} />
          </>
        )
      }
    </Loading>
  )
}

/** All partitions have one leader and one set of replicas in sync, so what changed last is told once. */
function LastChange({ topic }: { topic: string }) {
  const { entries } = useJournal()
  const entry = useMemo(() => lastChange(entries, topic), [entries, topic])
  if (entry === undefined) return null
  return (
    <p className="text-2xs text-text-3">
      Last change <Age at={entry.at} />:{' '}
      <Link
        to="/log"
        search={{ at: `${entry.brokerId}:${entry.seq}` }}
        className="underline underline-offset-2 hover:text-text"
      >
        {brokerWords(entry.text)}
      </Link>
    </p>
  )
}

const headers: readonly { readonly title: string; readonly right?: boolean }[] = [
  { title: 'Partition' },
  { title: 'Leader' },
  { title: 'Epoch', right: true },
  { title: 'Replicas' },
  { title: 'Earliest', right: true },
  { title: 'Committed below', right: true },
  { title: 'Log end', right: true },
  { title: 'Messages', right: true },
  { title: 'Size', right: true },
]

const cell =
  'h-9 px-3 py-1 align-middle max-sm:flex max-sm:h-auto max-sm:min-h-7 max-sm:items-center max-sm:justify-between max-sm:gap-4 max-sm:px-0 max-sm:py-0.5'

function Row({
  topic,
  partition,
  snapshot,
  unfolded,
  onToggle,
}: {
  topic: string
  partition: PartitionStateJson
  snapshot: ClusterSnapshot
  unfolded: boolean
  onToggle: () => void
}) {
  const { leader, epoch, isr, replicas, logStartOffset, highWatermark, logEndOffset, sizeBytes } = partition
  const lagOf = (id: string) => snapshot.lags.get(id)?.get(`${topic}/${partition.partition}`) ?? 0
  return (
    <tr
      className={cx(
        'border-b last:border-b-0 hover:bg-surface-2 max-sm:block max-sm:px-3 max-sm:py-2',
        unfolded && 'bg-surface-2',
      )}
    >
      <td className={cell}>
        <span className="flex items-center gap-1">
          <IconButton
            label={`Replication of partition ${partition.partition}`}
            tip={false}
            aria-expanded={unfolded}
            aria-controls={unfolded ? `replication-${partition.partition}` : undefined}
            onClick={onToggle}
            className="-ml-2 !size-7"
          >
            <ChevronRight className={cx('transition-transform', unfolded && 'rotate-90')} />
          </IconButton>
          <Link
            to="/topics/$topic/messages"
            params={{ topic }}
            search={{ p: [partition.partition] }}
            className="inline-flex min-h-6 min-w-6 items-center justify-center font-medium font-mono text-xs hover:underline max-sm:min-h-11 max-sm:text-sm"
          >
            <span className="mr-1.5 font-sans sm:hidden">Partition</span>
            {partition.partition}
          </Link>
        </span>
      </td>
      <td className={cell}>
        <Label>Leader</Label>
        {leader === null ? <Pill tone="bad">none</Pill> : <BrokerMark id={leader.id} name />}
      </td>
      <td className={cx(cell, 'text-right')}>
        <Label>Epoch</Label>
        <span className="font-mono text-xs">{epoch < 0 ? '–' : formatCount(epoch)}</span>
      </td>
      <td className={cell}>
        <Label>Replicas</Label>
        <span className="flex flex-wrap items-center gap-1.5">
          {replicas.map((id) => {
            const inSync = isr.includes(id)
            const lag = id === leader?.id ? 0 : inSync ? lagInSync(lagOf(id), partition) : lagOf(id)
            return (
              <span key={id} className="inline-flex items-center gap-1">
                <BrokerMark id={id} className={cx(!inSync && 'opacity-40')} />
                {inSync ? null : <Pill tone="bad">out of sync</Pill>}
                {lag > 0 ? (
                  <span className={cx('text-2xs', inSync ? 'text-text-3' : 'text-bad')}>−{formatCount(lag)}</span>
                ) : null}
              </span>
            )
          })}
          <span className="text-text-3 text-xs sm:max-lg:hidden">
            {isr.length}/{replicas.length}
          </span>
        </span>
      </td>
      <Offset label="Earliest" value={logStartOffset} />
      <Offset label="Committed below" value={highWatermark} />
      <Offset label="Log end" value={logEndOffset} />
      <Offset label="Messages" value={highWatermark < 0 ? -1 : highWatermark - logStartOffset} />
      <td className={cx(cell, 'whitespace-nowrap text-right')}>
        <Label>Size</Label>
        <span className="font-mono text-xs">{sizeBytes === undefined ? '–' : formatBytes(sizeBytes)}</span>
      </td>
    </tr>
  )
}

function Label({ children }: { children: string }) {
  return <span className="text-text-3 text-xs sm:hidden">{children}</span>
}

function Offset({ label, value }: { label: string; value: number }) {
  return (
    <td className={cx(cell, 'text-right')}>
      <Label>{label}</Label>
      <span className="font-mono text-xs">{value < 0 ? '–' : formatCount(value)}</span>
    </td>
  )
}

function PartitionsSkeleton() {
  return (
    <Card flush>
      <TableSkeleton rows={6} columns={[3, 2, 2, 3, 2, 2, 2, 2, 2]} />
    </Card>
  )
}
