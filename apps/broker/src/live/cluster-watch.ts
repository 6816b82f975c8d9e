import { LIMITS } from '@yak/protocol'
import {
  type BrokerReference,
  type BrokerState,
  brokerStateSchema,
  type ClusterResponse,
  type LiveBroker,
  type TopicDescription,
} from '@yak/protocol/schemas'
import type { Topic } from '../topics/topic.ts'
import { type BrokerStateReader, topicsOf } from './broker-state.ts'
import type { LiveServices } from './live-services.ts'
import { askPeer, PeerRequestError } from './peer-requests.ts'

/** One look at the cluster, put together once for all who watch. */
export interface ClusterSnapshot {
  /** Fields that every watcher's frame has, as JSON without the braces around them. */
  readonly json: string
  /** Each topic as JSON, by name. */
  readonly topics: ReadonlyMap<string, string>
}

interface Peer {
  state: BrokerState | null
  receivedAt: number | null
  error: LiveBroker['error']
  isAsked: boolean
}

/**
 * Looks at the cluster every second and soon after a change, and asks the peers for their part, while somebody watches; else it
 * does nothing at all.
 */
export class ClusterWatch {
  readonly #services: LiveServices
  readonly #reader: BrokerStateReader
  readonly #describeTopic: (topic: Topic) => TopicDescription
  readonly #watchers = new Set<(snapshot: ClusterSnapshot) => void>()
  readonly #peers = new Map<string, Peer>()
  #timer: NodeJS.Timeout | undefined
  #soon: NodeJS.Timeout | undefined
  #stopListening: readonly (() => void)[] = []
  #asking = new AbortController()

  constructor(services: LiveServices, reader: BrokerStateReader, describeTopic: (topic: Topic) => TopicDescription) {
    this.#services = services
    this.#reader = reader
    this.#describeTopic = describeTopic
  }

  /** Tells the state now, and from now on. Returns how to stop watching. */
  watch(watcher: (snapshot: ClusterSnapshot) => void): () => void {
    this.#watchers.add(watcher)
    if (this.#watchers.size === 1) this.#start()
    watcher(this.#look())
    return () => {
      if (this.#watchers.delete(watcher) && this.#watchers.size === 0) this.#stop()
    }
  }

  #start(): void {
    this.#asking = new AbortController()
    this.#timer = setInterval(() => {
      this.#askPeers()
      this.#tell()
    }, LIMITS.liveStateMs)
    const { events } = this.#services
    const isChanged = () => this.#tellSoon()
    this.#stopListening = [
      events.on('role-changed', isChanged),
      events.on('leader-changed', isChanged),
      events.on('isr-changed', isChanged),
      events.on('coordinator', isChanged),
      events.on('topic-created', isChanged),
      events.on('topic-deleted', isChanged),
      events.on('records-deleted', isChanged),
    ]
    this.#askPeers()
  }

  #stop(): void {
    clearInterval(this.#timer)
    clearTimeout(this.#soon)
    this.#soon = undefined
    for (const stop of this.#stopListening) stop()
    this.#asking.abort()
    this.#peers.clear()
  }

  #tellSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined
      this.#tell()
    }, LIMITS.liveStateChangeMs)
  }

  #tell(): void {
    try {
      const snapshot = this.#look()
      for (const watcher of [...this.#watchers]) watcher(snapshot)
    } catch (error) {
      // Who watches must not be able to end what is watched; the next look is a second away.
      this.#services.logger.error({ err: error }, 'the state of the cluster could not be told')
    }
  }

  #askPeers(): void {
    const { brokerId } = this.#services
    const others = this.#services.members().filter(({ id }) => id !== brokerId)
    for (const id of this.#peers.keys()) {
      if (!others.some((other) => other.id === id)) this.#peers.delete(id)
    }
    for (const { id, url } of others) {
      let peer = this.#peers.get(id)
      if (peer === undefined) {
        peer = { state: null, receivedAt: null, error: null, isAsked: false }
        this.#peers.set(id, peer)
      }
      if (!peer.isAsked) void this.#ask(id, url, peer)
    }
  }

  async #ask(id: string, url: string, peer: Peer): Promise<void> {
    const { signal } = this.#asking
    const isFirst = peer.state === null && peer.error === null
    const wasAlive = peer.error === null
    peer.isAsked = true
    try {
      const state = await askPeer(url, '/v1/broker-state', brokerStateSchema, { signal })
      if (state.brokerId !== id)
        throw new PeerRequestError('WRONG_ANSWER', `${url} is broker ${state.brokerId}, not ${id}.`)
      peer.state = state
      peer.receivedAt = this.#services.clock()
      peer.error = null
    } catch (error) {
      const { code, message } = error as PeerRequestError
      peer.error = { code: code ?? 'NO_ANSWER', detail: message }
    } finally {
      peer.isAsked = false
    }
    if (!signal.aborted && (isFirst || wasAlive !== (peer.error === null))) this.#tellSoon()
  }

  #look(): ClusterSnapshot {
    const { brokerId, clock } = this.#services
    const own = this.#reader.read()
    const asOf = clock()
    const brokers = this.#services
      .members()
      .map((member): LiveBroker => {
        if (member.id === brokerId) return { ...member, state: own, receivedAt: asOf, error: null }
        const { state = null, receivedAt = null, error = null } = this.#peers.get(member.id) ?? {}
        return { id: member.id, url: member.url, state, receivedAt, error }
      })
      .sort((left, right) => (left.id < right.id ? -1 : 1))
    const cluster = clusterOf(own, asOf, brokers)
    const topics = new Map(
      topicsOf(this.#services).map((topic) => [topic.name, JSON.stringify(this.#describeTopic(topic))]),
    )
    const json = JSON.stringify({ asOf, saidBy: brokerId, cluster, brokers }).slice(1, -1)
    return { json, topics }
  }
}

function clusterOf(own: BrokerState, asOf: number, brokers: readonly LiveBroker[]): ClusterResponse {
  const { clusterId, epoch, leader, isr, coordinator } = own
  const shown = brokers.map(({ id, url, state, error }: BrokerReference & LiveBroker) => ({
    id,
    url,
    role: state === null || error !== null ? null : state.role,
    alive: state !== null && error === null,
    epoch: state?.epoch ?? null,
  }))
  return { clusterId, asOf, epoch, leader, isr, coordinator, brokers: shown }
}
