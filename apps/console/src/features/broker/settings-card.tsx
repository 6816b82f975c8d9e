import { getRouteApi } from '@tanstack/react-router'
import type { BrokerConfigJson } from '@yak/protocol/schemas'
import { Fragment } from 'react'
import { useSnapshot } from '../../data/hooks.ts'
import type { BrokerWords } from '../../data/told-by-broker.ts'
import { brokerWords } from '../../lib/broker-words.ts'
import { brokerName } from '../../lib/brokers.ts'
import { Card } from '../../ui/card.tsx'
import { CardSkeleton, TableSkeleton } from '../../ui/card-skeleton.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Freshness } from '../../ui/freshness.tsx'
import { Pill } from '../../ui/pill.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Loading } from '../../ui/skeleton.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { type SettingRow, settingRows } from './setting-rows.ts'

const route = getRouteApi('/brokers/$id')

/** What the broker runs with: those settings that are not its defaults, or all. */
export function SettingsCard({ id, words: config, at, error, retry }: BrokerWords<BrokerConfigJson> & { id: string }) {
  const then = useSnapshot() !== null
  const { settings: which } = route.useSearch()
  const navigate = route.useNavigate()
  if (config === undefined && error !== null) {
    return (
      <Card title="Settings">
        {then ? (
          <p className="text-text-2 text-sm">{brokerWords((error as Error).message)}</p>
        ) : (
          <ErrorPanel what={`${brokerName(id)} cannot be asked for its settings`} error={error} onRetry={retry} />
        )}
      </Card>
    )
  }
  const rows = config === undefined ? [] : settingRows(config.settings)
  const changed = rows.filter((row) => row.changed)
  const shown = which === 'all' ? rows : changed
  const hasHidden = shown.some(({ value }) => value.includes('***'))
  return (
    <Loading loading={config === undefined} skeleton={<SettingsSkeleton />}>
      {() => (
        <Card
          title="Settings"
          flush
          aside={
            <Segmented
              label="Which settings"
              value={which ?? 'changed'}
              options={[
                { value: 'changed', label: `Changed ${changed.length}` },
                { value: 'all', label: `All ${rows.length}` },
              ]}
              onChange={(value) =>
                void navigate({
                  search: value === 'all' ? { settings: 'all' } : {},
                  replace: true,
                  resetScroll: false,
                })
              }
            />
          }
          footer={<Freshness brokerId={id} at={at} intervalMs={Number.POSITIVE_INFINITY} />}
        >
          {shown.length === 0 ? (
            <EmptyState title="Nothing changed">Every setting has its default.</EmptyState>
          ) : (
            <Table
              label="Settings"
              rows={shown}
              columns={which === 'all' ? columnsOfAll : columns}
              keyOf={({ name }) => name}
            />
          )}
          <p className="border-t px-3 py-2 text-pretty text-text-3 text-xs">
            {then ? null : 'Read when the broker started; another start, with other flags or variables, changes them. '}
            {hasHidden ? (
              <>
                <code className="font-mono">***</code> is what the broker does not tell: passwords.
              </>
            ) : null}
          </p>
        </Card>
      )}
    </Loading>
  )
}

export function SettingsSkeleton() {
  return (
    <CardSkeleton title="Settings" flush>
      <TableSkeleton rows={5} columns={[3, 5, 2, 2, 9]} />
    </CardSkeleton>
  )
}

/** May break after each comma of a list, and each underscore of a variable. */
function Breakable({ text }: { text: string }) {
  return text.split(/(?<=[,_])/).map((part, index) => (
    <Fragment key={index}>
      {part}
      <wbr />
    </Fragment>
  ))
}

const flag: Column<SettingRow> = {
  id: 'flag',
  header: 'Setting',
  cell: (row) => <code className="whitespace-nowrap font-mono text-xs">{row.flag}</code>,
}

const flagAmongAll: Column<SettingRow> = {
  ...flag,
  cell: (row) => (
    <span className="inline-flex flex-wrap items-center gap-2">
      {flag.cell(row)}
      {row.changed ? <Pill tone="info">changed</Pill> : null}
    </span>
  ),
}

const others: readonly Column<SettingRow>[] = [
  {
    id: 'value',
    header: 'Value',
    cell: (row) => (
      <span className="inline-flex items-center gap-1.5 sm:flex">
        {row.value === '' ? (
          <span className="text-text-3 text-xs">empty</span>
        ) : (
          <code className="wrap-anywhere min-w-0 font-mono text-xs">
            <Breakable text={row.value} />
          </code>
        )}
        {row.readable === null ? null : <span className="whitespace-nowrap text-text-3 text-xs">{row.readable}</span>}
        {row.value === '' ? null : (
          <span className="max-sm:-mr-3 sm:ml-auto">
            <CopyButton what={`Copy ${row.flag}`} text={() => row.value} />
          </span>
        )}
      </span>
    ),
  },
  {
    id: 'default',
    header: 'Default',
    cell: (row) => (
      <span className="whitespace-nowrap text-text-2 text-xs">{row.fallback === '' ? 'empty' : row.fallback}</span>
    ),
  },
  {
    id: 'from',
    header: 'Given by',
    cell: (row) => (
      <span className="break-words text-text-2 text-xs max-sm:text-right">
        <Breakable text={row.from} />
      </span>
    ),
  },
  {
    id: 'description',
    header: 'Meaning',
    cell: (row) => <span className="text-pretty text-text-2 text-xs">{row.description}</span>,
    below: true,
  },
]

const columns: readonly Column<SettingRow>[] = [flag, ...others]
const columnsOfAll: readonly Column<SettingRow>[] = [flagAmongAll, ...others]
