import type { CoreState } from './core-state.ts'
import { awaitedText, type FormingAttempt, initVerdict, whyNotInit } from './forming.ts'
import { maxEpoch, namesOf, sameReplica } from './identity.ts'
import type { CallResult } from './inputs.ts'
import { enteringAll, Leadership } from './leadership.ts'
import { Lease } from './lease.ts'
import type { FetchRequest, FetchResponse, PromiseResponse } from './messages.ts'
import { type Heard, missingVotesText } from './missing-votes.ts'
import type { PartitionReplica } from './partition-replica.ts'
import type { Promiser } from './promiser.ts'
import { type PromisedLogs, Reconciliation } from './reconciliation.ts'
import type { Roles } from './roles.ts'
import type { CoordinatorRecord, PartitionKey } from './state.ts'

export type CandidatePhase = 'acquire' | 'promise' | 'form' | 'reconcile' | 'enter' | 'gather' | 'confirm'

/**
 * One attempt to lead. The phases follow each other, each left by one answer; docs/replication.md has the table. Whatever
 * goes wrong ends the attempt: the lease is released and somebody, perhaps this broker, tries again.
 */
export class Candidate {
  readonly name = 'candidate'
  #phase: CandidatePhase = 'acquire'
  readonly #state: CoreState
  readonly #roles: Roles
  readonly #promiser: Promiser
  readonly #answers = new Map<string, Heard>()
  #epoch = 0
  #before: CoordinatorRecord | null = null
  #lease: Lease | null = null
  #leadership: Leadership | null = null
  #reconciliation: Reconciliation | null = null
  #firstRequestId = 0
  #askedAtMs = 0
  #quorumAtMs: number | null = null
  /** Handed on to the leader: leaving must not close them. */
  #isElected = false
  /** Without a quorum, by the operator's word. */
  #isUnsafe = false
  #isLeft = false

  constructor(state: CoreState, roles: Roles, promiser: Promiser) {
    this.#state = state
    this.#roles = roles
    this.#promiser = promiser
  }

  get epoch(): number {
    return this.#epoch
  }

  get phase(): CandidatePhase {
    return this.#phase
  }

  enter(): void {
    const { rules, highestEpochHeard, options, now } = this.#state
    const minEpoch = rules.minEpochOf(highestEpochHeard, this.#isAllowedUnsafely)
    const replaces = this.#roles.campaign.ownEarlierHolder
    this.#state.call({ type: 'acquire', minEpoch, replaces, leaseMs: options.leaseMs }, (result) =>
      this.#acquired(result, now),
    )
  }

  leave(): void {
    this.#isLeft = true
    this.#state.timers.clear('candidate')
    this.#reconciliation?.close()
    if (this.#isElected) return
    // Before the rest: what is closed releases nothing, and the others would wait for the end of the lease.
    this.#lease?.release()
    this.#leadership?.close()
  }

  // ---- acquire

  #acquired(result: CallResult, sentAtMs: number): void {
    if (result.type === 'acquired') this.#state.hear(result.epoch)
    if (this.#isLeft) {
      if (result.type === 'acquired') this.#state.call({ type: 'release', epoch: result.epoch }, () => {})
      return
    }
    if (result.type === 'refused') {
      this.#roles.onRecord(result.record)
      this.#fail('another broker holds the lease', { isQuiet: true })
    } else if (result.type === 'acquired') {
      this.#hold(result.epoch, result.before, sentAtMs)
    } else {
      const reason = result.type === 'failed' ? result.reason.replace(/\.$/, '') : result.type
      this.#fail(`the coordinator gave no lease. ${reason}`)
    }
  }

  #hold(epoch: number, before: CoordinatorRecord, sentAtMs: number): void {
    const { rules, memberIndex, promisedEpoch } = this.#state
    if (epoch > maxEpoch) {
      this.#state.call({ type: 'release', epoch }, () => {})
      this.#fail(
        `the coordinator gave epoch ${epoch}, and a record batch has room for epochs up to ${maxEpoch}: its record was damaged or ` +
          'written by hand. Delete that record; the brokers go on from the epochs on their own disks',
      )
      return
    }
    if (!rules.ownsEpoch(epoch, memberIndex) || epoch <= promisedEpoch) {
      this.#state.call({ type: 'release', epoch }, () => {})
      this.#fail(`the coordinator gave epoch ${epoch}, which is not this broker's or not above ${promisedEpoch}`)
      return
    }
    this.#epoch = epoch
    this.#before = before
    this.#lease = new Lease({
      state: this.#state,
      epoch,
      sentAtMs,
      isr: () => this.#leadership?.isr.confirmed ?? before,
      onLost: (record) => this.#roles.onLeaseLost(record),
      onStoredIsrOlder: (version) => this.#leadership?.isr.rewrite(version),
    })
    this.#phase = 'promise'
    this.#waitForDisk()
    this.#promiser.promiseSelf(epoch, () => {
      if (!this.#isLeft) this.#askAll()
    })
  }

  /** A disk that stands still must not keep the lease from the others for as long as it does. */
  #waitForDisk(): void {
    const { leaseMs } = this.#state.options
    this.#state.timers.set('candidate', this.#state.now + leaseMs, () =>
      this.#fail(`its disk has not finished in ${leaseMs} ms what must be on it first`),
    )
  }

  // ---- promise

  #askAll(): void {
    this.#answers.clear()
    this.#phase = 'promise'
    this.#askedAtMs = this.#state.now
    this.#quorumAtMs = null
    this.#firstRequestId = this.#state.nextId()
    for (const peer of this.#state.peers) this.#ask(peer)
    this.#decide()
  }

  #ask(peer: string): void {
    const { founders } = this.#state.cluster
    this.#state.send(peer, { type: 'promise-request', requestId: this.#state.nextId(), epoch: this.#epoch, founders })
  }

  onPromiseResponse(response: PromiseResponse): void {
    if (this.#phase !== 'promise' || response.requestId < this.#firstRequestId) return
    const { brokerId } = response.from
    this.#state.hear(response.promisedEpoch)
    if (this.#state.cluster.clusterId === null && response.clusterId !== null) {
      this.#state.knowsOfCluster = true
      this.#fail(
        `this disk is empty, and broker ${brokerId} belongs to cluster ${response.clusterId}; it waits for its leader` +
          (this.#state.options.init ? ', and --init forms no other' : ''),
      )
      return
    }
    if (response.verdict === 'higher') {
      this.#fail(`broker ${brokerId} has promised epoch ${response.promisedEpoch}, above ${this.#epoch}`)
      return
    }
    if (response.promisedEpoch !== this.#epoch) return
    this.#answers.set(brokerId, response)
    this.#decide()
  }

  onUnreachable(brokerId: string, requestId: number): void {
    this.#reconciliation?.onUnreachable(brokerId, requestId)
    if (this.#phase !== 'promise' || requestId < this.#firstRequestId || this.#answers.has(brokerId)) return
    this.#answers.set(brokerId, 'unreachable')
    this.#decide()
  }

  onArriving(brokerId: string, requestId: number): void {
    this.#expectProgress()
    this.#reconciliation?.onArriving(brokerId, requestId)
  }

  onRefused(brokerId: string): void {
    if (this.#phase !== 'promise') return
    this.#answers.set(brokerId, 'refused')
    this.#decide()
  }

  /** May it go on with what was heard so far, wait for more, or is it over? */
  #decide(): void {
    const { rules, options, now, peers } = this.#state
    const answers = this.#promises()
    const waitedMs = now - this.#askedAtMs
    const isLeaseRunning = now < this.#lease!.untilMs
    const forming = { answers, heard: this.#answers, waitedMs, isLeaseRunning, before: this.#before! }
    const onInit = initVerdict(this.#state, forming)
    const byBroker = new Map(answers.map((answer) => [answer.from.brokerId, answer]))
    if (rules.mayForm(options.members.brokerIds, byBroker) || onInit === 'form') {
      this.#form(answers)
      return
    }
    const votes = answers.filter((answer) => rules.countsInQuorum(answer)).length
    const hasAll = peers.every((peer) => this.#answers.has(peer))
    if (votes >= this.#votesNeeded(answers)) {
      this.#quorumAtMs ??= now
      // Whoever is to give up what is missing waits longer for those that may have it.
      const settleMs = this.#isAllowedUnsafely ? options.leaseMs : options.settleMs
      if (hasAll || now - this.#quorumAtMs >= settleMs) this.#reconcile(answers)
      else this.#decideAgain(Math.min(this.#quorumAtMs + settleMs, now + options.settleMs))
      return
    }
    const patienceMs = 3 * options.settleMs
    if (this.#isSurvivor(answers)) {
      if (hasAll || waitedMs >= patienceMs) this.#reconcile(answers)
      else this.#decideAgain(this.#askedAtMs + patienceMs)
      return
    }
    if (this.#mayLeadUnsafely(waitedMs)) {
      this.#isUnsafe = true
      this.#reconcile(answers)
      return
    }
    const longestMs = hasAll ? options.settleMs : Math.max(patienceMs, options.leaseMs / 4)
    const giveUpMs = onInit === 'early' ? options.leaseMs : longestMs
    if (waitedMs < giveUpMs) this.#decideAgain(Math.min(this.#askedAtMs + giveUpMs, now + options.settleMs))
    else if (this.#isAllowedUnsafely) this.#decideAgain(now + options.settleMs)
    else this.#giveUp(votes, forming)
  }

  #giveUp(votes: number, forming: FormingAttempt): void {
    const { now, startedAtMs, options, cluster } = this.#state
    this.#roles.lacksVotes = cluster.membership === 'voter'
    const awaited = awaitedText(this.#state, forming)
    this.#roles.awaitedFounders = awaited
    const missing = missingVotesText(this.#state, { ...forming, votes, needed: this.#votesNeeded(forming.answers) })
    this.#fail([missing, whyNotInit(this.#state, forming) ?? []].flat().join('; '))
    // Brokers are seldom started at one time: only what lasts is for whoever reads standard error.
    if (awaited !== null && now - startedAtMs >= options.leaseMs) this.#state.notice('error', awaited)
  }

  /** Those out of reach are tried again for a lease: they may be starting at this very moment. */
  #mayLeadUnsafely(waitedMs: number): boolean {
    const { rules, options, cluster, peers } = this.#state
    const haveAnswered = peers.every((peer) => typeof (this.#answers.get(peer) ?? '') !== 'string')
    return rules.mayLeadUnsafely(
      this.#isAllowedUnsafely,
      cluster.membership,
      haveAnswered || waitedMs >= options.leaseMs,
    )
  }

  get #isAllowedUnsafely(): boolean {
    return this.#state.options.unsafeRecover && !this.#roles.isUnsafeWordOver
  }

  #decideAgain(at: number): void {
    this.#state.timers.set('candidate', at, () => {
      const { options, peers, now } = this.#state
      for (const peer of peers) {
        const heard = this.#answers.get(peer)
        const isDue = heard === undefined && now - this.#askedAtMs >= 2 * options.settleMs
        if (heard === 'unreachable') this.#answers.delete(peer)
        if (heard === 'unreachable' || isDue) this.#ask(peer)
      }
      this.#decide()
    })
  }

  /** The own answer first, as if it had been asked like the others. */
  #promises(): PromiseResponse[] {
    const { self, cluster, membersHash, isr, partitions, quorum, isStopping } = this.#state
    const own: PromiseResponse = {
      type: 'promise-response',
      from: self,
      clusterId: cluster.clusterId,
      membersHash,
      requestId: 0,
      verdict: cluster.membership === 'voter' ? 'promised' : 'empty',
      promisedEpoch: this.#epoch,
      isr,
      partitions: [...partitions.values()].map((partition) => partition.describe()),
      historyCuts: cluster.historyCuts,
      votesNeeded: quorum.votes,
      isLeaving: isStopping,
    }
    const heard = [...this.#answers.values()].filter((answer) => typeof answer !== 'string')
    return [own, ...heard]
  }

  #votesNeeded(answers: readonly PromiseResponse[]): number {
    const { rules, quorumSize } = this.#state
    return rules.votesNeeded(
      quorumSize,
      answers.filter(({ verdict }) => verdict === 'promised').map(({ votesNeeded }) => votesNeeded),
    )
  }

  #isSurvivor(answers: readonly PromiseResponse[]): boolean {
    const { self, options, rules, cluster, hasFaultyLog, isQuorumSettled } = this.#state
    if (cluster.membership !== 'voter' || hasFaultyLog) return false
    return rules.survivorMayLead({
      self,
      minInsyncReplicas: options.members.minInsyncReplicas,
      before: this.#before!,
      isSettled: isQuorumSettled,
      known: answers.flatMap(({ isr }) => isr ?? []),
    })
  }

  // ---- form

  #form(answers: readonly PromiseResponse[]): void {
    this.#phase = 'form'
    this.#waitForDisk()
    const founders = answers.map(({ from: { brokerId, diskId } }) => ({ brokerId, diskId }))
    const { newClusterId } = this.#state.options
    const absent = this.#state.peers.filter((peer) => !founders.some(({ brokerId }) => brokerId === peer))
    if (absent.length === 0)
      this.#state.notice('info', `All ${founders.length} brokers are empty: they form cluster ${newClusterId}.`)
    else {
      const text = `--init: brokers ${namesOf(founders)} are empty, and ${absent.join(',')} did not answer: they form cluster ${newClusterId} without.`
      this.#state.notice('warn', text)
    }
    this.#state.saveCluster({ clusterId: newClusterId, membership: 'voter', founders }, () => {
      // As founders the others promise the same epoch again, as voters now.
      if (!this.#isLeft) this.#askAll()
    })
  }

  // ---- reconcile

  #reconcile(answers: readonly PromiseResponse[]): void {
    this.#phase = 'reconcile'
    this.#expectProgress()
    const cuts = answers.flatMap(({ historyCuts }) => historyCuts)
    this.#state.learnCuts(cuts, () => {
      if (!this.#isLeft) this.#reconcileLogs(answers)
    })
  }

  /** The lease is not kept from the others while nothing comes: the disk here stands still, or that of whoever has the best log. */
  #expectProgress(): void {
    if (this.#phase !== 'reconcile') return
    const { timers, now, options } = this.#state
    timers.set('candidate', now + options.leaseMs, () =>
      this.#fail(`nothing of the best logs has reached its disk for ${options.leaseMs} ms`),
    )
  }

  #reconcileLogs(answers: readonly PromiseResponse[]): void {
    const logs: PromisedLogs[] = answers.filter(({ verdict }) => verdict === 'promised')
    const reconciliation = new Reconciliation({
      state: this.#state,
      epoch: this.#epoch,
      logs,
      isUnsafe: this.#isAllowedUnsafely,
      onGivenUp: () => {
        this.#isUnsafe = true
      },
      onDone: () => this.#enterEpoch(),
      onFailed: (reason) => this.#fail(reason),
    })
    const { furthest, offsetsBehind } = reconciliation
    const { maxOffsetsBehind } = this.#state.options
    if (furthest !== null && offsetsBehind > maxOffsetsBehind && this.#roles.mayGiveWayTo(furthest)) {
      this.#state.send(furthest, { type: 'take-over', epoch: this.#epoch })
      this.#fail(`it is ${offsetsBehind} offsets behind broker ${furthest}, which leads sooner`)
      return
    }
    this.#reconciliation = reconciliation
    reconciliation.start()
  }

  // ---- enter

  #enterEpoch(): void {
    this.#phase = 'enter'
    this.#waitForDisk()
    const entering = enteringAll(this.#state.partitions.values(), this.#epoch)
    const enter = () => {
      if (this.#isLeft) return
      this.#state.saveEntered(entering, () => {
        if (!this.#isLeft) this.#gather()
      })
    }
    if (this.#isUnsafe) this.#cutHistory(enter)
    else enter()
  }

  /**
   * On record before anything is written behind it. The cut is not where this log ends but how far it is known to be committed:
   * what lies between may be a tail of its own, where others have what was acknowledged.
   */
  #cutHistory(then: () => void): void {
    const epoch = this.#epoch
    const partitions = [...this.#state.partitions.values()]
    const cuts = partitions.map(({ key, highWatermark }) => ({ key, epoch, offset: highWatermark }))
    const kept = partitions.map(
      ({ key, highWatermark, endOffset }) =>
        `${this.#state.nameOf(key)} ${highWatermark} (its log ends at ${endOffset})`,
    )
    const silent = this.#state.peers.filter((peer) => typeof (this.#answers.get(peer) ?? '') === 'string')
    this.#state.notice(
      'error',
      `UNSAFE RECOVERY: broker ${this.#state.self.brokerId} leads epoch ${epoch} by its operator's word alone. What only ` +
        `${silent.join(',') || 'disks that were lost'} had is given up. Records acknowledged before are there for certain below ` +
        `${kept.join(', ')}.`,
    )
    this.#roles.isUnsafeWordOver = true
    this.#state.learnCuts(cuts, then)
  }

  // ---- gather

  #gather(): void {
    this.#phase = 'gather'
    this.#leadership = new Leadership({
      state: this.#state,
      epoch: this.#epoch,
      lease: this.#lease!,
      before: this.#before!,
      onIsrConfirmed: () => this.#confirmed(),
      onLost: (record) => this.#roles.onLeaseLost(record),
      onHigherEpoch: (epoch) => this.#roles.onHigherEpoch(epoch, 'a follower'),
      onProgress: () => this.#maybeConfirm(false),
      onDiskStandsStill: () => this.#roles.onDiskStandsStill(),
      onUnreached: (brokerIds) => this.#roles.onUnreached(brokerIds),
    })
    const { timers, now, options, partitions } = this.#state
    // Opened while the others were being entered.
    for (const partition of partitions.values())
      if (partition.enteredEpoch !== this.#epoch) this.#leadership.addPartition(partition)
    timers.set('candidate', now + options.gatherMs, () => this.#maybeConfirm(true))
    this.#maybeConfirm(false)
  }

  #maybeConfirm(isDue: boolean): void {
    if (this.#phase !== 'gather') return
    const entered = this.#leadership!.enteredEverywhere()
    const awaited = this.#promises().filter(({ verdict, isLeaving }) => verdict === 'promised' && !isLeaving)
    const hasAll = awaited.every(({ from }) => entered.some((replica) => sameReplica(replica, from)))
    if (!isDue && !hasAll) return
    this.#phase = 'confirm'
    this.#state.timers.clear('candidate')
    this.#leadership!.isr.propose(entered)
  }

  // ---- confirm

  #confirmed(): void {
    if (this.#phase !== 'confirm' || this.#isElected) return
    this.#isElected = true
    this.#roles.becomeLeader(this.#leadership!)
  }

  #fail(reason: string, { isQuiet = false } = {}): void {
    if (this.#isLeft) return
    this.#roles.onCandidacyFailed(reason, isQuiet)
  }

  // ---- what else may come

  onFetchRequest(request: FetchRequest): boolean {
    if (this.#leadership === null) return false
    this.#leadership.onFetchRequest(request)
    return true
  }

  onFetchResponse(response: FetchResponse): void {
    this.#expectProgress()
    this.#reconciliation?.onFetchResponse(response)
  }

  onPartitionAdded(partition: PartitionReplica): void {
    this.#expectProgress()
    this.#reconciliation?.onPartitionAdded(partition.key)
    this.#leadership?.addPartition(partition)
  }

  onPartitionRemoved(key: PartitionKey): void {
    this.#reconciliation?.onPartitionRemoved(key)
    this.#leadership?.onPartitionRemoved(key)
  }

  onWritten(): void {
    this.#expectProgress()
    this.#reconciliation?.onWritten()
  }

  onReplicateRefused(key: PartitionKey, reason: string): void {
    this.#reconciliation?.onReplicateRefused(key, reason)
  }
}
