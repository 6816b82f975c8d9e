import type { ProgressProbe } from './clients/progress-probe.ts'
import { Progress } from './progress.ts'
import type { SimulatedBroker } from './simulated-broker.ts'
import type { World } from './world.ts'

export const WAITS = ['all is healed', 'the leader stops', 'a follower is lost'] as const

/** How long writes waited after something happened, and how long they may (I9), in milliseconds. */
export interface WriteWait {
  readonly after: (typeof WAITS)[number]
  readonly ms: number
  readonly boundMs: number
}

/** Lets the world go on until it is done, or so long. */
type Run = (limitMs: number, isDone: () => boolean) => Promise<void>

/**
 * Measures I9, in a world in which nothing else goes wrong any more. Each wait ends with the first acknowledgement to somebody who tries every few
 * milliseconds. The bounds are derived in README.md.
 */
export class WriteWaits {
  readonly waits: WriteWait[] = []
  readonly #world: World
  readonly #run: Run

  constructor(world: World, run: Run) {
    this.#world = world
    this.#run = run
  }

  /** It counts from when a write can be asked for. */
  async afterHealing(limitMs: number): Promise<void> {
    const { configuration, nowMs: healedAtMs } = this.#world
    const { leaseMs, faults } = configuration
    const progress = new Progress(this.#world)
    const probe = this.#newProbe()
    await this.#run(limitMs, () => {
      progress.look()
      return probe.lastAckBegunAtMs >= healedAtMs
    })
    probe.stop()
    // Served by fewer than it takes to be certain of it.
    if (progress.sinceMs === undefined) return
    const ms = this.#world.nowMs - progress.sinceMs
    // Where the clock that judges the lease was put back, brokers find that out when they ask for it, and wait for it once more.
    const times = faults.includes('coordinator clock') ? 2 : 1
    this.#add({ after: 'all is healed', ms, boundMs: times * (leaseMs + 1_000) })
  }

  /** In a quarter of the seeds one of two, when everybody is in sync and the others can go on without one of them. False: in none. */
  async afterLoss(): Promise<boolean> {
    const { seed, leaseMs } = this.#world.configuration
    if (seed % 8 > 1) return false
    // What was asked of the coordinator before the healing, and got lost, is given up within a lease.
    await this.#run(leaseMs, () => false)
    const leader = this.#leaderOfAll()
    if (leader !== undefined && seed % 16 < 8) await this.#afterGracefulStop(leader)
    else if (leader !== undefined) await this.#afterLostFollower(leader)
    return true
  }

  async #afterGracefulStop(leader: SimulatedBroker): Promise<void> {
    const { networkDelayMs, writeMs, slowness } = this.#world.configuration
    // Sixteen messages and five small files follow each other; on a good network and disk that is not worth counting.
    const isGood = networkDelayMs.high <= 1 && writeMs.high < 1
    const boundMs = 300 + (isGood ? 0 : 16 * networkDelayMs.high + 50 * writeMs.high)
    await this.#measure('the leader stops', boundMs, leader, () => {
      if (slowness === 'stop') leader.kill()
      else leader.stopGracefully()
    })
  }

  async #afterLostFollower(leader: SimulatedBroker): Promise<void> {
    const { brokers, random, configuration } = this.#world
    const { replicaLagMaxMs, networkDelayMs, writeMs } = configuration
    const follower = random.pick(brokers.filter((broker) => broker !== leader))
    // To the coordinator and back, the new ISR on the disk, and the way of the client.
    const boundMs = replicaLagMaxMs + 6 * networkDelayMs.high + 10 * writeMs.high + this.#probeEveryMs
    await this.#measure('a follower is lost', boundMs, follower, () => follower.kill())
  }

  /** Undefined: somebody is not in sync, the others are too few without one of them, or a disk has anything left that a fault made late. */
  #leaderOfAll(): SimulatedBroker | undefined {
    const { brokers, settings, nowMs } = this.#world
    if (brokers.length - 1 < settings.minInsyncReplicas) return undefined
    if (brokers.some(({ state }) => state !== 'running')) return undefined
    // Else its newest ISR may be with the coordinator and not on its disk, which is what is looked at here.
    if (brokers.some(({ diskHealth }) => diskHealth.stalledUntilMs > nowMs)) return undefined
    const leader = brokers.find(({ isLeader }) => isLeader)
    const isr = leader === undefined ? undefined : this.#world.knownIsr(leader.id)
    return isr?.isr.length === brokers.length ? leader : undefined
  }

  async #measure(
    after: WriteWait['after'],
    boundMs: number,
    broker: SimulatedBroker,
    happen: () => void,
  ): Promise<void> {
    const probe = this.#newProbe()
    const begunAtMs = this.#world.nowMs
    const isWrittenAfter = (sinceMs: number) => () => probe.lastAckBegunAtMs > sinceMs
    await this.#run(boundMs, isWrittenAfter(begunAtMs))
    const happenedAtMs = this.#world.nowMs
    // A start that was asked for long ago may still come.
    broker.isHeldDown = true
    happen()
    const isWritten = isWrittenAfter(happenedAtMs)
    let isDisturbed = false
    await this.#run(10 * this.#world.configuration.leaseMs, () => {
      isDisturbed ||= this.#isAnotherAway(broker)
      return isWritten()
    })
    probe.stop()
    if (!isDisturbed) this.#add({ after, ms: this.#world.nowMs - happenedAtMs, boundMs })
    await this.#run(1_000, () => broker.state === 'down')
    if (broker.state !== 'down') broker.kill()
    broker.isHeldDown = false
    broker.start()
  }

  /** Some faults have a tail after their end. */
  #isAnotherAway(broker: SimulatedBroker): boolean {
    const { brokers, network } = this.#world
    return !network.isWhole || brokers.some((other) => other !== broker && other.state !== 'running')
  }

  #add(wait: WriteWait): void {
    if (this.#world.failures.length > 0) return
    this.waits.push(wait)
    const { after, ms, boundMs } = wait
    if (ms <= boundMs) return
    this.#world.fail(`I9: after ${after}, writes waited ${ms.toFixed(0)} ms, and may wait ${boundMs.toFixed(0)}`)
  }

  get #probeEveryMs(): number {
    return Math.min(10, this.#world.configuration.leaseMs / 50)
  }

  #newProbe(): ProgressProbe {
    const probe = this.#world.newProbe(this.#probeEveryMs)
    probe.start()
    return probe
  }
}
