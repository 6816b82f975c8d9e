import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { Check, Trash2 } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useTopic } from '../../data/hooks.ts'
import { findTopic } from '../../data/produce/produce-target.ts'
import { useProduceTarget } from '../../data/produce/use-produce-target.ts'
import { formatCount, plural } from '../../lib/format.ts'
import { randomHex } from '../../lib/random-hex.ts'
import { buttonClass, IconButton } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { cx } from '../../ui/cx.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Page } from '../../ui/page.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Age } from '../../ui/time.tsx'
import { CheckStep } from './check-step.tsx'
import { FileStep } from './file-step.tsx'
import { type ImportJob, isFinished, stateName } from './import-job.ts'
import { useImportSession } from './import-session.ts'
import { JobStore } from './job-store.ts'
import { MapStep } from './map-step.tsx'
import { fileStart } from './read-rows.ts'
import { rememberMapping } from './remembered-mappings.ts'
import { roundLimits } from './round-builder.ts'
import { SendStep } from './send-step.tsx'
import { TargetTopic } from './target-topic.tsx'
import { useStoredJob, useStoredJobs } from './use-job.ts'

const steps = [
  { id: 'file', label: 'File' },
  { id: 'map', label: 'Map' },
  { id: 'check', label: 'Check' },
  { id: 'send', label: 'Send' },
] as const
type StepId = (typeof steps)[number]['id']

/** A file as a job in four steps. /produce/csv has the first three, /produce/csv/<job> the fourth and the report. */
export function CsvImportPage() {
  const { jobId } = useParams({ strict: false }) as { jobId?: string }
  return jobId === undefined ? <NewImport /> : <JobView jobId={jobId} />
}

function NewImport() {
  const search = useSearch({ from: '/produce/csv' })
  const navigate = useNavigate({ from: '/produce/csv' })
  const { session, state } = useImportSession()
  const target = useProduceTarget()
  const name = search.topic ?? ''
  const topic = useTopic(name)
  const [error, setError] = useState<unknown>(null)
  const [isStarting, setIsStarting] = useState(false)
  const wanted: StepId = search.step ?? 'file'
  const step: StepId = state.preview === null ? 'file' : wanted === 'check' && state.mapping === null ? 'map' : wanted

  // The job that runs has a page of its own; what is left of one that is done makes room for the next.
  useEffect(() => {
    const { isRunning, job } = session.store.get()
    if (!isRunning && job !== null) session.clear()
  }, [session])

  const goTo = (next: 'map' | 'check' | undefined) => void navigate({ search: (before) => ({ ...before, step: next }) })
  const send = async () => {
    const { file, preview, mapping, check, onBad } = session.store.get()
    if (file === null || preview === null || mapping === null || check === null || !topic) return
    setError(null)
    setIsStarting(true)
    try {
      const { topicId, partitionCount } = await findTopic(target, topic.name, AbortSignal.timeout(10_000))
      const now = Date.now()
      const job: ImportJob = {
        id: newJobId(now),
        createdAt: now,
        updatedAt: now,
        topic: topic.name,
        topicId,
        partitionCount,
        file: preview.identity,
        format: preview.format,
        mapping,
        onBad,
        limits: roundLimits,
        rowCount: check.rowCount,
        identity: null,
        state: 'ready',
        stopReason: null,
        next: { row: 0, place: fileStart, rowAtPlace: 0, sequences: new Array(partitionCount).fill(0) },
        pending: null,
        counts: { acked: 0, failed: 0, skipped: 0, elapsedMs: 0, bytesRead: 0, keptBadRows: 0 },
        first: null,
        last: null,
      }
      const store = await JobStore.open()
      await store.add(job)
      store.close()
      rememberMapping(mapping)
      session.run(job, file)
      void navigate({ to: '/produce/csv/$jobId', params: { jobId: job.id }, search: {} })
    } catch (reason) {
      setError(reason)
    } finally {
      setIsStarting(false)
    }
  }

  if (state.isRunning && state.job !== null) {
    return (
      <Page title="Import CSV" documentTitle="Import CSV">
        <Card>
          <EmptyState
            title="An import is running"
            action={
              <Link to="/produce/csv/$jobId" params={{ jobId: state.job.id }} className={buttonClass('primary')}>
                Show it
              </Link>
            }
          >
            {state.job.file.name} → {state.job.topic}, {formatCount(state.job.counts.acked)} rows so far. One runs at a
            time.
          </EmptyState>
        </Card>
      </Page>
    )
  }
  return (
    <Page title="Import CSV" documentTitle="Import CSV">
      <Steps
        step={step}
        done={state.preview === null ? [] : ['file', ...(state.mapping === null ? [] : ['map'])]}
        onGo={goTo}
      />
      {step === 'file' ? (
        <>
          <FileStep session={session} state={state} onNext={() => goTo('map')} />
          {state.file === null ? <EarlierImports /> : null}
        </>
      ) : null}
      {step === 'map' ? <MapStep session={session} state={state} onNext={() => goTo('check')} /> : null}
      {step === 'check' ? (
        <>
          <Card title="Where the rows go">
            <TargetTopic
              value={name}
              topic={topic}
              onChange={(chosen) =>
                void navigate({
                  search: (before) => ({ ...before, topic: chosen === '' ? undefined : chosen }),
                  replace: true,
                })
              }
            />
          </Card>
          {topic ? (
            <CheckStep
              session={session}
              state={state}
              topic={topic}
              isStarting={isStarting}
              onSend={() => void send()}
            />
          ) : null}
          {error === null ? null : (
            <ErrorPanel what="The import did not start" error={error} onRetry={() => void send()} />
          )}
        </>
      ) : null}
    </Page>
  )
}

function JobView({ jobId }: { jobId: string }) {
  const { session, state } = useImportSession()
  const live = state.job?.id === jobId ? state.job : null
  const stored = useStoredJob(live === null ? jobId : undefined)
  const job = live ?? stored
  return (
    <Page title="Import CSV" documentTitle={job ? `${job.file.name} → ${job.topic}` : 'Import CSV'}>
      {job === undefined ? null : (
        <Steps step="send" done={['file', 'map', 'check']} isOver={job !== null && isFinished(job)} />
      )}
      {job === null ? (
        <Skeleton className="h-48" />
      ) : job === undefined ? (
        <Card>
          <EmptyState
            title="This import is not in this browser"
            action={
              <Link to="/produce/csv" className={buttonClass('primary')}>
                Import a file
              </Link>
            }
          >
            Imports are kept where they were begun. What they sent is in the topic.
          </EmptyState>
        </Card>
      ) : (
        <SendStep session={session} state={state} job={job} />
      )}
    </Page>
  )
}

function Steps({
  step,
  done,
  isOver = false,
  onGo,
}: {
  step: StepId
  done: readonly string[]
  /** The last step too is behind. */
  isOver?: boolean
  onGo?: (step: 'map' | 'check' | undefined) => void
}) {
  const current = steps.findIndex(({ id }) => id === step)
  const here = useRef<HTMLSpanElement>(null)
  const before = useRef(step)
  useEffect(() => {
    if (before.current === step) return
    before.current = step
    // What led here is gone; the focus begins the new step.
    here.current?.focus()
  }, [step])
  return (
    <ol aria-label="Steps" className="-ml-2 flex flex-wrap items-center gap-x-1 gap-y-1 text-sm">
      {steps.map(({ id, label }, index) => {
        const isDone = index < current || isOver
        const canGo = onGo !== undefined && index !== current && id !== 'send' && (isDone || done.includes(id))
        const mark = (
          <>
            <span
              aria-hidden
              className={cx(
                'inline-flex size-5 items-center justify-center rounded-full border font-mono text-2xs [&_svg]:size-3',
                index === current
                  ? 'border-transparent bg-inverse text-on-inverse'
                  : isDone
                    ? 'border-transparent bg-surface-3 text-text'
                    : 'border-line-2 text-text-3',
              )}
            >
              {isDone ? <Check /> : index + 1}
            </span>
            {label}
          </>
        )
        const look = cx(
          'inline-flex h-8 items-center gap-2 rounded-md px-2 max-sm:h-11',
          index === current ? 'font-medium text-text' : 'text-text-3',
        )
        return (
          <li key={id} className="flex items-center gap-1" aria-current={index === current ? 'step' : undefined}>
            {index === 0 ? null : <span aria-hidden className="h-px w-4 bg-line-2 max-sm:w-2" />}
            {canGo ? (
              <button
                type="button"
                className={cx(look, 'hover:bg-surface-2 hover:text-text')}
                onClick={() => onGo(id === 'file' ? undefined : (id as 'map' | 'check'))}
              >
                {mark}
              </button>
            ) : (
              <span
                ref={index === current ? here : undefined}
                tabIndex={index === current ? -1 : undefined}
                className={look}
              >
                {mark}
              </span>
            )}
          </li>
        )
      })}
    </ol>
  )
}

function EarlierImports() {
  const { jobs, forget } = useStoredJobs()
  if (jobs.length === 0) return null
  return (
    <Card flush title="Imports of this browser">
      <ul className="divide-y">
        {jobs.slice(0, 20).map((job) => (
          <li key={job.id} className="flex items-center gap-3 px-3 py-2">
            <div className="min-w-0 grow">
              <Link
                to="/produce/csv/$jobId"
                params={{ jobId: job.id }}
                className="block truncate text-sm hover:underline"
              >
                <span className="font-mono">{job.file.name}</span> → <span className="font-mono">{job.topic}</span>
              </Link>
              <p className="text-text-3 text-xs">
                {isFinished(job)
                  ? `${stateName(job)}: ${plural(job.counts.acked, 'row')} sent${leftOut(job)}`
                  : `stopped at row ${formatCount(job.next.row + 1)} of ${formatCount(job.rowCount)}; choose the file to go on`}
                {' · '}
                <Age at={job.updatedAt} className="whitespace-nowrap" />
              </p>
            </div>
            <IconButton label={`Forget the import of ${job.file.name}`} onClick={() => forget(job.id)}>
              <Trash2 />
            </IconButton>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function leftOut({ counts: { failed, skipped } }: ImportJob): string {
  return `${failed === 0 ? '' : `, ${formatCount(failed)} failed`}${skipped === 0 ? '' : `, ${formatCount(skipped)} skipped`}`
}

function newJobId(now: number): string {
  return `${now.toString(36)}-${randomHex(4)}`
}
