import type { BrokerLog } from '@yak/protocol/schemas'
import { ChevronRight, Download } from 'lucide-react'
import { useMemo } from 'react'
import { useSnapshot } from '../../data/hooks.ts'
import { useBrokerLog } from '../../data/told-by-broker.ts'
import { brokerWords } from '../../lib/broker-words.ts'
import { brokerName } from '../../lib/brokers.ts'
import { formatCount } from '../../lib/format.ts'
import { readLogLine, type ShownLine } from '../../lib/log-line.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { CardSkeleton, TableSkeleton } from '../../ui/card-skeleton.tsx'
import { cx } from '../../ui/cx.ts'
import { downloadText, fileTime } from '../../ui/download.ts'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Freshness } from '../../ui/freshness.tsx'
import { Loading } from '../../ui/skeleton.tsx'
import { Time } from '../../ui/time.tsx'

/** The last lines of the broker's log, newest first: what its journal does not tell. */
export function LogLinesCard({ id }: { id: string }) {
  const { words: log, at, error, retry } = useBrokerLog(id)
  const snapshot = useSnapshot()
  if (log === undefined && error !== null) {
    return (
      <Card title="Last log lines">
        {snapshot === null ? (
          <ErrorPanel what={`${brokerName(id)} cannot be asked for its log`} error={error} onRetry={retry} />
        ) : (
          <p className="text-text-2 text-sm">{brokerWords((error as Error).message)}</p>
        )}
      </Card>
    )
  }
  return (
    <Loading loading={log === undefined} skeleton={<LogLinesSkeleton />}>
      {() => (log === undefined ? null : <Lines id={id} log={log} at={at} />)}
    </Loading>
  )
}

function Lines({ id, log: { lines, total }, at }: { id: string; log: BrokerLog; at: number }) {
  const then = useSnapshot() !== null
  const shown = useMemo(
    // The number of a line since the start is its name: one that comes moves no other.
    () => lines.map((line, index) => [total - lines.length + index + 1, readLogLine(line)] as const).toReversed(),
    [lines, total],
  )
  return (
    <Card
      title="Last log lines"
      flush
      aside={
        lines.length === 0 ? null : (
          <Button
            size="sm"
            icon={<Download />}
            onClick={() =>
              downloadText(
                `yak-log-${id}-${fileTime(at)}.ndjson`,
                lines.map((line) => `${line}\n`).join(''),
                'application/x-ndjson',
              )
            }
          >
            Download
          </Button>
        )
      }
      footer={
        <div className="flex flex-wrap items-center justify-between gap-x-4">
          <Freshness brokerId={id} at={at} intervalMs={5_000} />
          <p className="text-2xs text-text-3">
            {lines.length === 0
              ? null
              : `The newest ${formatCount(lines.length)} of ${formatCount(total)} since its start. `}
            From info on, in the broker's memory.
          </p>
        </div>
      }
    >
      {shown.length === 0 ? (
        <p className="p-3 text-text-3 text-xs">
          {then ? 'It had written no line.' : 'It has written no line since its start.'}
        </p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and lines without more to them take no focus
        <ul tabIndex={0} aria-label="Last log lines" className="scroll-y max-h-96 divide-y overflow-y-auto">
          {shown.map(([number, line]) => (
            <Line key={number} line={line} />
          ))}
        </ul>
      )}
    </Card>
  )
}

const levelClass = { info: 'text-text', warn: 'text-warn', error: 'text-bad' } as const

/** In one line as long as it fits; unfolded, all of it. */
function Line({ line: { at, level, text, fields } }: { line: ShownLine }) {
  const head = (
    <>
      <span className="w-24 shrink-0 text-text-3">{at === null ? null : <Time at={at} dated />}</span>
      <span className={cx('min-w-0 grow', levelClass[level])}>
        <span className="break-words">
          {level === 'info' ? null : <span className="font-semibold">{level}: </span>}
          {brokerWords(text)}
        </span>
        {fields.length === 0 ? null : (
          <span className="block truncate font-mono text-2xs text-text-3 group-open:hidden">
            {fields.map(([name, field]) => `${name}=${field}`).join(' ')}
          </span>
        )}
      </span>
    </>
  )
  const rowClass =
    'flex min-h-8 items-baseline gap-3 px-3 py-1.5 text-xs max-sm:flex-col max-sm:items-stretch max-sm:gap-0'
  if (fields.length === 0) return <li className={rowClass}>{head}</li>
  return (
    <li>
      <details className="group">
        <summary className={cx(rowClass, 'relative cursor-pointer list-none pr-9 hover:bg-surface-2')}>
          {head}
          <ChevronRight
            aria-hidden
            className="absolute top-2 right-3 size-4 text-text-3 transition-transform group-open:rotate-90"
          />
        </summary>
        <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 px-3 pb-2 font-mono text-2xs sm:pl-30">
          {fields.map(([name, field]) => (
            <div key={name} className="contents">
              <dt className="text-text-3">{name}</dt>
              <dd className="wrap-anywhere min-w-0 whitespace-pre-wrap text-text-2">{field}</dd>
            </div>
          ))}
        </dl>
      </details>
    </li>
  )
}

export function LogLinesSkeleton() {
  return (
    <CardSkeleton title="Last log lines" flush>
      <TableSkeleton rows={5} columns={[3, 12]} />
    </CardSkeleton>
  )
}
