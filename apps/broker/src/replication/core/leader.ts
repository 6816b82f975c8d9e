import type { CoreState } from './core-state.ts'
import type { Leadership } from './leadership.ts'
import type { Roles } from './roles.ts'
import type { CoordinatorRecord } from './state.ts'

/** Serves its epoch until somebody shows it that it is over, or it is asked to stop. */
export class Leader {
  readonly name = 'leader'
  readonly leadership: Leadership
  readonly #state: CoreState
  readonly #roles: Roles
  #drainUntilMs = Number.POSITIVE_INFINITY

  constructor(state: CoreState, roles: Roles, leadership: Leadership) {
    this.#state = state
    this.#roles = roles
    this.leadership = leadership
  }

  get epoch(): number {
    return this.leadership.epoch
  }

  enter(): void {
    this.leadership.beginServing()
  }

  leave(reason: string): void {
    this.#state.timers.clear('drain')
    this.leadership.close()
    this.leadership.failWaiting(reason)
  }

  onObserved(record: CoordinatorRecord): void {
    const { self } = this.#state
    if (record.epoch > this.epoch) {
      this.#roles.onLeaseLost(record)
      return
    }
    const isOwn = record.holder?.brokerId === self.brokerId && record.holder.incarnation === self.incarnation
    // It may have been read before this epoch was acquired. What the renewal is answered with settles it.
    if (record.epoch < this.epoch || !isOwn) this.leadership.lease.renew()
  }

  /** Stop: nothing new is taken; what waits gets a third of the time; then the lease is given back. */
  drain(): void {
    const { now, options, timers } = this.#state
    this.#drainUntilMs = now + options.handOverMs / 3
    timers.set('drain', this.#drainUntilMs, () => this.maybeResign())
    this.maybeResign()
  }

  maybeResign(): void {
    if (!this.#state.isStopping) return
    if (this.leadership.waitingCount > 0 && this.#state.now < this.#drainUntilMs) return
    this.#roles.becomeResigned('it stops', this.leadership.successor())
  }
}
