import { Pending } from '../pending.ts'
import { mergedCuts } from './history-cuts.ts'
import { epochOwners, type Identity, maxEpoch, membersHash, membersText } from './identity.ts'
import type { CallResult, ReadResult } from './inputs.ts'
import type { Message } from './messages.ts'
import type { CoreOptions } from './options.ts'
import type { Answer, Call, Output, ReadEntry, SmallFile } from './outputs.ts'
import { PartitionReplica } from './partition-replica.ts'
import type { Side } from './rules/membership-rules.ts'
import type { Rules } from './rules/rules.ts'
import {
  type Boot,
  type ClusterState,
  type CoordinatorRecord,
  compareIsr,
  type EnteredEpoch,
  type HistoryCut,
  type IsrRecord,
  metadataKey,
  noIsr,
  type PartitionBoot,
  type PartitionKey,
  type PromiseState,
  type QuorumMemory,
} from './state.ts'
import { Timers } from './timers.ts'

/** A message without its envelope. */
export type MessageBody = Message extends infer Each
  ? Each extends Message
    ? Omit<Each, 'from' | 'clusterId' | 'membersHash'>
    : never
  : never

export interface Observation {
  readonly record: CoordinatorRecord | null
  readonly isConnected: boolean
  readonly atMs: number
}

/**
 * What every part of the core shares: who this broker is, what its disk says, its partitions, the time, and the queue of
 * outputs. It decides nothing.
 */
export class CoreState {
  readonly options: CoreOptions
  readonly rules: Rules
  readonly self: Identity
  readonly membersHash: string
  /** Position in the member list: whose epochs are this broker's. */
  readonly memberIndex: number
  readonly peers: readonly string[]
  readonly partitions: Map<PartitionKey, PartitionReplica> = new Map()
  readonly removed: Set<PartitionKey>
  readonly timers: Timers = new Timers()
  readonly startedAtMs: number
  now: number
  cluster: ClusterState
  /** The newest taken, perhaps still on its way to the disk. */
  promise: PromiseState | null
  isPromiseSaved = true
  #clusterSavesUnderWay = 0
  /** Votes that an election wants by the present settings. */
  readonly quorumSize: number
  /** Goes into the promise file with every promise. */
  quorum: QuorumMemory
  /** The newest ISR record known. */
  isr: IsrRecord | null
  highestEpochHeard: number
  /** Somebody belongs to a cluster, so this empty disk is a replaced one and not a new cluster's. */
  knowsOfCluster: boolean
  isStopping = false
  /** It gave the lead up because nothing reached its disk any more, and what was under way then is not there yet. */
  isDiskStill = false
  observed: Observation
  /** The newest refusals, by the broker they are about: reasons for `/health`. */
  readonly refusals: Map<string, { readonly reason: string; readonly atMs: number }> = new Map()
  readonly #entered: Map<PartitionKey, EnteredEpoch>
  readonly #saves = new Pending<() => void>()
  readonly #calls = new Pending<(result: CallResult) => void>()
  readonly #reads = new Pending<(results: readonly ReadResult[]) => void>()
  #outputs: Output[] = []
  #nextOutput = 0
  #lastId = 0

  constructor(options: CoreOptions, boot: Boot, now: number, rules: Rules) {
    this.options = options
    this.rules = rules
    this.self = options.self
    this.startedAtMs = now
    this.now = now
    this.membersHash = membersHash(options.members)
    this.memberIndex = options.members.brokerIds.indexOf(options.self.brokerId)
    this.peers = options.members.brokerIds.filter((brokerId) => brokerId !== options.self.brokerId)
    this.cluster = boot.cluster
    this.knowsOfCluster = boot.cluster.clusterId !== null
    this.isr = boot.isr
    this.removed = new Set(boot.removed)
    this.observed = { record: null, isConnected: false, atMs: now }
    this.#entered = new Map(boot.entered)
    for (const partition of boot.partitions) this.addPartition(partition)
    this.promise = promiseOf(boot)
    const { brokerIds, minInsyncReplicas } = options.members
    this.quorumSize = rules.quorumSize(brokerIds.length, minInsyncReplicas)
    this.quorum = {
      settledUnder: boot.promise?.quorum?.settledUnder ?? this.membersHash,
      votes: Math.max(boot.promise?.quorum?.votes ?? 0, this.quorumSize),
    }
    this.highestEpochHeard = Math.max(this.promise?.epoch ?? 0, boot.isr?.isrEpoch ?? 0)
  }

  /** Nothing of what this disk has was acknowledged under other settings only. */
  get isQuorumSettled(): boolean {
    return this.quorum.settledUnder === this.membersHash && this.quorum.votes === this.quorumSize
  }

  get promisedEpoch(): number {
    return this.promise?.epoch ?? 0
  }

  get hasFaultyLog(): boolean {
    for (const { isFaulty } of this.partitions.values()) if (isFaulty) return true
    return false
  }

  /** A log was given something that is not on the disk. */
  get hasUnsynced(): boolean {
    for (const { isAtRest } of this.partitions.values()) if (!isAtRest) return true
    return false
  }

  get metadata(): PartitionReplica {
    return this.partitions.get(metadataKey)!
  }

  get side(): Side {
    const { members } = this.options
    return {
      brokerId: this.self.brokerId,
      clusterId: this.cluster.clusterId,
      membersHash: this.membersHash,
      membersText: membersText(members),
      brokerIds: members.brokerIds,
    }
  }

  /** As whoever produces and consumes knows it: `orders-1`. */
  nameOf(key: PartitionKey): string {
    return this.options.nameOf(key)
  }

  /** For who may have to look into its log: with the key, which its folder is named after. */
  logNameOf(key: PartitionKey): string {
    const name = this.options.nameOf(key)
    return name === key ? key : `${name} (${key})`
  }

  addPartition(boot: PartitionBoot): PartitionReplica {
    const entered = this.#entered.get(boot.key) ?? null
    const hasLost =
      this.cluster.faulty.includes(boot.key) || this.rules.isFaulty(boot.isDamaged, boot.log.endOffset, entered)
    // A lone broker has nobody to fetch it from: it serves what is left, and says what is not.
    const isFaulty = hasLost && this.peers.length > 0
    if (hasLost && !isFaulty) {
      this.notice(
        'error',
        `The log of ${this.logNameOf(boot.key)} lost records that were on disk: it ends at ${boot.log.endOffset}.`,
      )
    }
    // A log that has to be fetched again ranks as if it had never entered anything.
    const partition = new PartitionReplica(boot, isFaulty ? null : entered, isFaulty)
    this.partitions.set(boot.key, partition)
    return partition
  }

  /** One that leaves no room for the next is a mistake: going above it would only make it everybody's. */
  hear(epoch: number): void {
    if (epoch > this.highestEpochHeard && epoch <= maxEpoch - epochOwners) this.highestEpochHeard = epoch
  }

  // ---- outputs

  emit(output: Output): void {
    this.#outputs.push(output)
  }

  takeOutput(): Output | undefined {
    const output = this.#outputs[this.#nextOutput]
    if (output === undefined) {
      this.#outputs.length = 0
      this.#nextOutput = 0
      return undefined
    }
    this.#nextOutput++
    return output
  }

  /** After a broken invariant nothing more leaves. */
  dropOutputs(): void {
    this.#outputs = []
    this.#nextOutput = 0
  }

  nextId(): number {
    return ++this.#lastId
  }

  send(to: string, body: MessageBody): void {
    const envelope = { from: this.self, clusterId: this.cluster.clusterId, membersHash: this.membersHash }
    this.emit({ type: 'send', to, message: { ...body, ...envelope } as Message })
  }

  answer(id: number, answer: Answer): void {
    this.emit({ type: 'answer', id, answer })
  }

  notice(level: 'info' | 'warn' | 'error', text: string): void {
    this.emit({ type: 'notice', level, text })
  }

  /** Says a refusal once, however often it happens. */
  noteRefusal(brokerId: string, reason: string, level: 'warn' | 'error'): void {
    if (this.refusals.get(brokerId)?.reason !== reason) this.notice(level, reason)
    this.refusals.set(brokerId, { reason, atMs: this.now })
  }

  // ---- what comes back later

  save(content: SmallFile, then: () => void): void {
    const id = this.nextId()
    this.#saves.set(id, then)
    this.emit({ type: 'save', id, content })
  }

  saved(id: number): void {
    this.#saves.take(id)?.()
  }

  call(call: Call, then: (result: CallResult) => void): void {
    const id = this.nextId()
    this.#calls.set(id, then)
    this.emit({ type: 'call', id, call })
  }

  called(id: number, result: CallResult): void {
    this.#calls.take(id)?.(result)
  }

  read(entries: readonly ReadEntry[], maxBytes: number, then: (results: readonly ReadResult[]) => void): void {
    const id = this.nextId()
    this.#reads.set(id, then)
    this.emit({ type: 'read', id, entries, maxBytes })
  }

  readDone(id: number, results: readonly ReadResult[]): void {
    this.#reads.take(id)?.(results)
  }

  // ---- what lies in the small files

  savePromise(then: () => void = () => {}): void {
    this.save({ file: 'promise', value: { ...this.promise!, quorum: this.quorum } }, then)
  }

  /** What was acknowledged under other settings is on as many disks as the present ones want. */
  settleQuorum(): void {
    this.quorum = { settledUnder: this.membersHash, votes: this.quorumSize }
    this.savePromise()
  }

  /** Enters these partitions, all in one write; `then` once that is synced. */
  saveEntered(entering: ReadonlyMap<PartitionKey, EnteredEpoch>, then: () => void): void {
    for (const [key, entered] of entering) this.#entered.set(key, entered)
    this.save({ file: 'entered-epochs', value: new Map(this.#entered) }, () => {
      for (const [key, entered] of entering) {
        const partition = this.partitions.get(key)
        // Another, later one may have come back already: a file is replaced in the order of the saves.
        if (partition !== undefined && entered.epoch >= partition.enteredEpoch) partition.enter(entered)
      }
      then()
    })
  }

  /** Drops what was entered in a log that is deleted. The next save writes it. */
  forgetEntered(key: PartitionKey): void {
    this.#entered.delete(key)
  }

  /** What this disk is to its cluster takes effect at once for refusing, and once it is on disk for promising. */
  saveCluster(change: Partial<ClusterState>, then: () => void = () => {}): void {
    this.cluster = { ...this.cluster, ...change }
    if (this.cluster.clusterId !== null) this.knowsOfCluster = true
    this.#clusterSavesUnderWay++
    this.save({ file: 'cluster', value: this.cluster }, () => {
      this.#clusterSavesUnderWay--
      then()
    })
  }

  /** Whether a crash would leave `cluster` and `promise` as they are. */
  get isVoteSaved(): boolean {
    return this.isPromiseSaved && this.#clusterSavesUnderWay === 0
  }

  /** Keeps what an operator cut off: `then` once that is on disk. */
  learnCuts(told: readonly HistoryCut[], then: () => void): void {
    const historyCuts = mergedCuts(this.cluster.historyCuts, told)
    if (historyCuts === this.cluster.historyCuts) then()
    else this.saveCluster({ historyCuts }, then)
  }

  /** Keeps a newer ISR record, for the answers to later promises. */
  learnIsr(record: IsrRecord, then: () => void = () => {}): void {
    if (compareIsr(record, this.isr ?? noIsr) <= 0) {
      then()
      return
    }
    this.isr = record
    this.hear(record.isrEpoch)
    this.save({ file: 'isr', value: record }, then)
  }
}

/** Promised is the highest of the promise file and every entered epoch; that one's candidate is nobody any more. */
function promiseOf({ promise, entered }: Boot): PromiseState | null {
  let highest = promise?.epoch ?? 0
  for (const { epoch } of entered.values()) highest = Math.max(highest, epoch)
  if (highest === 0 || highest === promise?.epoch) return promise
  return { epoch: highest, candidate: { brokerId: '', diskId: '', incarnation: '' } }
}
