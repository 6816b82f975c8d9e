import type { CoreState } from './core-state.ts'
import { type Replica, sameReplica } from './identity.ts'
import type { CallResult } from './inputs.ts'
import type { CoordinatorRecord, IsrRecord } from './state.ts'

export interface IsrKeeperOptions {
  readonly state: CoreState
  readonly epoch: number
  /** What the own acquire returned. */
  readonly before: IsrRecord
  /** Confirmed and saved. */
  readonly onConfirmed: () => void
  readonly onLost: (record: CoordinatorRecord) => void
}

/**
 * Changes the stored ISR by compare-and-set, one change at a time. A change without an answer is repeated until the record
 * says what it holds; meanwhile old and new both count (◆19).
 */
export class IsrKeeper {
  readonly #options: IsrKeeperOptions
  readonly #state: CoreState
  #confirmed: IsrRecord
  #proposed: readonly Replica[] | null = null
  #storedVersion: number
  /** How often the store turned out to have an older one than this leader counts with. */
  #behindCount = 0
  /** Of these, the ones before the newest change was asked for: it made up for them. */
  #mendedCount = 0
  #isClosed = false

  constructor(options: IsrKeeperOptions) {
    this.#options = options
    this.#state = options.state
    this.#confirmed = options.before
    this.#storedVersion = options.before.isrVersion
  }

  get confirmed(): IsrRecord {
    return this.#confirmed
  }

  get proposed(): readonly Replica[] | null {
    return this.#proposed
  }

  /** The store has an older one than this leader counts with: nothing is acknowledged. */
  get isBehind(): boolean {
    return this.#behindCount !== this.#mendedCount
  }

  /** All that the stored one may name: of an old and a new one both, until it is known which it is (◆19). */
  get named(): readonly Replica[] {
    return this.#proposed === null ? this.#confirmed.isr : [...this.#confirmed.isr, ...this.#proposed]
  }

  /** The smaller of what may be stored: what min.insync.replicas is held against. */
  get size(): number {
    return Math.min(this.#confirmed.isr.length, this.#proposed?.length ?? Number.POSITIVE_INFINITY)
  }

  has(replica: Replica): boolean {
    return this.#confirmed.isr.some((member) => sameReplica(member, replica))
  }

  propose(isr: readonly Replica[]): void {
    if (this.#proposed !== null || this.#isClosed) return
    this.#proposed = isr
    this.#write()
  }

  /** ◆6 The store forgot a change. */
  rewrite(storedVersion: number): void {
    this.#behindCount++
    this.#storedVersion = storedVersion
    if (this.#proposed === null) this.propose(this.#confirmed.isr)
  }

  close(): void {
    this.#isClosed = true
    this.#state.timers.clear('isr')
  }

  #write(): void {
    if (this.#proposed === null || this.#isClosed) return
    const isr = this.#proposed
    const { epoch } = this.#options
    const expectedVersion = this.#storedVersion
    const minVersion = Math.max(expectedVersion, this.#confirmed.isrVersion, this.#state.isr?.isrVersion ?? 0)
    const behindCount = this.#behindCount
    this.#state.call({ type: 'update-isr', epoch, expectedVersion, minVersion, isr }, (result) =>
      this.#written(isr, behindCount, result),
    )
  }

  #written(isr: readonly Replica[], behindCount: number, result: CallResult): void {
    if (this.#isClosed || this.#proposed !== isr) return
    if (result.type === 'isr-updated') {
      this.#confirm(isr, behindCount, result.isrVersion)
    } else if (result.type === 'refused') {
      this.#refused(isr, behindCount, result.record)
    } else {
      // It may have been stored. Asking again tells: a compare-and-set that was done is refused with the new record.
      this.#state.timers.set('isr', this.#state.now + this.#state.options.leaseMs / 10, () => this.#write())
    }
  }

  #refused(isr: readonly Replica[], behindCount: number, record: CoordinatorRecord): void {
    const { epoch } = this.#options
    const { self } = this.#state
    if (
      record.epoch !== epoch ||
      record.holder?.brokerId !== self.brokerId ||
      record.holder.incarnation !== self.incarnation
    ) {
      this.#options.onLost(record)
    } else if (record.isrEpoch === epoch && sameMembers(record.isr, isr) && !record.isSuspect) {
      this.#confirm(isr, behindCount, record.isrVersion)
    } else {
      this.#storedVersion = record.isrVersion
      this.#write()
    }
  }

  /** When the store turned out to be behind since that change was asked for, it may have forgotten this one too, and it is written again. */
  #confirm(isr: readonly Replica[], behindCount: number, isrVersion: number): void {
    const { epoch } = this.#options
    this.#storedVersion = isrVersion
    const record = { isr, isrEpoch: epoch, isrVersion }
    this.#state.learnIsr(record, () => {
      if (this.#isClosed) return
      this.#confirmed = record
      this.#proposed = null
      this.#mendedCount = behindCount
      this.#options.onConfirmed()
      if (this.isBehind) this.propose(this.#confirmed.isr)
    })
  }
}

function sameMembers(one: readonly Replica[], other: readonly Replica[]): boolean {
  return one.length === other.length && one.every((member) => other.some((replica) => sameReplica(member, replica)))
}
