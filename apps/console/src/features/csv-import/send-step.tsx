import { Link } from '@tanstack/react-router'
import { CircleCheck, CircleX, Download, Pause, Play, Square } from 'lucide-react'
import { useEffect, useId, useState } from 'react'
import { useConsoleData } from '../../data/console-data.tsx'
import { useNow } from '../../data/hooks.ts'
import { formatBytes, formatCount, formatDuration, formatRate, plural } from '../../lib/format.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Snippets } from '../../ui/code-block.tsx'
import { Pill } from '../../ui/pill.tsx'
import { ProgressBar } from '../../ui/progress-bar.tsx'
import { Facts, Stat } from '../../ui/stat.tsx'
import { Time } from '../../ui/time.tsx'
import type { BadRow } from './bad-row.ts'
import { BadRowTable } from './bad-row-table.tsx'
import { downloadBadRows } from './download.ts'
import { differenceOf, identityOf } from './file-identity.ts'
import { hasBadRows, type ImportJob, isFinished, type RecordPlace, stateName } from './import-job.ts'
import { type ImportSession, type ImportState, rateOf } from './import-session.ts'
import { importSnippets } from './import-snippets.ts'
import { JobStore } from './job-store.ts'
import { fileSource } from './read-rows.ts'

const saidEveryMs = 5_000
const badRowsShown = 100

export function SendStep({ session, state, job }: { session: ImportSession; state: ImportState; job: ImportJob }) {
  const isRunning = state.isRunning && state.job?.id === job.id
  if (!isRunning && !isFinished(job))
    return <ResumeCard session={session} job={job} failed={state.fault?.text ?? null} />
  return (
    <div className="flex flex-col gap-4">
      <ProgressCard session={session} state={state} job={job} isRunning={isRunning} />
      {isRunning ? null : <Report session={session} job={job} />}
    </div>
  )
}

function ProgressCard({
  session,
  state,
  job,
  isRunning,
}: {
  session: ImportSession
  state: ImportState
  job: ImportJob
  isRunning: boolean
}) {
  const [isCancelling, setIsCancelling] = useState(false)
  const { counts, rowCount } = job
  const settled = counts.acked + counts.failed + counts.skipped
  const now = useNow(1_000)
  const rate = isRunning
    ? state.isPaused
      ? 0
      : rateOf(state.rateSamples)
    : counts.elapsedMs === 0
      ? null
      : (counts.acked * 1_000) / counts.elapsedMs
  const left = Math.max(0, rowCount - settled)
  const waiting = isRunning ? state.waiting : null
  return (
    <Card
      title={
        <span className="flex flex-wrap items-center gap-2">
          <StatePill job={job} state={state} isRunning={isRunning} />
          <span className="min-w-0 truncate font-normal text-text-2">
            <span className="font-mono">{job.file.name}</span> → <span className="font-mono">{job.topic}</span>
          </span>
        </span>
      }
      aside={
        isRunning ? (
          <span className="flex gap-2">
            {state.isPaused ? (
              <Button size="sm" icon={<Play />} onClick={() => session.resume()}>
                Resume
              </Button>
            ) : (
              <Button size="sm" icon={<Pause />} onClick={() => session.pause()}>
                Pause
              </Button>
            )}
            <Button
              size="sm"
              icon={<Square />}
              busy={isCancelling}
              onClick={() => {
                setIsCancelling(true)
                session.cancel()
              }}
            >
              Cancel
            </Button>
          </span>
        ) : null
      }
    >
      <ProgressBar
        label="Rows settled"
        max={Math.max(1, rowCount)}
        value={Math.min(settled, rowCount)}
        className="mb-3 h-2"
      />
      <div className="grid grid-cols-2 gap-4 sm:grid-cols-5">
        <Stat large label="Sent" value={formatCount(counts.acked)} note={`of ${plural(rowCount, 'row')}`} />
        <Stat
          large
          label={isRunning ? 'Rate' : 'Mean rate'}
          value={formatRate(rate)}
          unit="rows/s"
          note={`${formatBytes(counts.bytesRead)} read`}
        />
        {isRunning ? (
          <Stat
            large
            label="Left"
            value={rate === null || rate === 0 ? '–' : formatDuration((left / rate) * 1_000)}
            note={plural(left, 'row')}
          />
        ) : (
          <Stat large label="Took" value={formatDuration(counts.elapsedMs)} note="pauses included" />
        )}
        <Stat large label="Failed" value={formatCount(counts.failed)} note="refused by the broker" />
        <Stat large label="Skipped" value={formatCount(counts.skipped)} note="could not be sent" />
      </div>
      {waiting === null ? null : (
        <p
          role="status"
          className="mt-3 rounded-md border border-info-mark/35 bg-info-tint px-3 py-2 text-info text-sm"
        >
          {waiting.code === 'LEADER_NOT_AVAILABLE' ||
          waiting.code === 'NOT_LEADER' ||
          waiting.code === 'BROKERS_UNREACHABLE'
            ? 'Waiting for a leader'
            : 'Waiting'}{' '}
          since {formatDuration(Math.max(0, now - waiting.since))}. {waiting.text} The rows under way are sent again
          under the same sequence, so none is written twice.
        </p>
      )}
      {isRunning ? <Announcer job={job} rate={rate} /> : null}
    </Card>
  )
}

/** Every few seconds, for those who listen; each number as it comes would never end. */
function Announcer({ job, rate }: { job: ImportJob; rate: number | null }) {
  const [said, setSaid] = useState('')
  const text = `${formatCount(job.counts.acked)} of ${plural(job.rowCount, 'row')} sent, ${formatRate(rate)} a second.`
  // The clock decides when, not the numbers.
  const tick = Math.floor(useNow(saidEveryMs) / saidEveryMs)
  useEffect(() => setSaid(text), [tick])
  return (
    <p aria-live="polite" className="sr-only">
      {said}
    </p>
  )
}

function StatePill({ job, state, isRunning }: { job: ImportJob; state: ImportState; isRunning: boolean }) {
  if (isRunning) {
    if (state.waiting !== null) return <Pill tone="info">waiting</Pill>
    return state.isPaused ? <Pill tone="warn">paused</Pill> : <Pill tone="info">sending</Pill>
  }
  if (job.state === 'done') {
    return (
      <Pill tone={hasBadRows(job) ? 'warn' : 'ok'} icon={<CircleCheck />}>
        {stateName(job)}
      </Pill>
    )
  }
  return (
    <Pill tone={job.state === 'cancelled' ? 'neutral' : 'bad'} icon={<CircleX />}>
      {stateName(job)}
    </Pill>
  )
}

function Report({ session, job }: { session: ImportSession; job: ImportJob }) {
  const { peers } = useConsoleData()
  const badRows = useBadRows(job)
  const badCount = job.counts.failed + job.counts.skipped
  return (
    <>
      {job.stopReason === null ? null : (
        <p role="alert" className="rounded-md border border-bad-mark/40 bg-bad-tint p-3 text-sm">
          {job.stopReason}
        </p>
      )}
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <Card title="Report">
          <Facts
            rows={[
              [
                'Topic',
                <span key="topic" className="font-mono">
                  {job.topic}
                </span>,
              ],
              ['Began', <Time key="began" at={job.createdAt} full named ms={false} />],
              ['First message', <PlaceLink key="first" topic={job.topic} place={job.first} />],
              ['Last message', <PlaceLink key="last" topic={job.topic} place={job.last} />],
              [
                'Producer id',
                <span key="id" className="font-mono">
                  {job.identity?.producerId ?? '–'}
                </span>,
              ],
              ['File', `${formatBytes(job.file.size)}, ${plural(job.rowCount, 'row')}`],
            ]}
          />
          <div className="mt-3 flex flex-wrap gap-2">
            <Link
              to="/topics/$topic/messages"
              params={{ topic: job.topic }}
              className="inline-flex h-8 items-center rounded-md border border-line-2 bg-surface px-3 font-medium text-sm hover:bg-surface-2 max-sm:h-11"
            >
              Open the topic
            </Link>
            <Link
              to="/produce/csv"
              search={{ topic: job.topic }}
              onClick={() => session.clear()}
              className="inline-flex h-8 items-center rounded-md border border-line-2 bg-surface px-3 font-medium text-sm hover:bg-surface-2 max-sm:h-11"
            >
              Import another
            </Link>
          </div>
        </Card>
        <Card title="The same from elsewhere">
          <Snippets snippets={importSnippets(job, peers.store.get().current)} />
        </Card>
      </div>
      {badCount > 0 ? (
        <Card
          flush
          title={`${plural(badCount, 'row')} not sent`}
          aside={
            badRows.length === 0 ? (
              <span className="text-text-3 text-xs">Their details are not in this browser.</span>
            ) : (
              <Button
                size="sm"
                icon={<Download />}
                onClick={() => downloadBadRows(job.mapping, badRows, job.file.name)}
              >
                Download as CSV
              </Button>
            )
          }
          {...(badCount > badRows.length && badRows.length > 0
            ? {
                footer: (
                  <span className="text-text-3 text-xs">
                    Details are kept of the first {formatCount(badRows.length)}.
                  </span>
                ),
              }
            : {})}
        >
          <BadRowTable rows={badRows.slice(0, badRowsShown)} />
        </Card>
      ) : null}
    </>
  )
}

function PlaceLink({ topic, place }: { topic: string; place: RecordPlace | null }) {
  if (place === null) return '–'
  const { partition, offset, row } = place
  return (
    <span>
      row {formatCount(row)} at{' '}
      <Link
        to="/topics/$topic/$partition/$offset"
        params={{ topic, partition: String(partition), offset: String(offset) }}
        className="font-mono underline decoration-line-2 underline-offset-2"
      >
        p{partition}@{offset}
      </Link>
    </span>
  )
}

function useBadRows({ id, counts }: ImportJob): readonly BadRow[] {
  const [rows, setRows] = useState<readonly BadRow[]>([])
  const count = counts.failed + counts.skipped
  useEffect(() => {
    if (count === 0) return undefined
    let isCurrent = true
    void JobStore.open().then(async (store) => {
      const found = await store.badRows(id)
      store.close()
      if (isCurrent) setRows(found)
    })
    return () => {
      isCurrent = false
    }
  }, [id, count])
  return rows
}

/** A job without its file: the page was loaded anew, and pages may not keep files. */
function ResumeCard({ session, job, failed }: { session: ImportSession; job: ImportJob; failed: string | null }) {
  const id = useId()
  const [fault, setFault] = useState<string | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  const next = job.next.row + 1
  const resume = async (file: File) => {
    setFault(null)
    setIsBusy(true)
    try {
      const difference = differenceOf(job.file, await identityOf(file.name, fileSource(file)))
      if (difference === undefined) session.run(job, file)
      else setFault(difference)
    } catch (error) {
      setFault((error as Error).message)
    } finally {
      setIsBusy(false)
    }
  }
  return (
    <Card title="Go on with an import">
      <div className="flex flex-col gap-3">
        {job.stopReason === null ? null : (
          <p role="status" className="text-warn">
            {job.stopReason}
          </p>
        )}
        <p className="text-pretty">
          Choose <span className="font-mono">{job.file.name}</span> ({formatBytes(job.file.size)}) again to go on at row{' '}
          {formatCount(next)} of {formatCount(job.rowCount)}. {plural(job.counts.acked, 'row')}{' '}
          {job.counts.acked === 1 ? 'is' : 'are'} in <span className="font-mono">{job.topic}</span>.
          {job.pending === null
            ? ''
            : ` Rows ${formatCount(next)} to ${formatCount(job.pending.endRow)} were under way: they are sent again under the same sequence, and those that are written already are not written twice.`}
        </p>
        <ProgressBar label="Rows settled" max={Math.max(1, job.rowCount)} value={job.next.row} />
        <div className="flex flex-wrap items-center gap-2">
          <label
            htmlFor={id}
            aria-busy={isBusy}
            className="inline-flex h-8 cursor-pointer items-center rounded-md bg-inverse px-3 font-medium text-on-inverse text-sm has-focus-visible:outline-2 has-focus-visible:outline-focus max-sm:h-11"
          >
            Choose the same file
            <input
              id={id}
              type="file"
              aria-describedby={`${id}-fault`}
              className="sr-only"
              onChange={(event) => {
                const file = event.target.files?.[0]
                event.target.value = ''
                if (file !== undefined) void resume(file)
              }}
            />
          </label>
          <Link
            to="/produce/csv"
            search={{ topic: job.topic }}
            onClick={() => session.clear()}
            className={buttonClass()}
          >
            Import another
          </Link>
        </div>
        <p id={`${id}-fault`} role="alert" className="text-bad text-sm empty:hidden">
          {fault ?? failed}
        </p>
      </div>
    </Card>
  )
}
