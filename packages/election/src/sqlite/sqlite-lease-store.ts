import { resolve as resolvePath } from 'node:path'
import type { YakError } from '@yak/protocol'
import { newCoordinatorId } from '../coordinator-id.ts'
import type { ElectionPorts } from '../election-ports.ts'
import {
  assertAcquireRequest,
  assertGroup,
  assertInteger,
  assertReleaseRequest,
  assertRenewRequest,
  assertUpdateIsrRequest,
} from '../lease-arguments.ts'
import { acquireLease, type LeaseStep, releaseLease, renewLease, updateIsr } from '../lease-operations.ts'
import { type LeaseRecord, leaseRemainingMs } from '../lease-record.ts'
import type {
  AcquireAnswer,
  AcquireRequest,
  CallOptions,
  LeaseObservation,
  LeaseStore,
  LeaseStoreStatus,
  ReleaseAnswer,
  ReleaseRequest,
  RenewAnswer,
  RenewRequest,
  UpdateIsrAnswer,
  UpdateIsrRequest,
} from '../lease-store.ts'
import { LeaseWatchers } from '../lease-watchers.ts'
import { type CallKind, StatusBoard } from '../status-board.ts'
import { closedError, noAnswerError } from '../store-errors.ts'
import { systemPorts } from '../system-ports.ts'
import { isCommitFailure, LeaseDatabase, type StepDurability } from './lease-database.ts'
import { busyProblem, isBusy, isDiskFailure, type SqliteProblemContext, sqliteProblem } from './sqlite-problem.ts'

/** Which file, and how long to wait for it. */
export interface SqliteLeaseStoreOptions {
  /** The file that all candidates name, on a disk of this machine; it is made when it is missing, its folder is not. */
  readonly path: string
  /** Longest wait for the lock, which others hold for less than a millisecond. Default 1000. */
  readonly timeoutMs?: number
  /** How often to look whether another process has changed the file, in milliseconds. Default 50. */
  readonly pollMs?: number
  /** What the user of your program calls the path, for messages: a flag, a variable. Default `the coordinator path`. */
  readonly setting?: string
  /** Time and chance. Default: the machine's. */
  readonly ports?: ElectionPorts
}

/** Stores of this process that have the same file open tell each other, so that nobody waits for a poll. By file. */
const peersByFile = new Map<string, Set<SqliteLeaseStore>>()

/**
 * The coordinator in one SQLite file, for candidates on one machine: no server to run. Any number of processes may have it open.
 *
 * A call tries to take the lock, and tries again until its time is over, so the event loop never waits for another process;
 * it waits for its own disk only when an acquisition or an ISR change is synced. Time is the wall clock, read inside the
 * transaction; when it jumps back, no lease runs longer than its length (see acquireLease).
 */
export class SqliteLeaseStore implements LeaseStore {
  readonly #sqlite: typeof import('node:sqlite')
  readonly #context: SqliteProblemContext
  readonly #ports: ElectionPorts
  readonly #timeoutMs: number
  readonly #board: StatusBoard
  readonly #watchers: LeaseWatchers
  readonly #wakeWaiting = new Set<() => void>()
  #database: LeaseDatabase | undefined
  #isClosed = false

  private constructor(sqlite: typeof import('node:sqlite'), options: SqliteLeaseStoreOptions) {
    const { path, timeoutMs = 1000, pollMs = 50, setting = 'the coordinator path', ports = systemPorts } = options
    assertInteger('timeoutMs', timeoutMs, 1)
    assertInteger('pollMs', pollMs, 1)
    this.#sqlite = sqlite
    this.#context = { path: resolvePath(path), setting }
    this.#ports = ports
    this.#timeoutMs = timeoutMs
    this.#board = new StatusBoard('sqlite', this.#context.path)
    this.#watchers = new LeaseWatchers({
      ports,
      pollMs,
      look: (group) => this.read(group).catch(() => undefined),
      isWorthALook: () => this.#isWorthALook(),
    })
  }

  /** Opens the file, or makes it. Rejects with a YakError when that cannot be: COORDINATOR_INVALID, _READ_ONLY, _UNREACHABLE … */
  static async open(options: SqliteLeaseStoreOptions): Promise<SqliteLeaseStore> {
    if (!options.path || options.path === ':memory:') {
      throw new TypeError('path must be that of a file: candidates in other processes could not see anything else')
    }
    // Loaded here: Node warns that it is experimental, and a program that uses Redis need not see that.
    const store = new SqliteLeaseStore(await import('node:sqlite'), options)
    await store.#retried('look', {}, () => store.#open())
    return store
  }

  get status(): LeaseStoreStatus {
    return this.#board.status
  }

  async acquire(request: AcquireRequest, options?: CallOptions): Promise<AcquireAnswer> {
    assertAcquireRequest(request)
    return this.#step(request.group, 'synced', options, (record, nowMs) => acquireLease(record, request, nowMs))
  }

  async renew(request: RenewRequest, options?: CallOptions): Promise<RenewAnswer> {
    assertRenewRequest(request)
    return this.#step(request.group, 'unsynced', options, (record, nowMs) => renewLease(record, request, nowMs))
  }

  async release(request: ReleaseRequest, options?: CallOptions): Promise<ReleaseAnswer> {
    assertReleaseRequest(request)
    return this.#step(request.group, 'unsynced', options, (record) => releaseLease(record, request))
  }

  async updateIsr(request: UpdateIsrRequest, options?: CallOptions): Promise<UpdateIsrAnswer> {
    assertUpdateIsrRequest(request)
    return this.#step(request.group, 'synced', options, (record) => updateIsr(record, request))
  }

  async read(group: string, options: CallOptions = {}): Promise<LeaseObservation> {
    assertGroup(group)
    return this.#retried('look', options, () => this.#observation(group, this.#current().read(group)))
  }

  observe(group: string, listener: (observation: LeaseObservation) => void): () => void {
    assertGroup(group)
    return this.#watchers.observe(group, listener)
  }

  async identify(options: CallOptions = {}): Promise<string> {
    return this.#retried(undefined, options, () => this.#current().id(() => newCoordinatorId(this.#ports)))
  }

  onStatus(listener: (status: LeaseStoreStatus) => void): () => void {
    return this.#board.onStatus(listener)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#watchers.close()
    this.#leaveFile()
    for (const wake of [...this.#wakeWaiting]) wake()
    this.#board.disconnected(undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #step<Answer>(
    group: string,
    durability: StepDurability,
    options: CallOptions = {},
    decide: (record: LeaseRecord, nowMs: number) => LeaseStep<Answer>,
  ): Promise<Answer> {
    const { answer, record, hasChanged } = await this.#retried('change', options, () =>
      this.#current().step(group, durability, (before) => decide(before, this.#nowMs())),
    )
    if (hasChanged) this.#tellPeers(this.#observation(group, record))
    return answer
  }

  /** Without a kind it says nothing about the lease. Tries until the lock is free or the time is over. A try that fails has done nothing, or says COORDINATOR_NO_ANSWER. */
  async #retried<T>(
    kind: CallKind | undefined,
    { signal, timeoutMs = this.#timeoutMs }: CallOptions,
    attempt: () => T,
  ): Promise<T> {
    const startedAtMs = this.#ports.monotonicMs()
    for (;;) {
      signal?.throwIfAborted()
      if (this.#isClosed) throw closedError()
      try {
        const result = attempt()
        if (kind !== undefined) this.#board.answered(kind)
        return result
      } catch (error) {
        const reason = isCommitFailure(error) ? error.cause : error
        if (!isBusy(reason)) throw this.#noted(kind, this.#problemOf(error, reason))
        if (this.#ports.monotonicMs() - startedAtMs >= timeoutMs) {
          throw this.#noted(kind, busyProblem(timeoutMs, this.#context))
        }
      }
      await this.#pause(1 + 4 * this.#ports.random())
    }
  }

  #problemOf(error: unknown, reason: unknown): YakError {
    if (isCommitFailure(error) && isDiskFailure(reason)) {
      return noAnswerError(this.#context.path, 'its disk failed under the commit', { cause: reason })
    }
    return sqliteProblem(reason, this.#context)
  }

  #noted(kind: CallKind | undefined, problem: YakError): YakError {
    if (kind === undefined) return problem
    if (problem.code === 'COORDINATOR_UNREACHABLE' || problem.code === 'COORDINATOR_INVALID') {
      this.#board.disconnected(problem)
    } else {
      this.#board.refused(kind, problem)
    }
    return problem
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        cancel()
        this.#wakeWaiting.delete(wake)
        resolve()
      }
      const cancel = this.#ports.schedule(delayMs, wake)
      this.#wakeWaiting.add(wake)
    })
  }

  #current(): LeaseDatabase {
    // The file was deleted or replaced: who stayed with the old one would hold a lease that nobody else can see.
    if (this.#database?.isCurrent === false) this.#leaveFile()
    return this.#database ?? this.#open()
  }

  #open(): LeaseDatabase {
    const database = LeaseDatabase.open(this.#sqlite, this.#context)
    this.#database = database
    const peers = peersByFile.get(database.fileId) ?? new Set()
    peersByFile.set(database.fileId, peers.add(this))
    return database
  }

  #leaveFile(): void {
    const database = this.#database
    if (database === undefined) return
    this.#database = undefined
    const peers = peersByFile.get(database.fileId)
    peers?.delete(this)
    if (peers?.size === 0) peersByFile.delete(database.fileId)
    database.close()
  }

  /** Whole milliseconds, as they are stored. */
  #nowMs(): number {
    return Math.floor(this.#ports.wallClockMs())
  }

  #observation(group: string, record: LeaseRecord): LeaseObservation {
    return { group, record, remainingMs: leaseRemainingMs(record, this.#nowMs()) }
  }

  #tellPeers(observation: LeaseObservation): void {
    for (const peer of [...(peersByFile.get(this.#database?.fileId ?? '') ?? [])]) peer.#watchers.pushed(observation)
  }

  #isWorthALook(): boolean {
    try {
      return this.#database === undefined || !this.#database.isCurrent || this.#database.hasChanged
    } catch {
      // The look will meet the same trouble and report it.
      return true
    }
  }
}
