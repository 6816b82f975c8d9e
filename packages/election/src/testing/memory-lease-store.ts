import { YakError } from '@yak/protocol'
import type { ElectionPorts } from '../election-ports.ts'
import {
  assertAcquireRequest,
  assertGroup,
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
import { StatusBoard } from '../status-board.ts'
import { closedError, noAnswerError } from '../store-errors.ts'
import type { MemoryCoordinator } from './memory-coordinator.ts'

/** What is asked of the coordinator; `push`: an observation on its way to an observer. */
export type MemoryCall = 'acquire' | 'renew' | 'release' | 'updateIsr' | 'read' | 'push'

/** What the way to the coordinator does to one call. */
export interface MemoryDelivery {
  /** How long the call takes to the coordinator, in milliseconds. Default 0. */
  readonly requestDelayMs?: number
  /** How long the answer takes back, in milliseconds. Default 0. */
  readonly answerDelayMs?: number
  /** `request`: it never arrives. `answer`: it is carried out and nobody hears of it. `refused`: known at once, nothing sent. */
  readonly lost?: 'request' | 'answer' | 'refused'
}

/** Which coordinator, and what lies on the way to it. */
export interface MemoryLeaseStoreOptions {
  /** Shared by all stores of a test. */
  readonly coordinator: MemoryCoordinator
  /** Time and chance, as the test decides them. */
  readonly ports: ElectionPorts
  /** How the coordinator knows this client, for `split`. Default `client`. */
  readonly name?: string
  /** Decides the fate of each call, and of each push. Default: everything arrives at once. */
  readonly deliver?: (call: MemoryCall) => MemoryDelivery
  /** Default 1000. */
  readonly timeoutMs?: number
  /** Default 500. */
  readonly pollMs?: number
}

/** A LeaseStore on a MemoryCoordinator, as one process has it. Deterministic: every delay comes from `deliver` and the ports. */
export class MemoryLeaseStore implements LeaseStore {
  readonly #coordinator: MemoryCoordinator
  readonly #ports: ElectionPorts
  readonly #name: string
  readonly #deliver: (call: MemoryCall) => MemoryDelivery
  readonly #timeoutMs: number
  readonly #board = new StatusBoard('memory', 'memory')
  readonly #watchers: LeaseWatchers
  readonly #stopWatching: () => void
  readonly #abandon = new Set<() => void>()
  #isClosed = false

  constructor(options: MemoryLeaseStoreOptions) {
    this.#coordinator = options.coordinator
    this.#ports = options.ports
    this.#name = options.name ?? 'client'
    this.#deliver = options.deliver ?? (() => ({}))
    this.#timeoutMs = options.timeoutMs ?? 1000
    this.#watchers = new LeaseWatchers({
      ports: options.ports,
      pollMs: options.pollMs ?? 500,
      look: (group) => this.read(group).catch(() => undefined),
    })
    this.#stopWatching = this.#coordinator.watch((group) => this.#push(group))
    this.#board.connected()
  }

  get status(): LeaseStoreStatus {
    return this.#board.status
  }

  async acquire(request: AcquireRequest, options?: CallOptions): Promise<AcquireAnswer> {
    assertAcquireRequest(request)
    return this.#step('acquire', request.group, options, (record, nowMs) => acquireLease(record, request, nowMs))
  }

  async renew(request: RenewRequest, options?: CallOptions): Promise<RenewAnswer> {
    assertRenewRequest(request)
    return this.#step('renew', request.group, options, (record, nowMs) => renewLease(record, request, nowMs))
  }

  async release(request: ReleaseRequest, options?: CallOptions): Promise<ReleaseAnswer> {
    assertReleaseRequest(request)
    return this.#step('release', request.group, options, (record) => releaseLease(record, request))
  }

  async updateIsr(request: UpdateIsrRequest, options?: CallOptions): Promise<UpdateIsrAnswer> {
    assertUpdateIsrRequest(request)
    return this.#step('updateIsr', request.group, options, (record) => updateIsr(record, request))
  }

  async read(group: string, options?: CallOptions): Promise<LeaseObservation> {
    assertGroup(group)
    return this.#step('read', group, options, (record) => ({ record, answer: this.#observation(group, record) }))
  }

  observe(group: string, listener: (observation: LeaseObservation) => void): () => void {
    assertGroup(group)
    return this.#watchers.observe(group, listener)
  }

  async identify(): Promise<string> {
    if (this.#isClosed) throw closedError()
    return this.#coordinator.id
  }

  onStatus(listener: (status: LeaseStoreStatus) => void): () => void {
    return this.#board.onStatus(listener)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#stopWatching()
    this.#watchers.close()
    for (const abandon of [...this.#abandon]) abandon()
    this.#board.disconnected(undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #observation(group: string, record: LeaseRecord): LeaseObservation {
    return { group, record, remainingMs: leaseRemainingMs(record, this.#coordinator.nowMs) }
  }

  #push(group: string): void {
    const { answerDelayMs = 0, lost } = this.#deliver('push')
    if (lost !== undefined) return
    const observation = this.#observation(group, this.#coordinator.record(this.#name, group))
    if (answerDelayMs === 0) this.#watchers.pushed(observation)
    else this.#ports.schedule(answerDelayMs, () => this.#watchers.pushed(observation))
  }

  #step<Answer>(
    call: MemoryCall,
    group: string,
    { signal, timeoutMs = this.#timeoutMs }: CallOptions = {},
    decide: (record: LeaseRecord, nowMs: number) => LeaseStep<Answer>,
  ): Promise<Answer> {
    if (this.#isClosed) return Promise.reject(closedError())
    if (signal?.aborted) return Promise.reject(signal.reason)
    const { requestDelayMs = 0, answerDelayMs = 0, lost } = this.#deliver(call)
    if (lost === 'refused') {
      const error = new YakError('COORDINATOR_UNREACHABLE', 'The coordinator in memory refuses connections.')
      this.#board.disconnected(error)
      return Promise.reject(error)
    }
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        cancelTimeout()
        signal?.removeEventListener('abort', abort)
        this.#abandon.delete(abandon)
        act()
      }
      const abandon = () => settle(() => reject(noAnswerError('memory', 'the store was closed')))
      const abort = () => settle(() => reject(signal?.reason))
      const cancelTimeout = this.#ports.schedule(timeoutMs, () => {
        settle(() => reject(noAnswerError('memory', `did not answer within ${timeoutMs} ms`)))
      })
      this.#abandon.add(abandon)
      signal?.addEventListener('abort', abort)
      this.#after(lost === 'request' ? undefined : requestDelayMs, () => {
        const answer = this.#coordinator.step(this.#name, group, decide)
        this.#after(lost === 'answer' ? undefined : answerDelayMs, () => {
          this.#board.answered(call === 'read' ? 'look' : 'change')
          settle(() => resolve(answer))
        })
      })
    })
  }

  /** Without a delay: now, in the order of the calls. Undefined: never. */
  #after(delayMs: number | undefined, act: () => void): void {
    if (delayMs === 0) act()
    else if (delayMs !== undefined) this.#ports.schedule(delayMs, act)
  }
}
