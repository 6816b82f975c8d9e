import { getRouteApi } from '@tanstack/react-router'
import { useCluster } from '../../data/hooks.ts'
import { Card } from '../../ui/card.tsx'
import { CardSkeleton, TableSkeleton } from '../../ui/card-skeleton.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ClusterFreshness } from '../../ui/freshness.tsx'
import { Checkbox } from '../../ui/input.tsx'
import { Pill } from '../../ui/pill.tsx'
import { Loading } from '../../ui/skeleton.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { type ConfigRow, configRows } from './config-settings.ts'
import { DangerZone } from './danger-zone.tsx'

const route = getRouteApi('/topics/$topic/config')

/** The settings in effect, and the end of the topic. */
export function ConfigTab() {
  const { topic: name } = route.useParams()
  const { changed = false } = route.useSearch()
  const navigate = route.useNavigate()
  const snapshot = useCluster()
  const topic = snapshot?.topics.find((each) => each.name === name)
  const rows = topic === undefined ? [] : configRows(topic.config)
  const shown = changed ? rows.filter((row) => row.changed) : rows
  return (
    <Loading loading={snapshot === null} skeleton={<ConfigSkeleton />}>
      {() =>
        snapshot === null || topic === undefined ? null : (
          <>
            <Card
              title="Settings"
              flush
              aside={
                <Checkbox
                  label="Only changed"
                  checked={changed}
                  onChange={(event) =>
                    void navigate({ search: event.target.checked ? { changed: true } : {}, replace: true })
                  }
                />
              }
              footer={<ClusterFreshness snapshot={snapshot} />}
            >
              {shown.length === 0 ? (
                <EmptyState title="Nothing changed">Every setting has its default.</EmptyState>
              ) : (
                <Table label="Settings" rows={shown} columns={columns} keyOf={(row) => row.name} />
              )}
              <p className="border-t px-3 py-2 text-text-3 text-xs">
                Set when the topic is created; what was not set there follows the brokers. The topic's id is{' '}
                <code className="wrap-anywhere font-mono text-text-2">{topic.id}</code>.
              </p>
            </Card>
            <DangerZone topic={topic} />
          </>
        )
      }
    </Loading>
  )
}

function ConfigSkeleton() {
  return (
    <CardSkeleton title="Settings" flush>
      <TableSkeleton rows={6} columns={[3, 4, 2, 9]} />
    </CardSkeleton>
  )
}

const columns: readonly Column<ConfigRow>[] = [
  {
    id: 'name',
    header: 'Setting',
    cell: (row) => (
      <span className="inline-flex flex-wrap items-center gap-2">
        <code className="font-mono text-xs">{row.name}</code>
        {row.changed ? <Pill tone="info">changed</Pill> : null}
      </span>
    ),
  },
  {
    id: 'value',
    header: 'Value',
    cell: (row) => (
      <span className="inline-flex items-center gap-1.5 sm:flex">
        <code className="break-all font-mono text-xs">{row.value}</code>
        {row.readable === null ? null : <span className="whitespace-nowrap text-text-3 text-xs">{row.readable}</span>}
        <span className="max-sm:-mr-3 sm:ml-auto">
          <CopyButton what={`Copy ${row.name}`} text={() => row.value} />
        </span>
      </span>
    ),
  },
  {
    id: 'default',
    header: 'Default',
    // On a phone under the value, not under the button beside it.
    cell: (row) => <span className="whitespace-nowrap text-text-2 text-xs max-sm:mr-9.5">{row.fallback ?? '–'}</span>,
  },
  {
    id: 'description',
    header: 'Meaning',
    cell: (row) => <span className="text-pretty text-text-2 text-xs">{row.description}</span>,
    below: true,
  },
]
