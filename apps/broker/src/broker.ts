import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { LogDisk, NodeStorage } from '@yak/log'
import { YakError } from '@yak/protocol'
import type { BrokerReference, ClusterResponse, HealthResponse } from '@yak/protocol/schemas'
import type { FastifyInstance } from 'fastify'
import { type Logger, pino } from 'pino'
import { AnswerBudget } from './answer-budget.ts'
import type { BrokerDependencies } from './broker-dependencies.ts'
import { brokerLogger } from './broker-logger.ts'
import type { BrokerServices } from './broker-services.ts'
import { ByteBudget } from './byte-budget.ts'
import { Chaos } from './chaos/chaos.ts'
import { ClusterView, type OwnState } from './cluster/cluster-view.ts'
import { memberListOf } from './cluster/member-list.ts'
import { ownStateOf } from './cluster/own-state.ts'
import { Repetitions } from './cluster/repetitions.ts'
import { SettingsCheck } from './cluster/settings-check.ts'
import type { BrokerConfig, SettingSources } from './config.ts'
import type { DataFolder } from './data-folder/data-folder.ts'
import { DiskSpace } from './disk-space.ts'
import { BrokerEvents } from './events/broker-events.ts'
import { FencedWrites } from './events/fenced-writes.ts'
import { observeCluster } from './events/observe-cluster.ts'
import { observePulse } from './events/observe-pulse.ts'
import { buildApp } from './http/app.ts'
import { BodyPool } from './http/body-pool.ts'
import { closeConnections } from './http/close-connections.ts'
import { Connections } from './http/connection.ts'
import { ownUrl } from './http/own-url.ts'
import type { Journal } from './journal/journal.ts'
import { openBrokerJournal } from './journal/open-broker-journal.ts'
import { LogLines } from './log-lines.ts'
import { BrokerMetrics } from './metrics/broker-metrics.ts'
import { CounterHistory } from './metrics/counter-history.ts'
import { MeasuredStorage } from './metrics/measured-storage.ts'
import { Subscriptions } from './pages/subscriptions.ts'
import { Uploads } from './pages/uploads.ts'
import { AppendGate } from './records/append-gate.ts'
import { BinaryFetch, WaitingFetches } from './records/binary-fetch.ts'
import { BrokerReplication, coordinatorTypeOf } from './replication/broker-replication.ts'
import type { RoleName } from './replication/core/outputs.ts'
import type { Rules } from './replication/core/rules/rules.ts'
import { metadataKey } from './replication/core/state.ts'
import { HttpReplicaNetwork } from './replication/transport/http-replica-network.ts'
import type { Broker } from './start-broker.ts'
import { StopSignal } from './stop-signal.ts'
import { assertTopicConfig } from './topics/log-config.ts'
import { PartitionDirectory, partitionKeyOf } from './topics/partition-directory.ts'
import { ProducerIds } from './topics/producer-ids.ts'
import { Retention } from './topics/retention.ts'
import { Topics } from './topics/topics.ts'
import { version } from './version.ts'
import { YoungGarbage } from './young-garbage.ts'

/** How often a broker that starts alone looks whether it has read its topics. */
const topicsPauseMs = 2

/** Every address of the machine, so none that could be told to a client. */
const wildcardHosts: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

/** Share of the answers' memory in that of the requests. */
const answerShare = 0.5

/** Newest batches kept in memory for consumers at the end of their logs; the others read from the disk. */
const maxTailBytes = 16_777_216

/** Idle body buffers kept, as a share of what may be in flight. */
const idleBodyShare = 0.25

/**
 * The composition root: makes every part, hands each what it needs, and takes them down in the order that keeps promises.
 *
 *     recovering --logs open--> taking part --close()--> stopping
 */
export class RunningBroker implements Broker, BrokerServices {
  readonly config: BrokerConfig
  readonly settingSources: SettingSources
  readonly version: string = version
  readonly logger: Logger
  readonly logLines: LogLines
  readonly clock: () => number
  readonly metrics: BrokerMetrics = new BrokerMetrics()
  readonly connections: Connections = new Connections()
  readonly waits: WaitingFetches = new WaitingFetches()
  readonly requestBudget: ByteBudget
  readonly bodyPool: BodyPool
  readonly garbage: YoungGarbage
  readonly answers: AnswerBudget
  readonly subscriptions: Subscriptions
  readonly gate: AppendGate
  readonly fencedWrites: FencedWrites
  readonly chaos: Chaos | undefined
  readonly cluster: ClusterView
  readonly replicaInbox: HttpReplicaNetwork
  readonly events: BrokerEvents
  readonly startedAt: number
  readonly counterHistory: CounterHistory
  readonly consoleDir: string | undefined
  readonly #folder: DataFolder
  readonly #memberList: ReturnType<typeof memberListOf>
  readonly #disk: DiskSpace
  readonly #logDisk: LogDisk
  readonly #topics: Topics
  readonly #directory: PartitionDirectory
  readonly #rules: Rules | undefined
  readonly #producerIds: ProducerIds
  readonly #stop = new StopSignal()
  readonly #repetitions = new Repetitions()
  readonly #settingsCheck: SettingsCheck
  #app: FastifyInstance | undefined
  #replication: BrokerReplication | undefined
  #binaryFetch: BinaryFetch | undefined
  #uploads: Uploads | undefined
  #retention: Retention | undefined
  #journal: Journal | undefined
  readonly #stopObserving: (() => void)[] = []
  #isTakingPart = false
  #onRole: (() => void) | undefined
  #closing: Promise<void> | undefined

  constructor(config: BrokerConfig, folder: DataFolder, dependencies: BrokerDependencies) {
    this.config = config
    this.settingSources = dependencies.settingSources ?? new Map()
    this.#folder = folder
    this.#memberList = memberListOf(config)
    this.logLines = dependencies.logLines ?? new LogLines()
    this.logger = dependencies.logger ?? brokerLogger(config, this.logLines, { output: pino.destination(1) })
    this.clock = dependencies.clock ?? Date.now
    this.#rules = dependencies.rules
    this.startedAt = this.clock()
    this.consoleDir = dependencies.consoleDir
    const tell = (text: string) => this.#toldChaos(text)
    this.chaos = config.chaos
      ? new Chaos({ process: dependencies.processChaos, tell, isLeading: () => this.cluster.isLeading })
      : undefined
    this.events = new BrokerEvents((err, event) => this.logger.error({ err, event }, 'a listener to an event failed'))
    this.subscriptions = new Subscriptions()
    this.requestBudget = new ByteBudget(config.maxInFlightBytes)
    this.garbage = new YoungGarbage(dependencies.collectYoung ?? (() => {}))
    this.bodyPool = new BodyPool(config.maxInFlightBytes * idleBodyShare)
    this.answers = new AnswerBudget(new ByteBudget(config.maxInFlightBytes * answerShare), (sizeBytes) =>
      this.garbage.noteAnswer(sizeBytes),
    )
    this.cluster = new ClusterView({
      brokerId: config.id,
      url: () => this.url,
      memberList: this.#memberList,
      coordinatorType: coordinatorTypeOf(config),
      clock: this.clock,
      onClockRemark: (remark) => this.#noticed('error', remark),
    })
    this.#settingsCheck = new SettingsCheck({
      brokerId: config.id,
      clusterId: () => this.cluster.clusterId,
      members: this.#memberList.members,
      group: config.group,
      leaseMs: config.leaseMs,
      onRemark: (remark) => this.#noticed('error', remark),
    })
    this.counterHistory = new CounterHistory({
      metrics: this.metrics,
      isLeading: () => this.isLeading,
      clock: this.clock,
    })
    this.fencedWrites = new FencedWrites(this.events, this.cluster)
    this.replicaInbox = new HttpReplicaNetwork({
      brokerId: config.id,
      peers: this.#memberList.urls,
      leaseMs: config.leaseMs,
      ownSettings: () => this.#settingsCheck.own,
      onSettings: (peer, settings) => this.#settingsCheck.compare(peer, settings),
      onProblem: (peer, problem) => {
        if (problem === null) this.logger.info({ peer }, 'the peer answers as it should again')
        else this.logger.error({ peer }, problem)
      },
    })
    const storage = new MeasuredStorage(dependencies.storage ?? new NodeStorage(folder.path), this.metrics.syncSeconds)
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
    this.#topics = new Topics({
      openPartition: (record, partition) =>
        served(this.#replication).openPartition(partitionKeyOf(record, partition), `${record.name}-${partition}`),
      removePartition: (record, partition) =>
        served(this.#replication).removePartition(partitionKeyOf(record, partition)),
      assertConfig: (topicConfig) => assertTopicConfig(topicConfig, config),
      defaultPartitions: config.defaultPartitions,
      autoCreate: config.autoCreateTopics,
      clock: this.clock,
      onError: (error, { name: topic }) =>
        this.logger.error({ err: error, topic }, `a log of topic ${topic} is not served: ${error.message}`),
      onChange: (change, { name: topic, id, partitions }) => this.events.emit(change, { topic, id, partitions }),
      onRecordsDeleted: ({ name: topic, id }, partitions) =>
        this.events.emit('records-deleted', { topic, id, partitions }),
    })
    this.#directory = new PartitionDirectory(this.#topics, config)
    this.#producerIds = new ProducerIds((count) => this.#topics.takeProducerIdBlock(count))
  }

  get id(): string {
    return this.config.id
  }

  get brokerId(): string {
    return this.config.id
  }

  get clusterId(): string {
    return this.cluster.clusterId
  }

  get isLeading(): boolean {
    return this.cluster.isLeading && !this.#stop.isStopping
  }

  get url(): string {
    if (this.config.advertise !== '') return this.config.advertise
    const own = this.#memberList.urls.get(this.id)
    if (own !== undefined) return own
    return ownUrl(this.config.host, this.config.port, this.#app?.server.address())
  }

  get topics(): Topics {
    return this.#topics
  }

  get producerIds(): ProducerIds {
    return this.#producerIds
  }

  get journal(): Journal {
    return served(this.#journal)
  }

  get freeDiskBytes(): number {
    return this.#disk.freeBytes
  }

  members(): readonly BrokerReference[] {
    return this.cluster.references()
  }

  get uploads(): Uploads {
    return served(this.#uploads)
  }

  get binaryFetch(): BinaryFetch {
    return served(this.#binaryFetch)
  }

  /**
   * Listens first, so that a port in use is told before any log is touched and /health can say "recovering". Once the signal is
   * aborted it goes on to where it can be closed, and throws the reason.
   */
  async start(signal?: AbortSignal): Promise<void> {
    signal?.addEventListener('abort', this.#giveUpStart)
    try {
      await this.#start(signal)
    } finally {
      signal?.removeEventListener('abort', this.#giveUpStart)
    }
    signal?.throwIfAborted()
  }

  readonly #giveUpStart = (): void => {
    this.#stop.stop()
    this.#onRole?.()
  }

  async #start(signal: AbortSignal | undefined): Promise<void> {
    this.#connectMetrics()
    this.counterHistory.start()
    this.#journal = await openBrokerJournal(this, this.#folder.path)
    this.#app = await buildApp(this)
    await this.#app.listen({ port: this.config.port, host: this.config.host, listenTextResolver: () => 'listening' })
    if (wildcardHosts.has(this.config.host) && this.config.advertise === '' && this.#memberList.urls.size === 0) {
      this.logger.warn({ url: this.url }, 'clients elsewhere cannot reach this address: give --advertise')
    }
    await this.#disk.start()
    signal?.throwIfAborted()
    const startMs = performance.now()
    const topics = this.#topics
    const directory = this.#directory
    const replication = await BrokerReplication.open({
      config: this.config,
      diskId: this.#folder.identity.diskId,
      memberList: this.#memberList,
      network: this.replicaInbox,
      disk: this.#logDisk,
      logger: this.logger,
      rules: this.#rules,
      host: {
        nameOf: (key) => directory.nameOf(key),
        settingsOf: (key) => directory.settingsOf(key),
        logConfigOf: (key) => directory.logConfigOf(key),
        readTopics: (metadata, endOffset) => directory.readTopics(metadata, endOffset),
        onTopicsCommitted: (endOffset) => topics.noteCommitted(endOffset),
        onRole: (role, epoch, reason) => this.#roleChanged(role, epoch, reason),
        onIsr: () => this.events.emit('isr-recorded', {}),
        onReplicated: (key, recordCount, sizeBytes) => {
          if (key === metadataKey) return
          this.metrics.recordsReplicated.add(recordCount)
          this.metrics.bytesReplicated.add(sizeBytes)
        },
        onLeaseExpired: (holderId, epoch) => this.events.emit('lease-expired', { holderId, epoch, takenBy: this.id }),
        onWriteRefused: () => this.fencedWrites.note(),
        onRelaxedTail: (_key, lostOffsets) => {
          this.metrics.relaxedUncleanLogs.add(1)
          this.metrics.relaxedOffsetsLost.add(lostOffsets)
        },
        onLogFailure: (partition, { code, message: detail }) =>
          this.events.emit('log-failed', { partition, code, detail }),
        onNotice: (level, text) => this.#noticed(level, text),
      },
    })
    this.#replication = replication
    signal?.throwIfAborted()
    this.chaos?.connect(replication)
    await topics.openAll(replication.driver)
    signal?.throwIfAborted()
    this.cluster.connect(replication.driver, () => topics.appliedEndOffset)
    this.#uploads = await Uploads.open({
      folder: join(this.#folder.path, 'uploads'),
      assertRoom: () => this.gate.assertOpen(),
    })
    const { answers, metrics, waits } = this
    const assertLeading = () => this.cluster.assertLeading()
    this.#binaryFetch = new BinaryFetch({ topics, answers, metrics, waits, assertLeading })
    signal?.throwIfAborted()
    this.#retention = new Retention({
      topics,
      clock: this.clock,
      logger: this.logger,
      isLeading: () => this.cluster.isLeading,
      onLogStart: (key) => replication.driver.noteLogStart(key),
    })
    this.#retention.start(this.config.retentionCheckMs)
    const hasServed = this.config.coordinator === '' ? this.#untilServing() : undefined
    this.events.emit('started', {})
    replication.start()
    this.cluster.peers.start()
    this.#settingsCheck.start(replication.store)
    this.#isTakingPart = true
    await hasServed
    this.#stopObserving.push(
      observeCluster(() => this.cluster, this.events),
      observePulse(this.id, () => replication.driver.pulse(), this.events),
    )
    const recoveryMs = Math.round(performance.now() - startMs)
    this.logger.info(
      { url: this.url, topics: topics.list().length, partitions: topics.partitionCount, recoveryMs },
      this.cluster.isLeading ? 'serving' : 'taking part',
    )
  }

  assertServing(): void {
    if (this.#stop.isStopping) {
      throw new YakError('SHUTTING_DOWN', 'The broker is stopping. Try again at another one, or in a moment.')
    }
    if (!this.#isTakingPart) {
      throw new YakError('LEADER_NOT_AVAILABLE', 'The broker is opening its logs. Try again in a moment.')
    }
  }

  assertLeading(): void {
    this.assertServing()
    this.cluster.assertLeading()
  }

  onStopping(listener: () => void): () => void {
    return this.#stop.onStopping(listener)
  }

  health(): HealthResponse {
    return this.cluster.health(this.#ownState())
  }

  async describeCluster(): Promise<ClusterResponse> {
    return await this.cluster.describe(this.#ownState())
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
    for (const stop of this.#stopObserving) stop()
    this.#stop.stop()
    this.#disk.stop()
    // The successor serves, or the time for it is over, before connections are closed: peers still ask this broker.
    await this.#replication?.stop()
    this.cluster.peers.close()
    this.#settingsCheck.close()
    this.replicaInbox.close()
    if (this.#app !== undefined) await closeConnections(this.#app, this)
    await this.#retention?.stop()
    await this.#uploads?.close()
    // Everything accepted is answered, or its client is gone: now the logs can go to rest.
    await this.#topics.close()
    await this.#replication?.close()
    this.events.emit('stopping', {})
    await this.#journal?.close()
    this.#folder.close()
    this.counterHistory.stop()
    this.metrics.close()
    this.logger.info('stopped')
  }

  #ownState(): OwnState {
    const state = { isStopping: this.#stop.isStopping, isTakingPart: this.#isTakingPart, disk: this.#disk }
    return ownStateOf({ ...state, topics: this.#topics, settings: this.#settingsCheck, replication: this.#replication })
  }

  // ---- what replication tells

  #roleChanged(role: RoleName, epoch: number, reason: string): void {
    const isNews = this.#repetitions.isNewRole(role, epoch, reason)
    this.logger[isNews ? 'info' : 'debug']({ role, epoch }, reason)
    this.events.emit('role-changed', { role, epoch, reason })
    this.#onRole?.()
    // Whoever waits for records looks again: they may be elsewhere now.
    this.#topics.wakeWaiters()
    void this.cluster.peers.states()
  }

  #noticed(level: 'info' | 'warn' | 'error', text: string): void {
    if (!this.#repetitions.isNews(text)) {
      this.logger.debug(text)
      return
    }
    this.logger[level](text)
    this.events.emit('notice', { level, text })
  }

  async #toldChaos(text: string): Promise<void> {
    this.logger.warn(text)
    this.events.emit('notice', { level: 'warn', text })
    await this.journal.flushed()
  }

  /** Alone, it leads as soon as its promise is on disk, and serves a moment later, when it has read its topics. */
  async #untilServing(): Promise<void> {
    while (!this.#stop.isStopping && !this.cluster.isLeading) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#onRole = resolve
      await promise
    }
    while (!this.#stop.isStopping && this.cluster.isLeading && !this.cluster.isServing) await delay(topicsPauseMs)
  }

  #diskChanged(isFull: boolean, freeBytes: number): void {
    this.events.emit('disk', { isFull, freeBytes })
    if (isFull)
      this.logger.error({ freeBytes }, `the disk is nearly full, with ${freeBytes} bytes free: new records are refused`)
    else this.logger.info({ freeBytes }, 'the disk has room again: new records are taken')
  }

  #connectMetrics(): void {
    this.metrics.connect({
      isHealthy: () => this.health().status === 'ok',
      leaderEpoch: () => this.cluster.epoch,
      replication: () => this.cluster.reading(),
      topics: () => this.#topics.list(),
      partitionCount: () => this.#topics.partitionCount,
      logBytes: () => this.#topics.sizeBytes,
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
