import type { TopicDescription } from '@yak/protocol/schemas'
import { CircleAlert, CircleCheck, Download } from 'lucide-react'
import { useEffect } from 'react'
import { formatBytes, formatCount, plural } from '../../lib/format.ts'
import { visibleText } from '../../lib/visible-text.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Pill } from '../../ui/pill.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Stat } from '../../ui/stat.tsx'
import { VisibleText } from '../../ui/visible-text.tsx'
import { BadRowTable } from './bad-row-table.tsx'
import type { CheckResult } from './check-rows.ts'
import { downloadBadRows } from './download.ts'
import type { ImportSession, ImportState } from './import-session.ts'
import { stepActions } from './step-actions.ts'
import { TaskProgress } from './task-progress.tsx'

/** A key with more of the messages than this makes its partition hot. */
const hotShare = 0.2
const hotCount = 1_000

export function CheckStep({
  session,
  state,
  topic,
  onSend,
  isStarting,
}: {
  session: ImportSession
  state: ImportState
  topic: TopicDescription
  onSend: () => void
  isStarting: boolean
}) {
  const { check, task, mapping, onBad, fault } = state
  const partitionCount = topic.partitions.length
  const isMissing = mapping !== null && (check === null || check.histogram.length !== partitionCount)
  useEffect(() => {
    if (isMissing && session.store.get().task === null) void session.check(partitionCount)
  }, [session, isMissing, partitionCount])

  if (fault !== null) return <p className="text-bad text-sm">{fault.text}</p>
  if (check === null || mapping === null) {
    return task === null ? null : <TaskProgress state={state} label="Doing all that sending does, except sending" />
  }
  const badCount = check.rowCount - check.okCount
  const reason =
    check.okCount === 0
      ? 'No row can be sent.'
      : onBad === 'stop' && badCount > 0
        ? 'There are rows with problems. Mend them, or choose to skip them.'
        : undefined
  return (
    <div className="flex flex-col gap-4">
      <Card title="All rows">
        <div className="grid grid-cols-2 gap-4 sm:grid-cols-4">
          <Stat
            large
            label="Can be sent"
            value={formatCount(check.okCount)}
            note={`of ${plural(check.rowCount, 'row')}`}
          />
          <Stat
            large
            label="With problems"
            value={formatCount(badCount)}
            note={badCount === 0 ? 'none' : percent(badCount, check.rowCount)}
          />
          <Stat large label="Keys and values" value={formatBytes(check.sizeBytes)} note="uncompressed" />
          <Stat
            large
            label="Different keys"
            value={
              mapping.key.kind === 'none' ? '–' : `${check.hasMoreKeys ? '> ' : ''}${formatCount(check.distinctKeys)}`
            }
            note={mapping.key.kind === 'none' ? 'no key' : topKeyNote(check)}
          />
        </div>
      </Card>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <Histogram check={check} topic={topic.name} />
        <Problems check={check} state={state} onBad={(next) => session.setOnBad(next)} />
      </div>
      {check.badRows.length > 0 ? (
        <Card
          flush
          title={
            badCount > check.badRows.length ? `First ${check.badRows.length} rows with problems` : 'Rows with problems'
          }
          aside={
            <Button
              size="sm"
              icon={<Download />}
              onClick={() => downloadBadRows(mapping, check.badRows, state.file?.name ?? 'rows.csv')}
            >
              Download as CSV
            </Button>
          }
        >
          <BadRowTable rows={check.badRows} />
        </Card>
      ) : null}
      <div className={stepActions}>
        <Button variant="primary" busy={isStarting} onClick={onSend} disabledReason={reason}>
          Send {plural(check.okCount, 'row')}
        </Button>
        {reason === undefined ? (
          <span className="text-text-3 text-xs max-sm:hidden">
            Each row is written once, even if a leader fails or this page is reloaded.
          </span>
        ) : null}
      </div>
    </div>
  )
}

function Histogram({ check, topic }: { check: CheckResult; topic: string }) {
  const largest = Math.max(1, ...check.histogram)
  const { topKey } = check
  const isHot = topKey !== null && topKey.count > check.okCount * hotShare && topKey.count > hotCount
  const emptyCount = check.histogram.filter((count) => count === 0).length
  return (
    <Card title={`Messages for each partition of ${topic}`}>
      <ul className="flex max-h-72 flex-col gap-1 overflow-y-auto">
        {check.histogram.map((count, partition) => (
          <li key={partition} className="grid grid-cols-[2.5rem_1fr_5.5rem] items-center gap-2 text-xs">
            <span className="font-mono text-text-3">p{partition}</span>
            <span className="h-3 rounded-sm bg-surface-3">
              <span className="block h-full rounded-sm bg-text-2" style={{ width: `${(count / largest) * 100}%` }} />
            </span>
            <span className="text-right tabular-nums">{formatCount(count)}</span>
          </li>
        ))}
      </ul>
      {isHot ? (
        <p className="mt-3 flex items-start gap-2 text-warn text-xs">
          <CircleAlert aria-hidden className="size-4 shrink-0" />
          <span className="text-pretty">
            The key{' '}
            <span className="font-mono">
              <VisibleText>{topKey.key.slice(0, 60)}</VisibleText>
            </span>{' '}
            has {percent(topKey.count, check.okCount)} of all messages. Its partition gets them all, and one consumer
            reads them all.
          </span>
        </p>
      ) : emptyCount > 0 && check.okCount > check.histogram.length * 100 ? (
        <p className="mt-3 text-text-3 text-xs">
          {plural(emptyCount, 'partition gets', 'partitions get')} nothing: there are few keys.
        </p>
      ) : null}
    </Card>
  )
}

function Problems({
  check,
  state,
  onBad,
}: {
  check: CheckResult
  state: ImportState
  onBad: (onBad: 'skip' | 'stop') => void
}) {
  return (
    <Card title="Problems">
      {check.problems.length === 0 ? (
        <p className="flex items-center gap-2 text-ok">
          <CircleCheck aria-hidden className="size-4" /> Every row can be sent.
        </p>
      ) : (
        <div className="flex flex-col gap-3">
          <ul className="flex flex-col gap-1">
            {check.problems.map(({ reason, code, count }) => (
              <li key={reason} className="flex items-center gap-2 text-sm">
                <Pill tone="bad">{reason}</Pill>
                <span className="truncate font-mono text-2xs text-text-3">{code}</span>
                <span className="ml-auto whitespace-nowrap tabular-nums">{plural(count, 'row')}</span>
              </li>
            ))}
          </ul>
          <div>
            <p className="mb-1 font-medium text-text-2 text-xs">Rows with problems</p>
            <Segmented
              label="Rows with problems"
              value={state.onBad}
              options={[
                { value: 'skip', label: 'Skip and report' },
                { value: 'stop', label: 'Send nothing' },
              ]}
              onChange={onBad}
            />
          </div>
        </div>
      )}
    </Card>
  )
}

function topKeyNote({ topKey, okCount }: CheckResult): string {
  return topKey === null ? '' : `${visibleText(topKey.key.slice(0, 24))} has ${percent(topKey.count, okCount)}`
}

function percent(part: number, whole: number): string {
  if (whole === 0) return '0 %'
  const share = (part / whole) * 100
  return share > 0 && share < 0.1 ? '< 0.1 %' : `${share.toFixed(share < 10 ? 1 : 0)} %`
}
