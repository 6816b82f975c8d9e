import type { YakError } from '@yak/protocol'
import type { IsrMember, LeaseRecord } from './lease-record.ts'

/** Who asks. */
export interface Candidate {
  /** Any non-empty text, unique among the candidates of a group. */
  readonly id: string
  /** One life of the candidate: another text after each start. A lease belongs to an incarnation, not to an id. */
  readonly incarnation: string
  /**
   * Its index among the candidates, 0 to 63: it then gets only epochs e with e mod 64 = index, so that no two candidates ever
   * share an epoch, even when the coordinator has forgotten everything. Default: the next epoch, unique as long as the
   * coordinator remembers.
   */
  readonly ownerIndex?: number | undefined
}

/** Asks for the lease of a group, under a new epoch. */
export interface AcquireRequest {
  /** Which lease: candidates of one group compete. */
  readonly group: string
  /** Who asks. */
  readonly candidate: Candidate
  /**
   * The highest epoch the candidate knows of. The new epoch is above it; and if it is above the record's, the coordinator has
   * forgotten something and the ISR becomes suspect. Default 0.
   */
  readonly minEpoch?: number
  /**
   * An earlier incarnation of this candidate that the candidate knows to be gone: a running lease of it, under the same id, is
   * as good as over. Default: none.
   */
  readonly replaces?: string
  /** Length of the lease from this call on, in milliseconds. */
  readonly ttlMs: number
}

/** Asks for the lease to run on. */
export interface RenewRequest {
  /** Which lease: candidates of one group compete. */
  readonly group: string
  /** Who asks. */
  readonly candidate: Candidate
  /** The epoch the candidate acquired. */
  readonly epoch: number
  /** The newest ISR record the candidate knows, to be told when the coordinator has an older one. Default 0 and 0. */
  readonly isrEpoch?: number
  /** The version of that record. Default 0. */
  readonly isrVersion?: number
  /** Length of the lease from this call on, in milliseconds. */
  readonly ttlMs: number
}

/** Gives the lease back before it runs out. */
export interface ReleaseRequest {
  /** Which lease: candidates of one group compete. */
  readonly group: string
  /** Who asks. */
  readonly candidate: Candidate
  /** The epoch the candidate acquired. */
  readonly epoch: number
}

/** Changes the ISR record, under the lease. */
export interface UpdateIsrRequest {
  /** Which lease: candidates of one group compete. */
  readonly group: string
  /** Who asks. */
  readonly candidate: Candidate
  /** The epoch the candidate acquired. */
  readonly epoch: number
  /** The version that the record must have, or nothing is done. */
  readonly expectedVersion: number
  /** The new ISR. */
  readonly isr: readonly IsrMember[]
  /**
   * The highest version the candidate knows of; the new one is above it and above the record's. Without it, a coordinator that
   * went back to an older record would give one (isrEpoch, isrVersion) to two different ISRs. Default: expectedVersion.
   */
  readonly minVersion?: number
}

/**
 * Why a holder is refused: `superseded`, a later epoch was acquired; `forgotten`, the coordinator's epoch is below the caller's;
 * `released`, nobody holds this epoch any more; `other-holder`, the same epoch under another id or incarnation.
 */
export type RefusalReason = 'superseded' | 'forgotten' | 'released' | 'other-holder'

/** The lease and its epoch, or the record for which it is refused. */
export type AcquireAnswer =
  | {
      readonly acquired: true
      readonly epoch: number
      /** As it stood before, except that `suspect` is as this very step leaves it: whoever trusts `isr` looks there. */
      readonly before: LeaseRecord
      readonly record: LeaseRecord
    }
  | {
      readonly acquired: false
      readonly record: LeaseRecord
      /** Until the lease of the present holder runs out, unless it is renewed. */
      readonly remainingMs: number
    }

/** Whether the lease runs on, or why not, and the record after it. */
export type RenewAnswer =
  | {
      readonly renewed: true
      readonly record: LeaseRecord
      /** The coordinator's ISR is older than the caller's: stop acknowledging, write it again, go on. */
      readonly isrBehind: boolean
    }
  | {
      readonly renewed: false
      readonly reason: RefusalReason
      readonly record: LeaseRecord
      readonly remainingMs: number
    }

/** Whether the lease was given back, or why not, and the record after it. */
export type ReleaseAnswer =
  | { readonly released: true; readonly record: LeaseRecord }
  | { readonly released: false; readonly reason: RefusalReason; readonly record: LeaseRecord }

/** Whether the ISR was written, or why not, and the record after it. */
export type UpdateIsrAnswer =
  | { readonly updated: true; readonly record: LeaseRecord }
  | { readonly updated: false; readonly reason: RefusalReason | 'version-mismatch'; readonly record: LeaseRecord }

/** A record as it was when the coordinator was looked at. */
export interface LeaseObservation {
  /** Whose record it is. */
  readonly group: string
  /** `EMPTY_LEASE_RECORD` where there is none. */
  readonly record: LeaseRecord
  /** How long the lease ran on when the coordinator was looked at, by its clock; 0 when nobody holds it. */
  readonly remainingMs: number
}

/** Whether the coordinator can be asked, and which one it is. */
export interface LeaseStoreStatus {
  /** What it runs on; `memory` in tests and simulations. */
  readonly type: 'redis' | 'sqlite' | 'memory'
  /** Where it is, for messages; never with a password. */
  readonly address: string
  /** It can be asked now. */
  readonly isConnected: boolean
  /** Why it cannot, or why it refused the last change. Gone when it works again. */
  readonly problem: YakError | undefined
  /** It works, and not as well as it could: what is missing, and what to do. Left out when nothing is. */
  readonly remark?: string | undefined
}

/** How long a call may wait. */
export interface CallOptions {
  /** Stops the wait; the operation may still happen. Rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Longest wait for the answer in milliseconds. Default: the store's. */
  readonly timeoutMs?: number | undefined
}

/**
 * The port to the coordinator: a small store that changes one record in atomic steps. What each step does is defined once, in
 * lease-operations.ts, for every implementation.
 *
 * A call resolves with the coordinator's answer, a refusal included. It rejects with a YakError when there is none, and
 * `error.outcome` says what that means: `not-written`, it has not happened and never will; `unknown`, it may have happened, or
 * may happen yet. Only COORDINATOR_NO_ANSWER is unknown.
 */
export interface LeaseStore {
  /** As it is at this moment; the object does not change afterwards. */
  readonly status: LeaseStoreStatus

  /** Takes the lease and a new epoch, unless another holder's lease runs. The same incarnation may acquire again at any time. */
  acquire(request: AcquireRequest, options?: CallOptions): Promise<AcquireAnswer>

  /** Prolongs the lease from now, even after it has run out, as long as nobody acquired or released since. */
  renew(request: RenewRequest, options?: CallOptions): Promise<RenewAnswer>

  /** Ends the lease at once and tells the watchers. */
  release(request: ReleaseRequest, options?: CallOptions): Promise<ReleaseAnswer>

  /** Compare-and-set of the ISR, for the holder alone. Clears `suspect`. */
  updateIsr(request: UpdateIsrRequest, options?: CallOptions): Promise<UpdateIsrAnswer>

  /** The record as it is now. */
  read(group: string, options?: CallOptions): Promise<LeaseObservation>

  /**
   * The record, then every change of it, renewals included, until the returned function is called. Pushed where the store can,
   * polled behind it. Of changes in quick succession the last is certain to arrive, the others are not. While the coordinator is
   * away nothing arrives; `onStatus` says so.
   */
  observe(group: string, listener: (observation: LeaseObservation) => void): () => void

  /**
   * What this coordinator is called: a random text that it keeps beside the records, put there by the first who asks. Two stores
   * that are told different ones have different coordinators, however their URLs are spelled. One that has forgotten everything is called
   * otherwise afterwards, and a copy like its original, so it is for finding mistakes in settings: no lease may depend on it.
   * Rejects as the others do; `status` takes no note of it.
   */
  identify(options?: CallOptions): Promise<string>

  /** Called whenever `status` has changed, until the returned function is called. */
  onStatus(listener: (status: LeaseStoreStatus) => void): () => void

  /** Idempotent. Calls under way are answered COORDINATOR_NO_ANSWER if they were sent, others COORDINATOR_CLOSED. Releases nothing. */
  close(): Promise<void>

  /** `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}
