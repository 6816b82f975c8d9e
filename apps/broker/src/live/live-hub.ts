import { LIMITS, YakError } from '@yak/protocol'
import type { BrokerState, SubscribeFrame, TopicDescription } from '@yak/protocol/schemas'
import type { WebSocket } from 'ws'
import { ClusterJournal } from '../journal/cluster-journal.ts'
import type { Topic } from '../topics/topic.ts'
import { BrokerStateReader } from './broker-state.ts'
import { ClusterSubscription } from './cluster-subscription.ts'
import { ClusterWatch } from './cluster-watch.ts'
import { JournalSubscription } from './journal-subscription.ts'
import { closeCodes, LiveConnection } from './live-connection.ts'
import type { LiveServices } from './live-services.ts'
import type { LiveSubscription, SubscriptionPort } from './live-subscription.ts'
import { MessagesSubscription } from './messages-subscription.ts'

/** How long a client gets to answer the close of a broker that stops. */
const farewellMs = 1_000

/** The live channel of one broker: its connections, and what their subscriptions share. */
export class LiveHub {
  readonly clusterJournal: ClusterJournal
  readonly #services: LiveServices
  readonly #connections = new Set<LiveConnection>()
  readonly #reader: BrokerStateReader
  readonly #watch: ClusterWatch
  #timer: NodeJS.Timeout | undefined

  constructor(services: LiveServices, describeTopic: (topic: Topic) => TopicDescription) {
    this.#services = services
    this.#reader = new BrokerStateReader(services, () => this.#connections.size)
    this.#watch = new ClusterWatch(services, this.#reader, describeTopic)
    const { brokerId, clock } = services
    this.clusterJournal = new ClusterJournal({
      brokerId,
      journal: () => services.journal,
      members: () => services.members(),
      clock,
    })
    services.onStopping(() => this.#sayFarewell())
  }

  ownState(): BrokerState {
    return this.#reader.read()
  }

  /** Throws OVERLOADED. */
  assertRoom(): void {
    if (this.#connections.size < LIMITS.maxLiveConnections) return
    throw new YakError(
      'OVERLOADED',
      `${this.#connections.size} live connections are open at this broker, as many as it may hold. Try a peer, or again in a moment.`,
      { details: { maxLiveConnections: LIMITS.maxLiveConnections } },
    )
  }

  add(socket: WebSocket): void {
    const { brokerId, clusterId, version, startedAt, clock, logger } = this.#services
    const connection = new LiveConnection(socket, {
      hello: { brokerId, clusterId, version, startedAt, at: clock() },
      clock,
      subscribe: (port, frame) => this.#subscribe(port, frame),
      onError: (error) => logger.error({ err: error }, 'a live subscription failed'),
    })
    this.#connections.add(connection)
    this.#timer ??= setInterval(() => this.#beat(), LIMITS.liveHeartbeatMs)
    socket.on('close', () => {
      this.#connections.delete(connection)
      if (this.#connections.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    })
  }

  close(): void {
    clearInterval(this.#timer)
    this.#sayFarewell()
    this.#reader.close()
  }

  #subscribe(port: SubscriptionPort, frame: SubscribeFrame): LiveSubscription {
    const { brokerId, journal } = this.#services
    switch (frame.channel) {
      case 'cluster':
        return new ClusterSubscription(port, this.#watch)
      case 'journal':
        return new JournalSubscription(port, frame, { brokerId, journal, clusterJournal: this.clusterJournal })
      case 'messages':
        return new MessagesSubscription(port, frame, this.#services)
    }
  }

  #beat(): void {
    for (const connection of [...this.#connections]) connection.beat()
  }

  #sayFarewell(): void {
    for (const connection of [...this.#connections]) {
      connection.close(closeCodes.goingAway, 'the broker stops')
      setTimeout(() => connection.terminate(), farewellMs).unref()
    }
  }
}
