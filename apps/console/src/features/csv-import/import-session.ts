import type { ConsoleData } from '../../data/console-data.tsx'
import { useConsoleData } from '../../data/console-data.tsx'
import { addPendingWrite } from '../../data/pending-writes.ts'
import { preferences } from '../../data/preferences.ts'
import type { Waiting } from '../../data/produce/settle-batches.ts'
import { Store, useStore } from '../../data/store.ts'
import { orderPeers } from '../../lib/peers.ts'
import type { CheckResult } from './check-rows.ts'
import type { CsvFormat } from './csv-format.ts'
import type { ImportJob } from './import-job.ts'
import { takeImportWorker } from './import-worker.ts'
import type { Mapping } from './mapping.ts'
import type { FaultField, FromWorker, Preview, Profile, Task, TaskResults, ToWorker } from './worker-messages.ts'

/** What is being imported. It outlives the page's component: going elsewhere in the console does not stop it. */
export interface ImportState {
  readonly file: File | null
  /** As pasted; kept to be shown again. */
  readonly preview: Preview | null
  readonly profile: Profile | null
  readonly mapping: Mapping | null
  readonly onBad: 'skip' | 'stop'
  readonly check: CheckResult | null
  /** A pass over the file. */
  readonly task: { readonly type: Task['type']; readonly bytesRead: number; readonly rowCount: number } | null
  readonly fault: { readonly field: FaultField; readonly text: string } | null
  readonly job: ImportJob | null
  readonly waiting: Waiting | null
  readonly isPaused: boolean
  readonly isRunning: boolean
  /** Of the last seconds, for the rate: when, and how many rows were settled. */
  readonly rateSamples: readonly (readonly [at: number, rows: number])[]
}

const empty: ImportState = {
  file: null,
  preview: null,
  profile: null,
  mapping: null,
  onBad: 'skip',
  check: null,
  task: null,
  fault: null,
  job: null,
  waiting: null,
  isPaused: false,
  isRunning: false,
  rateSamples: [],
}

const rateWindowMs = 3_000

export class ImportSession {
  readonly store = new Store<ImportState>(empty)
  readonly #data: ConsoleData
  #worker: Worker | undefined
  #nextTask = 1
  #taskId = 0
  #done: ((result: TaskResults[keyof TaskResults] | null) => void) | undefined
  #endWaiting: (() => void) | undefined

  constructor(data: ConsoleData) {
    this.#data = data
    addEventListener('beforeunload', (event) => {
      if (this.store.get().isRunning) event.preventDefault()
    })
  }

  /** Null when it was refused, or something else was asked meanwhile; `fault` says why. */
  async choose(file: File, format: CsvFormat | null): Promise<Preview | null> {
    const { onBad } = this.store.get()
    this.store.set({ ...empty, file, onBad })
    const preview = await this.#ask({ type: 'preview', file, format })
    if (preview !== null) this.#set({ preview, fault: null })
    return preview
  }

  async reread(format: CsvFormat): Promise<void> {
    const { file } = this.store.get()
    if (file === null) return
    this.#set({ profile: null, mapping: null, check: null, fault: null })
    const preview = await this.#ask({ type: 'preview', file, format })
    if (preview !== null) this.#set({ preview, fault: null })
  }

  async profile(): Promise<Profile | null> {
    const { file, preview } = this.store.get()
    if (file === null || preview === null) return null
    const profile = await this.#ask({ type: 'profile', file, format: preview.format })
    if (profile !== null) this.#set({ profile })
    return profile
  }

  setMapping(mapping: Mapping): void {
    this.#set({ mapping, check: null })
  }

  setOnBad(onBad: 'skip' | 'stop'): void {
    this.#set({ onBad })
  }

  async check(partitionCount: number): Promise<void> {
    const { file, preview, mapping } = this.store.get()
    if (file === null || preview === null || mapping === null) return
    this.#set({ check: null })
    const check = await this.#ask({ type: 'check', file, format: preview.format, mapping, partitionCount })
    if (check !== null) this.#set({ check })
  }

  run(job: ImportJob, file: File): void {
    this.#set({ job, file, isRunning: true, isPaused: false, waiting: null, fault: null, rateSamples: [] })
    this.#send({ type: 'run', job, file })
  }

  show(job: ImportJob): void {
    if (this.store.get().isRunning) return
    this.#set({ job, waiting: null, isPaused: false, rateSamples: [] })
  }

  pause(): void {
    this.#send({ type: 'pause' })
  }

  resume(): void {
    // The time it stood still says nothing about how fast it is.
    this.#set({ rateSamples: [] })
    this.#send({ type: 'resume' })
  }

  cancel(): void {
    this.#send({ type: 'cancel' })
  }

  /** To begin another. A running one stays. */
  clear(): void {
    if (!this.store.get().isRunning) this.store.set({ ...empty })
  }

  #set(change: Partial<ImportState>): void {
    this.store.update((state) => ({ ...state, ...change }))
  }

  async #ask<T extends Task>(task: T): Promise<TaskResults[T['type']] | null> {
    this.#done?.(null)
    this.#taskId = this.#nextTask++
    this.#set({ task: { type: task.type, bytesRead: 0, rowCount: 0 }, fault: null })
    this.#send({ type: 'task', id: this.#taskId, task })
    return new Promise((resolve) => {
      this.#done = (result) => resolve(result as TaskResults[T['type']] | null)
    })
  }

  #send(message: ToWorker): void {
    this.#worker ??= this.#start()
    this.#worker.postMessage(message)
  }

  #start(): Worker {
    const worker = takeImportWorker()
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#hear(data)
    worker.onerror = (event) => {
      // The next that is asked for is asked of another worker.
      this.#worker = undefined
      for (const leave of leaves) leave()
      worker.terminate()
      this.#set({ task: null, isRunning: false, fault: { field: 'reading', text: workerFault(event) } })
      this.#done?.(null)
      this.#done = undefined
      this.#hearWaiting(null)
    }
    const tellPeers = () => {
      const { peers, current } = this.#data.peers.store.get()
      worker.postMessage({
        type: 'peers',
        peers: orderPeers(peers, current),
        token: preferences.get().token,
      } satisfies ToWorker)
    }
    tellPeers()
    const leaves = [this.#data.peers.store.subscribe(tellPeers), preferences.subscribe(tellPeers)]
    return worker
  }

  #hear(message: FromWorker): void {
    if (message.type === 'job') {
      this.#hearJob(message)
      return
    }
    if (message.id !== this.#taskId) return
    if (message.type === 'progress') {
      const { bytesRead, rowCount } = message
      this.store.update((state) =>
        state.task === null ? state : { ...state, task: { ...state.task, bytesRead, rowCount } },
      )
      return
    }
    const done = this.#done
    this.#done = undefined
    this.#set({
      task: null,
      ...(message.type === 'failed' ? { fault: { field: message.field, text: message.text } } : {}),
    })
    done?.(message.type === 'result' ? message.result : null)
  }

  #hearJob({ job, waiting, isPaused, isRunning }: Extract<FromWorker, { type: 'job' }>): void {
    const now = performance.now()
    const rows = job.counts.acked + job.counts.failed + job.counts.skipped
    this.store.update((state) => ({
      ...state,
      job,
      waiting,
      isPaused,
      isRunning,
      rateSamples: [...state.rateSamples.filter(([at]) => now - at < rateWindowMs), [now, rows] as const],
    }))
    this.#hearWaiting(waiting === null ? null : job)
  }

  /** The job that waits for a leader, or null. */
  #hearWaiting(job: ImportJob | null): void {
    if (job !== null) this.#endWaiting ??= addPendingWrite(`${job.topic}: CSV import`, () => this.cancel())
    else {
      this.#endWaiting?.()
      this.#endWaiting = undefined
    }
  }
}

/** Nothing is said of a script that did not arrive. */
function workerFault({ message }: ErrorEvent): string {
  if (message !== undefined) return `The import's worker failed: ${message}`
  return 'What reads the file did not arrive: it is a script of the broker that served this page, and no other may give it. Try again, or open the console at another broker.'
}

const sessions = new WeakMap<ConsoleData, ImportSession>()

export function useImportSession(): { readonly session: ImportSession; readonly state: ImportState } {
  const data = useConsoleData()
  let session = sessions.get(data)
  if (session === undefined) {
    session = new ImportSession(data)
    sessions.set(data, session)
  }
  return { session, state: useStore(session.store) }
}

/** Rows a second over the last few seconds; null before there are any. */
export function rateOf(samples: ImportState['rateSamples']): number | null {
  const [first, last] = [samples[0], samples.at(-1)]
  if (first === undefined || last === undefined || last[0] - first[0] < 200) return null
  return ((last[1] - first[1]) * 1_000) / (last[0] - first[0])
}
