/**
 * What brokers say to each other. Every message carries who says it, of which cluster, with which members; `requestId`
 * joins an answer to the one request it answers. Grammar of the bytes: docs/replication.md.
 */
import type { Identity, Replica } from './identity.ts'
import type { HistoryCut, IsrRecord, PartitionKey } from './state.ts'

interface Envelope {
  readonly from: Identity
  /** null: the sender belongs to no cluster yet. */
  readonly clusterId: string | null
  readonly membersHash: string
}

/** Ask a peer to promise `epoch` to the sender. */
export interface PromiseRequest extends Envelope {
  readonly type: 'promise-request'
  readonly requestId: number
  readonly epoch: number
  readonly founders: readonly Replica[]
}

/** What a promiser has of one partition, with every older write finished. */
export interface PromisedPartition {
  readonly key: PartitionKey
  /** 0: none was ever entered. */
  readonly enteredEpoch: number
  readonly logStartOffset: number
  readonly endOffset: number
  readonly highWatermark: number
  readonly isFaulty: boolean
}

export interface PromiseResponse extends Envelope {
  readonly type: 'promise-response'
  readonly requestId: number
  /**
   *   promised  `promisedEpoch` is the epoch asked for; counts in the quorum unless a partition is faulty
   *   empty     promised as well, by a disk that is not a voter: counts in no quorum
   *   higher    `promisedEpoch` is promised already, to somebody else or another incarnation
   */
  readonly verdict: 'promised' | 'empty' | 'higher'
  readonly promisedEpoch: number
  readonly isr: IsrRecord | null
  readonly partitions: readonly PromisedPartition[]
  readonly historyCuts: readonly HistoryCut[]
  /** The votes that the settings want under which records of this disk may have been acknowledged. */
  readonly votesNeeded: number
  /** The broker is stopping: it votes, and will not follow. */
  readonly isLeaving: boolean
}

/** The leader of `epoch` wants to be fetched from. Repeated to whoever does not fetch. */
export interface Announce extends Envelope {
  readonly type: 'announce'
  readonly epoch: number
  /** It serves: its ISR is confirmed. */
  readonly isServing: boolean
  readonly founders: readonly Replica[]
}

/** Tells a leader or candidate that the sender has promised `epoch`, above theirs. */
export interface HigherPromise extends Envelope {
  readonly type: 'higher-promise'
  readonly epoch: number
}

/** The sender stops: take it out of the ISR. Answered by `left` once that is confirmed. */
export interface Leaving extends Envelope {
  readonly type: 'leaving'
  readonly epoch: number
}

export interface Left extends Envelope {
  readonly type: 'left'
  readonly epoch: number
}

/** The sender has released the lease in favour of the receiver: try at once. */
export interface TakeOver extends Envelope {
  readonly type: 'take-over'
  readonly epoch: number
}

/** A message was refused for what its sender is; `reason` names both sides and says what to do. */
export interface Refused extends Envelope {
  readonly type: 'refused'
  /** The request refused; null: a message that wants no answer. */
  readonly requestId: number | null
  readonly code: 'members' | 'cluster' | 'broker-id' | 'unknown-broker'
  readonly reason: string
}

export interface FetchPosition {
  readonly key: PartitionKey
  /** LEO: the synced end of the follower's log. */
  readonly endOffset: number
  /** The epoch of its last batch; -1: it has none. */
  readonly lastEpoch: number
  /** The last epoch entered; 0: none. */
  readonly enteredEpoch: number
  /** What it knows to be committed: a leader that has just begun may know less. */
  readonly highWatermark: number
}

/**
 * One long-poll for all partitions, and the acknowledgement of what the last one brought.
 *   follow     from the leader of `epoch`, at that epoch
 *   reconcile  from a broker that has promised `epoch` to the sender, before the sender leads
 */
export interface FetchRequest extends Envelope {
  readonly type: 'fetch-request'
  readonly requestId: number
  readonly purpose: 'follow' | 'reconcile'
  readonly epoch: number
  /** The request that this one continues: partitions not named stand as it left them. 0: every partition is named. */
  readonly continues: number
  readonly positions: readonly FetchPosition[]
  readonly maxWaitMs: number
  readonly maxBytes: number
}

export type FetchResult =
  | FetchedBatches
  /** The follower's log is not a prefix: cut to min(endOffset, own end of its largest epoch ≤ `epoch`), ask again. */
  | { readonly key: PartitionKey; readonly type: 'diverging'; readonly epoch: number; readonly endOffset: number }
  /** The follower's log ends below the leader's start, or shares no epoch with it: begin anew there. */
  | { readonly key: PartitionKey; readonly type: 'begin-anew'; readonly startOffset: number }
  /** The leader has it, so its topic was committed, and the follower did not name it: open it and fetch it too. */
  | { readonly key: PartitionKey; readonly type: 'open' }
  /** Not known here, or not served here; ask again later. */
  | { readonly key: PartitionKey; readonly type: 'unknown' }

/** The follower's log is a prefix of the leader's: here is what comes next, perhaps nothing. */
export interface FetchedBatches {
  readonly key: PartitionKey
  readonly type: 'batches'
  /** Whole record batches from `baseOffset` on, as they lie on disk. May be empty. */
  readonly batches: Uint8Array
  readonly baseOffset: number
  readonly highWatermark: number
  readonly logStartOffset: number
  /** Where the sender's log ends: how far there is to go. */
  readonly endOffset: number
  /** The offset at which the leader entered the epoch: the follower enters it once it has everything below. */
  readonly startOffset: number
}

export interface FetchResponse extends Envelope {
  readonly type: 'fetch-response'
  readonly requestId: number
  readonly epoch: number
  /**
   *   ok
   *   not-leader   not leader of that epoch (follow), or that epoch is not promised to the sender (reconcile)
   *   continue     the request it continues is not known here: send all partitions
   */
  readonly verdict: 'ok' | 'not-leader' | 'continue'
  /** The ISR as confirmed. */
  readonly isr: IsrRecord
  readonly isServing: boolean
  /** The leader has this follower in its confirmed ISR, entered everywhere, with everything below the high watermark. */
  readonly isInSync: boolean
  /** All that the leader knows of, in the answer to a request that names every partition; else none. */
  readonly historyCuts: readonly HistoryCut[]
  readonly results: readonly FetchResult[]
}

export type Message =
  | PromiseRequest
  | PromiseResponse
  | Announce
  | HigherPromise
  | Leaving
  | Left
  | TakeOver
  | Refused
  | FetchRequest
  | FetchResponse
