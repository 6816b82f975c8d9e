/// <reference lib="webworker" />
import type { ProduceTarget } from '../../data/produce/produce-target.ts'
import type { Waiting } from '../../data/produce/settle-batches.ts'
import { type CheckResult, RowChecker } from './check-rows.ts'
import type { CsvFormat } from './csv-format.ts'
import type { SplitRow } from './csv-splitter.ts'
import { type ImportJob, isFinished } from './import-job.ts'
import { JobStore, JobTakenError } from './job-store.ts'
import { headersOf } from './mapping.ts'
import { FileFault, previewFile } from './preview-file.ts'
import { ColumnProfiler } from './profile-columns.ts'
import { fileSource, readRows } from './read-rows.ts'
import { runImport } from './run-import.ts'
import type { FromWorker, PeerList, Preview, Profile, Task, ToWorker } from './worker-messages.ts'

/**
 * All work on the file: reading, taking apart, checking, building batches and sending them. The page only shows. Work is pulled
 * block by block, so what is asked meanwhile is heard between two blocks.
 */
declare const self: DedicatedWorkerGlobalScope

const reportMs = 100
const cancelGraceMs = 3_000

let peers: PeerList = { peers: [], token: '' }
let currentTask = 0
let gate: { readonly promise: Promise<boolean>; readonly open: (mayGoOn: boolean) => void } | null = null
let isCancelled = false
let isRunning = false
let abort = new AbortController()
let reportPaused: () => void = () => {}

const target: ProduceTarget = { peers: () => peers.peers, token: () => peers.token, leaderUrl: null }
const say = (message: FromWorker) => self.postMessage(message)

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  switch (data.type) {
    case 'peers':
      peers = data
      break
    case 'task':
      currentTask = data.id
      void runTask(data.id, data.task)
      break
    case 'run':
      if (!isRunning) void runAlone(data.job, data.file)
      break
    case 'pause':
      if (gate === null && isRunning && !isCancelled) gate = newGate()
      reportPaused()
      break
    case 'resume':
      gate?.open(true)
      gate = null
      reportPaused()
      break
    case 'cancel':
      isCancelled = true
      gate?.open(false)
      gate = null
      // What is under way gets a moment to be answered, so that less is left unknown.
      setTimeout(() => abort.abort(), cancelGraceMs)
      break
  }
}

function newGate() {
  let open: (mayGoOn: boolean) => void = () => {}
  const promise = new Promise<boolean>((resolve) => {
    open = resolve
  })
  return { promise, open }
}

async function runTask(id: number, task: Task): Promise<void> {
  try {
    const result = await resultOf(id, task)
    if (result !== undefined && id === currentTask) say({ type: 'result', id, result })
  } catch (error) {
    if (id !== currentTask) return
    const isGone = error instanceof DOMException && error.name === 'NotReadableError'
    const field = error instanceof FileFault ? error.field : isGone ? 'file' : 'reading'
    const text = isGone
      ? 'The file cannot be read any more: it was changed, moved or deleted after you chose it. Choose it again.'
      : (error as Error).message
    say({ type: 'failed', id, text, field })
  }
}

async function resultOf(id: number, task: Task): Promise<Preview | Profile | CheckResult | undefined> {
  if (task.type === 'preview') return previewFile(task.file.name, fileSource(task.file), task.format)
  if (task.type === 'profile') {
    let profiler: ColumnProfiler | undefined
    const complete = await eachRow(id, task.file, task.format, (row, first) => {
      profiler ??= new ColumnProfiler(headersOf(first.fields, task.format.hasHeader))
      if (row !== null) profiler.add(row)
    })
    if (!complete || profiler === undefined) return undefined
    return { columns: profiler.result(), rowCount: profiler.rowCount }
  }
  const checker = new RowChecker(task.mapping, task.partitionCount)
  const complete = await eachRow(id, task.file, task.format, (row) => {
    if (row !== null) checker.add(row)
  })
  return complete ? checker.result() : undefined
}

/** Every row below the header, and the file's first row; null is the header itself. False: another task came. */
async function eachRow(
  id: number,
  file: File,
  format: CsvFormat,
  take: (row: SplitRow | null, first: SplitRow) => void,
): Promise<boolean> {
  let first: SplitRow | undefined
  let rowCount = 0
  let reportedAt = performance.now()
  for await (const { rows, bytesRead } of readRows(fileSource(file), format)) {
    if (id !== currentTask) return false
    for (const row of rows) {
      if (first === undefined) {
        first = row
        if (format.hasHeader) {
          take(null, row)
          continue
        }
      }
      take(row, first)
      rowCount++
    }
    if (performance.now() - reportedAt > reportMs) {
      reportedAt = performance.now()
      say({ type: 'progress', id, bytesRead, rowCount })
    }
  }
  return true
}

/**
 * Of two pages with the same job the first goes on. Locks need a secure context; without one the second takes the job over
 * (JobStore).
 */
async function runAlone(job: ImportJob, file: File): Promise<void> {
  if (navigator.locks === undefined) return run(job, file)
  await navigator.locks.request(`yak.import.${job.id}`, { ifAvailable: true }, async (lock) => {
    if (lock !== null) return run(job, file)
    const stopReason = 'Another tab of this browser runs this import. It goes on there.'
    say({ type: 'job', job: { ...job, state: 'paused', stopReason }, waiting: null, isPaused: false, isRunning: false })
  })
}

async function run(job: ImportJob, file: File): Promise<void> {
  isRunning = true
  isCancelled = false
  abort = new AbortController()
  gate = null
  let waiting: Waiting | null = null
  let latest = job
  let store: JobStore | undefined
  let reportedAt = 0
  const report = () => {
    reportedAt = performance.now()
    say({ type: 'job', job: latest, waiting, isPaused: gate !== null, isRunning })
  }
  reportPaused = report
  try {
    store = await JobStore.open()
    const taken = await store.take(job.id)
    if (taken === undefined) throw new JobTakenError('was forgotten')
    // Not what the page has: another may have gone on with it since.
    latest = taken.job
    if (isFinished(latest)) return
    latest = await runImport(latest, {
      source: fileSource(file),
      target,
      keeper: taken,
      signal: abort.signal,
      mayGoOn: async () => {
        if (isCancelled) return false
        return gate === null ? true : gate.promise
      },
      onProgress: (changed) => {
        latest = changed
        if (performance.now() - reportedAt > reportMs) report()
      },
      onWaiting: (changed) => {
        waiting = changed
        report()
      },
    })
  } catch (error) {
    // The database refuses: nothing goes out that could not be found again.
    const { message } = error as Error
    const stopReason = error instanceof JobTakenError ? message : `The browser does not store the import: ${message}`
    latest = { ...latest, state: 'paused', stopReason }
  } finally {
    store?.close()
    isRunning = false
    waiting = null
    report()
    reportPaused = () => {}
  }
}
