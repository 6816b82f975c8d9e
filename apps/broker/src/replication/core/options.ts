/** Everything a core is given besides its disk: who it is, and its limits of time. */
import type { Identity, Members } from './identity.ts'
import type { PartitionKey } from './state.ts'

export interface CoreOptions {
  readonly self: Identity
  readonly members: Members
  /** Tries first at a cold start. After that it means nothing. */
  readonly prefersLeading: boolean
  /** Of this disk, all of them gone for certain: a lease of one of them need not be waited out. Default: none. */
  readonly earlierIncarnations: readonly string[]
  /**
   * The operator's word that what the absent brokers hold may be lost: this broker may lead without a quorum, with the best
   * log of those that answer. Over with the first leader, itself or another. Default false.
   */
  readonly unsafeRecover: boolean
  /**
   * The operator's word that brokers which do not answer have no records: this one, while its disk is empty, may form a cluster of
   * those that do. Default false.
   */
  readonly init: boolean
  /** The only randomness: in [0, 1), for backing off. */
  readonly random: () => number
  /** `orders-1`, for messages; the key itself where the topic list does not say, which is the default. */
  readonly nameOf: (key: PartitionKey) => string
  /** A cluster id for the case that this broker forms the cluster. */
  readonly newClusterId: string
  /** Default 5,000. */
  readonly leaseMs: number
  /** A follower that was not caught up for so long leaves the ISR. At most the lease, which is the default. */
  readonly replicaLagMaxMs: number
  /** How long a fetch waits for something to say. Default 500, at most a quarter of the lag. */
  readonly fetchWaitMs: number
  /** One fetch answer. Default 4 MiB; a quarter of it for a follower that is out of the ISR and catching up. */
  readonly fetchMaxBytes: number
  /** How long a candidate lets those that promised enter, before it proposes the ISR. Default 200. */
  readonly gatherMs: number
  /** How long a candidate waits for promises once it could go on without. Default 100. */
  readonly settleMs: number
  /** How long a stopping leader stays up for its successor. Default 300. */
  readonly handOverMs: number
  /** A candidate further behind a promiser than this many offsets releases in its favour. Default 1,000,000. */
  readonly maxOffsetsBehind: number
}

export const defaultCoreOptions: Omit<CoreOptions, 'self' | 'members' | 'random' | 'newClusterId'> = {
  prefersLeading: false,
  earlierIncarnations: [],
  unsafeRecover: false,
  init: false,
  nameOf: (key) => key,
  leaseMs: 5_000,
  replicaLagMaxMs: 5_000,
  fetchWaitMs: 500,
  fetchMaxBytes: 4 * 1024 * 1024,
  gatherMs: 200,
  settleMs: 100,
  handOverMs: 300,
  maxOffsetsBehind: 1_000_000,
}
