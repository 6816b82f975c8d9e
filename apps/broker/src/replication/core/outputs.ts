/**
 * All that the core asks of its driver. Outputs are executed in the order given, each to the point where it has been
 * handed on; what takes time comes back as an input. There is no order to keep beyond that: whatever must be on disk
 * before a message leaves, the core holds the message back until the write has come back.
 */
import type { RecordBatchHeader, YakError } from '@yak/protocol'
import type { Replica } from './identity.ts'
import type { Message } from './messages.ts'
import type { ClusterState, EnteredEpoch, IsrRecord, PartitionKey, SavedPromise } from './state.ts'

/** A small file of the data folder, replaced as a whole: write, sync, rename, sync the folder. */
export type SmallFile =
  | { readonly file: 'cluster'; readonly value: ClusterState }
  | { readonly file: 'promise'; readonly value: SavedPromise }
  | { readonly file: 'entered-epochs'; readonly value: ReadonlyMap<PartitionKey, EnteredEpoch> }
  | { readonly file: 'isr'; readonly value: IsrRecord }

export type Call =
  | {
      readonly type: 'acquire'
      readonly minEpoch: number
      /** The earlier incarnation of this disk that holds the lease, or null. */
      readonly replaces: string | null
      readonly leaseMs: number
    }
  | {
      readonly type: 'renew'
      readonly epoch: number
      readonly isrEpoch: number
      readonly isrVersion: number
      readonly leaseMs: number
    }
  | { readonly type: 'release'; readonly epoch: number }
  | {
      readonly type: 'update-isr'
      readonly epoch: number
      readonly expectedVersion: number
      /** The highest version known: the new one is above it, whatever the store went back to. */
      readonly minVersion: number
      readonly isr: readonly Replica[]
    }
  /** Read the record now; the answer is the next `observed`. */
  | { readonly type: 'observe' }

export interface ReadEntry {
  readonly key: PartitionKey
  readonly offset: number
  /** Exclusive. May lie above what is synced: followers may hold what the leader has not yet synced. */
  readonly endOffset: number
}

/**
 *   done          committed at these offsets
 *   duplicate     committed by an earlier attempt, at offsets no longer remembered
 *   not-written   nothing of it was, or ever will be, written by this attempt
 *   unknown       it may become visible
 */
export type Answer =
  | { readonly outcome: 'done'; readonly baseOffset: number; readonly endOffset: number; readonly leaderEpoch: number }
  | { readonly outcome: 'duplicate'; readonly error: YakError }
  | { readonly outcome: 'not-written'; readonly error: YakError }
  | { readonly outcome: 'unknown'; readonly error: YakError }

export type RoleName = 'unattached' | 'follower' | 'candidate' | 'leader' | 'resigned' | 'halted'

/**
 *   paused           its answer waits a while, because clients write
 *   near             the high watermark waits for it from now on
 *   gains-no-more    so it does, although it is not near: it would never be
 */
export type CatchUpStep = 'paused' | 'near' | 'gains-no-more'

export type Output =
  | { readonly type: 'send'; readonly to: string; readonly message: Message }
  | { readonly type: 'save'; readonly id: number; readonly content: SmallFile }
  | { readonly type: 'call'; readonly id: number; readonly call: Call }

  /** `appendAsLeader` at once, answered by `appended` or `append-refused` before the next input. */
  | {
      readonly type: 'append'
      readonly id: number
      readonly key: PartitionKey
      readonly batch: Uint8Array
      readonly header: RecordBatchHeader
      readonly leaderEpoch: number
    }
  /** `appendAsFollower` at once, answered by `replicated` or `replicate-refused` before the next input. */
  | {
      readonly type: 'replicate'
      readonly key: PartitionKey
      readonly batches: Uint8Array
      /** The fence: the log refuses both when they are not its own. */
      readonly epoch: number
      readonly expectedBaseOffset: number
    }
  | { readonly type: 'truncate'; readonly key: PartitionKey; readonly epoch: number; readonly endOffset: number }
  /** Drop everything and start at `startOffset`. */
  | { readonly type: 'begin-anew'; readonly key: PartitionKey; readonly epoch: number; readonly startOffset: number }
  | { readonly type: 'raise-log-start'; readonly key: PartitionKey; readonly logStartOffset: number }
  /** From now on every log refuses an append or a truncation that names an older epoch. */
  | { readonly type: 'fence'; readonly epoch: number }
  /**
   * Read these ranges in this order until `maxBytes` are reached, at least one batch, answered by one `read-done` with what
   * was read.
   */
  | { readonly type: 'read'; readonly id: number; readonly entries: readonly ReadEntry[]; readonly maxBytes: number }
  /** Open the log of a partition that another broker has, and this one has not; answered by `partition-opened`. */
  | { readonly type: 'open-partition'; readonly key: PartitionKey }
  /** The broker is in the ISR with a new copy of this log: the damaged files kept aside may go. */
  | { readonly type: 'partition-restored'; readonly key: PartitionKey }

  /** Rises only. */
  | { readonly type: 'high-watermark'; readonly key: PartitionKey; readonly highWatermark: number }
  /**
   * Records of the topic list below may take effect now: folders made, files deleted. It falls only where an operator had the history cut:
   * then the records from there on are gone, and others may come in their place.
   */
  | { readonly type: 'topics-committed'; readonly upTo: number }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer }
  | { readonly type: 'role-changed'; readonly role: RoleName; readonly epoch: number; readonly reason: string }
  /** For the log and for `/health`: a sentence for a person. */
  | { readonly type: 'notice'; readonly level: 'info' | 'warn' | 'error'; readonly text: string }
  /** Nothing to do, as with the two before: for traces and counters. */
  | { readonly type: 'catching-up'; readonly brokerId: string; readonly step: CatchUpStep }
  | { readonly type: 'stopped' }
