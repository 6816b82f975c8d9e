import { setTimeout as pause } from 'node:timers/promises'
import { seededRandom } from '@yak/log/testing'
import type { BrokerProcess } from './broker-process.ts'
import type { FaultRun } from './fault-run.ts'
import type { TcpLink } from './tcp-link.ts'

interface Fault {
  readonly name: string
  /** Of ten. */
  readonly weight: number
  act(): Promise<void>
}

/**
 * Random faults, two at a time: one hurts processes, the other the network and Redis. The seed decides what comes and for how
 * long; when exactly, and what it meets, is up to the machine.
 */
export class Nemesis {
  /** How often each fault came. */
  readonly counts = new Map<string, number>()
  readonly #run: FaultRun
  readonly #random: () => number
  readonly #signal: AbortSignal

  constructor(run: FaultRun, options: { readonly seed: number; readonly signal: AbortSignal }) {
    this.#run = run
    this.#random = seededRandom(options.seed)
    this.#signal = options.signal
  }

  /** Until the signal; what is under way then is ended. */
  async torment(): Promise<void> {
    await Promise.all([
      this.#loop(this.#processFaults()),
      this.#loop([...this.#networkFaults(), ...this.#redisFaults()]),
    ])
  }

  async #loop(faults: readonly Fault[]): Promise<void> {
    while (!this.#signal.aborted) {
      const { name, act } = this.#pick(faults.flatMap((fault) => Array.from({ length: fault.weight }, () => fault)))
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
      await this.#run.recorder.during(name, act)
      await this.#wait(this.#between(0, 2_500))
    }
  }

  #processFaults(): Fault[] {
    const { cluster } = this.#run
    const kill = async (...brokers: readonly BrokerProcess[]) => {
      await Promise.all(brokers.map((broker) => broker.kill()))
      await this.#wait(this.#between(0, 2_000))
      for (const broker of brokers) broker.start()
      await this.#untilAnswering(brokers)
    }
    return [
      { name: 'SIGKILL of the leader', weight: 4, act: async () => await kill(await this.#leader()) },
      { name: 'SIGKILL of a follower', weight: 2, act: async () => await kill(await this.#follower()) },
      { name: 'SIGKILL of all', weight: 1, act: async () => await kill(...cluster.brokers) },
      { name: 'pause of the leader', weight: 3, act: async () => await this.#pauseOf(await this.#leader()) },
      { name: 'pause of a follower', weight: 1, act: async () => await this.#pauseOf(await this.#follower()) },
      {
        name: 'rolling SIGTERM',
        weight: 2,
        act: async () => {
          for (const broker of cluster.brokers) {
            await broker.terminate()
            broker.start()
            await this.#untilReady(broker)
          }
        },
      },
    ]
  }

  #networkFaults(): Fault[] {
    const { cluster } = this.#run
    const during = async (links: readonly TcpLink[], hurt: (link: TcpLink) => void) => {
      for (const link of links) hurt(link)
      await this.#wait(this.#between(200, 3_000))
      for (const link of links) link.heal()
    }
    const amid = () => {
      const [one, other] = this.#shuffled(cluster.brokers)
      return cluster.links.amid(one!.id, other!.id)
    }
    const around = (id: string) => cluster.others(id).flatMap(({ id: other }) => cluster.links.amid(id, other))
    return [
      {
        name: 'two brokers cut off from each other',
        weight: 2,
        act: async () => await during(amid(), (link) => link.hold()),
      },
      {
        name: 'connections between two refused',
        weight: 1,
        act: async () => await during(amid(), (link) => link.refuse()),
      },
      {
        name: 'one way between two lost',
        weight: 2,
        act: async () => await during(amid(), (link) => link.hold('toServer')),
      },
      {
        name: 'slow network',
        weight: 1,
        act: async () => await during(amid(), (link) => link.delay(this.#between(20, 200))),
      },
      {
        name: 'the leader cut off from all brokers',
        weight: 2,
        act: async () => await during(around((await this.#leader()).id), (link) => link.hold()),
      },
      {
        name: 'the leader cut off from all brokers and Redis',
        weight: 2,
        act: async () => {
          const { id } = await this.#leader()
          await during([...around(id), cluster.links.between(id, 'redis')], (link) => link.hold())
        },
      },
      {
        name: 'clients cut off from the leader',
        weight: 1,
        act: async () =>
          await during([cluster.links.between('client', (await this.#leader()).id)], (link) => link.hold()),
      },
    ]
  }

  #redisFaults(): Fault[] {
    const { redis } = this.#run.cluster
    return [
      {
        name: 'Redis killed, back empty',
        weight: 2,
        act: async () => {
          await redis.kill()
          await this.#wait(this.#between(0, 3_000))
          await redis.restart()
        },
      },
      { name: 'FLUSHALL', weight: 2, act: async () => void (await redis.command('FLUSHALL')) },
      {
        name: 'Redis paused',
        weight: 2,
        act: async () => {
          redis.pause()
          await this.#wait(this.#between(200, 3_000))
          redis.resume()
        },
      },
    ]
  }

  async #pauseOf(broker: BrokerProcess): Promise<void> {
    broker.pause()
    await this.#wait(this.#pick([0.5, 1, 3]) * this.#run.cluster.leaseMs)
    broker.resume()
  }

  /** Any, when nobody leads at the moment. */
  async #leader(): Promise<BrokerProcess> {
    const { cluster } = this.#run
    const leading = (await cluster.healths()).find((health) => health?.role === 'leader')
    return leading === undefined ? this.#pick(cluster.brokers) : cluster.broker(leading.brokerId)
  }

  async #follower(): Promise<BrokerProcess> {
    return this.#pick(this.#run.cluster.others((await this.#leader()).id))
  }

  /** A process that was started and killed before it came to anything says nothing about it. */
  async #untilAnswering(brokers: readonly BrokerProcess[]): Promise<void> {
    while (!this.#signal.aborted && !(await Promise.all(brokers.map((broker) => broker.health()))).every(Boolean)) {
      await this.#wait(20)
    }
  }

  /** As whoever restarts one broker after another does it; but with faults about, it may never be. */
  async #untilReady(broker: BrokerProcess): Promise<void> {
    const deadlineMs = performance.now() + 5_000
    while (!this.#signal.aborted && performance.now() < deadlineMs) {
      if ((await broker.health())?.status === 'ok') return
      await this.#wait(20)
    }
  }

  #between(low: number, high: number): number {
    return Math.round(low + this.#random() * (high - low))
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)]!
  }

  #shuffled<Item>(items: readonly Item[]): Item[] {
    return items
      .map((item) => ({ item, key: this.#random() }))
      .sort((left, right) => left.key - right.key)
      .map(({ item }) => item)
  }

  async #wait(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#signal }).catch(() => {})
  }
}
