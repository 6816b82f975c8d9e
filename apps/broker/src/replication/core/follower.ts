import type { CoreState } from './core-state.ts'
import { Fetcher } from './fetcher.ts'
import { type Identity, sameIdentity } from './identity.ts'
import { assertInvariant } from './invariants.ts'
import type { FetchResponse } from './messages.ts'
import type { PartitionReplica } from './partition-replica.ts'
import type { Roles } from './roles.ts'
import type { EnteredEpoch, PartitionKey } from './state.ts'

/**
 * Follows the leader it has promised: fetches, matches, appends, enters the epoch partition by partition, and takes over
 * the leader's high watermark as far as its own disk has the records.
 */
export class Follower {
  readonly name = 'follower'
  readonly leader: Identity
  readonly epoch: number
  /** When the leader last said that it serves. */
  servedAtMs: number
  isInSync = false
  readonly #state: CoreState
  readonly #roles: Roles
  readonly #fetcher: Fetcher
  #heardAtMs: number

  constructor(state: CoreState, roles: Roles, leader: Identity, epoch: number) {
    const { promise, isPromiseSaved } = state
    assertInvariant(
      isPromiseSaved && promise?.epoch === epoch && sameIdentity(promise.candidate, leader),
      'I8',
      () => `broker ${leader.brokerId} would be followed at epoch ${epoch} without that promise on disk`,
    )
    this.#state = state
    this.#roles = roles
    this.leader = leader
    this.epoch = epoch
    this.servedAtMs = state.now
    this.#heardAtMs = state.now
    this.#fetcher = new Fetcher({
      state,
      source: leader,
      epoch,
      purpose: 'follow',
      keys: () => state.partitions.keys(),
      onSettled: (response) => this.#onSettled(response),
      onRefused: () => roles.becomeUnattached(`broker ${leader.brokerId} does not lead at epoch ${epoch}`),
      onBroken: (reason) => roles.halt(reason),
      onUnreachable: () => this.#onUnreachable(),
    })
  }

  /** When the leader answered last, or a part of its answer came. */
  get heardAtMs(): number {
    return this.#heardAtMs
  }

  enter(): void {
    this.#fetcher.fetch()
    this.#watch()
  }

  leave(): void {
    this.#fetcher.close()
    this.#state.timers.clear('leader silence')
    this.#state.timers.clear('leaving')
  }

  onFetchResponse(response: FetchResponse): void {
    if (response.from.brokerId !== this.leader.brokerId || response.epoch !== this.epoch) return
    this.#heardAtMs = this.#state.now
    if (response.isServing) this.servedAtMs = this.#state.now
    this.#fetcher.onResponse(response)
  }

  onUnreachable(requestId: number): void {
    this.#fetcher.onUnreachable(requestId)
  }

  onArriving(requestId: number): void {
    if (this.#fetcher.onArriving(requestId)) this.#heardAtMs = this.#state.now
  }

  onPartitionAdded(): void {
    this.#fetcher.interrupt()
  }

  onWritten(): void {
    this.#fetcher.onWritten()
  }

  onReplicateRefused(key: PartitionKey, reason: string): void {
    this.#fetcher.onReplicateRefused(key, reason)
  }

  /** How far this log has to go, or undefined while it is not known. */
  leaderEndOffset(key: PartitionKey): number | undefined {
    return this.#fetcher.view(key)?.endOffset
  }

  /** A log failed: this broker is in sync no more, and the leader need not wait to find out. */
  onLogFailed(): void {
    this.#state.send(this.leader.brokerId, { type: 'leaving', epoch: this.epoch })
  }

  /** Asks to be taken out of the ISR. */
  announceLeaving(): void {
    this.#state.send(this.leader.brokerId, { type: 'leaving', epoch: this.epoch })
  }

  #watch(): void {
    const { timers, options } = this.#state
    timers.set('leader silence', this.#heardAtMs + options.leaseMs, () => {
      if (this.#state.now - this.#heardAtMs >= options.leaseMs) {
        this.#roles.becomeUnattached(`broker ${this.leader.brokerId} was silent for ${options.leaseMs} ms`)
      } else this.#watch()
    })
  }

  #onUnreachable(): void {
    // It may only be its connection; whether it still leads, the coordinator's record says.
    this.#roles.campaign.reschedule()
  }

  #onSettled(response: FetchResponse): void {
    const entering = new Map<PartitionKey, EnteredEpoch>()
    for (const { key } of response.results) {
      const partition = this.#state.partitions.get(key)
      if (partition !== undefined) this.#follow(partition, entering)
    }
    this.#state.learnIsr(response.isr)
    this.#takeStanding(response)
    if (entering.size === 0) this.#fetcher.fetch()
    else this.#state.saveEntered(entering, () => this.#fetcher.fetch())
  }

  /** One partition after all that was sent for it is on disk. */
  #follow(partition: PartitionReplica, entering: Map<PartitionKey, EnteredEpoch>): void {
    const { rules } = this.#state
    const { key } = partition
    const view = this.#fetcher.view(key)
    if (view === undefined) return
    const highWatermark = Math.min(view.highWatermark, partition.syncedEndOffset)
    if (partition.raiseHighWatermark(highWatermark)) this.#state.emit({ type: 'high-watermark', key, highWatermark })
    const logStartOffset = Math.min(view.logStartOffset, partition.highWatermark)
    if (logStartOffset > partition.logStartOffset) this.#state.emit({ type: 'raise-log-start', key, logStartOffset })
    const isNew = partition.enteredEpoch < this.epoch
    if (isNew && rules.mayEnter(this.#fetcher.isMatched(key), partition.syncedEndOffset, view.startOffset)) {
      entering.set(key, { epoch: this.epoch, startOffset: view.startOffset })
    }
  }

  /** In sync: a replaced disk votes from now on, and damaged logs are whole again. */
  #takeStanding(response: FetchResponse): void {
    const { rules, self, cluster } = this.#state
    this.isInSync = rules.isAdmitted(self, response)
    if (!this.isInSync) return
    if (cluster.membership === 'joining') {
      this.#state.saveCluster({ membership: 'voter' })
      this.#state.notice('info', `Broker ${self.brokerId} is in the ISR with disk ${self.diskId}, and votes again.`)
    }
    this.#roles.restoreLogs()
  }
}
