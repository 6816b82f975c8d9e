/** ◆ What is committed, and what may be said of it: rules 17 to 23 and 26 of docs/replication.md. */
import type { ErrorCode } from '@yak/protocol'
import { type Identity, type Replica, sameIdentity, sameReplica } from '../identity.ts'

/**
 * ◆17 KIP-320 and KIP-903: an end that was reached under another epoch, or by an incarnation that is gone, says nothing of
 * what this disk holds of this leader's log now.
 */
export function acknowledgementCounts(
  position: { readonly enteredEpoch: number },
  epoch: number,
  from: Identity,
  present: Identity,
): boolean {
  return position.enteredEpoch === epoch && sameIdentity(from, present)
}

/** ◆18 A late or doubled `diverging` would cut what has been acknowledged since. */
export function isOutstanding(requestId: number, outstandingRequestId: number | null): boolean {
  return requestId === outstandingRequestId
}

/**
 * ◆19 The stored ISR may be the old or the new one until it is confirmed, and a successor may trust either: all of both
 * count. So a joining replica counts before, and a leaving one is dropped only after.
 */
export function countedIsr(
  confirmed: readonly Replica[],
  proposed: readonly Replica[] | null,
  joining: readonly Replica[],
): readonly Replica[] {
  if (proposed === null && joining.length === 0) return confirmed
  const counted = [...confirmed]
  for (const replica of [...(proposed ?? []), ...joining]) {
    if (!counted.some((member) => sameReplica(member, replica))) counted.push(replica)
  }
  return counted
}

/**
 * ◆20 What a broker may say it has, to its leader and to itself: the rest is gone after a power cut. Everybody may hold
 * more than that and hand it on.
 */
export function endOnDisk(partition: { readonly endOffset: number; readonly syncedEndOffset: number }): number {
  return partition.syncedEndOffset
}

/** ◆20 Every one of `ends` is what a counted member has on disk under this epoch; -1 when that is not known. */
export function highWatermarkOf(
  ends: readonly number[],
  isrSize: number,
  minInsyncReplicas: number,
  highWatermark: number,
): number {
  if (isrSize < minInsyncReplicas) return highWatermark
  let lowest = Number.POSITIVE_INFINITY
  for (const end of ends) if (end < lowest) lowest = end
  return lowest > highWatermark && lowest !== Number.POSITIVE_INFINITY ? lowest : highWatermark
}

/**
 * ◆21 A new leader may know a lower high watermark than clients have seen. All they can have seen lies below its start
 * offset, so it shows none before that is committed. Null: none.
 */
export function visibleHighWatermark(highWatermark: number, startOffset: number): number | null {
  return highWatermark >= startOffset ? highWatermark : null
}

/** ◆24 A topic that was created or deleted by a record which is then lost would have folders, or lack them, by mistake. */
export function topicsEffectiveUpTo(topicList: { readonly highWatermark: number; readonly endOffset: number }): number {
  return topicList.highWatermark
}

/** ◆22 The batch is in this log and perhaps in others: the next leader may well commit it. */
export function errorOnDemotion(): ErrorCode {
  return 'OUTCOME_UNKNOWN'
}

/** ◆23 The first copy is in the log and not yet safe; saying so early would acknowledge what a failover may lose. */
export function duplicateIsDone(endOffset: number, highWatermark: number): boolean {
  return highWatermark >= endOffset
}

/**
 * For how long who has heard that its leader serves does not try to lead, though the lease has lapsed; and for how long a leader
 * without a lease serves on, once it last knew itself followed. It counts from earlier, and so ends before the other begins.
 */
export function servedForMs(leaseMs: number): number {
  return leaseMs / 2
}

/**
 * ◆26 A leader that was paused or cut off does not know whether another leads. A running lease says no; and so does every
 * ISR member that certainly followed at this epoch so lately that it does not try to lead itself yet. Certainly: its fetch continues
 * an answer that was sent since; the fetch itself may be old, and have waited for a paused leader to wake. Fewer than m in sync say nothing:
 * the others may be a quorum without them. A broker that is not in sync and does not hear this leader may still be elected within that time.
 */
export function mayServe(
  nowMs: number,
  leaseUntilMs: number,
  leaseMs: number,
  followedAtMs: readonly number[],
  minInsyncReplicas: number,
): boolean {
  if (nowMs < leaseUntilMs) return true
  return (
    followedAtMs.length + 1 >= minInsyncReplicas && followedAtMs.every((atMs) => nowMs - atMs < servedForMs(leaseMs))
  )
}
