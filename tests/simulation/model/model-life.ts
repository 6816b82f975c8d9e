import { type RecordBatchHeader, YakError } from '@yak/protocol'
import type { Input } from '../../../apps/broker/src/replication/core/inputs.ts'
import type { Message } from '../../../apps/broker/src/replication/core/messages.ts'
import type { Answer, Output } from '../../../apps/broker/src/replication/core/outputs.ts'
import type { Readable } from '../../../apps/broker/src/replication/core/readable.ts'
import { ReplicationCore } from '../../../apps/broker/src/replication/core/replication-core.ts'
import { metadataKey, type PartitionKey } from '../../../apps/broker/src/replication/core/state.ts'
import type { CoreStatus } from '../../../apps/broker/src/replication/core/status.ts'
import { DriverCoordinator } from '../../../apps/broker/src/replication/driver-coordinator.ts'
import type { ReplicaState } from '../../checker/history.ts'
import { type BrokerKind, type BrokerLife, type LifeOptions, maxFetchBytes } from '../broker-life.ts'
import { coordinatorGroup } from '../coordinator-link.ts'
import { noteStall } from '../disk-link.ts'
import { type ChooseStart, LogStartKeeper } from '../log-start-keeper.ts'
import { sendToPeer } from '../peer-link.ts'
import type { BrokerEnvironment } from '../simulated-broker.ts'
import { isRelaxedKey } from '../topic-list.ts'
import { ModelDisk } from './model-disk.ts'
import { ModelLog, valuesOf } from './model-log.ts'
import { ModelLogStarts } from './model-log-starts.ts'
import { ModelTopics } from './model-topics.ts'

/** One run of a broker: a core, and the shortest driver that keeps what docs/replication.md says of one. */
export class ModelLife implements BrokerLife {
  readonly #core: ReplicationCore
  readonly #coordinator: DriverCoordinator
  readonly #options: LifeOptions<ModelDisk>
  readonly #environment: BrokerEnvironment
  readonly #answers = new Map<number, (answer: Answer) => void>()
  readonly #waiters = new Set<() => void>()
  readonly #dirty = new Set<PartitionKey>()
  /** Relaxed logs whose sync is to come. */
  readonly #flushing = new Set<PartitionKey>()
  readonly #failed = new Set<PartitionKey>()
  /** Those of them that only a restart brings back. */
  readonly #lost = new Set<PartitionKey>()
  #feedback: Input[] = []
  #lastProduce = 0
  #isSyncing = false
  #lastSaveAtMs = 0
  readonly #topics: ModelTopics
  readonly #starts: ModelLogStarts
  readonly #logStarts: LogStartKeeper
  #cancelTick: () => void = () => {}
  #tickAtMs = Number.POSITIVE_INFINITY
  #isOver = false

  constructor(options: LifeOptions<ModelDisk>) {
    this.#options = options
    this.#environment = options.environment
    const { disk, coreOptions, process, environment, brokerId, random, store } = options
    const incarnation = `${++disk.incarnationCount}.${Math.floor(random.unit() * 1e9)}`
    const { isSettledAtOnce } = environment.configuration
    const earlierIncarnations = isSettledAtOnce ? [disk.lastIncarnation ?? ''] : []
    disk.lastIncarnation = incarnation
    const ownerIndex = coreOptions.members.brokerIds.indexOf(brokerId)
    this.#coordinator = new DriverCoordinator(store, coordinatorGroup, { id: brokerId, incarnation, ownerIndex })
    const { boot, topics } = disk.boot(coreOptions.members.minInsyncReplicas, (key) => this.#isRelaxed(key))
    this.#topics = new ModelTopics({
      list: topics,
      log: disk.logs.get(metadataKey)!,
      highWatermark: disk.highWatermarks.get(metadataKey) ?? 0,
      later: (act) => this.#later('write', act),
      onCreated: (key) => {
        this.feed({ type: 'partition-created', key })
        this.#open(key)
      },
      onDeleted: (key) => this.#remove(key),
      onRecordsDeleted: (key) => void this.#starts.letGoOfDeleted(key),
    })
    this.#starts = new ModelLogStarts({
      logs: disk.logs,
      configuration: environment.configuration,
      hasFailed: (key) => this.#failed.has(key),
      highWatermarkOf: (key) => disk.highWatermarks.get(key) ?? 0,
      deletedEndOf: (key) => this.#topics.deletedEnd(key),
      later: (kind, act) => this.#later(kind, act),
      feed: (input) => this.feed(input),
    })
    this.#logStarts = new LogStartKeeper({
      environment: this.#environment,
      brokerId,
      process,
      keys: () => topics.live,
      logOf: (key) => this.#starts.shrinkingLogOf(key),
      highWatermarkOf: (key) => disk.highWatermarks.get(key) ?? 0,
      letGoOfDeleted: (key) => this.#starts.letGoOfDeleted(key),
      onLogStart: (key) => this.#later('write', () => this.#starts.note(key)),
      isOver: () => this.#isOver,
    })
    this.#core = new ReplicationCore(
      {
        ...coreOptions,
        earlierIncarnations,
        unsafeRecover: options.isUnsafe,
        init: options.isInit,
        self: { brokerId, diskId: disk.diskId, incarnation },
      },
      boot,
      process.monotonicMs(),
      environment.rules,
    )
    environment.observer.booted(brokerId, this.status().partitions)
    this.#execute()
    this.#coordinator.observe(
      (record) => this.feed({ type: 'observed', record, isConnected: true }),
      () => this.feed({ type: 'observed', record: null, isConnected: false }),
    )
    this.#logStarts.start()
  }

  readonly isOpen = true

  get hasFailedLog(): boolean {
    return this.#lost.size > 0
  }

  status(): CoreStatus {
    return this.#core.status(this.#options.process.monotonicMs())
  }

  readable(key: PartitionKey): Readable {
    return this.#core.readable(key, this.#options.process.monotonicMs())
  }

  receive(message: Message): void {
    this.feed({ type: 'message', message })
  }

  unreachable(brokerId: string, requestId: number): void {
    this.feed({ type: 'unreachable', brokerId, requestId })
  }

  async read(
    key: PartitionKey,
    offset: number,
    endOffset: number,
  ): Promise<{ batches: Uint8Array; logStartOffset: number }> {
    const log = this.#options.disk.logs.get(key)
    if (log === undefined) throw new YakError('LEADER_NOT_AVAILABLE', `The log of ${key} is not open.`)
    const logStartOffset = Math.max(log.logStartOffset, this.#starts.startAfterDeleted(key, log))
    if (offset < logStartOffset)
      throw new YakError('OFFSET_OUT_OF_RANGE', `It begins at ${logStartOffset}.`, { details: { logStartOffset } })
    return { batches: log.read(offset, endOffset, maxFetchBytes).batches, logStartOffset }
  }

  letGo(key: PartitionKey, choose: ChooseStart): Promise<number> {
    return this.#logStarts.request(key, choose)
  }

  get appliedTopics(): number {
    return this.#topics.appliedEndOffset
  }

  isDeleted(key: PartitionKey): boolean {
    return this.#topics.isDeleted(key)
  }

  hasFiles(key: PartitionKey): boolean {
    return this.#options.disk.logs.has(key)
  }

  stop(): void {
    this.feed({ type: 'stop' })
  }

  async replicas(): Promise<ReplicaState[]> {
    const highWatermarks = new Map(this.status().partitions.map(({ key, highWatermark }) => [key, highWatermark]))
    return [...this.#options.disk.logs].map(([partition, log]) => ({
      type: 'replica' as const,
      broker: this.#options.brokerId,
      partition,
      logStartOffset: log.logStartOffset,
      highWatermark: highWatermarks.get(partition) ?? 0,
      logEndOffset: log.endOffset,
      batches: log.batches.map(({ bytes, header }) => ({
        baseOffset: header.baseOffset,
        epoch: header.leaderEpoch,
        digest: `${header.leaderEpoch}:${header.crc}`,
        values: valuesOf(bytes),
      })),
    }))
  }

  produce(key: PartitionKey, batch: Uint8Array, header: RecordBatchHeader): Promise<Answer> {
    const id = ++this.#lastProduce
    return new Promise((resolve) => {
      this.#answers.set(id, resolve)
      this.feed({ type: 'produce', id, key, batch, header })
    })
  }

  /** Calls back once, when a high watermark has moved. */
  onNextCommit(callback: () => void): () => void {
    this.#waiters.add(callback)
    return () => this.#waiters.delete(callback)
  }

  feed(input: Input): void {
    const { process, brokerId } = this.#options
    if (this.#isOver) return
    // It stands still in the middle of what it does: the rest comes when it wakes, or never.
    if (process.state !== 'running') {
      process.enter(() => this.feed(input))
      return
    }
    try {
      this.#environment.observer.onInput(brokerId, input)
      this.#core.step(input, process.monotonicMs())
      this.#execute()
    } catch (error) {
      this.#isOver = true
      this.#environment.onFailure(`${brokerId}: ${error instanceof Error ? error.stack : String(error)}`)
    }
  }

  end(): void {
    this.#isOver = true
  }

  #execute(): void {
    const { observer } = this.#environment
    const { brokerId } = this.#options
    for (;;) {
      for (let output = this.#core.nextOutput(); output !== undefined; output = this.#core.nextOutput()) {
        observer.onOutput(brokerId, output)
        this.#carryOut(output)
      }
      const input = this.#feedback.shift()
      if (input === undefined) break
      observer.onInput(brokerId, input)
      this.#core.step(input, this.#options.process.monotonicMs())
    }
    this.#scheduleTick()
  }

  #scheduleTick(): void {
    const { wakeAt } = this.#core
    if (wakeAt === this.#tickAtMs) return
    this.#cancelTick()
    this.#tickAtMs = wakeAt
    if (wakeAt === Number.POSITIVE_INFINITY) return
    const { process } = this.#options
    // A little late and never early: a sum of fractions may end just below the time it was meant for.
    this.#cancelTick = process.schedule(Math.max(0, wakeAt - process.monotonicMs()) + 0.001, () => {
      this.#tickAtMs = Number.POSITIVE_INFINITY
      this.feed({ type: 'tick' })
    })
  }

  #carryOut(output: Output): void {
    const { disk } = this.#options
    switch (output.type) {
      case 'send':
        sendToPeer(this.#environment, this.#options, output.to, output.message)
        break
      case 'save':
        this.#save(output)
        break
      case 'call':
        this.#call(output)
        break
      case 'append':
        this.#append(output)
        break
      case 'replicate':
        this.#replicate(output)
        break
      case 'truncate':
        this.#cut(output.key, (log) => log.truncateTo(output.endOffset))
        break
      case 'begin-anew':
        this.#cut(output.key, (log) => log.beginAnew(output.startOffset))
        break
      case 'raise-log-start':
        this.#starts.raise(output.key, output.logStartOffset)
        break
      case 'fence':
        for (const log of disk.logs.values()) log.fence = Math.max(log.fence, output.epoch)
        break
      case 'read':
        this.#read(output)
        break
      case 'open-partition':
        this.#later('write', () => this.#open(output.key))
        break
      case 'high-watermark':
        disk.highWatermarks.set(output.key, output.highWatermark)
        for (const wake of [...this.#waiters]) wake()
        void this.#starts.letGoOfDeleted(output.key)
        break
      case 'topics-committed':
        this.#topics.committed(output.upTo)
        break
      case 'answer':
        this.#answers.get(output.id)?.(output.answer)
        this.#answers.delete(output.id)
        break
      case 'stopped':
        this.#isOver = true
        this.#options.onStopped()
        break
      default:
    }
  }

  #save({ id, content }: Extract<Output, { type: 'save' }>): void {
    const { disk, process, diskHealth } = this.#options
    // In the order of the saves: the last one asked for is the one that stays.
    this.#lastSaveAtMs = Math.max(this.#lastSaveAtMs, process.monotonicMs() + this.#delayMs('sync') * 2)
    noteStall(diskHealth, this.#lastSaveAtMs)
    const flushed = [...disk.logs.values()].map((log) => ({ log, end: log.syncedEndOffset }))
    process.schedule(this.#lastSaveAtMs - process.monotonicMs(), () => {
      // What is entered is synced first, of a relaxed log too.
      if (content.file === 'entered-epochs') for (const { log, end } of flushed) durableTo(log, end)
      disk.save(content)
      this.feed({ type: 'saved', id })
    })
  }

  #call({ id, call }: Extract<Output, { type: 'call' }>): void {
    if (call.type === 'observe') {
      this.#coordinator.read().then(
        (record) => this.feed({ type: 'observed', record, isConnected: true }),
        () => {},
      )
      return
    }
    void this.#coordinator.call(call).then((result) => this.feed({ type: 'called', id, result }))
  }

  #append({ id, key, batch, header, leaderEpoch }: Extract<Output, { type: 'append' }>): void {
    try {
      const log = this.#logOf(key)
      const append = log.appendAsLeader(batch, header, leaderEpoch)
      this.#feedback.push({ type: 'appended', id, key, ...append })
      if (!append.isDuplicate) this.#changed(key)
    } catch (error) {
      this.#feedback.push({ type: 'append-refused', id, key, error: error as YakError })
    }
  }

  #replicate({ key, batches, epoch, expectedBaseOffset }: Extract<Output, { type: 'replicate' }>): void {
    try {
      const log = this.#logOf(key)
      const epochs = log.appendAsFollower(batches, { leaderEpoch: epoch, expectedBaseOffset })
      this.#feedback.push({ type: 'replicated', key, endOffset: log.endOffset, epochs })
      this.#changed(key)
    } catch (error) {
      this.#feedback.push({ type: 'replicate-refused', key, error: error as YakError })
    }
  }

  #logOf(key: PartitionKey): ModelLog {
    if (this.#failed.has(key)) throw new YakError('STORAGE_ERROR', `The log of ${key} has failed.`)
    const log = this.#options.disk.logs.get(key)
    if (log === undefined) throw new YakError('LEADER_NOT_AVAILABLE', `The log of ${key} is not open.`)
    return log
  }

  #cut(key: PartitionKey, cut: (log: ModelLog) => void): void {
    this.#later('sync', () => {
      const log = this.#options.disk.logs.get(key)
      if (log === undefined || this.#failed.has(key)) return
      cut(log)
      const { highWatermarks } = this.#options.disk
      highWatermarks.set(key, Math.min(highWatermarks.get(key) ?? 0, log.endOffset))
      this.feed({ type: 'truncated', key, log: log.state })
    })
  }

  #read({ id, entries, maxBytes }: Extract<Output, { type: 'read' }>): void {
    this.#later('write', () => {
      const results = []
      let left = maxBytes
      for (const { key, offset, endOffset } of entries) {
        if (left <= 0) break
        const log = this.#options.disk.logs.get(key)
        // Let go of by now: who asks is told in another way.
        if (log === undefined || offset < log.logStartOffset) continue
        const read = log.read(offset, endOffset, left)
        left -= read.batches.length
        results.push({ key, ...read })
      }
      this.feed({ type: 'read-done', id, results })
    })
  }

  /** Group commit: what is appended while a sync runs goes into the next. */
  #changed(key: PartitionKey): void {
    const log = this.#options.disk.logs.get(key)!
    if (log.isRelaxed) {
      this.#written(key, log, log.endOffset)
      return
    }
    this.#dirty.add(key)
    if (this.#isSyncing) return
    this.#isSyncing = true
    this.#options.process.schedule(0, () => this.#sync())
  }

  #sync(): void {
    const { disk, diskHealth, random } = this.#options
    const { coverage } = this.#environment
    const syncing = [...this.#dirty].map((key) => ({
      key,
      log: disk.logs.get(key)!,
      end: disk.logs.get(key)!.endOffset,
    }))
    this.#dirty.clear()
    this.#later('sync', () => {
      this.#isSyncing = false
      const errorRate = Math.max(diskHealth.syncErrorRate, diskHealth.writeErrorRate)
      const fails = diskHealth.isFull || random.chance(errorRate)
      if (diskHealth.stallMs > 0) coverage.count('disk stalled')
      if (fails)
        coverage.count(diskHealth.isFull ? 'disk full' : diskHealth.writeErrorRate > 0 ? 'write failed' : 'sync failed')
      for (const { key, log, end } of syncing) {
        if (fails) this.#fail(key, diskHealth.isFull)
        else this.#synced(key, log, end)
      }
      for (const key of this.#dirty) this.#changed(key)
    })
  }

  #synced(key: PartitionKey, log: ModelLog, end: number): void {
    // Cut meanwhile, or begun anew: then the truncation says where it ends.
    log.syncedEndOffset = Math.max(log.syncedEndOffset, Math.min(end, log.endOffset))
    this.feed({ type: 'synced', key, syncedEndOffset: log.syncedEndOffset })
  }

  /** Of a relaxed log that is enough to be acknowledged; the sync comes in its own time. */
  #written(key: PartitionKey, log: ModelLog, end: number): void {
    this.#later('write', () => {
      if (this.#failed.has(key)) return
      const { writeErrorRate, isFull } = this.#options.diskHealth
      if (isFull || this.#options.random.chance(writeErrorRate)) this.#fail(key, isFull)
      else this.#synced(key, log, end)
    })
    this.#flushLater(key, log)
  }

  #flushLater(key: PartitionKey, log: ModelLog): void {
    if (this.#flushing.has(key)) return
    this.#flushing.add(key)
    const { process, diskHealth, random } = this.#options
    process.schedule(this.#environment.configuration.relaxedFlushMs, () => {
      const end = log.syncedEndOffset
      this.#later('sync', () => {
        this.#flushing.delete(key)
        if (random.chance(diskHealth.syncErrorRate)) this.#fail(key, false)
        else durableTo(log, end)
        if (log.durableEndOffset < log.endOffset && !this.#failed.has(key)) this.#flushLater(key, log)
      })
    })
  }

  #isRelaxed(key: PartitionKey): boolean {
    return isRelaxedKey(this.#environment.configuration, key)
  }

  #fail(key: PartitionKey, isForRoom: boolean): void {
    if (!this.#options.disk.logs.has(key)) return
    this.#failed.add(key)
    if (!isForRoom) this.#lost.add(key)
    this.feed({ type: 'log-failed', key, reason: isForRoom ? 'ENOSPC, simulated.' : 'EIO, simulated.', isForRoom })
    if (isForRoom) this.#reopenLater(key)
  }

  /** Of what was not synced any part may have found room. */
  #reopenLater(key: PartitionKey): void {
    const { process, diskHealth, disk, random } = this.#options
    process.schedule(100, () => {
      if (this.#isOver || this.#lost.has(key) || !this.#failed.has(key)) return
      if (diskHealth.isFull) {
        this.#reopenLater(key)
        return
      }
      const log = disk.logs.get(key)
      if (log === undefined) return
      const { fence } = log
      log.crash(() => random.unit())
      log.fence = fence
      this.#failed.delete(key)
      this.feed({ type: 'log-reopened', key, log: log.state })
    })
  }

  #open(key: PartitionKey): void {
    if (this.#topics.isDeleted(key)) return
    const { disk } = this.#options
    const { minInsyncReplicas } = this.#options.coreOptions.members
    if (this.#core.status(this.#options.process.monotonicMs()).partitions.some((partition) => partition.key === key))
      return
    if (!disk.logs.has(key)) disk.logs.set(key, new ModelLog())
    const settings = { minInsyncReplicas, isRelaxed: this.#isRelaxed(key) }
    const log = disk.logs.get(key)!
    log.isRelaxed = settings.isRelaxed || this.#environment.configuration.flaw === 'relaxes every log'
    this.feed({ type: 'partition-opened', key, settings, log: log.state })
  }

  #remove(key: PartitionKey): void {
    const { disk } = this.#options
    if (!disk.logs.has(key)) return
    this.feed({ type: 'partition-removed', key })
    disk.logs.delete(key)
    disk.highWatermarks.delete(key)
    for (const keys of [this.#dirty, this.#failed, this.#lost]) keys.delete(key)
  }

  #later(kind: 'write' | 'sync', act: () => void): void {
    this.#options.process.schedule(this.#delayMs(kind), () => {
      if (!this.#isOver) act()
    })
  }

  #delayMs(kind: 'write' | 'sync'): number {
    const { random, diskHealth, process } = this.#options
    const { writeMs } = this.#environment.configuration
    const delayMs = random.between(writeMs.low, writeMs.high) * (kind === 'sync' ? 4 : 1) + diskHealth.stallMs
    noteStall(diskHealth, process.wakesAtMs + delayMs)
    return delayMs
  }
}

/** Cut meanwhile, it is all on disk. */
function durableTo(log: ModelLog, end: number): void {
  log.durableEndOffset = Math.max(log.durableEndOffset, Math.min(end, log.endOffset))
}

export const modelBrokers: BrokerKind<ModelDisk> = {
  newDisk: (diskId) => new ModelDisk(diskId),
  start: (options) => new ModelLife(options),
}
