import {
  type AcquireAnswer,
  type AcquireRequest,
  type CallOptions,
  isSameRecord,
  type LeaseObservation,
  type LeaseStore,
  type LeaseStoreStatus,
  type ReleaseAnswer,
  type ReleaseRequest,
  type RenewAnswer,
  type RenewRequest,
  type UpdateIsrAnswer,
  type UpdateIsrRequest,
} from '@yak/election'
import { YakError } from '@yak/protocol'
import type { Coverage } from './coverage.ts'
import type { Network } from './network.ts'
import type { SimulatedProcess } from './simulated-process.ts'

/** The name of the record, as the driver has it. */
export const coordinatorGroup = 'yak'

/** The state of the coordinator that all its clients share. */
export interface CoordinatorHealth {
  isDown: boolean
  /** Added to each answer. */
  slowMs: number
  /** For whose broker it takes everybody, and hands out epochs by that; null: it does as it should. */
  ownerIndex: number | null
}

export interface CoordinatorLinkOptions {
  readonly broker: string
  readonly process: SimulatedProcess
  readonly network: Network
  readonly coverage: Coverage
  readonly health: CoordinatorHealth
  readonly schedule: (delayMs: number, callback: () => void) => () => void
  /** Answers at once; what lies between is simulated here. */
  readonly store: LeaseStore
  readonly timeoutMs: number
  readonly pollMs: number
}

/**
 * The way from one broker to the coordinator: requests and answers travel over the simulated network, and belong to the
 * broker's process only at its own end. So a renewal sent before a pause arrives during it, and an acquisition of a
 * broker that died meanwhile is carried out.
 */
export class CoordinatorLink implements LeaseStore {
  readonly #options: CoordinatorLinkOptions
  readonly #statusListeners = new Set<(status: LeaseStoreStatus) => void>()
  #status: LeaseStoreStatus = { type: 'memory', address: 'simulated', isConnected: true, problem: undefined }
  readonly #observations = new Set<() => void>()
  #isClosed = false

  constructor(options: CoordinatorLinkOptions) {
    this.#options = options
  }

  get status(): LeaseStoreStatus {
    return this.#status
  }

  acquire(request: AcquireRequest, options?: CallOptions): Promise<AcquireAnswer> {
    return this.#call('acquire', () => this.#options.store.acquire(this.#asMixedUp(request)), options)
  }

  renew(request: RenewRequest, options?: CallOptions): Promise<RenewAnswer> {
    return this.#call('renew', () => this.#options.store.renew(request), options)
  }

  release(request: ReleaseRequest, options?: CallOptions): Promise<ReleaseAnswer> {
    return this.#call('release', () => this.#options.store.release(request), options)
  }

  updateIsr(request: UpdateIsrRequest, options?: CallOptions): Promise<UpdateIsrAnswer> {
    return this.#call('updateIsr', () => this.#options.store.updateIsr(request), options)
  }

  read(group: string, options?: CallOptions): Promise<LeaseObservation> {
    return this.#call('read', () => this.#options.store.read(group), options)
  }

  observe(group: string, listener: (observation: LeaseObservation) => void): () => void {
    const { store, health, process, pollMs } = this.#options
    let last: LeaseObservation | undefined
    const tell = (observation: LeaseObservation) => {
      if (last !== undefined && isSameRecord(last.record, observation.record)) return
      last = observation
      listener(observation)
    }
    // Pushes get lost like anything else, so there is a look now and then behind them.
    const stopPushes = store.observe(group, (observation) => {
      if (!health.isDown) this.#toBroker('push', () => tell(observation))
    })
    let cancelPoll = () => {}
    const look = () => {
      this.read(group).then(tell, () => {})
      cancelPoll = process.schedule(pollMs, look)
    }
    look()
    const stop = () => {
      stopPushes()
      cancelPoll()
    }
    this.#observations.add(stop)
    return stop
  }

  /** Nothing that is simulated asks for it. */
  identify(): Promise<string> {
    return this.#options.store.identify()
  }

  /** The broker's process died: nobody listens any more. What it had asked for is still carried out. */
  abandon(): void {
    for (const stop of this.#observations) stop()
    this.#observations.clear()
  }

  onStatus(listener: (status: LeaseStoreStatus) => void): () => void {
    this.#statusListeners.add(listener)
    return () => this.#statusListeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#options.store.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #asMixedUp(request: AcquireRequest): AcquireRequest {
    const { health, coverage } = this.#options
    const { candidate } = request
    if (health.ownerIndex === null || health.ownerIndex === candidate.ownerIndex) return request
    coverage.count('coordinator mixed owners up')
    return { ...request, candidate: { ...candidate, ownerIndex: health.ownerIndex } }
  }

  #call<Answer>(name: string, carryOut: () => Promise<Answer>, options: CallOptions = {}): Promise<Answer> {
    const { broker, process, network, health, coverage, schedule, timeoutMs } = this.#options
    if (this.#isClosed) return Promise.reject(new YakError('COORDINATOR_CLOSED', 'The lease store is closed.'))
    if (options.signal?.aborted) return Promise.reject(options.signal.reason)
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        cancelTimeout()
        options.signal?.removeEventListener('abort', abort)
        act()
      }
      const abort = () => settle(() => reject(options.signal?.reason))
      options.signal?.addEventListener('abort', abort)
      const cancelTimeout = process.schedule(options.timeoutMs ?? timeoutMs, () => {
        const error = new YakError('COORDINATOR_NO_ANSWER', `The simulated coordinator did not answer a ${name}.`)
        this.#setStatus(false, error)
        settle(() => reject(error))
      })
      const refuse = () => {
        const error = new YakError('COORDINATOR_UNREACHABLE', 'The simulated coordinator refuses connections.')
        this.#setStatus(false, error)
        settle(() => reject(error))
      }
      const arrive = () => {
        if (health.isDown) {
          this.#toBroker(name, refuse)
          return
        }
        const answered = (settleWith: () => void) => {
          schedule(health.slowMs, () => {
            this.#toBroker(name, () => {
              this.#setStatus(true, undefined)
              settle(settleWith)
            })
          })
        }
        carryOut().then(
          (answer) => answered(() => resolve(answer)),
          (error: unknown) => answered(() => reject(error)),
        )
      }
      if (health.slowMs > 0) coverage.count('coordinator slow')
      const copies = network.send({ from: broker, to: 'coordinator', label: name, mayRepeat: false, deliver: arrive })
      if (copies === 0) coverage.count('coordinator request lost')
    })
  }

  #toBroker(label: string, happen: () => void): void {
    const { broker, process, network, coverage } = this.#options
    const deliver = () => process.enter(happen)
    const copies = network.send({ from: 'coordinator', to: broker, label, mayRepeat: false, deliver })
    if (copies === 0 && label !== 'push') coverage.count('coordinator answer lost')
  }

  #setStatus(isConnected: boolean, problem: YakError | undefined): void {
    if (this.#status.isConnected === isConnected) return
    this.#status = { ...this.#status, isConnected, problem }
    for (const listener of [...this.#statusListeners]) listener(this.#status)
  }
}
