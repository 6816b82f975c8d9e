/** What the core knows and keeps, as values: what lies in the small files, what a log looks like, the coordinator's record. */
import type { Identity, Replica } from './identity.ts'

/** `<topic id>-<partition>`; the topic list is `__metadata-0`. The name of the log's folder. */
export type PartitionKey = string

/** The topic list: partition 0 of everything, because it names the others. */
export const metadataKey: PartitionKey = '__metadata-0'

/** `epoch` is promised to `candidate`, in that incarnation and no other. */
export interface PromiseState {
  readonly epoch: number
  readonly candidate: Identity
}

/**
 * Under which settings (the members and m) the records of this disk may have been acknowledged. Under a smaller m, or by more brokers,
 * they are on fewer of the disks that the present settings count on.
 */
export interface QuorumMemory {
  /** Hash of the last settings under which m brokers were in sync: what was acknowledged before is on as many disks as these want. */
  readonly settledUnder: string
  /** The votes that the strictest settings since then want for an election. */
  readonly votes: number
}

/** What the promise file has. A version that knew nothing of other settings wrote no memory of them. */
export interface SavedPromise extends PromiseState {
  readonly quorum?: QuorumMemory
}

/**
 * What this disk is to its cluster.
 *   empty    knows no cluster, or was replaced: counts in no quorum, cannot lead, answers `empty`
 *   joining  has taken the cluster id of a leader it follows; still answers `empty` until it is in the ISR
 *   voter    counts
 */
export type Membership = 'empty' | 'joining' | 'voter'

/**
 * An operator has let a broker lead `epoch` without a quorum (unsafe recovery): of what was acknowledged under earlier epochs
 * only what lies below `offset` is there for certain. The one thing that lets a log be cut below its high watermark.
 */
export interface HistoryCut {
  readonly key: PartitionKey
  readonly epoch: number
  readonly offset: number
}

export interface ClusterState {
  readonly clusterId: string | null
  readonly membership: Membership
  /** The disks that were there, empty, when the cluster was formed: they vote from the start. */
  readonly founders: readonly Replica[]
  /** Logs that lost what they had synced and are fetched again. Kept, because half fetched they look sound. */
  readonly faulty: readonly PartitionKey[]
  readonly historyCuts: readonly HistoryCut[]
}

export const emptyCluster: ClusterState = {
  clusterId: null,
  membership: 'empty',
  founders: [],
  faulty: [],
  historyCuts: [],
}

/** The rank of a log is its entered epoch, then its end: kept apart from the epochs of the batches, never lowered. */
export interface EnteredEpoch {
  readonly epoch: number
  readonly startOffset: number
}

/** An ISR as its leader had it stored. Newer is: higher `isrEpoch`, then higher `isrVersion`. */
export interface IsrRecord {
  readonly isr: readonly Replica[]
  readonly isrEpoch: number
  readonly isrVersion: number
}

/** The first offset appended under each leader epoch, ascending: the leader-epoch-checkpoint of the log. */
export interface EpochStart {
  readonly epoch: number
  readonly startOffset: number
}

/** A log as it stands with nothing under way: everything in it is synced. */
export interface LogState {
  readonly logStartOffset: number
  readonly endOffset: number
  readonly epochs: readonly EpochStart[]
}

export interface PartitionSettings {
  readonly minInsyncReplicas: number
  /** `flush: interval`: a power loss may cut it below its high watermark, logged and counted. Never the topic list. */
  readonly isRelaxed: boolean
}

export interface PartitionBoot {
  readonly key: PartitionKey
  readonly settings: PartitionSettings
  readonly log: LogState
  /** From the checkpoint; may be older than the truth, never newer. */
  readonly highWatermark: number
  /** The log was damaged below what it had synced, and is begun anew; the old files are kept aside. */
  readonly isDamaged: boolean
}

/** Everything a core starts from: the small files and the logs of the data folder. */
export interface Boot {
  readonly cluster: ClusterState
  readonly promise: SavedPromise | null
  readonly isr: IsrRecord | null
  readonly entered: ReadonlyMap<PartitionKey, EnteredEpoch>
  readonly partitions: readonly PartitionBoot[]
  /** Partitions of topics whose deletion is committed: nobody's answer brings them back. */
  readonly removed: readonly PartitionKey[]
}

/** The coordinator's record of this group, as it stood. */
export interface CoordinatorRecord extends IsrRecord {
  readonly epoch: number
  /** null: nobody holds it, or the lease has been released. */
  readonly holder: { readonly brokerId: string; readonly incarnation: string } | null
  /** By the coordinator's own clock, at the moment it answered; 0 or less: lapsed. */
  readonly leaseRemainingMs: number
  /** The coordinator has forgotten something since this ISR was written. */
  readonly isSuspect: boolean
}

export const noIsr: IsrRecord = { isr: [], isrEpoch: 0, isrVersion: 0 }

/** Positive when `one` is newer than `other`. */
export function compareIsr(one: IsrRecord, other: IsrRecord): number {
  return one.isrEpoch - other.isrEpoch || one.isrVersion - other.isrVersion
}
