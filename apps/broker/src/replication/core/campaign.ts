import type { CoreState } from './core-state.ts'
import type { Roles } from './roles.ts'
import { servedForMs } from './rules/commit-rules.ts'
import type { CoordinatorRecord } from './state.ts'

/** So long a leader that gave up for the others' sake leaves it to them. */
const restLeases = 4

/**
 * When to try to lead. It only has to be about right: the coordinator decides whether an attempt gets the lease, and the
 * promises whether it leads.
 *
 * - The lease of another runs: when it lapses, plus a little chance, so that not all ask at once.
 * - It was released, or is held by an earlier run of this very disk: at once.
 * - The coordinator has forgotten what this broker knows: after one lease, which the leader is given to come back first. Once only, until somebody
 *   leads again: who hears meanwhile of an epoch that is higher still learns of the same leader, which had that lease.
 * - A follower whose leader still serves does not try, though its lease lapsed: the coordinator may just have come back.
 * - After a failed attempt: later each time, by chance, and half a lease at most.
 * - At a cold start whoever is configured to lead is first.
 */
export class Campaign {
  readonly #state: CoreState
  readonly #roles: Roles
  #notBefore: number
  #failures = 0
  #jitter = 0
  #hasForgotten = false
  /** Since when it is known that the coordinator had forgotten something, if nobody has led since; null: it is not. */
  #forgottenSince: number | null = null
  #assumed: { readonly epoch: number; readonly untilMs: number } | null = null

  constructor(state: CoreState, roles: Roles) {
    this.#state = state
    this.#roles = roles
    const { prefersLeading, leaseMs } = state.options
    const isFirst = prefersLeading || state.peers.length === 0
    this.#notBefore = state.now + (isFirst ? 0 : Math.min(leaseMs / 2, 1_000))
  }

  onObserved(record: CoordinatorRecord | null): void {
    const { options, now, highestEpochHeard, peers } = this.#state
    this.#jitter = options.random() * Math.min(options.leaseMs / 20, 100)
    // A lone broker's coordinator remembers nothing from one run to the next, and there is no leader to wait for.
    this.#hasForgotten = peers.length > 0 && (record?.epoch ?? 0) < highestEpochHeard
    const { name } = this.#roles.current
    if (this.#hasForgotten) this.#forgottenSince ??= now
    else if (name === 'follower' || name === 'leader') this.#forgottenSince = null
    if (this.#failures === 0 && isOwnEarlier(record, this.#state)) this.#notBefore = Math.min(this.#notBefore, now)
    if (this.#assumed !== null && record !== null && record.epoch >= this.#assumed.epoch) this.#assumed = null
    this.reschedule()
  }

  /**
   * The holder, when that is an earlier run of this very disk. Its lease says nothing any more: it is dead, or this run could
   * not have opened the disk.
   */
  get ownEarlierHolder(): string | null {
    const { record } = this.#state.observed
    return isOwnEarlier(record, this.#state) ? record!.holder!.incarnation : null
  }

  /** A candidate asked for a promise: it holds the lease, though no observation says so yet. */
  assumeHolder(epoch: number): void {
    this.#assumed = { epoch, untilMs: this.#state.now + this.#state.options.leaseMs }
  }

  /** The leader of that epoch has released in this broker's favour. The word may come late: another may lead by now, and be followed. */
  takeOver(epoch: number): void {
    if (!this.#mayTry() || epoch < this.#roles.epoch) return
    this.#assumed = null
    this.#notBefore = this.#state.now
    this.#roles.becomeCandidate('the leader handed over')
  }

  onFailure(): void {
    const { options, now } = this.#state
    // Once there is a quorum again, all that waits for it is this.
    const meanMs = Math.min(options.leaseMs / 3, 50 * 2 ** this.#failures)
    this.#failures++
    this.#notBefore = now + meanMs / 2 + options.random() * meanMs
  }

  /** Another is to lead, if there is one. */
  rest(): void {
    const { options, now } = this.#state
    this.#notBefore = now + restLeases * options.leaseMs
    this.reschedule()
  }

  /** It follows, or leads. */
  onSuccess(): void {
    this.#failures = 0
    this.#forgottenSince = this.#hasForgotten ? this.#state.now : null
  }

  reschedule(): void {
    const { timers } = this.#state
    const at = this.#mayTry() ? this.#earliest() : Number.POSITIVE_INFINITY
    if (at === Number.POSITIVE_INFINITY) timers.clear('campaign')
    else timers.set('campaign', at, () => this.#try())
  }

  #try(): void {
    if (!this.#mayTry()) return
    // What was heard since the timer was set may have moved it.
    if (this.#earliest() > this.#state.now) this.reschedule()
    else this.#roles.becomeCandidate('nobody holds the lease')
  }

  #mayTry(): boolean {
    const { isStopping, isDiskStill, cluster, hasFaultyLog, knowsOfCluster, rules } = this.#state
    if (isStopping || isDiskStill || !rules.mayLead(cluster, hasFaultyLog, knowsOfCluster)) return false
    const { name } = this.#roles.current
    return name === 'unattached' || name === 'follower'
  }

  #earliest(): number {
    const { observed, options } = this.#state
    if (!observed.isConnected) return Number.POSITIVE_INFINITY
    const { record, atMs } = observed
    let at = this.#notBefore
    if (this.#assumed !== null) at = Math.max(at, this.#assumed.untilMs)
    if (this.#hasForgotten && this.#forgottenSince !== null) at = Math.max(at, this.#forgottenSince + options.leaseMs)
    // It was given back, or dies with its holder's earlier run: nobody serves under it.
    if (record !== null && (record.holder === null || isOwnEarlier(record, this.#state))) return at
    if (record !== null) at = Math.max(at, atMs + Math.max(0, record.leaseRemainingMs) + this.#jitter)
    const { current } = this.#roles
    return current.name === 'follower' ? Math.max(at, current.servedAtMs + servedForMs(options.leaseMs)) : at
  }
}

function isOwnEarlier(record: CoordinatorRecord | null, { self, options }: CoreState): boolean {
  const { holder } = record ?? { holder: null }
  return holder?.brokerId === self.brokerId && options.earlierIncarnations.includes(holder.incarnation)
}
