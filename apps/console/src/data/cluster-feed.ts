import type { ClusterResponse, TopicDescription } from '@yak/protocol/schemas'
import { RateHistory, type Reading, rateBetween, sumKnown } from '../lib/rates.ts'
import { LeaderEnds } from '../lib/replica-lag.ts'
import type { ApiClient } from './api/api-client.ts'
import type { BrokerState, BrokerView, ClusterData } from './live/frames.ts'
import type { LiveChannel } from './live/live-channel.ts'
import { PastRates } from './past-rates.ts'
import type { PeerDirectory } from './peer-directory.ts'
import { Store } from './store.ts'

/** The cluster as one broker told it last. */
export interface ClusterSnapshot {
  readonly cluster: ClusterResponse
  readonly brokers: readonly BrokerView[]
  /** By name, sorted. */
  readonly topics: readonly TopicDescription[]
  /** Who said so; its role and epoch are in `brokers`. */
  readonly saidBy: string
  readonly saidByUrl: string
  /** When that broker put it together (its clock), and when it came (this browser's). */
  readonly asOf: number
  readonly receivedAt: number
  /** `polling`: the live channel is not to be had, and REST is asked every two seconds instead. */
  readonly via: 'live' | 'polling'
  /** Messages a follower is behind, by broker and `topic/partition`; a partition that is not known is left out. */
  readonly lags: ReadonlyMap<string, ReadonlyMap<string, number>>
}

export const rateNames = ['produced', 'consumed', 'replicated', 'errors'] as const
export type RateName = (typeof rateNames)[number]

/** An hour and a bit, at one row a second. */
const maxRateRows = 3_700
/** Two rows of the charts with less between them are neighbours, where nothing is known of the time between. */
const longestBridgeMs = 10_000
/** What a topic's sparkline shows. */
const topicRateRows = 60
const pollMs = 2_000
/** The live channel gets this long before polling begins. */
const pollAfterMs = 1_500

/** How often the snapshot renews itself, for "stale": older than three of these. */
export const clusterIntervalMs = 1_000

/** Keeps the snapshot of the cluster and the history of its rates; from the live channel, or by asking when there is none. */
export class ClusterFeed {
  readonly store: Store<ClusterSnapshot | null> = new Store<ClusterSnapshot | null>(null)
  /** Bumped with each row of `history` and `topicRates`. */
  readonly rateVersion: Store<number> = new Store(0)
  /** When each leader was heard last, by its own clock; by its id and epoch. One that is killed leaves no other word. */
  readonly heard: Map<string, number> = new Map()
  readonly history: RateHistory<RateName> = new RateHistory(rateNames, maxRateRows)
  readonly past: PastRates
  readonly #live: LiveChannel
  readonly #api: ApiClient
  readonly #peers: PeerDirectory
  readonly #topics = new Map<string, TopicDescription>()
  readonly #readings = new Map<string, Reading>()
  readonly #topicRates = new Map<string, RateHistory<'rate'>>()
  readonly #leaderEnds = new LeaderEnds()
  readonly #partitionRates = new Map<string, number | null>()
  readonly #lastRates = new Map<string, number | null>()
  #lastRowAt = 0
  /** Since a rate was known in this connection. */
  #isMeasuring = false
  #connectedAt: number | null = null
  #polling: ReturnType<typeof setTimeout> | undefined
  #stopped = false

  constructor(live: LiveChannel, api: ApiClient, peers: PeerDirectory) {
    this.#live = live
    this.#api = api
    this.#peers = peers
    this.past = new PastRates(api, this.history, () => this.rateVersion.update((version) => version + 1))
  }

  start(): void {
    this.#live.subscribe({
      frame: () => ({ channel: 'cluster' }),
      onData: (frame) => this.#take(frame as ClusterData, 'live'),
    })
    this.#polling = setTimeout(() => void this.#poll(), pollAfterMs)
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#polling)
  }

  /** Messages per second of a topic over the last minute, oldest first; null is not known. */
  topicRates(topic: string): readonly (number | null)[] {
    return this.#topicRates.get(topic)?.since(0).columns.rate ?? []
  }

  /** Messages per second that one partition took lately; null is not known. */
  partitionRate(topic: string, partition: number): number | null {
    return this.#partitionRates.get(`${topic}/${partition}`) ?? null
  }

  /** A row of `topicRates` for each of these: what came since the row before. */
  measureTopics(topics: Iterable<TopicDescription>, at: number): void {
    for (const topic of topics) this.#measureTopic(topic, at)
  }

  async #poll(): Promise<void> {
    try {
      const { phase } = this.#live.store.get().machine
      if (phase !== 'open' && phase !== 'idle') await this.#ask()
    } catch {
      // The connection's own state says that nobody answers; this is tried again.
    } finally {
      if (!this.#stopped) this.#polling = setTimeout(() => void this.#poll(), pollMs)
    }
  }

  async #ask(): Promise<void> {
    const [cluster, topics] = await Promise.all([
      this.#api.json<ClusterResponse>('/cluster', { timeoutMs: 3_000 }),
      this.#api.json<{ topics: TopicDescription[] }>('/topics', { timeoutMs: 3_000 }),
    ])
    const brokers = await Promise.all(cluster.data.brokers.map((broker) => this.#askState(broker)))
    const saidBy =
      cluster.brokerId ??
      cluster.data.brokers.find(({ url }) => url === cluster.url)?.id ??
      cluster.data.brokers[0]?.id ??
      '?'
    const names = new Set(topics.data.topics.map(({ name }) => name))
    if (this.#live.store.get().machine.phase === 'open') return
    this.#take(
      {
        seq: 0,
        asOf: cluster.data.asOf,
        saidBy,
        cluster: cluster.data,
        brokers,
        topics: topics.data.topics,
        removedTopics: [...this.#topics.keys()].filter((name) => !names.has(name)),
        hasMoreTopics: false,
      },
      'polling',
    )
  }

  async #askState({ id, url }: { id: string; url: string }): Promise<BrokerView> {
    try {
      const { data, at } = await this.#api.json<BrokerState>('/v1/broker-state', { brokerUrl: url, timeoutMs: 2_000 })
      return { id, url, state: data, receivedAt: at, error: null }
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error)
      return { id, url, state: null, receivedAt: null, error: { code: 'BROKERS_UNREACHABLE', detail } }
    }
  }

  #take(data: ClusterData, via: 'live' | 'polling'): void {
    const receivedAt = Date.now()
    // The first frame of a connection has all topics; what it does not name is gone.
    if (data.seq === 1 && !data.hasMoreTopics) this.#topics.clear()
    for (const topic of data.topics) this.#topics.set(topic.name, topic)
    for (const name of data.removedTopics) this.#topics.delete(name)
    const before = this.store.get()
    const changed = data.topics.length > 0 || data.removedTopics.length > 0 || before === null || data.seq === 1
    const topics = changed
      ? [...this.#topics.values()].toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
      : before.topics
    const url = this.#peers.store.get().current
    this.#peers.learn(data.cluster, { id: data.saidBy, url })
    this.store.set({
      cluster: data.cluster,
      brokers: data.brokers.map((view) => lastKnown(view, before)),
      topics,
      saidBy: data.saidBy,
      saidByUrl: url,
      asOf: data.asOf,
      receivedAt,
      via,
      lags: this.#lagsOf(data),
    })
    for (const { state } of data.brokers)
      if (state?.role === 'leader') this.heard.set(`${state.brokerId} ${state.epoch}`, state.asOf)
    if (data.seq === 1) {
      this.#isMeasuring = false
      this.#connectedAt = null
    }
    this.#measure(data, receivedAt)
    if (before === null || data.seq === 1) this.past.noteConnected()
  }

  #lagsOf({ cluster, brokers, asOf }: ClusterData): ReadonlyMap<string, ReadonlyMap<string, number>> {
    const leader = brokers.find(({ id }) => id === cluster.leader?.id)
    if (leader?.state != null) {
      const ends = new Map(
        leader.state.partitions.map(({ topic, partition, logEndOffset }) => [`${topic}/${partition}`, logEndOffset]),
      )
      this.#leaderEnds.note(leader.id, leader.receivedAt ?? asOf, ends)
    }
    const lags = new Map<string, ReadonlyMap<string, number>>()
    for (const { id, state, receivedAt } of brokers) {
      if (state === null || id === cluster.leader?.id) continue
      const known = state.partitions.flatMap(({ topic, partition, logEndOffset }) => {
        const lag = this.#leaderEnds.lag(`${topic}/${partition}`, logEndOffset, receivedAt ?? asOf)
        return lag === null ? [] : [[`${topic}/${partition}`, lag] as const]
      })
      lags.set(id, new Map(known))
    }
    return lags
  }

  #measure({ brokers }: ClusterData, at: number): void {
    // Of one that does not answer the last numbers stay, and with them nothing comes any more. Of one that does and has just begun,
    // or has not been heard twice, a rate is not known, and neither is their sum.
    const rates = brokers.flatMap(({ state, error }) =>
      error !== null ? [] : [state === null ? null : this.#brokerRates(state)],
    )
    const sum = (name: RateName) =>
      rates.some((rate) => rate === null || rate[name] === null) ? null : sumKnown(rates.map((rate) => rate![name]))
    // Frames also come within 50 ms of a change; a row each time would be noise.
    if (at - this.#lastRowAt < clusterIntervalMs * 0.8) return
    this.#lastRowAt = at
    this.#note(at, {
      produced: sum('produced'),
      consumed: sum('consumed'),
      replicated: sum('replicated'),
      errors: sum('errors'),
    })
    this.measureTopics(this.#topics.values(), at)
    for (const name of this.#topicRates.keys()) if (!this.#topics.has(name)) this.#topicRates.delete(name)
    this.rateVersion.update((version) => version + 1)
  }

  /**
   * The first rows of a connection know nothing, since a rate takes two readings. They are a gap only where nothing is known of the time
   * before them either: what brokers noted reaches up to then.
   */
  #note(at: number, row: Record<RateName, number | null>): void {
    if (!this.#isMeasuring && rateNames.every((name) => row[name] === null)) {
      this.#connectedAt ??= at
      return
    }
    const { latestAt } = this.history
    const unknown = { produced: null, consumed: null, replicated: null, errors: null }
    if (!this.#isMeasuring && this.#connectedAt !== null && latestAt !== null && at - latestAt > longestBridgeMs)
      this.history.push(this.#connectedAt, unknown)
    this.#isMeasuring = true
    this.history.push(at, row)
  }

  #brokerRates(state: BrokerState): Record<RateName, number | null> {
    const { counters } = state
    const life = String(state.startedAt)
    const rate = (name: RateName, value: number | null) =>
      value === null ? null : this.#rate(`${state.brokerId} ${name}`, { at: state.asOf, value, life })
    return {
      produced: rate('produced', counters.recordsIn),
      consumed: rate('consumed', counters.recordsOut),
      replicated: rate('replicated', counters.recordsReplicated),
      errors: rate('errors', counters.errors ?? null),
    }
  }

  /** A peer's numbers may be the same as in the last frame, not asked anew: then the rate is the one before. */
  #rate(name: string, reading: Reading): number | null {
    const before = this.#readings.get(name)
    if (before !== undefined && before.at === reading.at && before.life === reading.life)
      return this.#lastRates.get(name) ?? null
    if (
      before !== undefined &&
      before.life === reading.life &&
      reading.at - before.at < clusterIntervalMs * 0.5 &&
      reading.at > before.at
    ) {
      return this.#lastRates.get(name) ?? null
    }
    this.#readings.set(name, reading)
    const rate = rateBetween(before, reading)
    this.#lastRates.set(name, rate)
    return rate
  }

  #measureTopic(topic: TopicDescription, at: number): void {
    let sum = 0
    for (const { partition, highWatermark } of topic.partitions) {
      const name = `${topic.name}/${partition}`
      const rate = this.#step(`partition ${name}`, { at, value: highWatermark, life: topic.id })
      // Smoothed: somebody looks at it, and a cell that flickers says nothing.
      const before = this.#partitionRates.get(name) ?? null
      this.#partitionRates.set(name, rate === null || before === null ? rate : before * 0.6 + rate * 0.4)
      sum += highWatermark
    }
    let history = this.#topicRates.get(topic.name)
    if (history === undefined) this.#topicRates.set(topic.name, (history = new RateHistory(['rate'], topicRateRows)))
    history.push(at, { rate: this.#step(`topic ${topic.name}`, { at, value: sum, life: topic.id }) })
  }

  #step(name: string, reading: Reading): number | null {
    const rate = rateBetween(this.#readings.get(name), reading)
    this.#readings.set(name, reading)
    return rate
  }
}

/** Who tells now may have begun only when another was gone; what that one said of itself is still known here. */
function lastKnown(view: BrokerView, before: ClusterSnapshot | null): BrokerView {
  if (view.state !== null) return view
  const known = before?.brokers.find(({ id }) => id === view.id)
  return known?.state == null ? view : { ...view, state: known.state, receivedAt: known.receivedAt }
}
