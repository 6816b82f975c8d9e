import { YakError } from '@yak/protocol'
import type { CoreState } from './core-state.ts'
import { FetchServer } from './fetch-server.ts'
import type { FollowerProgress } from './follower-progress.ts'
import { isOver, namesOf, type Replica, sameReplica } from './identity.ts'
import type { Input } from './inputs.ts'
import { assertInvariant } from './invariants.ts'
import { IsrKeeper } from './isr-keeper.ts'
import type { Lease } from './lease.ts'
import type { FetchRequest, Leaving, PromiseResponse } from './messages.ts'
import { OwnDisk } from './own-disk.ts'
import type { PartitionReplica } from './partition-replica.ts'
import { refusalOfProduce } from './produce-refusal.ts'
import { type CoordinatorRecord, type EnteredEpoch, type IsrRecord, metadataKey, type PartitionKey } from './state.ts'
import { Unreached } from './unreached.ts'

export interface LeadershipOptions {
  readonly state: CoreState
  readonly epoch: number
  readonly lease: Lease
  readonly before: IsrRecord
  readonly onIsrConfirmed: () => void
  readonly onLost: (record: CoordinatorRecord) => void
  /** A follower has promised a higher epoch. */
  readonly onHigherEpoch: (epoch: number) => void
  /** A follower's position was heard. */
  readonly onProgress: () => void
  /** The own disk has stood still for too long, and those of enough others have not. */
  readonly onDiskStandsStill: () => void
  /** These could go on among themselves, and do not reach this broker. */
  readonly onUnreached: (brokerIds: readonly string[]) => void
}

/**
 * One epoch of this broker as the one who is fetched from: who is in sync, what is committed, who waits for it. It begins
 * with the candidate that has entered the epoch, and ends with the leader.
 */
export class Leadership {
  readonly epoch: number
  readonly isr: IsrKeeper
  readonly lease: Lease
  /** The ISR is confirmed: batches are taken and acknowledged. */
  isServing = false
  /** Counts the changes of what every follower is told: who is in sync, and whether this leader serves. */
  standing = 0
  readonly #options: LeadershipOptions
  readonly #state: CoreState
  readonly #server: FetchServer
  readonly #startedAtMs: number
  readonly #left = new Set<string>()
  readonly #ownDisk: OwnDisk
  readonly #unreached: Unreached

  constructor(options: LeadershipOptions) {
    const { state, epoch } = options
    this.#options = options
    this.#state = state
    this.epoch = epoch
    this.lease = options.lease
    this.#startedAtMs = state.now
    this.#ownDisk = new OwnDisk(state.now, state.options.replicaLagMaxMs / 2)
    this.#unreached = new Unreached({ state, epoch, followerOf: (brokerId) => this.#server.follower(brokerId) })
    this.isr = new IsrKeeper({
      state,
      epoch,
      before: options.before,
      onConfirmed: () => this.#isrConfirmed(),
      onLost: options.onLost,
    })
    this.#server = new FetchServer({
      state,
      leadership: this,
      onHigherEpoch: options.onHigherEpoch,
      onPositions: (follower, keys) => this.#onPositions(follower, keys),
    })
    this.#announce()
    this.#watchLag()
  }

  /** The ISR is confirmed and on record. */
  beginServing(): void {
    this.isServing = true
    this.standing++
    // A predecessor that is stopping waits for this word.
    this.#announce()
  }

  close(): void {
    this.isServing = false
    this.isr.close()
    this.lease.close()
    this.#server.close()
    for (const timer of ['announce', 'lag']) this.#state.timers.clear(timer)
  }

  /** Those that have entered this epoch everywhere: whom a candidate may propose. */
  enteredEverywhere(): Replica[] {
    const { rules, partitions, self } = this.#state
    const entered: Replica[] = [replicaOf(self)]
    for (const follower of this.#server.followers) {
      const isEntered = rules.isEnteredEverywhere((key) => follower.enteredEpoch(key), partitions.keys(), this.epoch)
      if (isEntered && !follower.isLeaving) entered.push(replicaOf(follower.identity))
    }
    return entered
  }

  /** Whether reads and new batches are taken now. */
  mayServe(): boolean {
    const { rules, now, options } = this.#state
    if (!this.isServing) return false
    if (now < this.lease.untilMs) return true
    const { minInsyncReplicas } = options.members
    return rules.mayServe(now, this.lease.untilMs, options.leaseMs, this.#followedAt(), minInsyncReplicas)
  }

  onFetchRequest(request: FetchRequest): void {
    this.#server.onRequest(request)
  }

  onLeaving({ from, epoch }: Leaving): void {
    const follower = this.#server.follower(from.brokerId)
    if (epoch !== this.epoch || (follower !== undefined && isOver(from, follower.identity))) return
    if (follower !== undefined) follower.isLeaving = true
    this.#left.add(from.brokerId)
    this.#tellLeft()
    this.#changeIsr()
  }

  /** Asked because nothing is heard of that broker any more. */
  onPromiseResponse(response: PromiseResponse): void {
    this.#state.hear(response.promisedEpoch)
    if (response.verdict === 'higher' && response.promisedEpoch > this.epoch) {
      this.#options.onHigherEpoch(response.promisedEpoch)
      return
    }
    this.#unreached.onAnswer(response)
  }

  // ---- produce

  produce({ id, key, batch, header }: Extract<Input, { type: 'produce' }>): void {
    const refusal = refusalOfProduce(this.#state, this, key)
    if (refusal !== null) {
      this.#state.answer(id, { outcome: 'not-written', error: refusal })
      return
    }
    this.#assertMayAppend()
    this.#server.onAppend(batch.length)
    this.#state.emit({ type: 'append', id, key, batch, header, leaderEpoch: this.epoch })
  }

  onAppended({ id, key, baseOffset, endOffset, isDuplicate }: Extract<Input, { type: 'appended' }>): void {
    const partition = this.#state.partitions.get(key)!
    if (!isDuplicate) {
      this.#assertMayAppend()
      assertInvariant(
        baseOffset === partition.endOffset,
        'I3',
        () => `${key} got a batch at ${baseOffset}, its end was ${partition.endOffset}`,
      )
      partition.epochs.note(this.epoch, baseOffset)
      partition.grewTo(endOffset)
    }
    if (isDuplicate && this.#state.rules.duplicateIsDone(endOffset, partition.highWatermark)) {
      this.#state.answer(id, { outcome: 'done', baseOffset, endOffset, leaderEpoch: this.epoch })
      return
    }
    partition.waiting.add({ id, baseOffset, endOffset })
    if (!isDuplicate) this.#server.onAppended(partition)
  }

  onAppendRefused({ id, key, error }: Extract<Input, { type: 'append-refused' }>): void {
    const partition = this.#state.partitions.get(key)
    // It was written before, and how far up is no longer known: it is committed when all that is here now is.
    if (error.code === 'DUPLICATE_SEQUENCE' && partition !== undefined) {
      const { endOffset } = partition
      if (this.#state.rules.duplicateIsDone(endOffset, partition.highWatermark)) {
        this.#state.answer(id, { outcome: 'duplicate', error })
      } else partition.waiting.add({ id, baseOffset: -1, endOffset, duplicate: error })
      return
    }
    const outcome = error.outcome === 'unknown' ? 'unknown' : 'not-written'
    this.#state.answer(id, { outcome, error })
  }

  /** Everything below is on this broker's own disk. */
  onSynced(partition: PartitionReplica): void {
    this.advance(partition)
  }

  /** A partition opened after this epoch was entered: it is entered by itself, and served then. */
  addPartition(partition: PartitionReplica): void {
    this.#server.onPartitionAdded(partition.key)
    this.#state.saveEntered(enteringAll([partition], this.epoch), () => {
      // Deleted meanwhile: no follower could ever have it.
      if (this.#state.partitions.get(partition.key) !== partition) return
      this.#server.onPartitionAdded(partition.key)
      this.advance(partition)
    })
  }

  onPartitionRemoved(key: PartitionKey): void {
    this.#server.onPartitionRemoved(key)
  }

  onLogStartRaised(partition: PartitionReplica): void {
    this.#server.onLogStartRaised(partition)
  }

  /** Moves the high watermark as far as every counted member has it on disk. */
  advance(partition: PartitionReplica): void {
    if (!this.isServing || this.isr.isBehind) return
    const { rules } = this.#state
    const ends = this.#countedMembers().map((member) => this.#endOf(partition, member))
    const { minInsyncReplicas } = partition.settings
    const highWatermark = rules.highWatermarkOf(ends, this.isr.size, minInsyncReplicas, partition.highWatermark)
    if (highWatermark <= partition.highWatermark) return
    this.#assertCommitted(partition, highWatermark)
    partition.raiseHighWatermark(highWatermark)
    this.#committed(partition)
  }

  #committed(partition: PartitionReplica): void {
    const { key, highWatermark } = partition
    this.#state.emit({ type: 'high-watermark', key, highWatermark })
    this.#answerWaiting(partition)
    this.#server.onHighWatermark(partition, key === metadataKey)
  }

  /**
   * A follower may know more than the promises said: what was committed once is in this log, and whoever has it has seen its
   * commit. Without it a leader might wait for a follower that has already deleted what the topic list says to delete.
   */
  learnHighWatermark(partition: PartitionReplica, known: number): void {
    const highWatermark = Math.min(known, partition.syncedEndOffset)
    if (highWatermark <= partition.highWatermark) return
    partition.raiseHighWatermark(highWatermark)
    this.#committed(partition)
  }

  /** The epoch is over for this broker: nobody can say what becomes of what waits. */
  failWaiting(reason: string): void {
    const code = this.#state.rules.errorOnDemotion()
    for (const partition of this.#state.partitions.values()) {
      for (const { id } of partition.waiting.takeAll()) {
        const error = new YakError(
          code,
          `Broker ${this.#state.self.brokerId} stopped leading with this write under way: ${reason}. It may still become ` +
            'visible. Send it again to the new leader as an idempotent producer, which finds out.',
        )
        this.#state.answer(id, { outcome: error.outcome, error })
      }
    }
  }

  get waitingCount(): number {
    let count = 0
    for (const { waiting } of this.#state.partitions.values()) count += waiting.count
    return count
  }

  /** The ISR member that has fetched last: whom to hand over to. */
  successor(): string | null {
    let best: FollowerProgress | null = null
    for (const follower of this.#server.followers) {
      if (follower.isLeaving || !follower.isInSync) continue
      if (best === null || follower.fetchedAtMs > best.fetchedAtMs) best = follower
    }
    return best?.identity.brokerId ?? null
  }

  follower(brokerId: string): FollowerProgress | undefined {
    return this.#server.follower(brokerId)
  }

  // ---- ISR

  #onPositions(follower: FollowerProgress, keys: readonly PartitionKey[]): void {
    const { partitions, now } = this.#state
    follower.noteProgress(partitions, now)
    for (const key of keys) this.advance(partitions.get(key)!)
    if (this.isServing && !this.isr.has(follower.identity)) this.#considerJoining(follower)
    else this.#considerInSync(follower)
    this.#options.onProgress()
  }

  #considerJoining(follower: FollowerProgress): void {
    const { rules, partitions, now } = this.#state
    if (follower.joiningSinceMs === null) {
      const { isNear, gainsNoMore, identity } = follower
      if (follower.isLeaving || !(isNear || gainsNoMore)) return
      if (!rules.isEnteredEverywhere((key) => follower.enteredEpoch(key), partitions.keys(), this.epoch)) return
      // From here on the high watermark waits for it, so that it can reach it however fast the leader appends.
      follower.joiningSinceMs = now
      const step = isNear ? 'near' : 'gains-no-more'
      this.#state.emit({ type: 'catching-up', brokerId: identity.brokerId, step })
    }
    this.#changeIsr()
  }

  /** Once in the ISR with everything committed it stays so: the high watermark does not pass a member. */
  #considerInSync(follower: FollowerProgress): void {
    if (follower.isInSync || !this.isServing || !this.isr.has(follower.identity)) return
    follower.isInSync = this.#hasReachedHighWatermark(follower)
  }

  #hasReachedHighWatermark(follower: FollowerProgress): boolean {
    for (const { key, highWatermark } of this.#state.partitions.values()) {
      if (follower.acknowledged(key) < highWatermark) return false
    }
    return true
  }

  /** Proposes what the ISR should be, if it is not that and no change is under way. */
  #changeIsr(): void {
    const { confirmed, proposed } = this.isr
    if (!this.isServing || proposed !== null) return
    const staying = confirmed.isr.filter((member) => !this.#shouldLeave(member))
    const joining: Replica[] = []
    for (const follower of this.#server.followers) {
      const isSame = (member: Replica) => sameReplica(member, follower.identity)
      if (confirmed.isr.some(isSame) && !staying.some(isSame)) follower.beginCatchUp()
      const isReady = follower.joiningSinceMs !== null && !follower.isLeaving && this.#hasReachedHighWatermark(follower)
      if (isReady && !this.isr.has(follower.identity)) joining.push(replicaOf(follower.identity))
    }
    if (staying.length === confirmed.isr.length && joining.length === 0) return
    const isr = [...staying, ...joining]
    this.#state.notice('info', `ISR of epoch ${this.epoch}: ${namesOf(confirmed.isr)} becomes ${namesOf(isr)}.`)
    this.isr.propose(isr)
  }

  #shouldLeave(member: Replica): boolean {
    const { self, now } = this.#state
    if (member.brokerId === self.brokerId) return false
    if (this.#left.has(member.brokerId)) return true
    const follower = this.#server.follower(member.brokerId)
    const isPresent = follower !== undefined && sameReplica(follower.identity, member)
    // Another disk under the same id: what this one acknowledged is gone.
    if (follower !== undefined && !isPresent) return true
    return this.#lagEndsAtMs(member) <= now
  }

  /** When it has not been caught up for too long, unless it is by then. */
  #lagEndsAtMs({ brokerId }: Replica): number {
    return (this.#server.follower(brokerId)?.caughtUpAtMs ?? this.#startedAtMs) + this.#state.options.replicaLagMaxMs
  }

  #isrConfirmed(): void {
    for (const follower of this.#server.followers) {
      if (this.isr.has(follower.identity)) follower.joiningSinceMs = null
      else follower.isInSync = false
    }
    this.standing++
    this.#tellLeft()
    this.#options.onIsrConfirmed()
    for (const follower of this.#server.followers) this.#considerInSync(follower)
    for (const partition of this.#state.partitions.values()) this.advance(partition)
    this.#changeIsr()
    this.#server.onStandingChanged()
    this.#watchReach()
  }

  /** Those that asked to leave and are in neither the old nor the new ISR may go. */
  #tellLeft(): void {
    for (const brokerId of this.#left) {
      if (this.isr.named.some((one) => one.brokerId === brokerId)) continue
      this.#state.send(brokerId, { type: 'left', epoch: this.epoch })
      this.#left.delete(brokerId)
    }
  }

  #watchLag(): void {
    const { timers, options, now } = this.#state
    const ends = this.isr.confirmed.isr.map((member) => this.#lagEndsAtMs(member)).filter((endsAtMs) => endsAtMs > now)
    // Writes wait for a member that is lost: it leaves as soon as it may.
    timers.set('lag', Math.min(now + options.replicaLagMaxMs / 4, ...ends), () => {
      for (const follower of this.#server.followers) {
        const since = follower.joiningSinceMs
        // It had its chance; the high watermark waits no longer.
        if (since !== null && this.#state.now - since > options.replicaLagMaxMs) this.#giveUpJoining(follower)
      }
      this.#changeIsr()
      this.#watchLag()
      this.#watchOwnDisk()
      this.#watchReach()
    })
  }

  /** What waits for this disk may be on all others: better that one of them leads than that everybody waits. */
  #watchOwnDisk(): void {
    const { partitions, now, options } = this.#state
    const behindMs = this.#ownDisk.behindMs(partitions, now)
    if (!this.isServing || behindMs <= options.replicaLagMaxMs) return
    const ableCount = this.isr.confirmed.isr.filter((member) => !this.#shouldLeave(member)).length
    // This broker is one of them, as ever.
    if (ableCount - 1 >= options.members.minInsyncReplicas) this.#options.onDiskStandsStill()
  }

  /** A leader that can acknowledge nothing is of use to nobody, if others could. */
  #watchReach(): void {
    const { minInsyncReplicas } = this.#state.options.members
    if (!this.isServing || this.isr.confirmed.isr.length >= minInsyncReplicas) return
    const able = this.#unreached.check()
    if (able !== null) this.#options.onUnreached(able)
  }

  #giveUpJoining(follower: FollowerProgress): void {
    if (this.isr.proposed?.some((member) => sameReplica(member, follower.identity))) return
    follower.beginCatchUp()
    for (const partition of this.#state.partitions.values()) this.advance(partition)
  }

  // ---- what counts

  #countedMembers(): readonly Replica[] {
    const joining: Replica[] = []
    for (const follower of this.#server.followers) {
      if (follower.joiningSinceMs !== null) joining.push(follower.identity)
    }
    return this.#state.rules.countedIsr(this.isr.confirmed.isr, this.isr.proposed, joining)
  }

  #endOf(partition: PartitionReplica, member: Replica): number {
    if (sameReplica(member, this.#state.self)) {
      return partition.enteredEpoch === this.epoch && !partition.isFaulty ? this.#state.rules.endOnDisk(partition) : -1
    }
    const follower = this.#server.follower(member.brokerId)
    if (follower === undefined || !sameReplica(follower.identity, member)) return -1
    return follower.acknowledged(partition.key)
  }

  /** Of each other broker that the ISR may name: until when it certainly followed. */
  #followedAt(): number[] {
    const others = new Set(this.isr.named.map(({ brokerId }) => brokerId))
    others.delete(this.#state.self.brokerId)
    return [...others].map((brokerId) => this.#server.follower(brokerId)?.followedAtMs ?? Number.NEGATIVE_INFINITY)
  }

  #answerWaiting({ waiting, highWatermark }: PartitionReplica): void {
    for (let next = waiting.takeBelow(highWatermark); next !== undefined; next = waiting.takeBelow(highWatermark)) {
      const { id, baseOffset, endOffset, duplicate } = next
      if (duplicate !== undefined) this.#state.answer(id, { outcome: 'duplicate', error: duplicate })
      else this.#state.answer(id, { outcome: 'done', baseOffset, endOffset, leaderEpoch: this.epoch })
    }
  }

  #assertMayAppend(): void {
    const { promise, self } = this.#state
    const isOwn = promise?.epoch === this.epoch && promise.candidate.incarnation === self.incarnation
    assertInvariant(this.isServing && isOwn, 'I2', () => `append under epoch ${this.epoch} without leading at it`)
  }

  /** Counted again from scratch, without the rules: I8 and the half of I1 that one broker can see. */
  #assertCommitted(partition: PartitionReplica, highWatermark: number): void {
    const { isr } = this.isr.confirmed
    const isEverywhere = this.isr.named.every((member) => {
      if (member.brokerId === this.#state.self.brokerId) return partition.syncedEndOffset >= highWatermark
      const follower = this.#server.follower(member.brokerId)
      const position = follower?.positions.get(partition.key)
      if (follower?.identity.diskId !== member.diskId || position === undefined) return false
      return position.enteredEpoch === this.epoch && position.endOffset >= highWatermark
    })
    assertInvariant(
      isEverywhere && isr.length >= partition.settings.minInsyncReplicas,
      'I8',
      () => `${partition.key} would be committed up to ${highWatermark} without all of ${namesOf(isr)}`,
    )
  }

  #announce(): void {
    const { timers, now, options, peers } = this.#state
    const everyMs = Math.min(200, options.leaseMs / 10)
    for (const peer of peers) {
      const fetchedAtMs = this.#server.follower(peer)?.fetchedAtMs ?? Number.NEGATIVE_INFINITY
      if (now - fetchedAtMs <= options.fetchWaitMs + everyMs) continue
      const { founders } = this.#state.cluster
      this.#state.send(peer, { type: 'announce', epoch: this.epoch, isServing: this.mayServe(), founders })
    }
    timers.set('announce', now + everyMs, () => this.#announce())
  }
}

/** Each at its own end, which is synced: a leader's start offset. */
export function enteringAll(partitions: Iterable<PartitionReplica>, epoch: number): Map<PartitionKey, EnteredEpoch> {
  const entering = new Map<PartitionKey, EnteredEpoch>()
  for (const { key, endOffset, syncedEndOffset } of partitions) {
    assertInvariant(
      endOffset === syncedEndOffset,
      'I1',
      () => `${key} would be entered with records that are not synced`,
    )
    entering.set(key, { epoch, startOffset: syncedEndOffset })
  }
  return entering
}

function replicaOf({ brokerId, diskId }: Replica): Replica {
  return { brokerId, diskId }
}
