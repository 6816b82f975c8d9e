import { CatchUpPace } from './catch-up-pace.ts'
import type { Identity } from './identity.ts'
import type { PartitionReplica } from './partition-replica.ts'
import type { Divergence } from './rules/log-rules.ts'
import type { PartitionKey } from './state.ts'

/** Writes wait for a follower from when it is so near behind: about one fetch, with its pause. */
export const maxJoiningLagMs = 100
/** Rounds of catching up in turn that took no less than the one before: it gains no more, and writes have to wait for it. */
const roundsWithoutGain = 2

/** Where a follower stands in one partition, as its last request that named it said. */
export interface FollowerPosition {
  endOffset: number
  enteredEpoch: number
  /** What counts for the high watermark; -1: nothing does. */
  acknowledged: number
  divergence: Divergence | null
  /** The leader has said `batches` since the follower last named it: the follower knows that its log matches. */
  isTold: boolean
  toldHighWatermark: number
}

/** A fetch that waits for something to say. */
export interface WaitingFetch {
  readonly requestId: number
  readonly maxBytes: number
  /** It waits because clients write. */
  isPaused: boolean
}

/**
 * What the leader knows of one incarnation of one follower. Another incarnation, or another disk, begins with nothing.
 */
export class FollowerProgress {
  readonly identity: Identity
  readonly positions: Map<PartitionKey, FollowerPosition> = new Map()
  /** Partitions with something to say: batches, a divergence, a higher watermark. */
  readonly toTell: Set<PartitionKey> = new Set()
  /** Partitions of the leader that it does not have, and is to be told of. */
  readonly toOpen: Set<PartitionKey> = new Set()
  /** Partitions of the leader in which the follower has not acknowledged everything. */
  readonly behind: Set<PartitionKey>
  /** How fast it may catch up. */
  readonly pace: CatchUpPace = new CatchUpPace()
  waiting: WaitingFetch | null = null
  /** What it lacks is being read, for whichever of its requests waits when that is done. */
  isReading = false
  lastRequestId = 0
  /** The request that the next may continue; 0: it has to name every partition. */
  continuable = 0
  fetchedAtMs: number
  /** When the last answer was sent. */
  answeredAtMs: number = Number.NEGATIVE_INFINITY
  /**
   * It still followed at this moment: when the answer was sent that its last request continues. Not when the request came: it may
   * have lain in a socket's buffer while this broker was paused.
   */
  followedAtMs: number = Number.NEGATIVE_INFINITY
  /** When it had everything that the leader had then. */
  caughtUpAtMs: number
  hasCaughtUp = false
  /** As its last request said: what it lacks is little enough for the high watermark to wait for it. */
  isNear = false
  /** Or it will never lack less. */
  gainsNoMore = false
  isLeaving = false
  /** Since when it counts before its change of the ISR is even proposed; null: it does not. */
  joiningSinceMs: number | null = null
  /** It was told what an operator cut off, since it named every partition. */
  knowsCuts = false
  /** In the confirmed ISR, entered everywhere, with everything below the high watermark. */
  isInSync = false
  /** What the last answer said: a change is worth an answer of its own. */
  toldStanding = -1
  toldInSync = false
  #mostBehind = 0
  #mark: ReadonlyMap<PartitionKey, number> = new Map()
  #markedAtMs: number
  #roundMs = Number.POSITIVE_INFINITY
  #withoutGain = 0

  constructor(identity: Identity, keys: Iterable<PartitionKey>, now: number) {
    this.identity = identity
    this.behind = new Set(keys)
    this.fetchedAtMs = now
    this.caughtUpAtMs = now
    this.#markedAtMs = Number.NEGATIVE_INFINITY
  }

  acknowledged(key: PartitionKey): number {
    return this.positions.get(key)?.acknowledged ?? -1
  }

  enteredEpoch(key: PartitionKey): number {
    return this.positions.get(key)?.enteredEpoch ?? 0
  }

  /** The largest of what was given since it last had everything. */
  mostBehind(offsetsBehind: number): number {
    this.#mostBehind = offsetsBehind === 0 ? 0 : Math.max(this.#mostBehind, offsetsBehind)
    return this.#mostBehind
  }

  /** Out of the ISR from now on: what it had then says nothing of how far it is behind when it is heard again. */
  beginCatchUp(): void {
    this.isNear = false
    this.gainsNoMore = false
    this.joiningSinceMs = null
    this.#roundMs = Number.POSITIVE_INFINITY
    this.#withoutGain = 0
  }

  /**
   * Notes how far it has come. Caught up means: it had everything that was there at some moment, and that moment is
   * remembered; under load a follower is always a little behind and yet caught up a moment ago.
   *
   * From one such moment to the next is a round. Whoever is faster than what is written has less to fetch in each, until a round is a fetch
   * or two: then it is near, and misses no more than that. Had it counted after the first, writes would wait for all of the second.
   */
  noteProgress(partitions: ReadonlyMap<PartitionKey, PartitionReplica>, now: number): void {
    this.fetchedAtMs = now
    this.isNear = this.behind.size === 0
    this.gainsNoMore = false
    if (this.isNear) {
      this.caughtUpAtMs = now
      this.hasCaughtUp = true
      this.#mostBehind = 0
      this.#mark = new Map()
      this.#markedAtMs = now
      return
    }
    for (const [key, endOffset] of this.#mark) if (this.acknowledged(key) < endOffset) return
    if (this.#markedAtMs !== Number.NEGATIVE_INFINITY) this.#noteRound(now - this.#markedAtMs)
    this.caughtUpAtMs = Math.max(this.caughtUpAtMs, this.#markedAtMs)
    const mark = new Map<PartitionKey, number>()
    for (const key of this.behind) mark.set(key, partitions.get(key)?.endOffset ?? 0)
    this.#mark = mark
    this.#markedAtMs = now
  }

  #noteRound(roundMs: number): void {
    this.hasCaughtUp = true
    this.#withoutGain = roundMs < this.#roundMs ? 0 : this.#withoutGain + 1
    this.#roundMs = roundMs
    this.isNear = roundMs <= maxJoiningLagMs
    this.gainsNoMore = this.#withoutGain >= roundsWithoutGain
  }
}
