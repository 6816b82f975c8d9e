import { compareIsr } from '../../apps/broker/src/replication/core/state.ts'
import { coordinatorGroup } from './coordinator-link.ts'
import type { SimulatedBroker } from './simulated-broker.ts'
import type { World } from './world.ts'

/**
 * Since when I9 counts: an election quorum is up, m of them are in sync, by the newest word of it, everybody is connected, the coordinator
 * answers, and no running broker still has something on a disk that a fault has made late. What a fault does after all were healed (some have a
 * tail) begins it anew; what the brokers do to each other does not.
 */
export class Progress {
  readonly #world: World
  #fit: ReadonlySet<SimulatedBroker> = new Set()
  #sinceMs: number | undefined

  constructor(world: World) {
    this.#world = world
  }

  /** undefined: it cannot be asked for yet. */
  get sinceMs(): number | undefined {
    return this.#sinceMs
  }

  /** To be called at every event. */
  look(): void {
    const { brokers, network, coordinatorHealth, nowMs } = this.#world
    const fit = new Set(brokers.filter((broker) => broker.port !== undefined && broker.state === 'running'))
    const isAway = [...this.#fit].some((broker) => !fit.has(broker))
    const isLate = brokers.some(({ state, diskHealth }) => state !== 'down' && diskHealth.stalledUntilMs > nowMs)
    this.#fit = fit
    if (isAway || isLate || !network.isWhole || coordinatorHealth.isDown) this.#sinceMs = undefined
    if (this.#sinceMs === undefined && !isLate && network.isWhole && this.#hasQuorum(fit)) this.#sinceMs = nowMs
  }

  #hasQuorum(fit: ReadonlySet<SimulatedBroker>): boolean {
    const { brokers, settings, configuration } = this.#world
    const m = settings.minInsyncReplicas
    const count = brokers.length
    // Under changed settings an election may want the votes of the strictest.
    const { otherMinInsyncReplicas, minInsyncReplicas, faults } = configuration
    const isChanging = otherMinInsyncReplicas !== minInsyncReplicas || faults.includes('change members')
    const quorum = isChanging ? count : Math.max(count - m + 1, Math.floor(count / 2) + 1)
    if (fit.size < quorum) return false
    const voters = [...fit].filter(({ isWhole }) => isWhole)
    if (voters.length < quorum) return false
    const inSync = this.#inSync()
    return voters.filter(({ id }) => inSync.has(id)).length >= m
  }

  /** By the coordinator, or by a broker that knows better. */
  #inSync(): ReadonlySet<string> {
    const { brokers, coordinator, observer } = this.#world
    const records = brokers.flatMap(({ id }) => observer.savedIsr(id) ?? [])
    const stored = coordinator.snapshot().get(coordinatorGroup)
    if (stored !== undefined) records.push(stored)
    const [newest] = records.sort((one, other) => compareIsr(other, one))
    return new Set(newest?.isr.map(({ brokerId }) => brokerId))
  }
}
