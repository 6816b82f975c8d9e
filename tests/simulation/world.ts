import { EMPTY_LEASE_RECORD } from '@yak/election'
import { MemoryCoordinator } from '@yak/election/testing'
import type { Rules } from '../../apps/broker/src/replication/core/rules/rules.ts'
import type { IsrRecord } from '../../apps/broker/src/replication/core/state.ts'
import { History } from '../checker/history.ts'
import { BrokerHost } from './broker-host.ts'
import { ClientProcess } from './clients/client-process.ts'
import { LetGoClient } from './clients/let-go-client.ts'
import { ProducerModel } from './clients/producer-model.ts'
import { ProgressProbe } from './clients/progress-probe.ts'
import { ReaderModel } from './clients/reader-model.ts'
import { TopicAdmin } from './clients/topic-admin.ts'
import type { Configuration } from './configuration.ts'
import { type CoordinatorHealth, coordinatorGroup } from './coordinator-link.ts'
import { Coverage } from './coverage.ts'
import { drivenBrokers } from './driven/driven-life.ts'
import type { FaultyBroker, FaultyWorld } from './faults/fault.ts'
import { modelBrokers } from './model/model-life.ts'
import { Network } from './network.ts'
import { ClusterObserver } from './observer/cluster-observer.ts'
import type { Moment } from './observer/moment.ts'
import { Random } from './random.ts'
import { Scheduler } from './scheduler.ts'
import { SecondProcess } from './second-process.ts'
import type { BrokerEnvironment, SimulatedBroker } from './simulated-broker.ts'
import { SimulatedProcess } from './simulated-process.ts'
import { isRelaxedKey, keyOfGeneration } from './topic-list.ts'
import { Trace } from './trace.ts'

export interface WorldOptions {
  readonly configuration: Configuration
  readonly rules: Rules
  readonly isTraced: boolean
}

/** Everything one seed has: brokers, coordinator, network, clients, and what is written down of them. */
export class World implements FaultyWorld {
  readonly configuration: Configuration
  readonly settings: { minInsyncReplicas: number; brokerIds: readonly string[] }
  readonly scheduler = new Scheduler()
  readonly random: Random
  readonly coverage = new Coverage()
  readonly history = new History()
  readonly trace: Trace
  readonly network: Network
  readonly coordinator: MemoryCoordinator
  readonly coordinatorHealth: CoordinatorHealth = { isDown: false, slowMs: 0, ownerIndex: null }
  readonly observer: ClusterObserver
  readonly brokers: readonly SimulatedBroker[]
  /** Those there are to be, or are to take the place of. */
  readonly partitions: readonly string[]
  readonly topics: TopicAdmin
  readonly producers: ProducerModel[] = []
  readonly readers: ReaderModel[] = []
  readonly failures: string[] = []
  readonly #clients: ClientProcess[] = []
  readonly #momentListeners = new Set<(broker: FaultyBroker, moment: Moment) => void>()
  #clientCount = 0
  #letGo: LetGoClient | undefined
  /** An operator has told some broker to lead without a quorum. */
  isRecoveryAllowed = false

  constructor({ configuration, rules, isTraced }: WorldOptions) {
    this.configuration = configuration
    this.settings = { minInsyncReplicas: configuration.minInsyncReplicas, brokerIds: configuration.brokerIds }
    this.random = new Random(configuration.seed, 'faults')
    this.trace = new Trace(this.scheduler, isTraced)
    const { scheduler, coverage, trace } = this
    const { seed, networkDelayMs: delayMs, brokerIds, partitions } = configuration
    this.network = new Network({
      scheduler,
      coverage,
      random: new Random(seed, 'network'),
      delayMs,
      senderOf: (name) => {
        const process = this.brokers.find(({ id }) => id === name)?.process
        // For one that is dead its machine answers: that nobody listens there.
        return process?.state === 'dead' ? undefined : process
      },
    })
    this.coordinator = new MemoryCoordinator({ nowMs: () => scheduler.nowMs })
    const { firstEpoch } = configuration
    if (firstEpoch > 0)
      this.coordinator.restore(new Map([[coordinatorGroup, { ...EMPTY_LEASE_RECORD, epoch: firstEpoch }]]))
    this.observer = new ClusterObserver({
      coverage,
      trace,
      brokers: brokerIds.length,
      settings: this.settings,
      staleAfterMs: staleAfterMs(configuration),
      nowMs: () => scheduler.nowMs,
      onMoment: (brokerId, moment) => {
        for (const listener of this.#momentListeners) listener(this.broker(brokerId), moment)
      },
      onViolation: (message) => this.fail(message),
      onCut: (partition, epoch, offset) => {
        if (this.isRecoveryAllowed) this.history.add({ type: 'cut', partition, epoch, offset, timeMs: this.nowMs })
        else
          this.fail(`I1: the history of ${partition} is cut at ${offset} under epoch ${epoch}, and nobody allowed it.`)
      },
      isRelaxed: (partition) => isRelaxedKey(configuration, partition),
      onRelaxedLoss: (partition, epoch, offset) =>
        this.history.add({ type: 'cut', partition, epoch, offset, timeMs: this.nowMs }),
    })
    const environment: BrokerEnvironment = {
      configuration,
      settings: this.settings,
      scheduler,
      network: this.network,
      coordinator: this.coordinator,
      coordinatorHealth: this.coordinatorHealth,
      coverage,
      observer: this.observer,
      trace,
      rules,
      peer: (brokerId) => this.broker(brokerId),
      onFailure: (message) => this.fail(message),
    }
    this.brokers = brokerIds.map((id) => {
      const chance = new Random(seed, `broker ${id}`)
      return configuration.isModelled
        ? new BrokerHost(id, environment, chance, modelBrokers)
        : new BrokerHost(id, environment, chance, drivenBrokers)
    })
    const keys = Array.from({ length: partitions }, (_, index) => keyOfGeneration(index, 1))
    this.partitions = keys
    this.topics = new TopicAdmin({
      client: this.#newClient('t'),
      history: this.history,
      coverage,
      partitions: keys,
      retryBackoffMs: configuration.leaseMs / 10,
      onCreatedAgain: (partition) => {
        for (const reader of this.readers) reader.read(partition)
      },
    })
  }

  get nowMs(): number {
    return this.scheduler.nowMs
  }

  get clients(): readonly ClientProcess[] {
    return this.#clients
  }

  broker(id: string): SimulatedBroker {
    return this.brokers.find((broker) => broker.id === id)!
  }

  fail(message: string): void {
    this.trace.note('FAILURE', () => message)
    this.failures.push(`${message} (at ${this.nowMs.toFixed(3)} ms)`)
  }

  schedule(delayMs: number, callback: () => void): void {
    this.scheduler.schedule(delayMs, callback)
  }

  onMoment(listener: (broker: FaultyBroker, moment: Moment) => void): () => void {
    this.#momentListeners.add(listener)
    return () => this.#momentListeners.delete(listener)
  }

  start(): void {
    this.#startBrokers()
    this.topics.start()
    const { idempotentProducers, plainProducers, readers } = this.configuration
    for (let index = 0; index < idempotentProducers; index++) this.#newProducer(true)
    for (let index = 0; index < plainProducers; index++) this.#newProducer(false)
    for (let index = 0; index < readers; index++) this.#newReader()
    this.#startLettingGo()
  }

  #startBrokers(): void {
    const { isFormedByInit, leaseMs } = this.configuration
    const [first] = this.brokers
    const last = this.brokers.at(-1)!
    last.isHeldDown = isFormedByInit
    for (const broker of this.brokers) {
      this.schedule(this.random.between(0, 20), () => {
        if (isFormedByInit && broker === first) broker.startWithInit()
        else broker.start()
      })
    }
    if (!isFormedByInit) return
    this.schedule(leaseMs * this.random.between(0.5, 3), () => {
      last.isHeldDown = false
      last.start()
    })
  }

  /** Clients do nothing any more that would keep the run from coming to rest. */
  settle(): void {
    for (const reader of this.readers) reader.settle()
    this.#letGo?.stop()
  }

  allowRecovery(): boolean {
    if (this.isRecoveryAllowed) return false
    this.isRecoveryAllowed = true
    return true
  }

  knownIsr(brokerId: string): IsrRecord | undefined {
    return this.observer.savedIsr(brokerId)
  }

  /** A client process dies with what it has under way; another one takes up its work. */
  killClient(): void {
    const index = this.random.integer(0, this.producers.length - 1)
    const producer = this.producers[index]
    if (producer === undefined) return
    this.coverage.count('client killed')
    producer.kill()
    this.producers.splice(index, 1)
    this.#newProducer(producer.isIdempotent)
  }

  startSecond({ id }: FaultyBroker): { fetch(): void; end(): void } {
    const { to, message } = this.observer.lastFetchOf(id)!
    const second = new SecondProcess(this.network, this.broker(to), message)
    this.observer.inUseTwice.set(id, message.from.diskId)
    return { fetch: () => second.fetch(), end: () => this.observer.inUseTwice.delete(id) }
  }

  giveUp({ id }: FaultyBroker): void {
    const { epoch } = this.coordinator.record(id, coordinatorGroup)
    for (const { key, endOffset: offset } of this.broker(id).standing()) {
      this.observer.giveUp({ key, epoch, offset })
      this.history.add({ type: 'cut', partition: key, epoch, offset, timeMs: this.nowMs })
    }
  }

  letGo({ id }: FaultyBroker, partition: string, offset: number): void {
    void this.broker(id).port?.letGo(partition, () => offset)
  }

  recreateTopic(): boolean {
    return this.topics.recreate(this.random.integer(0, this.partitions.length - 1))
  }

  changeSettings(): void {
    const { minInsyncReplicas, otherMinInsyncReplicas } = this.configuration
    const before = this.settings.minInsyncReplicas
    const after = before === minInsyncReplicas ? otherMinInsyncReplicas : minInsyncReplicas
    this.coverage.count(after > before ? 'm raised' : 'm lowered')
    this.trace.note('operator', () => `m was ${before} and becomes ${after}`)
    this.settings.minInsyncReplicas = after
  }

  watchReads({ id }: FaultyBroker): () => void {
    this.observer.showsNothingOld.add(id)
    return () => this.observer.showsNothingOld.delete(id)
  }

  watchFolders(brokers: readonly FaultyBroker[]): () => void {
    for (const { id } of brokers) this.observer.inWrongFolder.add(id)
    return () => this.observer.inWrongFolder.clear()
  }

  changeMembers(brokerIds: readonly string[]): void {
    this.trace.note('operator', () => `the members become ${brokerIds.join(', ')}`)
    this.settings.brokerIds = brokerIds
  }

  /**
   * Every acknowledged record is on m disks, so m − 1 may be lost; one lost before counts until a leader has let its
   * successor in. And what is left must still make a quorum, or the cluster waits for an operator.
   */
  mayLoseDisk(broker: FaultyBroker): boolean {
    const { brokerIds } = this.configuration
    const { minInsyncReplicas } = this.settings
    const lost = this.brokers.filter((other) => other.id !== broker.id && !other.isWhole).length + 1
    const quorum = Math.max(brokerIds.length - minInsyncReplicas + 1, Math.floor(brokerIds.length / 2) + 1)
    return lost <= minInsyncReplicas - 1 && brokerIds.length - lost >= quorum && this.coverage.of('election') > 0
  }

  #newClient(kind: string): ClientProcess {
    const { scheduler, network, configuration } = this
    const name = `${kind}${++this.#clientCount}`
    const random = new Random(configuration.seed, name)
    const process = new SimulatedProcess({ name, scheduler, random, wallClockOffsetMs: 1_700_000_000_000 })
    const client = new ClientProcess({
      name,
      process,
      network,
      random,
      brokerIds: configuration.brokerIds,
      requestTimeoutMs: configuration.requestTimeoutMs,
      findBroker: (brokerId) => {
        const { process: brokerProcess, port } = this.broker(brokerId)
        return port === undefined ? undefined : { process: brokerProcess, port }
      },
    })
    this.#clients.push(client)
    return client
  }

  #newProducer(isIdempotent: boolean): void {
    const { history, coverage, trace, partitions, configuration } = this
    const { maxInFlight, meanPauseMs, deliveryTimeoutMs, leaseMs } = configuration
    const producer = new ProducerModel({
      client: this.#newClient('p'),
      history,
      coverage,
      trace,
      partitions,
      isIdempotent,
      producerId: this.#clientCount,
      maxInFlight,
      meanPauseMs,
      deliveryTimeoutMs,
      retryBackoffMs: leaseMs / 20,
    })
    this.producers.push(producer)
    producer.start()
  }

  #startLettingGo(): void {
    const { partitions, configuration } = this
    const { meanLetGoPauseMs: meanPauseMs, deletesRecords: deletes } = configuration
    if (meanPauseMs < 0) return
    const client = this.#newClient('l')
    this.#letGo = new LetGoClient({
      client,
      partitions,
      meanPauseMs,
      deletes,
      history: this.history,
      coverage: this.coverage,
      onDeleted: (partition, deletedEnd) => this.observer.deletedRecords.acknowledged(partition, deletedEnd),
    })
    this.#letGo.start()
  }

  newProbe(everyMs: number): ProgressProbe {
    return new ProgressProbe({ client: this.#newClient('i'), history: this.history, everyMs })
  }

  #newReader(): void {
    const { history, coverage, trace, partitions, configuration } = this
    const { leaseMs } = configuration
    const client = this.#newClient('r')
    const pauses = { maxWaitMs: configuration.maxWaitMs, pollPauseMs: leaseMs / 40, retryBackoffMs: leaseMs / 10 }
    const { readerStrays: strays, readerGoesBack: goesBack } = configuration
    const options = { client, history, coverage, trace, partitions, strays, goesBack, ...pauses }
    const reader = new ReaderModel(options)
    this.readers.push(reader)
    reader.start()
  }
}

/**
 * A leader answers reads while its lease runs, or while all of the ISR has followed within half a lease: what was acknowledged
 * before that is in every answer. Without bound where the coordinator gives one lease to two.
 */
function staleAfterMs({ faults, leaseMs }: Configuration): number {
  const isCoordinatorSane = !faults.some((fault) => /^coordinator (clock|forgets|goes back|splits)$/.test(fault))
  return isCoordinatorSane ? (leaseMs / 2) * 1.05 : Number.POSITIVE_INFINITY
}
