import { Link } from '@tanstack/react-router'
import type { PartitionStateJson } from '@yak/protocol/schemas'
import { Check, X } from 'lucide-react'
import type { ClusterSnapshot } from '../../data/cluster-feed.ts'
import { useSnapshot } from '../../data/hooks.ts'
import { brokerName } from '../../lib/brokers.ts'
import { formatBytes, formatCount } from '../../lib/format.ts'
import { lagInSync } from '../../lib/replica-lag.ts'
import { BrokerMark } from '../../ui/broker-mark.tsx'
import { buttonClass } from '../../ui/button.tsx'
import { Sheet } from '../../ui/dialog.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Freshness } from '../../ui/freshness.tsx'
import { Pill } from '../../ui/pill.tsx'
import { Facts } from '../../ui/stat.tsx'

/** One partition, by its name in the URL (`orders/2`): who has how much of it. */
export function PartitionDrawer({
  snapshot,
  name,
  onClose,
}: {
  snapshot: ClusterSnapshot
  name: string | undefined
  onClose: () => void
}) {
  const slash = name?.lastIndexOf('/') ?? -1
  const topicName = name?.slice(0, slash) ?? ''
  const number = Number(name?.slice(slash + 1))
  const partition = snapshot.topics
    .find((topic) => topic.name === topicName)
    ?.partitions.find((each) => each.partition === number)
  return (
    <Sheet
      open={name !== undefined}
      onClose={onClose}
      title={<span className="font-mono">{name}</span>}
      description="Partition"
    >
      {partition === undefined ? (
        <EmptyState title="There is no such partition">
          The topic may have been deleted, or the address is of another cluster.
        </EmptyState>
      ) : (
        <div className="flex flex-col gap-4">
          <Facts
            rows={[
              [
                'Leader',
                partition.leader === null ? (
                  <Pill key="l" tone="bad">
                    none
                  </Pill>
                ) : (
                  <BrokerMark key="l" id={partition.leader.id} name />
                ),
              ],
              ['Epoch', formatCount(partition.epoch)],
              ['In sync', `${partition.isr.length} of ${partition.replicas.length}`],
              ['Earliest offset', formatCount(partition.logStartOffset)],
              ['Committed below', formatCount(partition.highWatermark)],
              ['Log end', formatCount(partition.logEndOffset)],
              ['Messages', formatCount(partition.highWatermark - partition.logStartOffset)],
              ['Size', partition.sizeBytes === undefined ? '–' : formatBytes(partition.sizeBytes)],
            ]}
          />
          <section>
            <h3 className="eyebrow mb-1">Replicas</h3>
            <ul className="divide-y rounded-md border">
              {partition.replicas.map((id) => (
                <Replica key={id} id={id} topic={topicName} partition={partition} snapshot={snapshot} />
              ))}
            </ul>
          </section>
          <div className="flex flex-wrap gap-2">
            <Link
              to="/topics/$topic/messages"
              params={{ topic: topicName }}
              search={{ p: [number] }}
              className={buttonClass('primary')}
            >
              Messages
            </Link>
            <Link to="/topics/$topic/partitions" params={{ topic: topicName }} className={buttonClass()}>
              All partitions
            </Link>
            <Link to="/timeline" search={{ p: [`${topicName}/${number}`] }} className={buttonClass()}>
              History of leaders
            </Link>
          </div>
          <Freshness brokerId={snapshot.saidBy} epoch={snapshot.cluster.epoch} at={snapshot.receivedAt} />
        </div>
      )}
    </Sheet>
  )
}

function Replica({
  id,
  topic,
  partition,
  snapshot,
}: {
  id: string
  topic: string
  partition: PartitionStateJson
  snapshot: ClusterSnapshot
}) {
  const { partition: number, isr, leader, highWatermark, logEndOffset } = partition
  const inSync = isr.includes(id)
  const then = useSnapshot() !== null
  const has = then ? 'had' : 'has'
  const leads = leader?.id === id
  const own = snapshot.brokers
    .find((broker) => broker.id === id)
    ?.state?.partitions.find((each) => each.topic === topic && each.partition === number)
  const told = snapshot.lags.get(id)?.get(`${topic}/${number}`) ?? null
  const lag = leads ? 0 : told !== null && inSync ? lagInSync(told, partition) : told
  return (
    <li className="flex items-center gap-3 px-3 py-2">
      <BrokerMark id={id} name />
      <span className="grow text-text-3 text-xs">
        {leads
          ? then
            ? 'led'
            : 'leads'
          : own === undefined
            ? `${brokerName(id)} ${has} not answered yet`
            : lag === 0
              ? // One of them lacks what is not committed yet; what they told a moment ago does not say which.
                highWatermark < logEndOffset
                ? `${has} all that ${then ? 'was' : 'is'} committed`
                : `${has} everything`
              : `${formatCount(lag ?? 0)} behind`}
        {own?.error == null ? '' : `, not served: ${own.error}`}
      </span>
      {/* What one told that has everything is older than what the leader tells: beside its word it would look like less. */}
      <span className="font-mono text-text-2 text-xs">
        {own === undefined ? '–' : leads || lag !== 0 ? `at ${formatCount(own.logEndOffset)}` : null}
      </span>
      <Pill tone={inSync ? 'ok' : 'bad'} icon={inSync ? <Check /> : <X />}>
        {inSync ? 'in sync' : 'out of sync'}
      </Pill>
    </li>
  )
}
