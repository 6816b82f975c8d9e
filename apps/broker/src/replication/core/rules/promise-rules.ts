/** ◆ What a promise binds: rules 7 to 10 and 14 of docs/replication.md. */
import { type Identity, sameIdentity } from '../identity.ts'
import type { PromiseResponse } from '../messages.ts'
import type { PromiseState } from '../state.ts'

export interface HeldPromise {
  readonly promise: PromiseState | null
  /** It is on disk. */
  readonly isSaved: boolean
}

export interface WriteState {
  readonly endOffset: number
  readonly syncedEndOffset: number
  readonly isTruncating: boolean
  /** Its log failed: nothing more comes of its writes, and the answer says so. */
  readonly isFaulty: boolean
}

/**
 * ◆9 Promises go up only. The same promise is answered again to the same incarnation, because answers get lost, and to no
 * other: a restarted candidate does not know what it told whom.
 */
export function verdictOnPromise(
  promise: PromiseState | null,
  epoch: number,
  candidate: Identity,
): Exclude<PromiseResponse['verdict'], 'empty'> {
  if (promise === null || epoch > promise.epoch) return 'promised'
  return epoch === promise.epoch && sameIdentity(promise.candidate, candidate) ? 'promised' : 'higher'
}

/**
 * ◆8 An append of the old epoch that lands after the answer is a record the candidate never saw, and the old leader may
 * have it acknowledged.
 */
export function writesAreFinished(partitions: Iterable<WriteState>): boolean {
  for (const { endOffset, syncedEndOffset, isTruncating, isFaulty } of partitions) {
    if (!isFaulty && (isTruncating || syncedEndOffset < endOffset)) return false
  }
  return true
}

/** Save BEFORE send: a promise that a crash forgets is none, nor is the vote of a disk that forgets its cluster. */
export function mayAnswerPromise({ isSaved }: HeldPromise, finished: boolean): boolean {
  return isSaved && finished
}

/** ◆8 Whatever is still on its way to a log under an older epoch is refused there. */
export function fenceOf(promise: PromiseState): number {
  return promise.epoch
}

/**
 * ◆7 A broker that follows a leader without having promised its epoch can promise a lower one to another candidate
 * afterwards, and acknowledge to both.
 */
export function mayFetchFrom({ promise, isSaved }: HeldPromise, leader: Identity, epoch: number): boolean {
  return isSaved && promise !== null && promise.epoch === epoch && sameIdentity(promise.candidate, leader)
}

/**
 * ◆10 The log that a candidate reads must stand still: a broker that has promised higher since may be following another
 * leader already, and one that cut its log no longer has what it answered with.
 */
export function mayAnswerReconcile(
  { promise, isSaved }: HeldPromise,
  candidate: Identity,
  epoch: number,
  partition: { readonly isFaulty: boolean; readonly hasChangedSinceAnswer: boolean },
): boolean {
  return (
    isSaved &&
    promise !== null &&
    promise.epoch === epoch &&
    sameIdentity(promise.candidate, candidate) &&
    !partition.isFaulty &&
    !partition.hasChangedSinceAnswer
  )
}

/** ◆14 A candidate that failed leaves promises behind; without this rule those brokers could never follow again. */
export function isBelowPromise(epoch: number, promisedEpoch: number): boolean {
  return epoch < promisedEpoch
}
