import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Log, LogDisk, NodeStorage, type Storage } from '@yak/log'
import { YakError } from '@yak/protocol'
import type { HealthResponse, TopicConfig } from '@yak/protocol/schemas'
import type { FastifyInstance } from 'fastify'
import { type Logger, pino } from 'pino'
import { AnswerBudget } from './answer-budget.ts'
import type { BrokerServices } from './broker-services.ts'
import { ByteBudget } from './byte-budget.ts'
import { type BrokerConfig, type BrokerSettings, resolveConfig } from './config.ts'
import { DataFolder, partitionFolder } from './data-folder/data-folder.ts'
import { DiskSpace } from './disk-space.ts'
import { buildApp } from './http/app.ts'
import { BodyPool } from './http/body-pool.ts'
import { Connections } from './http/connection.ts'
import { BrokerMetrics } from './metrics/broker-metrics.ts'
import { MeasuredStorage } from './metrics/measured-storage.ts'
import { Subscriptions } from './pages/subscriptions.ts'
import { Uploads } from './pages/uploads.ts'
import { AppendGate } from './records/append-gate.ts'
import { BinaryFetch, WaitingFetches } from './records/binary-fetch.ts'
import { Partition } from './replication/partition.ts'
import { StopSignal } from './stop-signal.ts'
import { assertTopicConfig, logConfigOf } from './topics/log-config.ts'
import { MetadataLog } from './topics/metadata-log.ts'
import type { TopicRecord } from './topics/metadata-record.ts'
import { ProducerIds } from './topics/producer-ids.ts'
import { Retention } from './topics/retention.ts'
import { TopicFiles } from './topics/topic-files.ts'
import { Topics } from './topics/topics.ts'
import { version } from './version.ts'
import { YoungGarbage } from './young-garbage.ts'

/** The internal topic has no id of its own: it is what gives the others theirs. */
const metadataTopic = '__metadata'

/** Every address of the machine, so none that could be told to a client. */
const wildcardHosts: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

/** Share of the answers' memory in that of the requests. */
const answerShare = 0.5

/** Newest batches kept in memory for consumers at the end of their logs; the others read from the disk. */
const maxTailBytes = 16_777_216

/** Idle body buffers kept, as a share of what may be in flight. */
const idleBodyShare = 0.25

/** A broker that runs. */
export interface Broker {
  readonly id: string
  readonly clusterId: string
  /** Where clients reach it. */
  readonly url: string
  /** Takes no new request, answers what it has accepted, flushes and closes the logs. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** What a test may replace. */
export interface BrokerDependencies {
  /** Default: a logger that says nothing below the configured level. */
  readonly logger?: Logger
  /** Where the logs lie. Default: the data folder. */
  readonly storage?: Storage
  /** Collects young garbage; see `youngCollection`. Default: left to V8. */
  readonly collectYoung?: () => void
  /** Wall clock, milliseconds since 1970. */
  readonly clock?: () => number
}

/**
 * Starts a broker inside this process and resolves when it serves. Throws `ConfigError` for a wrong setting,
 * `DataFolderError` for a folder that is not its own, and the system's error for a port it cannot have.
 */
export async function startBroker(
  settings: BrokerSettings = {},
  dependencies: BrokerDependencies = {},
): Promise<Broker> {
  const config = resolveConfig(settings)
  const folder = await DataFolder.open(config.dataDir, config.id)
  const broker = new RunningBroker(config, folder, dependencies)
  try {
    await broker.start()
  } catch (error) {
    await broker.close()
    throw error
  }
  return broker
}

/**
 * The composition root: makes every part, hands each what it needs, and takes them down in the order that keeps promises.
 *
 *     recovering --logs open--> serving --close()--> stopping
 */
class RunningBroker implements Broker, BrokerServices {
  readonly config: BrokerConfig
  readonly version = version
  readonly logger: Logger
  readonly clock: () => number
  readonly metrics = new BrokerMetrics()
  readonly connections = new Connections()
  readonly waits = new WaitingFetches()
  readonly requestBudget: ByteBudget
  readonly bodyPool: BodyPool
  readonly garbage: YoungGarbage
  readonly answers: AnswerBudget
  readonly subscriptions: Subscriptions
  readonly gate: AppendGate
  readonly #folder: DataFolder
  readonly #disk: DiskSpace
  readonly #logDisk: LogDisk
  readonly #topicFiles: TopicFiles
  readonly #stop = new StopSignal()
  #app: FastifyInstance | undefined
  #metadataPartition: Partition | undefined
  #topics: Topics | undefined
  #producerIds: ProducerIds | undefined
  #binaryFetch: BinaryFetch | undefined
  #uploads: Uploads | undefined
  #retention: Retention | undefined
  #leaderEpoch = -1
  #closing: Promise<void> | undefined

  constructor(config: BrokerConfig, folder: DataFolder, dependencies: BrokerDependencies) {
    this.config = config
    this.#folder = folder
    this.logger = dependencies.logger ?? pino({ level: config.logLevel, base: { broker: config.id } })
    this.clock = dependencies.clock ?? Date.now
    this.subscriptions = new Subscriptions({ clock: this.clock })
    this.requestBudget = new ByteBudget(config.maxInFlightBytes)
    this.garbage = new YoungGarbage(dependencies.collectYoung ?? (() => {}))
    this.bodyPool = new BodyPool(config.maxInFlightBytes * idleBodyShare)
    this.answers = new AnswerBudget(new ByteBudget(config.maxInFlightBytes * answerShare), (sizeBytes) =>
      this.garbage.note(sizeBytes),
    )
    const storage = new MeasuredStorage(dependencies.storage ?? new NodeStorage(folder.path), this.metrics.syncSeconds)
    this.#topicFiles = new TopicFiles(storage)
    this.#logDisk = new LogDisk({
      storage,
      maxPendingBytes: config.maxInFlightBytes,
      maxTailBytes,
    })
    this.#disk = new DiskSpace({
      minFreeBytes: config.minFreeDiskBytes,
      checkMs: config.diskCheckMs,
      freeBytes: () => storage.freeBytes(),
      onChange: (isFull, freeBytes) => this.#diskChanged(isFull, freeBytes),
    })
    this.gate = new AppendGate(this.#disk, this.metrics)
  }

  get id(): string {
    return this.config.id
  }

  get brokerId(): string {
    return this.config.id
  }

  get clusterId(): string {
    return this.#folder.identity.clusterId
  }

  get leaderEpoch(): number {
    return this.#leaderEpoch
  }

  get url(): string {
    if (this.config.advertise !== '') return this.config.advertise
    const address = this.#app?.server.address() as AddressInfo | null | undefined
    const { host } = this.config
    const reachable =
      host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host
    return `http://${reachable}:${address?.port ?? this.config.port}`
  }

  get topics(): Topics {
    return served(this.#topics)
  }

  get producerIds(): ProducerIds {
    return served(this.#producerIds)
  }

  get uploads(): Uploads {
    return served(this.#uploads)
  }

  get binaryFetch(): BinaryFetch {
    return served(this.#binaryFetch)
  }

  /** Listens first, so that a port in use is told before any log is touched and /health can say "recovering". */
  async start(): Promise<void> {
    this.#connectMetrics()
    this.#app = await buildApp(this)
    await this.#app.listen({ port: this.config.port, host: this.config.host, listenTextResolver: () => 'listening' })
    if (wildcardHosts.has(this.config.host) && this.config.advertise === '') {
      this.logger.warn({ url: this.url }, 'clients elsewhere cannot reach this address: give --advertise')
    }
    await this.#disk.start()
    const startMs = performance.now()
    const epoch = await this.#folder.takeNextEpoch()
    this.#leaderEpoch = epoch
    const metadataPartition = await this.#openMetadata(epoch)
    this.#metadataPartition = metadataPartition
    const topics = await Topics.open({
      metadata: (apply) => new MetadataLog(metadataPartition, apply, this.clock),
      openPartition: (record, partition) => this.#openPartition(record, partition, epoch),
      topicsOnDisk: () => this.#topicFiles.topicsOnDisk(),
      assertConfig: (config) => assertTopicConfig(config, this.config),
      removeFiles: (topicId, partitions) => this.#topicFiles.remove(topicId, partitions),
      defaultPartitions: this.config.defaultPartitions,
      autoCreate: this.config.autoCreateTopics,
      clock: this.clock,
      onError: (error, topic) => this.#partitionFailed(topic.name, error),
    })
    this.#topics = topics
    this.#producerIds = new ProducerIds((count) => topics.takeProducerIdBlock(count))
    this.#uploads = await Uploads.open({
      folder: join(this.#folder.path, 'uploads'),
      clock: this.clock,
      assertRoom: () => this.gate.assertOpen(),
    })
    const { answers, metrics, waits } = this
    this.#binaryFetch = new BinaryFetch({ topics, answers, metrics, waits })
    this.#retention = new Retention(topics, this.clock, this.logger)
    this.#retention.start(this.config.retentionCheckMs)
    const recoveryMs = Math.round(performance.now() - startMs)
    this.logger.info(
      { url: this.url, epoch, topics: topics.list().length, partitions: topics.partitionCount, recoveryMs },
      'serving',
    )
  }

  assertServing(): void {
    if (this.#stop.isStopping) {
      throw new YakError('SHUTTING_DOWN', 'The broker is stopping. Try again at another one, or in a moment.')
    }
    if (this.#binaryFetch === undefined) {
      throw new YakError('LEADER_NOT_AVAILABLE', 'The broker is opening its logs. Try again in a moment.')
    }
  }

  onStopping(listener: () => void): () => void {
    return this.#stop.onStopping(listener)
  }

  health(): HealthResponse {
    const reasons = this.#reasons()
    const isLeading = this.#binaryFetch !== undefined && !this.#stop.isStopping
    const { brokerId, clusterId, url } = this
    return {
      status: reasons.length === 0 ? 'ok' : 'unavailable',
      brokerId,
      clusterId,
      role: isLeading ? 'leader' : 'candidate',
      epoch: this.#leaderEpoch,
      leader: isLeading ? { id: brokerId, url } : null,
      isr: isLeading ? [brokerId] : [],
      coordinator: { type: 'none', connected: true },
      reasons,
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(): Promise<void> {
    this.logger.info('stopping')
    this.#stop.stop()
    this.#disk.stop()
    await this.#closeConnections()
    await this.#retention?.stop()
    await this.#uploads?.close()
    // Everything accepted is answered, or its client is gone: now the logs can go to rest.
    await this.#topics?.close()
    await this.#metadataPartition?.close()
    this.#folder.close()
    this.metrics.close()
    this.logger.info('stopped')
  }

  async #closeConnections(): Promise<void> {
    if (this.#app === undefined) return
    const app = this.#app
    const timer = setTimeout(() => {
      this.logger.warn({ connections: this.connections.count }, 'connections cut: the stop took too long')
      app.server.closeAllConnections()
    }, this.config.shutdownTimeoutMs)
    const closed = app.close()
    this.connections.closeWhenAnswered()
    await closed
    clearTimeout(timer)
  }

  #reasons(): string[] {
    const reasons: string[] = []
    if (this.#stop.isStopping) reasons.push('The broker is stopping.')
    else if (this.#binaryFetch === undefined) reasons.push('The broker is opening its logs.')
    if (this.#disk.isFull) reasons.push(`The disk has ${this.#disk.freeBytes} bytes free, too few to take new records.`)
    return [...reasons, ...this.#failedPartitions()]
  }

  #failedPartitions(): string[] {
    const reasons: string[] = []
    const { failure } = this.#metadataPartition ?? {}
    if (failure !== undefined) reasons.push(`${metadataTopic} is not served: ${failure.message}`)
    for (const topic of this.#topics?.list() ?? []) {
      for (const [partition, state] of topic.partitionStates().entries()) {
        const error = YakError.is(state) ? state : state.failure
        if (error !== undefined) reasons.push(`${topic.name}-${partition} is not served: ${error.message}`)
      }
    }
    return reasons
  }

  #openMetadata(leaderEpoch: number): Promise<Partition> {
    // Topics and producer ids are never let go, and never less durable than the records that depend on them.
    const forEver: TopicConfig = { flush: 'always', retentionMs: -1, retentionBytes: -1 }
    return this.#openLog(`${metadataTopic}-0`, partitionFolder(metadataTopic, 0), forEver, leaderEpoch)
  }

  #openPartition(record: TopicRecord, partition: number, leaderEpoch: number): Promise<Partition> {
    const folder = partitionFolder(record.id, partition)
    return this.#openLog(`${record.name}-${partition}`, folder, record.config, leaderEpoch)
  }

  async #openLog(name: string, folder: string, config: TopicConfig, leaderEpoch: number): Promise<Partition> {
    const log = await Log.open({ disk: this.#logDisk, folder, name, config: logConfigOf(config, this.config) })
    return new Partition({
      name,
      log,
      leaderEpoch,
      onFailure: (error) => this.#partitionFailed(name, error),
    })
  }

  #partitionFailed(name: string, error: YakError): void {
    this.logger.error({ err: error, partition: name }, 'a log is not served any more')
  }

  #diskChanged(isFull: boolean, freeBytes: number): void {
    if (isFull) this.logger.error({ freeBytes }, 'the disk is nearly full: new records are refused')
    else this.logger.info({ freeBytes }, 'the disk has room again: new records are taken')
  }

  #connectMetrics(): void {
    const topics = () => this.#topics?.list() ?? []
    this.metrics.connect({
      isHealthy: () => this.#reasons().length === 0,
      leaderEpoch: () => this.#leaderEpoch,
      topics,
      partitionCount: () => this.#topics?.partitionCount ?? 0,
      logBytes: () =>
        topics().reduce(
          (sum, topic) => sum + topic.openPartitions().reduce((bytes, partition) => bytes + partition.log.sizeBytes, 0),
          0,
        ),
      freeDiskBytes: () => this.#disk.freeBytes,
      requestBytesInFlight: () => this.requestBudget.usedBytes,
      answerBytesInFlight: () => this.answers.usedBytes,
      waitingFetches: () => this.waits.count,
      connections: () => this.connections.count,
    })
  }
}

function served<Value>(value: Value | undefined): Value {
  if (value === undefined)
    throw new YakError('LEADER_NOT_AVAILABLE', 'The broker is opening its logs. Try again in a moment.')
  return value
}
