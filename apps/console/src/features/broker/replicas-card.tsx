import { Link } from '@tanstack/react-router'
import { Check, CircleDashed, Crown, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { useSnapshot } from '../../data/hooks.ts'
import type { BrokerState } from '../../data/live/frames.ts'
import { formatBytes, formatCount, plural } from '../../lib/format.ts'
import { Card } from '../../ui/card.tsx'
import { cx } from '../../ui/cx.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Pill } from '../../ui/pill.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { VirtualList } from '../../ui/virtual-list.tsx'
import type { ReplicaRow } from './replica-rows.ts'

/** A table up to here, a virtual list above. */
const tableRows = 200

/** `silent`: it does not answer; `then`: in a snapshot. */
const columnsOf = (silent: boolean, then: boolean): readonly Column<ReplicaRow>[] => [
  {
    id: 'partition',
    header: 'Partition',
    cell: ({ topic, partition }) => (
      <Link
        to="/topics/$topic/messages"
        params={{ topic }}
        search={{ p: [partition] }}
        className="-my-1 inline-block min-w-6 break-all py-1 font-mono text-xs hover:underline"
      >
        {topic}/{partition}
      </Link>
    ),
  },
  {
    id: 'role',
    header: 'Role',
    cell: ({ role }) =>
      role === 'leader' ? (
        <Pill tone="ok" icon={<Crown />}>
          {then ? 'led' : 'leads'}
        </Pill>
      ) : (
        <Pill icon={<CircleDashed />}>{then ? 'followed' : 'follows'}</Pill>
      ),
  },
  {
    id: 'sync',
    header: 'In sync',
    cell: ({ inSync }) =>
      inSync ? (
        <Check role="img" aria-label="in sync" className="size-4 text-ok-mark" />
      ) : (
        <Pill tone="bad" icon={<X />}>
          out of sync
        </Pill>
      ),
  },
  { id: 'epoch', header: 'Epoch', align: 'right', cell: ({ epoch }) => <Count value={epoch} /> },
  {
    id: 'start',
    header: 'Earliest',
    align: 'right',
    wideOnly: true,
    cell: ({ own }) => <Count value={own?.logStartOffset} />,
  },
  {
    id: 'hw',
    header: 'Committed below',
    align: 'right',
    wideOnly: true,
    cell: ({ own }) => <Count value={own?.highWatermark} />,
  },
  { id: 'end', header: 'Log end', align: 'right', cell: ({ own }) => <Count value={own?.logEndOffset} /> },
  {
    id: 'lag',
    header: 'Lag, messages',
    align: 'right',
    cell: ({ lag, role }) => (role === 'leader' ? <span className="text-text-3">–</span> : <Count value={lag} />),
  },
  {
    id: 'size',
    header: 'Size',
    align: 'right',
    cell: ({ own }) => (own === null ? '–' : <span className="text-xs">{formatBytes(own.sizeBytes)}</span>),
  },
  {
    id: 'error',
    header: 'State',
    cell: ({ own }) =>
      own === null ? (
        <span className="text-text-3 text-xs">unknown</span>
      ) : own.error === null ? (
        <span className="text-text-3 text-xs">
          {silent ? 'in service when last heard' : then ? 'was in service' : 'in service'}
        </span>
      ) : (
        <Pill tone="bad" icon={<X />}>
          {own.error}
        </Pill>
      ),
  },
]

function Count({ value }: { value: number | null | undefined }) {
  return <span className="font-mono text-xs">{value === null || value === undefined ? '–' : formatCount(value)}</span>
}

/** Every partition that the broker holds: leading or following, in sync, how far. */
export function ReplicasCard({
  rows,
  dim,
  silent,
  state,
  freshness,
}: {
  rows: readonly ReplicaRow[]
  dim: boolean
  /** It does not answer: what it told of itself is of before. */
  silent: boolean
  state: BrokerState | null
  freshness: ReactNode
}) {
  const then = useSnapshot() !== null
  const columns = columnsOf(silent, then)
  const led = rows.filter(({ role }) => role === 'leader').length
  const untold = state !== null && state.partitions.length < state.partitionCount
  return (
    <Card
      title="Replicas"
      flush
      aside={
        <span className="text-text-3 text-xs">
          {then ? 'led' : 'leads'} {formatCount(led)}, {then ? 'followed' : 'follows'} {formatCount(rows.length - led)}
        </span>
      }
      footer={
        <div className="flex flex-wrap items-center justify-between gap-2">
          {freshness}
          {untold ? (
            <span className="text-2xs text-text-3">
              It tells of {formatCount(state.partitions.length)} of its {plural(state.partitionCount, 'partition')}.
            </span>
          ) : null}
        </div>
      }
    >
      {rows.length === 0 ? (
        <EmptyState title="It holds no partition yet">
          Partitions come with topics: each broker holds a replica of every partition.
        </EmptyState>
      ) : rows.length <= tableRows ? (
        <Table
          rows={rows}
          columns={columns}
          keyOf={({ topic, partition }) => `${topic}/${partition}`}
          label="Replicas"
          className={cx(dim && 'dimmed')}
        />
      ) : (
        <VirtualList
          items={rows}
          rowHeight={32}
          keyOf={({ topic, partition }) => `${topic}/${partition}`}
          label="Replicas"
          className={cx('h-96', dim && 'dimmed')}
          render={(row) => (
            <div className="flex h-full items-center gap-4 border-b px-3">
              <span className="min-w-0 grow truncate">{columns[0]!.cell(row)}</span>
              {columns[1]!.cell(row)}
              {row.own?.error == null ? null : columns[9]!.cell(row)}
              <span className="w-24 text-right">{columns[6]!.cell(row)}</span>
              <span className="w-20 text-right">{columns[7]!.cell(row)}</span>
            </div>
          )}
        />
      )}
    </Card>
  )
}
