import type { CoreState } from './core-state.ts'
import type { FollowerProgress } from './follower-progress.ts'
import { type Identity, sameIdentity } from './identity.ts'
import type { PromiseResponse } from './messages.ts'

export interface UnreachedOptions {
  readonly state: CoreState
  readonly epoch: number
  /** undefined: it has not fetched at this epoch. */
  readonly followerOf: (brokerId: string) => FollowerProgress | undefined
}

/** The answers of one run of a peer. */
interface Answers {
  readonly identity: Identity
  readonly firstAtMs: number
  readonly lastAtMs: number
}

/**
 * Finds out that the others could go on without this leader and not with it: they answer what it asks, and what they ask never
 * comes here, because of a firewall or of a wrong URL in their `--peers`. Who is silent is asked for the promise that it gave: to give
 * it again costs nothing, and says that it lives, votes, and would follow.
 */
export class Unreached {
  readonly #options: UnreachedOptions
  readonly #startedAtMs: number
  #askedAtMs = Number.NEGATIVE_INFINITY
  readonly #answers = new Map<string, Answers>()

  constructor(options: UnreachedOptions) {
    this.#options = options
    this.#startedAtMs = options.state.now
  }

  /**
   * To be called again and again: asks whoever has not fetched for longer than a follower may. Gives those that answered the last
   * time and have not fetched since, for which they had time; null: too few to lead and to acknowledge among themselves.
   */
  check(): readonly string[] | null {
    const { state, epoch, followerOf } = this.#options
    const { now, peers, cluster, options, quorum } = state
    if (now - this.#askedAtMs < options.replicaLagMaxMs / 5) return null
    const fetchedAtMs = (peer: string) => followerOf(peer)?.fetchedAtMs ?? this.#startedAtMs
    const silent = peers.filter((peer) => now - fetchedAtMs(peer) >= options.replicaLagMaxMs)
    const able = silent.filter((peer) => this.#wouldFollow(peer))
    this.#askedAtMs = now
    const { founders } = cluster
    for (const peer of silent) state.send(peer, { type: 'promise-request', requestId: state.nextId(), epoch, founders })
    const needed = Math.max(quorum.votes, options.members.minInsyncReplicas)
    return able.length >= needed ? able : null
  }

  onAnswer(answer: PromiseResponse): void {
    const { state, epoch } = this.#options
    const { from: identity, promisedEpoch, isLeaving } = answer
    if (promisedEpoch !== epoch || isLeaving || !state.rules.countsInQuorum(answer)) return
    const before = this.#answers.get(identity.brokerId)
    const isSameRun = before !== undefined && sameIdentity(before.identity, identity)
    const firstAtMs = isSameRun ? before.firstAtMs : state.now
    this.#answers.set(identity.brokerId, { identity, firstAtMs, lastAtMs: state.now })
  }

  /** It answered when it was last asked, and it had time to fetch: since its last fetch, or, just started, since it answers. */
  #wouldFollow(brokerId: string): boolean {
    const { state, followerOf } = this.#options
    const { replicaLagMaxMs } = state.options
    const answers = this.#answers.get(brokerId)
    // Nobody was asked while there were enough to acknowledge.
    if (answers === undefined || answers.lastAtMs < Math.max(this.#askedAtMs, state.now - replicaLagMaxMs)) return false
    const follower = followerOf(brokerId)
    if (follower !== undefined && sameIdentity(follower.identity, answers.identity)) return true
    return state.now - answers.firstAtMs >= replicaLagMaxMs
  }
}
