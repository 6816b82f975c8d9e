import type { Candidate, LeaseObservation, LeaseRecord, LeaseStore } from '@yak/election'
import { messageOf } from '../message-of.ts'
import type { CallResult } from './core/inputs.ts'
import type { Call } from './core/outputs.ts'
import type { CoordinatorRecord } from './core/state.ts'

/** The coordinator as the core speaks of it. Nothing is decided here. */
export class DriverCoordinator {
  readonly #store: LeaseStore
  readonly #group: string
  readonly #candidate: Candidate
  readonly #onExpired: (holderId: string, epoch: number) => void

  /** `onExpired`: it was given a lease that another held until it ran out. */
  constructor(
    store: LeaseStore,
    group: string,
    candidate: Candidate,
    onExpired: (holderId: string, epoch: number) => void = () => {},
  ) {
    this.#store = store
    this.#group = group
    this.#candidate = candidate
    this.#onExpired = onExpired
  }

  /** Never rejects: what is not an answer is `failed`, whether it took effect or not. */
  async call(call: Exclude<Call, { type: 'observe' }>): Promise<CallResult> {
    try {
      return await this.#ask(call)
    } catch (error) {
      return { type: 'failed', reason: messageOf(error) }
    }
  }

  async read(): Promise<CoordinatorRecord | null> {
    return observedRecord(await this.#store.read(this.#group))
  }

  observe(onRecord: (record: CoordinatorRecord | null) => void, onLost: () => void): () => void {
    const stopObserving = this.#store.observe(this.#group, (observation) => onRecord(observedRecord(observation)))
    const stopStatus = this.#store.onStatus(({ isConnected }) => {
      if (!isConnected) {
        onLost()
        return
      }
      // Nothing changed while it was away, perhaps: then no observation comes by itself.
      this.read().then(onRecord, () => {})
    })
    return () => {
      stopObserving()
      stopStatus()
    }
  }

  async #ask(call: Exclude<Call, { type: 'observe' }>): Promise<CallResult> {
    const who = { group: this.#group, candidate: this.#candidate }
    switch (call.type) {
      case 'acquire': {
        const { minEpoch, replaces, leaseMs: ttlMs } = call
        const answer = await this.#store.acquire({
          ...who,
          minEpoch,
          ttlMs,
          ...(replaces === null ? {} : { replaces }),
        })
        if (!answer.acquired) return { type: 'refused', record: recordOf(answer.record, answer.remainingMs) }
        this.#noteExpired(answer.before, replaces)
        return { type: 'acquired', epoch: answer.epoch, before: recordOf(answer.before, 0) }
      }
      case 'renew': {
        const { epoch, isrEpoch, isrVersion, leaseMs: ttlMs } = call
        const answer = await this.#store.renew({ ...who, epoch, isrEpoch, isrVersion, ttlMs })
        if (!answer.renewed) return { type: 'refused', record: recordOf(answer.record, answer.remainingMs) }
        return { type: 'renewed', storedIsrIsOlder: answer.isrBehind, isrVersion: answer.record.isrVersion }
      }
      case 'release': {
        const answer = await this.#store.release({ ...who, epoch: call.epoch })
        return answer.released ? { type: 'released' } : { type: 'refused', record: recordOf(answer.record, 0) }
      }
      case 'update-isr': {
        const { epoch, expectedVersion, minVersion, isr } = call
        const answer = await this.#store.updateIsr({ ...who, epoch, expectedVersion, minVersion, isr })
        if (!answer.updated) return { type: 'refused', record: recordOf(answer.record, 0) }
        return { type: 'isr-updated', isrVersion: answer.record.isrVersion }
      }
    }
  }

  /** A lease that runs is given to nobody else, but for the next run of its holder's disk. */
  #noteExpired({ holder, incarnation, epoch }: LeaseRecord, replaces: string | null): void {
    if (holder === null) return
    const isOwn = holder === this.#candidate.id && [this.#candidate.incarnation, replaces].includes(incarnation)
    if (!isOwn) this.#onExpired(holder, epoch)
  }
}

function observedRecord({ record, remainingMs }: LeaseObservation): CoordinatorRecord | null {
  return record.epoch === 0 ? null : recordOf(record, remainingMs)
}

function recordOf(record: LeaseRecord, leaseRemainingMs: number): CoordinatorRecord {
  const { epoch, holder, incarnation, isr, isrEpoch, isrVersion, suspect } = record
  return {
    epoch,
    holder: holder === null ? null : { brokerId: holder, incarnation: incarnation ?? '' },
    leaseRemainingMs,
    isr,
    isrEpoch,
    isrVersion,
    isSuspect: suspect,
  }
}
