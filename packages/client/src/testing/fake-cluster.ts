import { LIMITS, topicNameProblem, YakError } from '@yak/protocol'
import { type Clock, systemClock } from '../clock.ts'
import type { ConnectionOptions, Transport } from '../transport/transport.ts'
import { FakeConnection } from './fake-connection.ts'
import type { FakeEntry, FakeEntryFault, FakeFault, FakeRequest } from './fake-fault.ts'
import { FakeLog } from './fake-log.ts'

/** A topic in memory. */
export interface FakeTopic {
  /** By which clients ask for it. */
  readonly name: string
  /** UUID text; another one when it is created again. */
  readonly id: string
  /** Their logs, in the order of their numbers. */
  readonly partitions: FakeLog[]
}

/** What a broker takes for true that has missed an election. */
export interface FakeBelief {
  /** The leader epoch it knows; below the true one. */
  readonly epoch: number
  /** Who it thinks leads; null: nobody. */
  readonly leader: FakeBroker | null
  /** Where its logs end, when they are behind. */
  readonly endOffset?: number
}

/** One broker of a fake cluster, and what a test may do to it. */
export interface FakeBroker {
  /** `b1`, `b2`, … in the order of `FakeCluster.brokers`. */
  readonly id: string
  /** For the client's `brokers`; nothing listens there. */
  readonly url: string
  /** False: connections to it are refused, and those it had are broken. Change it with `stop` and `start`. */
  readonly isUp: boolean
  /** Takes requests and never answers, until it is set back. */
  isFrozen: boolean
  /** What it says instead of the truth. */
  belief: FakeBelief | undefined
  /** Breaks its connections, and refuses further ones. */
  stop(): void
  /** Takes connections again. */
  start(): void
}

/** How many brokers and partitions, and what they allow. */
export interface FakeClusterOptions {
  /** Default 1. */
  readonly brokers?: number
  /** Default `fake-cluster`. */
  readonly clusterId?: string
  /** Of topics created on first use. Default 3. */
  readonly partitions?: number
  /** Default true. */
  readonly createsTopics?: boolean
  /** Bodies larger than this are refused. Default 16,777,216. */
  readonly maxRequestBytes?: number
  /** Of its delays, long-polls and timeouts. Default: the machine's. */
  readonly clock?: Clock
}

/**
 * A YAK cluster in memory, behind the SDK's transport port: for tests of programs that use the SDK, and of the SDK itself. All its
 * brokers share one log, as replicas would; who leads is decided by `elect`. Faults come in through `onRequest` and
 * `onEntry`.
 *
 *     const cluster = new FakeCluster({ brokers: 3 })
 *     const yak = new YakClient({ brokers: cluster.urls, transport: cluster.transport })
 */
export class FakeCluster {
  /** As the brokers answer it. */
  readonly clusterId: string
  /** In their order; the first leads until `elect`. */
  readonly brokers: readonly FakeBroker[]
  /** For the client's option of this name. */
  readonly transport: Transport
  /** By name; `createTopic` adds to it. */
  readonly topics: Map<string, FakeTopic> = new Map()
  /** Every request so far, newest last; the last 10,000. */
  readonly requests: FakeRequest[] = []
  /** Decides what goes wrong with a request; undefined: nothing. */
  onRequest: (request: FakeRequest) => FakeFault | undefined = () => undefined
  /** Decides what goes wrong with a batch. */
  onEntry: (entry: FakeEntry) => FakeEntryFault | undefined = () => undefined
  readonly #options: Required<FakeClusterOptions>
  readonly #connections = new Set<FakeConnection>()
  #epoch = 1
  #leader: FakeBroker | null
  #nextProducerId = 1
  #nextTopicNumber = 1

  constructor(options: FakeClusterOptions = {}) {
    this.#options = {
      brokers: 1,
      clusterId: 'fake-cluster',
      partitions: 3,
      createsTopics: true,
      maxRequestBytes: LIMITS.maxRequestBytes,
      clock: systemClock,
      ...options,
    }
    this.clusterId = this.#options.clusterId
    this.brokers = Array.from({ length: this.#options.brokers }, (_, index) => this.#makeBroker(index + 1))
    this.#leader = this.brokers[0]!
    this.transport = { connect: (url, connectionOptions) => this.#connect(url, connectionOptions) }
  }

  /** For the client's `brokers`. */
  get urls(): string[] {
    return this.brokers.map(({ url }) => url)
  }

  /** Bodies larger than this are refused. */
  get maxRequestBytes(): number {
    return this.#options.maxRequestBytes
  }

  /** Of delays, long-polls and timeouts. */
  get clock(): Clock {
    return this.#options.clock
  }

  /** Of the present leader; one more after each `elect`. */
  get epoch(): number {
    return this.#epoch
  }

  /** Null: nobody leads. */
  get leader(): FakeBroker | null {
    return this.#leader
  }

  /** Under a new epoch; null: nobody leads. */
  elect(broker: FakeBroker | null): void {
    this.#leader = broker
    if (broker !== null) this.#epoch++
  }

  /** Makes an empty topic, in the place of one of the same name. Throws INVALID_TOPIC. */
  createTopic(name: string, partitions: number = this.#options.partitions): FakeTopic {
    const problem = topicNameProblem(name)
    if (problem !== undefined) throw new YakError('INVALID_TOPIC', problem)
    const number = String(this.#nextTopicNumber++).padStart(12, '0')
    const logs = Array.from({ length: partitions }, () => new FakeLog())
    const topic = { name, id: `00000000-0000-4000-8000-${number}`, partitions: logs }
    this.topics.set(name, topic)
    return topic
  }

  /** Gives a topic further, empty partitions. Throws UNKNOWN_TOPIC. */
  addPartitions(name: string, count: number): void {
    for (let added = 0; added < count; added++) this.topic(name).partitions.push(new FakeLog())
  }

  /**
   * By its name; with `create` made when it is missing, where topics are made on first use.
   *
   * @throws YakError UNKNOWN_TOPIC
   */
  topic(name: string, create = false): FakeTopic {
    const topic = this.topics.get(name)
    if (topic !== undefined) return topic
    if (create && this.#options.createsTopics) return this.createTopic(name)
    throw new YakError('UNKNOWN_TOPIC', `Topic ${name} does not exist.`)
  }

  /**
   * One log, and the topic it belongs to, as requests name them.
   *
   * @throws YakError UNKNOWN_TOPIC_ID, PARTITION_OUT_OF_RANGE
   */
  partition(topicId: string, partition: number): { readonly topic: FakeTopic; readonly log: FakeLog } {
    for (const topic of this.topics.values()) {
      if (topic.id !== topicId) continue
      const log = topic.partitions[partition]
      if (log !== undefined) return { topic, log }
      throw new YakError('PARTITION_OUT_OF_RANGE', `Topic ${topic.name} has no partition ${partition}.`)
    }
    throw new YakError('UNKNOWN_TOPIC_ID', `No topic has the id ${topicId}.`)
  }

  /** A producer id never given before. */
  takeProducerId(): number {
    return this.#nextProducerId++
  }

  /** The one at this URL; undefined when it is none of them. */
  broker(url: string): FakeBroker | undefined {
    return this.brokers.find((broker) => broker.url === url)
  }

  /** Writes a request down, and asks `onRequest` what goes wrong with it. */
  note(request: FakeRequest): FakeFault | undefined {
    this.requests.push(request)
    if (this.requests.length > 10_000) this.requests.shift()
    return this.onRequest(request)
  }

  #connect(url: string, options: ConnectionOptions): FakeConnection {
    const connection = new FakeConnection(this, url, options, () => this.#connections.delete(connection))
    this.#connections.add(connection)
    return connection
  }

  #makeBroker(number: number): FakeBroker {
    const url = `http://fake-${number}.test`
    let isUp = true
    return {
      id: `b${number}`,
      url,
      isFrozen: false,
      belief: undefined,
      get isUp() {
        return isUp
      },
      stop: () => {
        isUp = false
        for (const connection of [...this.#connections]) if (connection.url === url) connection.lose()
      },
      start: () => {
        isUp = true
      },
    }
  }
}
