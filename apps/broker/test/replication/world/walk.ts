import { seededRandom } from '@yak/log/testing'
import type { Rules } from '../../../src/replication/core/rules/rules.ts'
import { type ClusterState, metadataKey, type PartitionKey } from '../../../src/replication/core/state.ts'
import type { Acknowledged } from './cluster-checker.ts'
import type { FakeBroker } from './fake-broker.ts'
import { FakeCluster, type Pending } from './fake-cluster.ts'
import { FakeDisk } from './fake-disk.ts'

export interface WalkOptions {
  readonly seed: number
  readonly brokers: number
  readonly minInsync: number
  readonly steps: number
  readonly rules?: Partial<Rules>
  readonly trace?: (line: string) => void
  /** Also lose disks, one at a time and never so many that an acknowledged record may be gone. */
  readonly losesDisks?: boolean
  readonly forgets?: boolean
}

export interface WalkResult {
  readonly violations: readonly string[]
  readonly acknowledged: number
  readonly counts: ReadonlyMap<string, number>
  readonly isStuck: boolean
}

function isVoter(disk: FakeDisk): boolean {
  const cluster = disk.files.get('cluster') as ClusterState | undefined
  return cluster?.membership === 'voter' && cluster.faulty.length === 0 && disk.damaged.size === 0
}

/**
 * A random walk over one cluster: at each step some pending event happens, is lost or doubled, time passes, a client
 * produces, or a broker, its disk, the network or the coordinator fails. Then everything heals, and the cluster has to get
 * going again.
 */
export function walk(options: WalkOptions): WalkResult {
  const random = seededRandom(options.seed)
  const cluster = new FakeCluster({
    brokers: ['a', 'b', 'c', 'd', 'e'].slice(0, options.brokers),
    minInsync: options.minInsync,
    random,
    readBatches: 3,
    stopsAtViolation: true,
    // Short, so that much happens within few steps.
    core: { leaseMs: 300, replicaLagMaxMs: 300, fetchWaitMs: 50, gatherMs: 60, settleMs: 20, handOverMs: 100 },
    ...(options.rules === undefined ? {} : { rules: options.rules }),
    ...(options.trace === undefined ? {} : { trace: options.trace }),
  })
  return new Walk(cluster, options, random).run()
}

class Walk {
  readonly #cluster: FakeCluster
  readonly #options: WalkOptions
  readonly #random: () => number
  /** Faults come in bursts: a walk of nothing but trouble never gets anywhere. */
  #trouble = 0
  #lastProduce = 0
  #unknown: { key: PartitionKey; value: string }[] = []
  #snapshot: ReturnType<FakeCluster['coordinator']['snapshot']> | null = null

  constructor(cluster: FakeCluster, options: WalkOptions, random: () => number) {
    this.#cluster = cluster
    this.#options = options
    this.#random = random
  }

  run(): WalkResult {
    const cluster = this.#cluster
    for (const broker of cluster.brokers.values()) broker.start(broker.id === 'a')
    this.#cluster.settle(1_000)
    this.#produce(metadataKey, 'create t-0')
    this.#cluster.settle(300)
    for (let step = 0; step < this.#options.steps && cluster.checker.violations.length === 0; step++) {
      if (step % 60 === 0) this.#trouble = this.#random() < 0.3 ? 0 : this.#random() ** 2 * 0.3
      this.#step()
    }
    const isStuck = cluster.checker.violations.length === 0 && !this.#heal()
    cluster.checker.checkEnd()
    return {
      violations: cluster.checker.violations,
      acknowledged: cluster.checker.acknowledged.length,
      counts: cluster.counts,
      isStuck,
    }
  }

  #step(): void {
    const cluster = this.#cluster
    const dice = this.#random()
    if (this.#random() < this.#trouble * 0.3) {
      this.#fault()
    } else if (dice < 0.08) {
      this.#produceSomething()
    } else if (dice < 0.12) {
      this.#read()
    } else {
      const event = this.#pick()
      if (event === undefined || dice < 0.2) this.#passTime()
      else if (this.#random() < this.#trouble && event.kind === 'message') this.#mishap(event)
      else if (this.#random() < this.#trouble * 0.3 && event.fail !== undefined) cluster.lose(event)
      else cluster.run(event)
    }
  }

  #pick(): Pending | undefined {
    const { pending } = this.#cluster
    // Mostly about in order, sometimes anything.
    const span = this.#random() < 0.8 ? Math.min(4, pending.length) : pending.length
    for (let attempt = 0; attempt < 4; attempt++) {
      const event = pending[Math.floor(this.#random() * span)]
      if (event !== undefined && this.#cluster.mayRun(event)) return event
    }
    return pending.find((event) => this.#cluster.mayRun(event))
  }

  #mishap(event: Pending): void {
    if (this.#random() < 0.6) this.#cluster.lose(event)
    else this.#cluster.double(event)
  }

  #passTime(): void {
    const cluster = this.#cluster
    const until = cluster.wakeAt
    const step = this.#random() < 0.8 ? this.#random() * 20 : this.#random() * 200
    cluster.advanceTo(Math.max(cluster.now + 1, Math.min(until, cluster.now + step)))
  }

  #read(): void {
    const brokers = [...this.#cluster.brokers.values()].filter(
      ({ core, isPaused, broken }) => core !== null && !isPaused && broken === null,
    )
    const leaders = brokers.filter(({ core }) => core!.status(this.#cluster.now).role === 'leader')
    const among = leaders.length > 0 && this.#random() < 0.8 ? leaders : brokers
    const broker = among[Math.floor(this.#random() * among.length)]
    // A coordinator whose clock jumps may let another lead while a lease runs.
    if (broker !== undefined) this.#cluster.checker.onRead(broker, this.#pickKey(), this.#options.forgets !== true)
  }

  #produceSomething(): void {
    const retry = this.#random() < 0.3 ? this.#unknown[Math.floor(this.#random() * this.#unknown.length)] : undefined
    if (retry !== undefined) this.#produce(retry.key, retry.value)
    else if (this.#random() < 0.03) this.#produce(metadataKey, `create u${this.#lastProduce}-0`)
    else this.#produce(this.#pickKey(), `v${this.#lastProduce + 1}`)
  }

  #pickKey(): PartitionKey {
    const leader = this.#leaders()[0]
    const keys = [...(leader?.disk.logs.keys() ?? ['t-0'])].filter((key) => key !== metadataKey)
    return keys[Math.floor(this.#random() * keys.length)] ?? 't-0'
  }

  #leaders(): FakeBroker[] {
    return [...this.#cluster.brokers.values()].filter(({ core }) => core?.status(this.#cluster.now).role === 'leader')
  }

  #produce(key: PartitionKey, value: string): void {
    const leaders = this.#leaders()
    const broker = leaders[Math.floor(this.#random() * leaders.length)]
    if (broker === undefined || broker.isPaused) return
    const id = ++this.#lastProduce
    this.#cluster.checker.onProduce(id, key, value)
    broker.produce(id, key, value)
    if (!this.#unknown.some((one) => one.value === value)) this.#unknown.push({ key, value })
    if (this.#unknown.length > 10) this.#unknown.shift()
  }

  #fault(): void {
    const cluster = this.#cluster
    const brokers = [...cluster.brokers.values()]
    const leader = this.#leaders()[0]
    // Whatever happens to the leader is what elections are made of.
    const broker =
      leader !== undefined && this.#random() < 0.5 ? leader : brokers[Math.floor(this.#random() * brokers.length)]!
    if (this.#random() < 0.55 && this.#repair(brokers)) return
    const dice = this.#random()
    cluster.count('fault')
    if (dice < 0.35) this.#crashOrStart(broker)
    else if (dice < 0.47) broker.isPaused = broker.core !== null && !broker.isPaused
    else if (dice < 0.6) this.#cutOrHeal(brokers)
    else if (dice < 0.73) this.#isolate(broker)
    else if (dice < 0.79) this.#switchCoordinator()
    else if (dice < 0.84) broker.step({ type: 'stop' })
    else if (dice < 0.92 && this.#options.forgets) this.#forget()
    else if (this.#options.losesDisks) this.#loseDisk(broker)
  }

  /** One thing that was broken works again. */
  #repair(brokers: readonly FakeBroker[]): boolean {
    const cluster = this.#cluster
    const down = brokers.find(({ core }) => core === null)
    const paused = brokers.find(({ isPaused }) => isPaused)
    const repairs: (() => void)[] = []
    if (down !== undefined) repairs.push(() => down.start(false))
    if (paused !== undefined) repairs.push(() => void (paused.isPaused = false))
    if (cluster.cuts.size > 0) repairs.push(() => cluster.cuts.clear())
    if (!cluster.isCoordinatorUp) repairs.push(() => this.#switchCoordinator())
    repairs[Math.floor(this.#random() * repairs.length)]?.()
    return repairs.length > 0
  }

  #switchCoordinator(): void {
    this.#cluster.isCoordinatorUp = !this.#cluster.isCoordinatorUp
    this.#cluster.observeAll()
  }

  /** It hears nobody and nobody hears it, and still takes what clients send. */
  #isolate(broker: FakeBroker): void {
    for (const { id } of this.#cluster.brokers.values()) {
      if (id === broker.id) continue
      this.#cluster.cuts.add(`${id}>${broker.id}`)
      this.#cluster.cuts.add(`${broker.id}>${id}`)
    }
    for (let count = Math.floor(this.#random() * 4); count > 0; count--) this.#produceSomething()
  }

  #crashOrStart(broker: FakeBroker): void {
    if (broker.core !== null) broker.crash((count) => Math.floor(this.#random() * (count + 1)))
    else broker.start(false)
  }

  #cutOrHeal(brokers: readonly FakeBroker[]): void {
    const { cuts } = this.#cluster
    if (cuts.size > 0 && this.#random() < 0.7) {
      cuts.clear()
      return
    }
    const from = brokers[Math.floor(this.#random() * brokers.length)]!.id
    const to = brokers[Math.floor(this.#random() * brokers.length)]!.id
    cuts.add(`${from}>${to}`)
    if (this.#random() < 0.5) cuts.add(`${to}>${from}`)
  }

  /** With m = 1 the guarantee rests on the coordinator not losing an ISR change. */
  #forget(): void {
    const { coordinator, options } = this.#cluster
    if (this.#random() < 0.4) coordinator.forget()
    else if (this.#random() < 0.5) coordinator.jumpClock((this.#random() - 0.5) * 3_000)
    else if (options.minInsync > 1) {
      if (this.#snapshot === null) this.#snapshot = coordinator.snapshot()
      else {
        coordinator.restore(this.#snapshot)
        this.#snapshot = null
      }
    }
  }

  /** A disk, or one of its logs, may go only while no acknowledged record and no vote is gone for good with it. */
  #loseDisk(broker: FakeBroker): void {
    const { brokers } = this.#cluster
    const others = [...brokers.values()].filter((other) => other !== broker)
    if (!others.every(({ disk }) => isVoter(disk)) || !this.#isSpare(others)) return
    broker.crash(() => 0)
    if (this.#random() < 0.5) {
      broker.disk = new FakeDisk(`${broker.id}${Math.floor(this.#random() * 1e6)}`)
      this.#cluster.count('lost disk')
    } else this.#damageLog(broker)
  }

  #isSpare(others: readonly FakeBroker[]): boolean {
    const { checker, coordinator, options, pending } = this.#cluster
    const has = ({ disk }: FakeBroker, { key, offset, value }: Acknowledged): boolean => {
      const log = disk.logs.get(key)
      return log?.batches[offset - log.startOffset]?.value === value
    }
    if (options.minInsync > 1) return checker.acknowledged.every((one) => others.some((other) => has(other, one)))
    // Where the coordinator's record is trusted, somebody else has to be named in it who has everything.
    const { isr } = coordinator.record('', 'yak')
    const named = others.filter(({ disk }) => isr.some((member) => member.diskId === disk.diskId))
    const isChanging = pending.some(({ label }) => label.endsWith('update-isr'))
    return !isChanging && named.some((other) => checker.acknowledged.every((one) => has(other, one)))
  }

  /** Found at the next start, and set aside: the log begins with what is left. */
  #damageLog({ disk }: FakeBroker): void {
    const keys = [...disk.logs.keys()]
    const key = keys[Math.floor(this.#random() * keys.length)]!
    const log = disk.log(key)
    log.batches.length = Math.floor(this.#random() * log.batches.length)
    log.syncedEndOffset = log.endOffset
    disk.damaged.add(key)
    this.#cluster.count('damaged log')
  }

  /** Everything works again. Has the cluster a leader that commits within a few leases? */
  #heal(): boolean {
    const cluster = this.#cluster
    cluster.cuts.clear()
    cluster.isCoordinatorUp = true
    cluster.observeAll()
    for (let round = 0; round < 10; round++) {
      for (const broker of cluster.brokers.values()) {
        broker.isPaused = false
        if (broker.core === null) broker.start(false)
      }
      this.#cluster.settle(800)
      const before = cluster.checker.acknowledged.length
      this.#produce('t-0', `end${round}`)
      this.#cluster.settle(300)
      if (cluster.checker.acknowledged.length > before && round > 1) return true
    }
    return false
  }
}
