/** ◆ How a follower's log is made to match: rules 15, 16, 25 and 28 of docs/replication.md. */
import type { EpochStarts } from '../epoch-starts.ts'
import type { EnteredEpoch } from '../state.ts'

export interface LogView {
  readonly logStartOffset: number
  readonly endOffset: number
  readonly epochs: EpochStarts
}

/** Where a follower stands: its end, and the epoch of its last batch (-1: it has none). */
export interface Position {
  readonly endOffset: number
  readonly lastEpoch: number
}

/** What may have been acknowledged of a log: all from where it starts to the high watermark. */
export interface CommittedLog {
  readonly logStartOffset: number
  readonly highWatermark: number
  readonly settings: { readonly isRelaxed: boolean }
}

export type Divergence =
  | { readonly type: 'diverging'; readonly epoch: number; readonly endOffset: number }
  | { readonly type: 'begin-anew'; readonly startOffset: number }

/**
 * ◆15 A batch appended behind a tail that the leader does not have is at the right offset in the wrong log: a follower
 * gets none before its log matches. Null: it matches. The follower's log is a prefix of this one when this log has the follower's last
 * epoch and the follower ends within it, because one (offset, epoch) is one batch everywhere. Otherwise: the largest epoch
 * this log has up to the follower's, and where that ends. That goes for a follower that ends where this log starts as well: what it has
 * may be a tail of another history, and whoever wrote it would be told later that it stands there.
 */
export function divergenceAt(leader: LogView, follower: Position): Divergence | null {
  if (follower.endOffset < leader.logStartOffset) return { type: 'begin-anew', startOffset: leader.logStartOffset }
  if (follower.lastEpoch === -1) {
    // A log that was begun anew and has no batch yet.
    return follower.endOffset <= leader.endOffset ? null : { type: 'begin-anew', startOffset: leader.logStartOffset }
  }
  const common = leader.epochs.endOfLargestUpTo(follower.lastEpoch, leader.endOffset)
  if (common === undefined) return { type: 'begin-anew', startOffset: leader.logStartOffset }
  if (common.epoch === follower.lastEpoch && follower.endOffset <= common.endOffset) return null
  return { type: 'diverging', epoch: common.epoch, endOffset: common.endOffset }
}

/**
 * ◆16 KIP-101 and KIP-279: what lies above is of epochs the leader does not have, whatever the high watermark says. The
 * own table is asked too, because the leader's largest epoch may be one that this log does not have either.
 */
export function truncationPoint(own: LogView, answer: { readonly epoch: number; readonly endOffset: number }): number {
  const ownEnd = own.epochs.endOfLargestUpTo(answer.epoch, own.endOffset)?.endOffset ?? own.logStartOffset
  return Math.max(own.logStartOffset, Math.min(answer.endOffset, ownEnd))
}

/**
 * ◆28 Below the high watermark lie acknowledged records: a leader that asks for their removal was elected wrongly, or this
 * disk is not what it was. Only a relaxed topic may have lost them in a power loss; and an operator may have given them up,
 * which is on record, down to `cutOffset` (Infinity: no such record). What retention let go of is not there to be removed: a log that starts
 * behind the cut may begin anew before it.
 */
export function mayTruncateTo(own: CommittedLog, offset: number, cutOffset: number): boolean {
  return offset >= own.highWatermark || own.settings.isRelaxed || Math.max(offset, own.logStartOffset) >= cutOffset
}

/** Entered means: everything below the leader's start offset is on this disk, of the leader's log. */
export function mayEnter(isMatched: boolean, syncedEndOffset: number, startOffset: number): boolean {
  return isMatched && syncedEndOffset >= startOffset
}

/** ◆25 A log that ends below where it entered its last epoch has lost what it was ranked by. */
export function isFaulty(isDamaged: boolean, endOffset: number, entered: EnteredEpoch | null): boolean {
  return isDamaged || (entered !== null && endOffset < entered.startOffset)
}
