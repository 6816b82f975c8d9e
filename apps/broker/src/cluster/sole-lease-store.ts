import {
  type AcquireAnswer,
  type AcquireRequest,
  acquireLease,
  EMPTY_LEASE_RECORD,
  type LeaseObservation,
  type LeaseRecord,
  type LeaseStep,
  type LeaseStore,
  type LeaseStoreStatus,
  leaseRemainingMs,
  type ReleaseAnswer,
  type ReleaseRequest,
  type RenewAnswer,
  type RenewRequest,
  releaseLease,
  renewLease,
  type UpdateIsrAnswer,
  type UpdateIsrRequest,
  updateIsr,
} from '@yak/election'

/**
 * The coordinator of a broker that is alone: its lease is its own, and lasts as long as its process. Which epochs are taken
 * stands on the broker's own disk.
 */
export class SoleLeaseStore implements LeaseStore {
  readonly status: LeaseStoreStatus = { type: 'memory', address: 'in process', isConnected: true, problem: undefined }
  readonly #watchers = new Set<() => void>()
  #record: LeaseRecord = EMPTY_LEASE_RECORD

  async acquire(request: AcquireRequest): Promise<AcquireAnswer> {
    return this.#step((record, nowMs) => acquireLease(record, request, nowMs))
  }

  async renew(request: RenewRequest): Promise<RenewAnswer> {
    return this.#step((record, nowMs) => renewLease(record, request, nowMs))
  }

  async release(request: ReleaseRequest): Promise<ReleaseAnswer> {
    return this.#step((record) => releaseLease(record, request))
  }

  async updateIsr(request: UpdateIsrRequest): Promise<UpdateIsrAnswer> {
    return this.#step((record) => updateIsr(record, request))
  }

  async read(group: string): Promise<LeaseObservation> {
    return this.#observation(group)
  }

  observe(group: string, listener: (observation: LeaseObservation) => void): () => void {
    const tell = (): void => listener(this.#observation(group))
    this.#watchers.add(tell)
    queueMicrotask(() => {
      if (this.#watchers.has(tell)) tell()
    })
    return () => this.#watchers.delete(tell)
  }

  async identify(): Promise<string> {
    return 'in process'
  }

  onStatus(): () => void {
    return () => {}
  }

  async close(): Promise<void> {
    this.#watchers.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #step<Answer>(decide: (record: LeaseRecord, nowMs: number) => LeaseStep<Answer>): Answer {
    const { record, answer } = decide(this.#record, performance.now())
    const hasChanged = record !== this.#record
    this.#record = record
    if (hasChanged) for (const tell of [...this.#watchers]) tell()
    return answer
  }

  #observation(group: string): LeaseObservation {
    return { group, record: this.#record, remainingMs: leaseRemainingMs(this.#record, performance.now()) }
  }
}
