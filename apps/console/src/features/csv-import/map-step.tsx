import { useEffect, useMemo, useState } from 'react'
import { formatCount, plural } from '../../lib/format.ts'
import { prettyJson, readJson } from '../../lib/json/json-node.ts'
import { visibleText } from '../../lib/visible-text.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Select } from '../../ui/select.tsx'
import { VisibleText } from '../../ui/visible-text.tsx'
import { type ColumnType, columnTypes } from './cell-kinds.ts'
import type { ImportSession, ImportState } from './import-session.ts'
import {
  type ColumnMapping,
  firstMapping,
  hasFaults,
  type KeyMapping,
  type Mapping,
  type MappingFaults,
  mappingFaults,
} from './mapping.ts'
import type { ColumnProfile } from './profile-columns.ts'
import { rememberedMapping } from './remembered-mappings.ts'
import { RowMapper } from './row-mapper.ts'
import { stepActions } from './step-actions.ts'
import { TaskProgress } from './task-progress.tsx'
import type { Preview, Profile } from './worker-messages.ts'

const typeLabels: Record<ColumnType, string> = {
  string: 'text',
  integer: 'whole number',
  decimal: 'number',
  boolean: 'true / false',
  date: 'date (as text)',
  json: 'JSON',
}

export function MapStep({
  session,
  state,
  onNext,
}: {
  session: ImportSession
  state: ImportState
  onNext: () => void
}) {
  const { preview, profile, mapping, task } = state
  const [isRemembered, setIsRemembered] = useState(false)

  useEffect(() => {
    if (preview === null || profile !== null) return
    void session.profile().then((result) => {
      if (result === null || session.store.get().mapping !== null) return
      const remembered = rememberedMapping(preview.headers)
      setIsRemembered(remembered !== undefined)
      session.setMapping(
        remembered ??
          firstMapping(
            preview.headers,
            result.columns.map(({ type }) => type),
          ),
      )
    })
  }, [session, preview, profile])

  const faults = useMemo(() => (mapping === null ? null : mappingFaults(mapping)), [mapping])
  if (preview === null) return null
  if (profile === null || mapping === null || faults === null) {
    return task === null ? null : <TaskProgress state={state} label="Reading all rows to see what the columns hold" />
  }
  return (
    <div className="flex flex-col gap-4">
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Card
          flush
          title="Columns"
          aside={
            <span className="text-text-3 text-xs">
              {isRemembered
                ? 'as you mapped these columns last time'
                : profile.rowCount === 1
                  ? 'types from its one row'
                  : `types from all ${formatCount(profile.rowCount)} rows`}
            </span>
          }
        >
          <ColumnList
            columns={profile.columns}
            rowCount={profile.rowCount}
            mapping={mapping}
            faults={faults}
            onChange={(columns) => session.setMapping({ ...mapping, columns })}
          />
          {faults.whole === null ? null : <p className="border-t px-3 py-2 text-bad text-xs">{faults.whole}</p>}
        </Card>
        <div className="flex min-w-0 flex-col gap-4">
          <KeyCard mapping={mapping} fault={faults.key} onChange={(key) => session.setMapping({ ...mapping, key })} />
          <ValuePreview
            preview={preview}
            mapping={mapping}
            isUsable={!hasFaults(faults)}
            onEmpty={(empty) => session.setMapping({ ...mapping, empty })}
          />
        </div>
      </div>
      <div className={stepActions}>
        <Button
          variant="primary"
          onClick={onNext}
          {...(hasFaults(faults) ? { disabledReason: 'Mend what is marked first.' } : {})}
        >
          Check all rows
        </Button>
      </div>
    </div>
  )
}

const shownAtOnce = 60

function ColumnList({
  columns,
  rowCount,
  mapping,
  faults,
  onChange,
}: {
  columns: Profile['columns']
  rowCount: number
  mapping: Mapping
  faults: MappingFaults
  onChange: (columns: readonly ColumnMapping[]) => void
}) {
  const [shown, setShown] = useState(shownAtOnce)
  const change = (index: number, part: Partial<ColumnMapping>) =>
    onChange(mapping.columns.with(index, { ...mapping.columns[index]!, ...part }))
  const isAll = mapping.columns.every(({ isIncluded }) => isIncluded)
  const isSome = mapping.columns.some(({ isIncluded }) => isIncluded)
  return (
    <>
      <div className="grid items-center gap-x-3 border-b px-3 py-1.5 text-2xs text-text-3 sm:grid-cols-[1rem_minmax(0,1fr)_minmax(0,1fr)_9rem]">
        <label className="inline-flex items-center gap-3 max-sm:min-h-11 sm:col-span-2">
          <input
            type="checkbox"
            ref={(box) => {
              if (box !== null) box.indeterminate = !isAll && isSome
            }}
            className="size-4 accent-inverse"
            checked={isAll}
            onChange={() => onChange(mapping.columns.map((column) => ({ ...column, isIncluded: !isAll })))}
          />
          {plural(mapping.columns.length, 'column')} of the file
        </label>
        <span className="max-sm:pl-7">Name in the message; a dot nests: user.id</span>
        <span aria-hidden className="max-sm:hidden">
          Type
        </span>
      </div>
      <ul className="divide-y">
        {columns.slice(0, shown).map((profile, index) => (
          <ColumnItem
            key={index}
            profile={profile}
            rowCount={rowCount}
            column={mapping.columns[index]!}
            fault={faults.columns.get(index)}
            onChange={(part) => change(index, part)}
          />
        ))}
      </ul>
      {columns.length > shown ? (
        <div className="border-t p-2 text-center">
          <Button size="sm" variant="ghost" onClick={() => setShown(columns.length)}>
            Show all {columns.length} columns
          </Button>
        </div>
      ) : null}
    </>
  )
}

function ColumnItem({
  profile,
  rowCount,
  column,
  fault,
  onChange,
}: {
  profile: ColumnProfile
  rowCount: number
  column: ColumnMapping
  fault: string | undefined
  onChange: (part: Partial<ColumnMapping>) => void
}) {
  const { header, isIncluded, name, type } = column
  const fillRate = rowCount === 0 ? 0 : profile.filled / rowCount
  const note =
    type !== profile.type && profile.type === 'string' && type !== 'string'
      ? 'Not every cell fits this type; the check reports those that do not.'
      : profile.hasLongNumbers
        ? 'Numbers of more than 15 digits: every digit is kept.'
        : profile.hasLeadingZeros
          ? 'Leading zeros: text, so that none is lost.'
          : undefined
  return (
    <li className={isIncluded ? 'px-3 py-2' : 'px-3 py-2 opacity-60'}>
      <div className="grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-3 gap-y-1.5 sm:grid-cols-[auto_minmax(0,1fr)_minmax(0,1fr)_9rem]">
        <input
          type="checkbox"
          className="size-4 accent-inverse"
          aria-label={`Include ${visibleText(header)}`}
          checked={isIncluded}
          onChange={(event) => onChange({ isIncluded: event.target.checked })}
        />
        <div className="min-w-0">
          <div className="truncate font-mono text-xs" title={visibleText(header)}>
            <VisibleText>{header}</VisibleText>
          </div>
          <div className="truncate text-2xs text-text-3" title={visibleText(profile.samples.join(' · '))}>
            {fillRate === 1
              ? 'always filled'
              : profile.filled === 0
                ? 'always empty'
                : `${fillRate > 0.99 ? '> 99' : Math.round(fillRate * 100)} % filled`}
            {profile.samples.length === 0 ? '' : ' · '}
            <span className="font-mono">
              <VisibleText>{profile.samples.join(' · ')}</VisibleText>
            </span>
          </div>
        </div>
        <div className="col-start-2 min-w-0 sm:col-start-auto">
          <Input
            mono
            aria-label={`Name of ${visibleText(header)}`}
            aria-invalid={fault === undefined ? undefined : true}
            disabled={!isIncluded}
            value={name}
            onChange={(event) => onChange({ name: event.target.value })}
          />
        </div>
        <div className="col-start-2 sm:col-start-auto">
          <Select
            className="w-full"
            aria-label={`Type of ${visibleText(header)}`}
            disabled={!isIncluded}
            value={type}
            onChange={(event) => onChange({ type: event.target.value as ColumnType })}
          >
            {columnTypes.map((each) => (
              <option key={each} value={each}>
                {typeLabels[each]}
              </option>
            ))}
          </Select>
        </div>
      </div>
      {fault !== undefined && isIncluded ? <p className="mt-1 pl-7 text-bad text-xs">{fault}</p> : null}
      {fault === undefined && isIncluded && note !== undefined ? (
        <p className="mt-1 pl-7 text-text-3 text-xs">{note}</p>
      ) : null}
    </li>
  )
}

function KeyCard({
  mapping,
  fault,
  onChange,
}: {
  mapping: Mapping
  fault: string | null
  onChange: (key: KeyMapping) => void
}) {
  const { key, columns } = mapping
  return (
    <Card title="Key">
      <div className="flex flex-col gap-3">
        <Segmented
          label="Where the key comes from"
          className="self-start"
          value={key.kind}
          options={[
            { value: 'none', label: 'No key' },
            { value: 'column', label: 'Column' },
            { value: 'template', label: 'Template' },
          ]}
          onChange={(kind) => {
            if (kind === 'none') onChange({ kind })
            else if (kind === 'column') onChange({ kind, column: 0 })
            else onChange({ kind, template: `{${columns[0]?.header ?? ''}}` })
          }}
        />
        {key.kind === 'none' ? (
          <p className="text-text-2 text-xs">Messages are spread over all partitions; there is no order among them.</p>
        ) : key.kind === 'column' ? (
          <Field label="Column" error={fault} hint="Rows of one key stay in one partition, in the order of the file.">
            {(wiring) => (
              <Select
                {...wiring}
                value={key.column}
                onChange={(event) => onChange({ kind: 'column', column: Number(event.target.value) })}
              >
                {columns.map(({ header }, index) => (
                  <option key={header} value={index}>
                    {visibleText(header)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        ) : (
          <Field label="Template" error={fault} hint="Columns in braces: {host}/{metric}">
            {(wiring) => (
              <Input
                {...wiring}
                mono
                value={key.template}
                onChange={(event) => onChange({ kind: 'template', template: event.target.value })}
              />
            )}
          </Field>
        )}
      </div>
    </Card>
  )
}

function ValuePreview({
  preview,
  mapping,
  isUsable,
  onEmpty,
}: {
  preview: Preview
  mapping: Mapping
  isUsable: boolean
  onEmpty: (empty: Mapping['empty']) => void
}) {
  const shown = useMemo(() => {
    if (!isUsable) return []
    const mapper = new RowMapper(mapping)
    return preview.rows.slice(0, 3).map((row) => {
      const isOk = mapper.map(row)
      const node = isOk ? readJson(mapper.value) : null
      return {
        line: row.line,
        key: mapper.key,
        json: node === null || node.kind === 'fault' ? null : prettyJson(mapper.value, node),
        problem: isOk ? null : (mapper.problem?.text ?? null),
      }
    })
  }, [preview, mapping, isUsable])
  return (
    <Card
      title="Rows 1 to 3 as messages"
      aside={
        <Segmented
          label="Empty cells"
          value={mapping.empty}
          options={[
            {
              value: 'null',
              label: 'Empty: null',
              title: 'An empty cell becomes null, in a text column an empty text.',
            },
            { value: 'omit', label: 'Empty: left out', title: 'An empty cell has no field.' },
          ]}
          onChange={onEmpty}
        />
      }
    >
      {isUsable ? (
        <ol className="flex flex-col gap-3">
          {shown.map(({ line, key, json, problem }) => (
            <li key={line} className="min-w-0">
              <p className="mb-1 flex gap-2 text-xs">
                <span className="text-text-3">line {line}</span>
                {problem !== null ? (
                  <span className="text-bad">
                    <VisibleText>{problem}</VisibleText>
                  </span>
                ) : key === null ? (
                  <span className="text-text-3">no key</span>
                ) : (
                  <span className="truncate font-mono">
                    <VisibleText>{key}</VisibleText>
                  </span>
                )}
              </p>
              {json === null ? null : (
                <pre
                  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
                  tabIndex={0}
                  className="scroll-x max-h-64 overflow-auto rounded-md border bg-surface-2 p-2 font-mono text-xs leading-5"
                >
                  <VisibleText>{json}</VisibleText>
                </pre>
              )}
            </li>
          ))}
        </ol>
      ) : (
        <p className="text-text-2 text-xs">Mend what is marked to see the messages.</p>
      )}
    </Card>
  )
}
