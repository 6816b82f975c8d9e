import type { CoreState } from './core-state.ts'
import { isNewcomer } from './forming.ts'
import { sameIdentity } from './identity.ts'
import { assertInvariant } from './invariants.ts'
import type { Announce, FetchRequest, FetchResult, PromisedPartition, PromiseRequest } from './messages.ts'
import type { ReadEntry } from './outputs.ts'
import { sendPlainAnswer } from './plain-answer.ts'
import type { Roles } from './roles.ts'
import type { PartitionKey, PromiseState } from './state.ts'

const nothing = new Uint8Array()

interface Answered {
  readonly endOffset: number
  readonly cuts: number
}

/**
 * Takes promises, answers them, and lets the candidate it promised read its logs. What a promise binds is in
 * rules/promise-rules.ts; here is only the order: stop what is older, finish and sync its writes, save, answer.
 */
export class Promiser {
  readonly #state: CoreState
  readonly #roles: Roles
  #request: PromiseRequest | null = null
  #leader: Announce | null = null
  #own: (() => void) | null = null
  /** The cluster file is on its way to the disk: what hangs on it, and whatever comes meanwhile, waits. */
  #isAdopting = false
  #hasNotedOtherDisk = false
  #answered: ReadonlyMap<PartitionKey, Answered> = new Map()

  constructor(state: CoreState, roles: Roles) {
    this.#state = state
    this.#roles = roles
  }

  onPromiseRequest(request: PromiseRequest): void {
    const { rules, promise } = this.#state
    this.#state.hear(request.epoch)
    this.#noteOtherDisk(request)
    // An empty candidate that meets a cluster must not lead it; it learns that from the cluster id of this answer.
    const isStranger = request.clusterId === null && this.#state.cluster.clusterId !== null
    if (isStranger || rules.verdictOnPromise(promise, request.epoch, request.from) === 'higher') {
      this.#refuse(request)
      return
    }
    this.#take({ epoch: request.epoch, candidate: request.from })
    this.#request = request
    this.#leader = null
    this.#roles.campaign.assumeHolder(request.epoch)
    this.settle()
  }

  /** All brokers together found a cluster: one that is empty and no founder had another disk there, or another folder. */
  #noteOtherDisk({ from, clusterId, founders }: PromiseRequest | Announce): void {
    const { self, cluster, rules } = this.#state
    if (this.#hasNotedOtherDisk || clusterId === null || cluster.clusterId !== null) return
    if (rules.isFounder(self, founders)) return
    this.#hasNotedOtherDisk = true
    if (isNewcomer(founders, self.brokerId)) {
      const text = `Cluster ${clusterId} was formed without broker ${self.brokerId}, says broker ${from.brokerId}. This disk has no vote until a leader has filled it.`
      this.#state.notice('info', text)
      return
    }
    this.#state.notice(
      'error',
      `This disk is empty, and broker ${self.brokerId} had another one in cluster ${clusterId}, says broker ${from.brokerId}. It has no ` +
        'vote until a leader has filled it. If it should not be empty, stop this broker and correct --data-dir.',
    )
  }

  /** A leader that this broker was never asked about: promise it first, follow then. */
  onAnnounce(announce: Announce): void {
    const { rules, promise, promisedEpoch } = this.#state
    this.#state.hear(announce.epoch)
    this.#noteOtherDisk(announce)
    if (this.#state.isStopping) return
    if (rules.isBelowPromise(announce.epoch, promisedEpoch)) {
      this.#state.send(announce.from.brokerId, { type: 'higher-promise', epoch: promisedEpoch })
      return
    }
    if (rules.verdictOnPromise(promise, announce.epoch, announce.from) === 'higher') return
    if (this.#roles.isFollowing(announce.epoch)) return
    this.#leader = announce
    this.#request = null
    if (rules.mayFetchFrom({ promise, isSaved: this.#state.isPromiseSaved }, announce.from, announce.epoch)) {
      this.settle()
      return
    }
    this.#take({ epoch: announce.epoch, candidate: announce.from })
    this.settle()
  }

  /** The candidate's own promise comes first: without it, it would be bound by less than those it asks. */
  promiseSelf(epoch: number, then: () => void): void {
    this.#request = null
    this.#leader = null
    this.#own = then
    this.#save({ epoch, candidate: this.#state.self })
  }

  /** Stops everything older at once. */
  #take(promise: PromiseState): void {
    const held = this.#state.promise
    if (held !== null && held.epoch === promise.epoch && sameIdentity(held.candidate, promise.candidate)) return
    this.#own = null
    this.#roles.becomeUnattached(`promised epoch ${promise.epoch} to broker ${promise.candidate.brokerId}`)
    this.#save(promise)
  }

  #save(promise: PromiseState): void {
    const state = this.#state
    assertInvariant(
      promise.epoch > state.promisedEpoch,
      'I2',
      () => `epoch ${promise.epoch} would be promised to ${promise.candidate.brokerId} after ${state.promisedEpoch}`,
    )
    state.promise = promise
    state.isPromiseSaved = false
    this.#answered = new Map()
    state.emit({ type: 'fence', epoch: state.rules.fenceOf(promise) })
    state.savePromise(() => {
      if (state.promise === promise) state.isPromiseSaved = true
    })
  }

  /** Called whenever a write has finished: answers, or follows, once nothing is in the way any more. */
  settle(): void {
    if (this.#isAdopting || !this.#hasAny) return
    const { rules, promise, isVoteSaved, partitions } = this.#state
    const finished = rules.writesAreFinished(partitions.values())
    if (!rules.mayAnswerPromise({ promise, isSaved: isVoteSaved }, finished)) return
    const request = this.#request
    const leader = this.#leader
    const own = this.#own
    this.#request = null
    this.#leader = null
    this.#own = null
    if (own !== null) own()
    else if (request !== null) this.#adopt(request, () => this.#answer(request))
    else if (leader !== null) this.#adopt(leader, () => this.#follow(leader))
  }

  get #hasAny(): boolean {
    return this.#request !== null || this.#leader !== null || this.#own !== null
  }

  /** An empty disk takes the cluster of whom it promised: as a voter when it founded it, else on probation. */
  #adopt(message: PromiseRequest | Announce, then: () => void): void {
    const { cluster, self, rules } = this.#state
    if (cluster.membership === 'voter' || message.clusterId === null) {
      then()
      return
    }
    const membership = rules.isFounder(self, message.founders) ? 'voter' : 'joining'
    if (membership === 'joining' && (cluster.membership === 'joining' || message.type === 'promise-request')) {
      then()
      return
    }
    this.#isAdopting = true
    this.#state.saveCluster({ clusterId: message.clusterId, membership, founders: message.founders }, () => {
      this.#isAdopting = false
      // Else a later request or announcement has taken its place.
      if (!this.#hasAny && this.#state.promise?.epoch === message.epoch) then()
    })
  }

  #answer({ from, requestId, epoch }: PromiseRequest): void {
    const state = this.#state
    assertInvariant(
      // A faulty log has no vote, and is read by no candidate: what is on its way into it is not waited for.
      state.isVoteSaved && [...state.partitions.values()].every(({ isAtRest, isFaulty }) => isAtRest || isFaulty),
      'I1',
      () => `the promise of epoch ${epoch} would be answered before it and all older writes are on disk`,
    )
    const partitions: PromisedPartition[] = []
    const answered = new Map<PartitionKey, Answered>()
    for (const partition of state.partitions.values()) {
      partitions.push(partition.describe())
      answered.set(partition.key, { endOffset: partition.syncedEndOffset, cuts: partition.cuts })
    }
    this.#answered = answered
    state.send(from.brokerId, {
      type: 'promise-response',
      requestId,
      verdict: state.cluster.membership === 'voter' ? 'promised' : 'empty',
      promisedEpoch: epoch,
      isr: state.isr,
      partitions,
      historyCuts: state.cluster.historyCuts,
      votesNeeded: state.quorum.votes,
      isLeaving: state.isStopping,
    })
  }

  #refuse({ from, requestId }: PromiseRequest): void {
    const { promisedEpoch, isr, quorum, isStopping } = this.#state
    this.#state.send(from.brokerId, {
      type: 'promise-response',
      requestId,
      verdict: 'higher',
      promisedEpoch,
      isr,
      partitions: [],
      historyCuts: [],
      votesNeeded: quorum.votes,
      isLeaving: isStopping,
    })
  }

  #follow(announce: Announce): void {
    if (this.#state.isStopping) return
    this.#roles.becomeFollower(announce.from, announce.epoch)
  }

  /** The candidate reads; answered at once with what is there. */
  onReconcileFetch(request: FetchRequest): void {
    const results: FetchResult[] = []
    const entries: ReadEntry[] = []
    for (const position of request.positions) {
      const partition = this.#state.partitions.get(position.key)
      if (partition === undefined) {
        results.push({ key: position.key, type: 'unknown' })
      } else if (!this.#mayRead(request, position.key)) {
        sendPlainAnswer(this.#state, request, 'not-leader')
        return
      } else {
        const divergence = this.#state.rules.divergenceAt(partition, position)
        if (divergence !== null) results.push({ key: position.key, ...divergence })
        else if (position.endOffset === partition.syncedEndOffset)
          results.push(this.#batches(position.key, nothing, position.endOffset))
        else entries.push({ key: position.key, offset: position.endOffset, endOffset: partition.syncedEndOffset })
      }
    }
    if (entries.length === 0) {
      sendPlainAnswer(this.#state, request, 'ok', results)
      return
    }
    this.#state.read(entries, request.maxBytes, (reads) => {
      // The disk took its time: only what still stands as it was answered may go out.
      if (!entries.every(({ key }) => this.#mayRead(request, key))) {
        sendPlainAnswer(this.#state, request, 'not-leader')
        return
      }
      for (const { key, batches, baseOffset } of reads) results.push(this.#batches(key, batches, baseOffset))
      sendPlainAnswer(this.#state, request, 'ok', results)
    })
  }

  #mayRead(request: FetchRequest, key: PartitionKey): boolean {
    const { rules, promise, isPromiseSaved, partitions } = this.#state
    const partition = partitions.get(key)
    const answered = this.#answered.get(key)
    const hasChangedSinceAnswer =
      partition === undefined ||
      answered === undefined ||
      partition.cuts !== answered.cuts ||
      partition.syncedEndOffset < answered.endOffset
    const isFaulty = partition?.isFaulty ?? true
    return rules.mayAnswerReconcile({ promise, isSaved: isPromiseSaved }, request.from, request.epoch, {
      isFaulty,
      hasChangedSinceAnswer,
    })
  }

  #batches(key: PartitionKey, batches: Uint8Array, baseOffset: number): FetchResult {
    const { highWatermark, logStartOffset, syncedEndOffset } = this.#state.partitions.get(key)!
    // Only a leader has a start offset to enter at.
    return {
      key,
      type: 'batches',
      batches,
      baseOffset,
      highWatermark,
      logStartOffset,
      endOffset: syncedEndOffset,
      startOffset: 0,
    }
  }
}
