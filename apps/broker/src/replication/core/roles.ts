import { Campaign } from './campaign.ts'
import { Candidate } from './candidate.ts'
import type { CoreState } from './core-state.ts'
import { Follower } from './follower.ts'
import type { Identity } from './identity.ts'
import type { Input } from './inputs.ts'
import { Leader } from './leader.ts'
import type { Leadership } from './leadership.ts'
import type { RoleName } from './outputs.ts'
import { Promiser } from './promiser.ts'
import type { CoordinatorRecord } from './state.ts'

/** Knows nobody it may follow: at the start, after a demotion, and between a promise and the promised one's announcement. */
export interface Unattached {
  readonly name: 'unattached'
}

/** Has stopped, and stays up as a voter until its successor serves. */
export interface Resigned {
  readonly name: 'resigned'
}

/** A broken invariant or a dead disk: takes part in nothing any more. */
export interface Halted {
  readonly name: 'halted'
}

export type Role = Unattached | Follower | Candidate | Leader | Resigned | Halted

/**
 * The role of this broker, and every change of it:
 *
 *     unattached, follower -> candidate    the campaign: nobody holds the lease any more; or `take-over`
 *     unattached, candidate -> follower    the announcement of the promised candidate
 *     candidate -> leader                  its own ISR proposal is confirmed
 *     candidate -> unattached              refused, outbid, too few votes, a log failed
 *     leader -> candidate                  outbid, or its record is gone, and nobody else holds the lease: at once
 *     leader -> unattached                 another holds the lease; a promise to another; a log failed; its disk stands still;
 *                                          the others answer it and do not reach it
 *     follower -> unattached               a promise to another; the leader denies it or is silent for a lease
 *     any -> resigned                      `stop`, when drained (leader), taken out of the ISR (follower), or late
 *     any -> halted                        a broken invariant, a small file that cannot be saved
 *
 * The `become…` functions are the only places that do it.
 */
export class Roles {
  readonly campaign: Campaign
  readonly promiser: Promiser
  readonly #state: CoreState
  #current: Role = { name: 'unattached' }
  /** Why the last attempt to lead failed. */
  #lastFailure: string | null = null
  #gaveWayTo: string | null = null
  #isStopped = false
  /** The last attempt failed for want of votes alone. */
  lacksVotes = false
  /** What a new cluster waits for: the last attempt failed on an empty disk, and nobody that answered knew of one. */
  awaitedFounders: string | null = null
  /** The operator's word was good for one time, and until there is a leader all the same. */
  isUnsafeWordOver = false

  constructor(state: CoreState) {
    this.#state = state
    this.campaign = new Campaign(state, this)
    this.promiser = new Promiser(state, this)
  }

  get current(): Role {
    return this.#current
  }

  get lastFailure(): string | null {
    return this.#lastFailure
  }

  /** The epoch this broker leads, follows or stands for; the promised one otherwise. */
  get epoch(): number {
    const role = this.#current
    return 'epoch' in role && role.epoch > 0 ? role.epoch : this.#state.promisedEpoch
  }

  isFollowing(epoch: number): boolean {
    return this.#current.name === 'follower' && this.#current.epoch === epoch
  }

  // ---- changes of the role

  becomeUnattached(reason: string): void {
    if (this.#current.name === 'resigned' || this.#current.name === 'halted') return
    this.#change({ name: 'unattached' }, reason)
    this.campaign.reschedule()
    this.#maybeFinishStop()
  }

  becomeFollower(leader: Identity, epoch: number): void {
    this.lacksVotes = false
    this.isUnsafeWordOver = true
    if (this.#current.name === 'resigned' || this.#current.name === 'halted') return
    const follower = new Follower(this.#state, this, leader, epoch)
    this.#lastFailure = null
    this.#change(follower, `broker ${leader.brokerId} leads`)
    follower.enter()
    this.campaign.onSuccess()
    this.campaign.reschedule()
  }

  becomeCandidate(reason: string): void {
    const candidate = new Candidate(this.#state, this, this.promiser)
    this.#change(candidate, reason)
    candidate.enter()
  }

  becomeLeader(leadership: Leadership): void {
    const leader = new Leader(this.#state, this, leadership)
    this.#lastFailure = null
    this.lacksVotes = false
    this.isUnsafeWordOver = true
    this.#gaveWayTo = null
    this.campaign.onSuccess()
    this.#change(leader, 'its ISR is confirmed')
    leader.enter()
  }

  becomeResigned(reason: string, successor: string | null): void {
    const role = this.#current
    const epoch = this.epoch
    const { options, now, timers } = this.#state
    this.#change({ name: 'resigned' }, reason)
    timers.set('stop', now + options.handOverMs, () => this.#stopped())
    if (role.name !== 'leader') {
      this.#stopped()
      return
    }
    this.#state.call({ type: 'release', epoch }, () => {
      if (successor === null) this.#stopped()
      else this.#state.send(successor, { type: 'take-over', epoch })
    })
  }

  halt(reason: string): void {
    if (this.#current.name === 'halted') return
    this.#state.notice('error', reason)
    this.#change({ name: 'halted' }, reason)
    this.#lastFailure = reason
  }

  #change(next: Role, reason: string): void {
    const before = this.#current
    this.#current = next
    // Leaving answers and releases; whoever looks at the role meanwhile sees the new one.
    if (before.name === 'leader' || before.name === 'follower' || before.name === 'candidate') before.leave(reason)
    if (before.name === next.name && next.name === 'unattached') return
    const role: RoleName = next.name
    this.#state.emit({ type: 'role-changed', role, epoch: this.epoch, reason })
  }

  // ---- what ends a role

  /** The coordinator says that the lease of this epoch is another's, or nobody's. */
  onLeaseLost(record: CoordinatorRecord): void {
    this.#state.hear(record.epoch)
    this.onRecord(record)
    const { self } = this.#state
    const isFree = record.holder === null || record.holder.brokerId === self.brokerId || record.leaseRemainingMs <= 0
    this.#endLeading(`the lease of epoch ${this.epoch} is lost: the record is at epoch ${record.epoch}`, isFree)
  }

  /** Of a request: that it stays without an answer, or that its answer is on its way. */
  onAnswerTold({ type, brokerId, requestId }: Extract<Input, { type: 'unreachable' | 'arriving' }>): void {
    const { current } = this
    if (current.name === 'follower') {
      if (type === 'arriving') current.onArriving(requestId)
      else current.onUnreachable(requestId)
    } else if (current.name === 'candidate') {
      if (type === 'arriving') current.onArriving(brokerId, requestId)
      else current.onUnreachable(brokerId, requestId)
    }
  }

  /** ◆14 Somebody has promised above the epoch this broker leads or stands for. */
  onHigherEpoch(epoch: number, source: string): void {
    this.#state.hear(epoch)
    if (epoch <= this.epoch) return
    this.#endLeading(`${source} names epoch ${epoch}, above ${this.epoch}`, true)
  }

  #endLeading(reason: string, mayTryAgain: boolean): void {
    const { name } = this.#current
    if (name === 'candidate') {
      this.onCandidacyFailed(reason)
    } else if (name === 'leader') {
      const { isStopping } = this.#state
      if (mayTryAgain && !isStopping) this.becomeCandidate(reason)
      else this.becomeUnattached(reason)
    }
  }

  onCandidacyFailed(reason: string, isQuiet = false): void {
    this.#lastFailure = this.#whyNotLeading(reason)
    // That another was sooner is no trouble, and the change of the role says it.
    if (!isQuiet) this.#state.notice('warn', this.#lastFailure)
    this.campaign.onFailure()
    this.becomeUnattached(reason)
  }

  /** A record came, observed or as the answer to a call. */
  onRecord(record: CoordinatorRecord): void {
    this.#state.observed = { record, isConnected: true, atMs: this.#state.now }
    this.campaign.onObserved(record)
  }

  /** Once only: a broker that is far ahead and does not lead all the same must not be waited for. */
  mayGiveWayTo(brokerId: string): boolean {
    const may = this.#gaveWayTo !== brokerId
    this.#gaveWayTo = brokerId
    return may
  }

  onLogFailed(key: string, reason: string): void {
    const role = this.#current
    const text = `the log of ${this.#state.logNameOf(key)} failed: ${reason}`
    if (role.name === 'leader') {
      role.leadership.lease.release()
      this.becomeUnattached(text)
    } else if (role.name === 'candidate') this.onCandidacyFailed(text)
    else if (role.name === 'follower') role.announceLeaving()
  }

  /** Its disk has what it was given as soon as it may be, or never: until then this broker does not try to lead either. */
  onDiskStandsStill(): void {
    const role = this.#current
    if (role.name !== 'leader') return
    const successor = role.leadership.successor()
    this.#state.isDiskStill = true
    this.#giveUpLeading(
      `its disk has not finished in ${this.#state.options.replicaLagMaxMs} ms what the others have on theirs`,
      () => {
        if (successor !== null) this.#state.send(successor, { type: 'take-over', epoch: role.epoch })
      },
    )
  }

  /** The others are left to it for a while: this broker could win again, and nobody would follow it again. */
  onUnreached(brokerIds: readonly string[]): void {
    if (this.#current.name !== 'leader') return
    this.campaign.rest()
    this.#giveUpLeading(
      `brokers ${brokerIds.join(',')} answer it and have not reached it for ${this.#state.options.replicaLagMaxMs} ms; see that ` +
        'its URL in their --peers is right, and that no firewall keeps them from it',
    )
  }

  /** Some reasons are sentences of their own. */
  #whyNotLeading(reason: string): string {
    return `Broker ${this.#state.self.brokerId} cannot lead: ${reason}${reason.endsWith('.') ? '' : '.'}`
  }

  #giveUpLeading(reason: string, then: () => void = () => {}): void {
    const { epoch } = this
    this.#lastFailure = this.#whyNotLeading(reason)
    this.#state.notice('error', `${this.#lastFailure} It gives the lead up.`)
    this.becomeUnattached(reason)
    this.#state.call({ type: 'release', epoch }, then)
  }

  /** Something was written. */
  onDiskMoves(): void {
    if (!this.#state.isDiskStill || this.#state.hasUnsynced) return
    this.#state.isDiskStill = false
    this.#state.notice('info', 'The disk has finished what it was given.')
    this.campaign.reschedule()
  }

  /** In sync again with new copies of the logs that had been damaged. */
  restoreLogs(): void {
    const { partitions, cluster } = this.#state
    const restored = [...partitions.values()].filter(
      ({ isFaulty, failure, enteredEpoch }) => isFaulty && failure === null && enteredEpoch === this.epoch,
    )
    if (restored.length === 0) return
    for (const partition of restored) partition.isFaulty = false
    const keys = restored.map(({ key }) => key)
    this.#state.saveCluster({ faulty: cluster.faulty.filter((key) => !keys.includes(key)) }, () => {
      for (const key of keys) this.#state.emit({ type: 'partition-restored', key })
    })
  }

  // ---- stopping

  stop(): void {
    if (this.#state.isStopping) return
    this.#state.isStopping = true
    const role = this.#current
    this.campaign.reschedule()
    if (role.name === 'leader') role.drain()
    else if (role.name === 'follower') {
      const { timers, now, options } = this.#state
      role.announceLeaving()
      timers.set('leaving', now + options.handOverMs, () => this.#maybeFinishStop(true))
    } else this.#maybeFinishStop()
  }

  onLeft(epoch: number): void {
    if (this.isFollowing(epoch)) this.#maybeFinishStop(true)
  }

  onWaitingChanged(): void {
    if (this.#state.isStopping && this.#current.name === 'leader') this.#current.maybeResign()
  }

  /** The successor serves: nobody needs this vote any more. */
  onSuccessor(): void {
    if (this.#current.name === 'resigned') this.#stopped()
  }

  #maybeFinishStop(isReady = false): void {
    if (!this.#state.isStopping) return
    const { name } = this.#current
    if (name === 'unattached' || name === 'candidate' || (name === 'follower' && isReady)) {
      this.becomeResigned('it stops', null)
    }
  }

  #stopped(): void {
    this.#state.timers.clear('stop')
    if (this.#isStopped) return
    this.#isStopped = true
    this.#state.emit({ type: 'stopped' })
  }
}
