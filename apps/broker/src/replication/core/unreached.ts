import type { CoreState } from './core-state.ts'
import type { PromiseResponse } from './messages.ts'

export interface UnreachedOptions {
  readonly state: CoreState
  readonly epoch: number
  /** When the peer fetched last at this epoch, or could have for the first time. */
  readonly fetchedAtMs: (brokerId: string) => number
}

/**
 * Finds out that the others could go on without this leader and not with it: they answer what it asks, and what they ask never
 * comes here, because of a firewall or of a wrong URL in their `--peers`. Who is silent is asked for the promise that it gave: to give
 * it again costs nothing, and says that it lives, votes, and would follow.
 */
export class Unreached {
  readonly #options: UnreachedOptions
  #askedAtMs = Number.NEGATIVE_INFINITY
  /** Since they were asked. */
  readonly #answered = new Set<string>()

  constructor(options: UnreachedOptions) {
    this.#options = options
  }

  /**
   * To be called again and again: asks whoever has not fetched for longer than a follower may. Gives those that answered the last
   * time and have not fetched since, for which they had time; null: too few to lead and to acknowledge among themselves.
   */
  check(): readonly string[] | null {
    const { state, epoch, fetchedAtMs } = this.#options
    const { now, peers, cluster, rules, options } = state
    const { brokerIds, minInsyncReplicas } = options.members
    if (now - this.#askedAtMs < options.replicaLagMaxMs / 5) return null
    const silent = peers.filter((peer) => now - fetchedAtMs(peer) >= options.replicaLagMaxMs)
    const able = silent.filter((peer) => this.#answered.has(peer))
    this.#askedAtMs = now
    this.#answered.clear()
    const { founders } = cluster
    for (const peer of silent) state.send(peer, { type: 'promise-request', requestId: state.nextId(), epoch, founders })
    const needed = Math.max(rules.quorumSize(brokerIds.length, minInsyncReplicas), minInsyncReplicas)
    return able.length >= needed ? able : null
  }

  onAnswer(answer: PromiseResponse): void {
    const { state, epoch } = this.#options
    const wouldFollow = answer.promisedEpoch === epoch && !answer.isLeaving && state.rules.countsInQuorum(answer)
    if (wouldFollow) this.#answered.add(answer.from.brokerId)
  }
}
