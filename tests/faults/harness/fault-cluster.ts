import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { YakClient, type YakClientOptions } from '@yak/client'
import { freePort, RedisServerProcess } from '@yak/election/testing'
import type { HealthResponse } from '@yak/protocol/schemas'
import { BrokerProcess, type BrokerProcessOptions, type Hurt } from './broker-process.ts'
import { TcpLink } from './tcp-link.ts'
import { until } from './until.ts'
import type { VanishingNetwork } from './vanishing-network.ts'

export interface FaultClusterOptions {
  /** Default 3. */
  readonly brokers?: number
  /** Default 1,000. */
  readonly leaseMs?: number
  readonly minInsync?: number
  /** Default redis. */
  readonly coordinator?: 'redis' | 'sqlite'
  /** Whether everything goes through links that a test can hurt. Default false: directly, which costs less. */
  readonly isLinked?: boolean
  /** Gives each broker and Redis a network of its own, with a cable that can be pulled. The test closes it. */
  readonly network?: VanishingNetwork
  /** Further flags of every broker. */
  readonly flags?: readonly string[]
  /** A rule that every broker goes without. */
  readonly mutation?: string | undefined
  /** What `broker.hurt()` does to any of them. */
  readonly hurt?: Hurt
}

/** Ways through the network: from whom to whom. `redis` is a target only, `client` an origin only. */
class Links {
  readonly #links = new Map<string, TcpLink>()

  async open(from: string, to: string, targetPort: number): Promise<TcpLink> {
    const link = await TcpLink.open(targetPort)
    this.#links.set(`${from}>${to}`, link)
    return link
  }

  between(from: string, to: string): TcpLink {
    const link = this.#links.get(`${from}>${to}`)
    if (link === undefined)
      throw new Error(`There is no link from ${from} to ${to}; is the cluster made with isLinked?`)
    return link
  }

  /** Both directions between two brokers. */
  amid(one: string, other: string): TcpLink[] {
    return [this.between(one, other), this.between(other, one)]
  }

  heal(): void {
    for (const link of this.#links.values()) link.heal()
  }

  close(): void {
    for (const link of this.#links.values()) link.close()
  }
}

/** Real broker processes, a Redis of their own, and the network between everybody. */
export class FaultCluster {
  readonly leaseMs: number
  readonly size: number
  /** Whether its brokers go without one of their rules. */
  readonly isMutated: boolean
  readonly links = new Links()
  readonly #folder: string
  readonly #brokers = new Map<string, BrokerProcess>()
  readonly #clients: YakClient[] = []
  readonly #clientUrls = new Map<string, string>()
  /** Without one of its rules a cluster may never come to rest, and that is as good an end of its test as any. */
  readonly #patienceMs: number
  #redis: RedisServerProcess | undefined

  private constructor(folder: string, options: FaultClusterOptions) {
    this.#folder = folder
    this.leaseMs = options.leaseMs ?? 1_000
    this.size = options.brokers ?? 3
    this.isMutated = options.mutation !== undefined
    this.#patienceMs = this.isMutated ? 12_000 : 30_000
  }

  /** Starts all, and resolves when all are in sync. */
  static async start(options: FaultClusterOptions = {}): Promise<FaultCluster> {
    const cluster = new FaultCluster(await mkdtemp(join(tmpdir(), 'yak-faults-')), options)
    try {
      await cluster.#prepare(options)
      for (const broker of cluster.brokers) broker.start()
      await cluster.untilWhole()
    } catch (error) {
      await cluster.close()
      throw error
    }
    return cluster
  }

  async #prepare(options: FaultClusterOptions): Promise<void> {
    const { isLinked = false, network, minInsync, coordinator = 'redis', flags = [], mutation, hurt } = options
    const ids = Array.from({ length: this.size }, (_, index) => String(index + 1))
    const ports = new Map<string, number>()
    for (const id of ids) ports.set(id, await freePort())
    if (coordinator === 'redis') {
      const place = network?.join('redis')
      // Nothing but this test reaches it.
      const args = place === undefined ? [] : ['--protected-mode', 'no']
      this.#redis = await RedisServerProcess.start({ ...place, args })
    }
    const places = new Map(ids.map((id) => [id, network?.join(id)]))
    const addressOf = (id: string): string => places.get(id)?.host ?? '127.0.0.1'
    const linked = async (from: string, to: string, port: number): Promise<number> =>
      isLinked ? (await this.links.open(from, to, port)).port : port
    for (const id of ids) {
      const port = ports.get(id)!
      this.#clientUrls.set(id, `http://${addressOf(id)}:${await linked('client', id, port)}`)
      const peers: string[] = []
      for (const other of ids) {
        const peerPort = other === id ? port : await linked(id, other, ports.get(other)!)
        peers.push(`${other}=http://${addressOf(other)}:${peerPort}`)
      }
      const coordinatorUrl =
        this.#redis === undefined
          ? `sqlite:${join(this.#folder, 'coordinator.sqlite')}`
          : `redis://${this.#redis.host}:${await linked(id, 'redis', this.#redis.port)}`
      this.#brokers.set(
        id,
        new BrokerProcess({
          id,
          port,
          ...places.get(id),
          dataDir: join(this.#folder, `broker-${id}`),
          mutation,
          hurt,
          flags: [
            ...['--peers', peers.join(','), '--coordinator', coordinatorUrl, '--lease-ms', String(this.leaseMs)],
            ...['--advertise', this.#clientUrls.get(id)!, '--min-free-disk-bytes', '1000000'],
            ...(minInsync === undefined ? [] : ['--min-insync', String(minInsync)]),
            ...flags,
          ],
        }),
      )
    }
  }

  get brokers(): BrokerProcess[] {
    return [...this.#brokers.values()]
  }

  get redis(): RedisServerProcess {
    if (this.#redis === undefined) throw new Error('The cluster has no Redis.')
    return this.#redis
  }

  /** Of the one lease in Redis. */
  async leaseKey(): Promise<string> {
    const [key] = (await this.redis.command('KEYS', 'yak:lease:*')) as string[]
    if (key === undefined) throw new Error('Redis has no lease.')
    return key
  }

  broker(id: string): BrokerProcess {
    return this.#brokers.get(id)!
  }

  others(id: string): BrokerProcess[] {
    return this.brokers.filter((broker) => broker.id !== id)
  }

  /** Where clients reach the brokers. */
  get clientUrls(): string[] {
    return [...this.#clientUrls.values()]
  }

  /** What a broker was made with. */
  optionsOf(id: string): BrokerProcessOptions {
    return this.broker(id).options
  }

  async freePort(): Promise<number> {
    return await freePort()
  }

  /** A client of this cluster; it goes with it. */
  client(options: Partial<YakClientOptions> = {}): YakClient {
    const client = new YakClient({ brokers: this.clientUrls, requestTimeoutMs: 3_000, ...options })
    this.#clients.push(client)
    return client
  }

  async healths(): Promise<(HealthResponse | undefined)[]> {
    return await Promise.all(this.brokers.map((broker) => broker.health()))
  }

  /** The broker that serves as leader, once there is one (and it is not `notId`). */
  async leader(options: { readonly withinMs?: number; readonly notId?: string } = {}): Promise<BrokerProcess> {
    return await until(
      `a leader${options.notId === undefined ? '' : ` other than ${options.notId}`}`,
      async () => {
        const leading = (await this.healths())
          .filter((health) => health?.role === 'leader' && health.status === 'ok')
          .sort((left, right) => right!.epoch - left!.epoch)[0]
        return leading === undefined || leading.brokerId === options.notId ? undefined : this.broker(leading.brokerId)
      },
      { withinMs: options.withinMs ?? this.#patienceMs, state: () => this.describe() },
    )
  }

  async followers(): Promise<BrokerProcess[]> {
    return this.others((await this.leader()).id)
  }

  /** Until one leads, all know it, and all are in sync. */
  async untilWhole(withinMs: number = this.#patienceMs): Promise<HealthResponse> {
    return await until(
      `all ${this.size} brokers in sync`,
      async () => {
        const ended = this.brokers.find(({ end }) => typeof end === 'number' && end !== 0)
        if (ended !== undefined) throw new Error(`Broker ${ended.id} ended by itself.\n${this.describe()}`)
        const healths = await this.healths()
        const leading = healths.find((health) => health?.role === 'leader')
        if (leading === undefined || leading.isr.length < this.size) return undefined
        const isWhole = healths.every(
          (health) =>
            health?.status === 'ok' && health.leader?.id === leading.brokerId && health.epoch === leading.epoch,
        )
        return isWhole ? leading : undefined
      },
      { withinMs, state: () => this.describe() },
    )
  }

  /** Cuts a broker off from the others and from Redis, without a word to anybody; clients still reach it. */
  isolate(id: string): void {
    for (const { id: other } of this.others(id)) for (const link of this.links.amid(id, other)) link.hold()
    this.links.between(id, 'redis').hold()
  }

  /** Brings back what was stopped, killed or cut off. */
  async heal(): Promise<void> {
    this.links.heal()
    for (const broker of this.brokers) {
      broker.resume()
      broker.start()
    }
  }

  describe(): string {
    return this.brokers
      .map(
        (broker) => `--- broker ${broker.id} (${broker.isRunning ? 'runs' : `ended: ${broker.end}`})\n${broker.tail()}`,
      )
      .join('\n')
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()))
    await Promise.all(this.brokers.map((broker) => broker.kill()))
    this.links.close()
    await this.#redis?.stop()
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
