import { setTimeout as pause } from 'node:timers/promises'
import { seededRandom } from '@yak/log/testing'
import type { BrokerProcess } from './broker-process.ts'
import type { FaultRun } from './fault-run.ts'
import type { Lack, Outage } from './gaps.ts'
import type { TcpLink } from './tcp-link.ts'

/** Does something while that is missing. */
type Without = (lacks: readonly Lack[], work: () => Promise<void>) => Promise<void>

/** From whom to whom. */
type Way = readonly [from: string, to: string]

interface Fault {
  readonly name: string
  /** Of ten. */
  readonly weight: number
  act(without: Without): Promise<void>
}

/**
 * Random faults, two at a time: one hurts processes, the other the network and Redis. The seed decides what comes and for how
 * long; when exactly, and what it meets, is up to the machine.
 */
export class Nemesis {
  /** How often each fault came. */
  readonly counts = new Map<string, number>()
  /** What was missing, and when. */
  readonly outages: Outage[] = []
  readonly #run: FaultRun
  readonly #random: () => number
  #signal = AbortSignal.abort()

  constructor(run: FaultRun, seed: number) {
    this.#run = run
    this.#random = seededRandom(seed)
  }

  /** Until the signal; what is under way then is ended. */
  async torment(signal: AbortSignal): Promise<void> {
    this.#signal = signal
    await Promise.all([
      this.#loop(this.#processFaults()),
      this.#loop([...this.#networkFaults(), ...this.#redisFaults()]),
    ])
  }

  async #loop(faults: readonly Fault[]): Promise<void> {
    while (!this.#signal.aborted) {
      const { name, act } = this.#pick(faults.flatMap((fault) => Array.from({ length: fault.weight }, () => fault)))
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
      await this.#run.recorder.during(name, () => act((lacks, work) => this.#without(name, lacks, work)))
      await this.#wait(this.#between(0, 2_500))
    }
  }

  async #without(fault: string, lacks: readonly Lack[], work: () => Promise<void>): Promise<void> {
    const { recorder } = this.#run
    const fromMs = recorder.nowMs()
    await work()
    this.outages.push({ fault, lacks, fromMs, toMs: recorder.nowMs() })
  }

  #processFaults(): Fault[] {
    const { cluster } = this.#run
    const kill = async (without: Without, ...brokers: readonly BrokerProcess[]) =>
      await without(
        brokers.map(({ id }) => id),
        async () => {
          await Promise.all(brokers.map((broker) => broker.kill()))
          await this.#wait(this.#between(0, 2_000))
          for (const broker of brokers) broker.start()
          await this.#untilAnswering(brokers)
        },
      )
    return [
      { name: 'SIGKILL of the leader', weight: 4, act: async (without) => await kill(without, await this.#leader()) },
      { name: 'SIGKILL of a follower', weight: 2, act: async (without) => await kill(without, await this.#follower()) },
      { name: 'SIGKILL of all', weight: 1, act: async (without) => await kill(without, ...cluster.brokers) },
      {
        name: 'pause of the leader',
        weight: 3,
        act: async (without) => await this.#pauseOf(without, await this.#leader()),
      },
      {
        name: 'pause of a follower',
        weight: 1,
        act: async (without) => await this.#pauseOf(without, await this.#follower()),
      },
      {
        name: 'rolling SIGTERM',
        weight: 2,
        act: async (without) => {
          for (const broker of cluster.brokers) {
            await without([broker.id], async () => {
              await broker.terminate()
              broker.start()
              await this.#untilAnswering([broker])
            })
            await this.#untilReady(broker)
          }
        },
      },
    ]
  }

  #networkFaults(): Fault[] {
    const { cluster } = this.#run
    const during = async (without: Without, ways: readonly Way[], hurt: (link: TcpLink) => void, lacks = ways) =>
      await without(
        lacks.map(([from, to]) => `${from}>${to}`),
        async () => {
          const links = ways.map(([from, to]) => cluster.links.between(from, to))
          for (const link of links) hurt(link)
          await this.#wait(this.#between(200, 3_000))
          for (const link of links) link.heal()
        },
      )
    const both = (one: string, other: string): Way[] => [
      [one, other],
      [other, one],
    ]
    const amid = (): Way[] => {
      const [one, other] = this.#shuffled(cluster.brokers)
      return both(one!.id, other!.id)
    }
    const around = (id: string): Way[] => cluster.others(id).flatMap(({ id: other }) => both(id, other))
    const hold = (link: TcpLink) => link.hold()
    return [
      {
        name: 'two brokers cut off from each other',
        weight: 2,
        act: async (without) => await during(without, amid(), hold),
      },
      {
        name: 'connections between two refused',
        weight: 1,
        act: async (without) => await during(without, amid(), (link) => link.refuse()),
      },
      {
        name: 'one way between two lost',
        weight: 2,
        act: async (without) => await during(without, amid(), (link) => link.hold('toServer')),
      },
      {
        name: 'slow network',
        weight: 1,
        act: async (without) => await during(without, amid(), (link) => link.delay(this.#between(20, 200)), []),
      },
      {
        name: 'lossy network',
        weight: 1,
        act: async (without) => {
          const rate = this.#between(1, 15) / 100
          await during(without, around((await this.#leader()).id), (link) => link.lose(rate, this.#random))
        },
      },
      {
        name: 'the leader cut off from all brokers',
        weight: 2,
        act: async (without) => await during(without, around((await this.#leader()).id), hold),
      },
      {
        name: 'the leader cut off from all brokers and Redis',
        weight: 2,
        act: async (without) => {
          const { id } = await this.#leader()
          await during(without, [...around(id), [id, 'redis']], hold)
        },
      },
      {
        name: 'clients cut off from the leader',
        weight: 1,
        act: async (without) => await during(without, [['client', (await this.#leader()).id]], hold),
      },
    ]
  }

  #redisFaults(): Fault[] {
    const { redis } = this.#run.cluster
    return [
      {
        name: 'Redis killed, back empty',
        weight: 2,
        act: async (without) => {
          await without(['redis'], async () => {
            await redis.kill()
            await this.#wait(this.#between(0, 3_000))
            await redis.restart()
          })
          await without(['record'], async () => {})
        },
      },
      {
        name: 'FLUSHALL',
        weight: 2,
        act: async (without) => await without(['record'], async () => void (await redis.command('FLUSHALL'))),
      },
      {
        name: 'Redis paused',
        weight: 2,
        act: async (without) =>
          await without(['redis'], async () => {
            redis.pause()
            await this.#wait(this.#between(200, 3_000))
            redis.resume()
          }),
      },
    ]
  }

  async #pauseOf(without: Without, broker: BrokerProcess): Promise<void> {
    await without([broker.id], async () => {
      broker.pause()
      await this.#wait(this.#pick([0.5, 1, 3]) * this.#run.cluster.leaseMs)
      broker.resume()
    })
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
