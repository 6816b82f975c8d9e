import type { PartitionStateJson } from '@yak/protocol/schemas'
import { Check, CircleAlert, X } from 'lucide-react'
import type { ClusterSnapshot } from '../../data/cluster-feed.ts'
import { useSnapshot } from '../../data/hooks.ts'
import { brokerLook, brokerName } from '../../lib/brokers.ts'
import { formatCount } from '../../lib/format.ts'
import { BrokerMark } from '../../ui/broker-mark.tsx'
import { cx } from '../../ui/cx.ts'
import { useBrokerOrder } from '../../ui/environment.tsx'
import { Pill } from '../../ui/pill.tsx'
import { useAgeText } from '../../ui/time.tsx'
import { type PipelineScale, pipelineScale, placeOf } from './pipeline-scale.ts'
import { type ReplicaStanding, replicaStandings } from './replica-standings.ts'

/**
 * Leader's log end, what each follower has of it, and up to where it is committed. The marks are real offsets; in a snapshot
 * they are those of then, and nothing is said of what goes on.
 */
export function ReplicationPipeline({
  topic,
  partition,
  snapshot,
}: {
  topic: string
  partition: PartitionStateJson
  snapshot: ClusterSnapshot
}) {
  const then = useSnapshot() !== null
  const replicas = replicaStandings(topic, partition, snapshot)
  const { logStartOffset, logEndOffset, highWatermark } = partition
  if (logEndOffset < 0) {
    return (
      <p className="p-3 text-text-2">
        {then
          ? 'No broker served this partition when the snapshot was taken, so its offsets are not known.'
          : 'No broker serves this partition at the moment, so its offsets are not known.'}
      </p>
    )
  }
  const lowest = Math.min(highWatermark, ...replicas.flatMap(({ acked }) => (acked === null ? [] : [acked])))
  const scale = pipelineScale(logStartOffset, logEndOffset, lowest)
  return (
    <div className="p-3 sm:px-4">
      <ol className="mb-3 flex flex-wrap items-center gap-x-2 gap-y-1 text-text-2 text-xs">
        <li>
          {partition.leader === null
            ? `1 · no leader: nothing ${then ? 'was' : 'is'} appended after`
            : then
              ? '1 · the leader’s log ended at'
              : '1 · the leader appends at'}{' '}
          <b className="font-medium font-mono text-text">{formatCount(logEndOffset)}</b>
        </li>
        <li aria-hidden className="text-text-3">
          →
        </li>
        <li>{then ? '2 · what followers had copied' : '2 · followers copy and sync'}</li>
        <li aria-hidden className="text-text-3">
          →
        </li>
        <li>
          3 · committed below <b className="font-medium font-mono text-text">{formatCount(highWatermark)}</b>
          {logEndOffset > highWatermark ? (
            <span className="text-text-3">
              {' '}
              ({formatCount(logEndOffset - highWatermark)} not {then ? 'by then' : 'yet'})
            </span>
          ) : null}
        </li>
      </ol>
      <ul className="flex flex-col gap-1.5">
        {replicas.map((replica) => (
          <Replica key={replica.id} replica={replica} scale={scale} committed={highWatermark} asOf={snapshot.asOf} />
        ))}
      </ul>
      <div className="mt-1 grid grid-cols-[4.5rem_1fr_13rem] gap-3 max-sm:grid-cols-1" aria-hidden>
        <div className="mask-x-from-[calc(100%-3rem)] relative col-start-2 h-4 overflow-hidden text-2xs text-text-3 max-sm:col-start-1">
          {/* They stand still: ones that slide would be passed by those that come in at their place. The edges fade, since a
              number that is cut off is another number. */}
          {scale.ticks.map((tick) => (
            <span
              key={tick}
              className="-translate-x-1/2 absolute font-mono"
              style={{ left: `${placeOf(scale, tick)}%` }}
            >
              {formatCount(tick)}
            </span>
          ))}
        </div>
      </div>
    </div>
  )
}

function Replica({
  replica: { id, leads, inSync, acked, lag, toldAt, silent, error },
  scale,
  committed,
  asOf,
}: {
  replica: ReplicaStanding
  scale: PipelineScale
  committed: number
  asOf: number
}) {
  const look = brokerLook(id, useBrokerOrder())
  const behind = lag ?? 0
  const then = useSnapshot() !== null
  const ageText = useAgeText()
  const standing =
    error ??
    (acked === null
      ? `${then ? 'had' : 'has'} not answered yet`
      : silent && toldAt !== null
        ? `at ${formatCount(acked)}, ${ageText(asOf - toldAt)}`
        : leads || lag === null
          ? `at ${formatCount(acked)}`
          : behind === 0
            ? `${then ? 'had' : 'has'} everything`
            : `${formatCount(behind)} behind`)
  return (
    <li className="grid grid-cols-[4.5rem_1fr_13rem] items-center gap-3 max-sm:grid-cols-[1fr_auto] max-sm:gap-y-1">
      <BrokerMark id={id} name />
      <div className="relative h-5 overflow-hidden rounded-sm border bg-surface-2 max-sm:order-last max-sm:col-span-2">
        {acked === null ? null : (
          <span
            className={cx(
              `broker-${look.colour} absolute inset-y-0 left-0 transition-[width] duration-1000 ease-linear`,
              inSync && !silent
                ? 'bg-[color-mix(in_oklab,var(--broker)_30%,var(--surface))]'
                : 'bg-[color-mix(in_oklab,var(--bad-mark)_30%,var(--surface))]',
            )}
            style={{ width: `${placeOf(scale, acked)}%` }}
          />
        )}
        {scale.ticks.map((tick) => (
          <span key={tick} className="absolute inset-y-0 w-px bg-line-2" style={{ left: `${placeOf(scale, tick)}%` }} />
        ))}
        <span
          title={`Committed below ${committed}`}
          className="absolute inset-y-0 w-0.5 bg-text transition-[left] duration-1000 ease-linear"
          style={{ left: `calc(${placeOf(scale, committed)}% - 2px)` }}
        />
      </div>
      <span className="flex items-center justify-end gap-2 text-xs">
        <span className={cx('truncate', behind > 0 && !inSync ? 'text-bad' : 'text-text-2')}>{standing}</span>
        {leads ? (
          <Pill>{then ? 'led' : 'leads'}</Pill>
        ) : (
          <Pill tone={inSync ? 'ok' : 'bad'} icon={inSync ? <Check /> : error === null ? <X /> : <CircleAlert />}>
            {inSync ? 'in sync' : 'out of sync'}
          </Pill>
        )}
        <span className="sr-only">
          {toldAt === null
            ? `${brokerName(id)} ${then ? 'had' : 'has'} never answered`
            : `said ${ageText(asOf - toldAt)}`}
        </span>
      </span>
    </li>
  )
}
