import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrokerSettings } from './config.ts'
import { nearestName } from './nearest-name.ts'
import { type Broker, startBroker } from './start-broker.ts'

/** How many brokers, and what they are told. */
export interface ClusterOptions {
  /** Default 3. */
  readonly brokers?: number
  /** Holds the coordinator's file and a data folder for each broker. Default: a temporary one, removed by `close`. */
  readonly dataDir?: string
  /** Default: an embedded one, a file in `dataDir`. */
  readonly coordinator?: string
  /** Of every broker. What the cluster decides itself is refused here: `id`, `port`, `dataDir`, `peers` and `coordinator`. */
  readonly settings?: ClusterSettings
  /** How long to wait for a leader before it is given up, milliseconds. Default 30,000. */
  readonly startWithinMs?: number
  /** Gives up the start: brokers that were started are closed again, and `startCluster` rejects with the reason. Later it does nothing. */
  readonly signal?: AbortSignal
}

/** What every broker of a cluster can be told alike. */
export type ClusterSettings = Omit<BrokerSettings, DecidedHere>

type DecidedHere = 'id' | 'port' | 'dataDir' | 'peers' | 'coordinator'

/** Settings that differ from broker to broker or hold the cluster together, and what to do about each. */
const decidedHere: Readonly<Record<DecidedHere, string>> = {
  id: 'The brokers are 1, 2, 3 and so on',
  port: 'Each broker gets a free port; `cluster.urls` has them',
  dataDir: 'Give it as the option dataDir of startCluster',
  peers: 'The brokers are told of each other',
  coordinator: 'Give it as the option coordinator of startCluster',
}

/** Brokers of one cluster, inside this process. */
export interface Cluster {
  /** By their order; one that was stopped stays in its place. */
  readonly brokers: readonly Broker[]
  /** Base URLs, as the SDK takes them. */
  readonly urls: readonly string[]
  /** The broker that serves as leader; waits for one to do so. */
  leader(): Promise<Broker>
  /** Stops a broker gracefully; its folder stays. */
  stop(id: string): Promise<void>
  /** Starts a broker that was stopped, on its folder and port. */
  restart(id: string): Promise<Broker>
  /** Stops every broker. Idempotent. */
  close(): Promise<void>
  /** `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

const optionNames: readonly string[] = [
  'brokers',
  'dataDir',
  'coordinator',
  'settings',
  'startWithinMs',
  'signal',
] satisfies (keyof ClusterOptions)[]

/** How often it is looked whether there is a leader. */
const lookMs = 2

/**
 * Starts brokers of one cluster inside this process, on free ports of 127.0.0.1, and resolves when a leader serves. Rejects
 * with what the brokers say when none does in time. For tests: real brokers, real logs, real elections.
 *
 * @throws TypeError for an option that does not exist, a number of brokers that cannot be, or a setting that the cluster decides
 * itself; `ConfigError` for a wrong setting; the reason of `signal` once it is aborted. Nothing is left running then.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  assertKnownOptions(options)
  const { brokers: count = 3, settings = {}, startWithinMs = 30_000, signal } = options
  assertSharedSettings(settings)
  if (!Number.isInteger(count) || count < 1) throw new TypeError(`brokers is ${count}. Give a whole number from 1 on.`)
  signal?.throwIfAborted()
  const folder = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'yak-cluster-')))
  // Only here, and never by a broker.
  const { freePort } = await import('@yak/election/testing')
  const ports = await Promise.all(Array.from({ length: count }, () => freePort()))
  const ids = ports.map((_port, index) => String(index + 1))
  const settingsOf = (index: number): BrokerSettings => ({
    logLevel: 'silent',
    minFreeDiskBytes: 0,
    role: index === 0 ? 'leader' : 'follower',
    ...settings,
    id: ids[index]!,
    port: ports[index]!,
    dataDir: join(folder, `broker-${ids[index]}`),
    peers: ids.map((id, each) => `${id}=http://127.0.0.1:${ports[each]}`).join(','),
    coordinator: options.coordinator ?? `sqlite:${join(folder, 'coordinator.sqlite')}`,
  })
  const cluster = new RunningCluster(settingsOf, options.dataDir === undefined ? folder : undefined)
  try {
    await cluster.start(count, startWithinMs, signal)
  } catch (error) {
    await cluster.close()
    throw error
  }
  return cluster
}

function assertKnownOptions(options: ClusterOptions): void {
  for (const name of Object.keys(options)) {
    if (optionNames.includes(name)) continue
    const nearest = nearestName(name, optionNames)
    const meant = nearest === undefined ? '' : ` Did you mean ${nearest}?`
    throw new TypeError(`startCluster has no option ${name}.${meant} It has: ${optionNames.join(', ')}.`)
  }
}

function assertSharedSettings(settings: BrokerSettings): void {
  for (const [name, advice] of Object.entries(decidedHere)) {
    const value = settings[name as keyof typeof decidedHere]
    if (value === undefined) continue
    throw new TypeError(`settings.${name} is ${JSON.stringify(value)}, and the cluster decides it itself. ${advice}.`)
  }
}

class RunningCluster implements Cluster {
  readonly #settingsOf: (index: number) => BrokerSettings
  readonly #temporaryFolder: string | undefined
  readonly #brokers: Broker[] = []
  readonly #isStopped: boolean[] = []

  constructor(settingsOf: (index: number) => BrokerSettings, temporaryFolder: string | undefined) {
    this.#settingsOf = settingsOf
    this.#temporaryFolder = temporaryFolder
  }

  get brokers(): readonly Broker[] {
    return this.#brokers
  }

  get urls(): readonly string[] {
    return this.#brokers.map(({ url }) => url)
  }

  async start(count: number, withinMs: number, signal: AbortSignal | undefined): Promise<void> {
    const started = await Promise.allSettled([...Array(count).keys()].map((index) => this.#startOne(index, signal)))
    for (const result of started) if (result.status === 'rejected') throw result.reason
    const giveUpMs = performance.now() + withinMs
    while (true) {
      signal?.throwIfAborted()
      if (this.#leading() !== undefined) return
      if (performance.now() > giveUpMs) throw new Error(await this.#whyNobodyLeads(withinMs))
      await new Promise((resolve) => setTimeout(resolve, lookMs))
    }
  }

  async leader(): Promise<Broker> {
    while (true) {
      const leading = this.#leading()
      if (leading !== undefined) return leading
      await new Promise((resolve) => setTimeout(resolve, lookMs))
    }
  }

  async stop(id: string): Promise<void> {
    const index = this.#indexOf(id)
    this.#isStopped[index] = true
    await this.#brokers[index]!.close()
  }

  async restart(id: string): Promise<Broker> {
    const index = this.#indexOf(id)
    await this.stop(id)
    return await this.#startOne(index)
  }

  async close(): Promise<void> {
    await Promise.all(this.#brokers.map((broker) => broker.close()))
    if (this.#temporaryFolder !== undefined) await rm(this.#temporaryFolder, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #leading(): Broker | undefined {
    return this.#brokers.find((broker, index) => this.#isStopped[index] === false && broker.isLeading)
  }

  /** Brokers in a test are silent, so what they would log is said here. */
  async #whyNobodyLeads(withinMs: number): Promise<string> {
    const said = await Promise.all(
      this.#brokers.map(async ({ id, url }) => {
        const { reasons } = (await (await fetch(new URL('/health', url))).json()) as { readonly reasons: string[] }
        return `Broker ${id}: ${reasons.join(' ')}`
      }),
    )
    return `No broker of the cluster leads after ${withinMs} ms. ${said.join(' ')}`
  }

  async #startOne(index: number, signal?: AbortSignal): Promise<Broker> {
    const settings = this.#settingsOf(index)
    const broker = await startBroker(settings, signal === undefined ? {} : { signal })
    this.#brokers[index] = broker
    this.#isStopped[index] = false
    return broker
  }

  #indexOf(id: string): number {
    const index = this.#brokers.findIndex((broker) => broker.id === id)
    if (index < 0) throw new TypeError(`There is no broker ${id} in this cluster.`)
    return index
  }
}
