import { type Clock, type Log, LogDisk } from '@yak/log'
import { decodeRecordBatch, type RecordBatchHeader, recordBatches, YakError } from '@yak/protocol'
import { assertOffsetInRange } from '../../../apps/broker/src/records/read-position.ts'
import type { Message } from '../../../apps/broker/src/replication/core/messages.ts'
import type { Answer } from '../../../apps/broker/src/replication/core/outputs.ts'
import type { Readable } from '../../../apps/broker/src/replication/core/readable.ts'
import { metadataKey } from '../../../apps/broker/src/replication/core/state.ts'
import type { CoreStatus } from '../../../apps/broker/src/replication/core/status.ts'
import { ReplicationDriver } from '../../../apps/broker/src/replication/driver.ts'
import type { DriverEvents, DriverOptions } from '../../../apps/broker/src/replication/driver-ports.ts'
import { Partition } from '../../../apps/broker/src/replication/partition.ts'
import type { ReplicaBatch, ReplicaState } from '../../checker/history.ts'
import { type BrokerKind, type BrokerLife, type LifeOptions, maxFetchBytes } from '../broker-life.ts'
import { DiskLink } from '../disk-link.ts'
import { type ChooseStart, LogStartKeeper } from '../log-start-keeper.ts'
import { sendToPeer } from '../peer-link.ts'
import { isRelaxedKey, type TopicChange, TopicList } from '../topic-list.ts'
import { DrivenDisk } from './driven-disk.ts'

const decoder = new TextDecoder()

/** One run of the real thing: driver, core, logs and recovery, over a disk and a network that are not. */
export class DrivenLife implements BrokerLife {
  readonly #options: LifeOptions<DrivenDisk>
  readonly #waiters = new Set<() => void>()
  /** They come back by themselves. */
  readonly #roomless = new Set<string>()
  #driver: ReplicationDriver | undefined
  readonly #topics = new TopicList()
  /** Those that are open, as the routes of the broker have them. */
  readonly #partitions = new Map<string, Partition>()
  /** Relaxed logs of which the start has said that a power cut may have taken their end. */
  readonly #told = new Set<string>()
  #topicsUpTo = 0
  #topicsRead = 0
  readonly #logStarts: LogStartKeeper
  #isFollowingTopics = false
  #hasFailedTopic = false
  #isStopWanted = false
  #isOpen = false
  #isOver = false

  constructor(options: LifeOptions<DrivenDisk>) {
    this.#options = options
    const { environment, brokerId, process } = options
    this.#logStarts = new LogStartKeeper({
      environment,
      brokerId,
      process,
      keys: () => this.#topics.live,
      logOf: (key) => {
        const log = this.#driver!.log(key)
        return log?.failure === undefined ? log : undefined
      },
      highWatermarkOf: (key) => this.#driver!.highWatermark(key),
      letGoOfDeleted: async (key) => await this.#partitions.get(key)?.letGoOfDeleted(),
      onLogStart: (key) => this.#driver!.noteLogStart(key),
      isOver: () => this.#isOver,
    })
    ReplicationDriver.open(this.#driverOptions()).then(
      (driver) => this.#started(driver),
      (error: unknown) => this.#notStarted(error),
    )
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  get hasFailedLog(): boolean {
    const status = this.#driver?.status()
    if (this.#hasFailedTopic) return true
    if (status === undefined) return false
    return (
      status.role === 'halted' ||
      status.partitions.some(({ key, failure }) => failure !== null && !this.#roomless.has(key))
    )
  }

  status(): CoreStatus | undefined {
    return this.#driver?.status()
  }

  readable(key: string): Readable {
    return this.#driver!.readable(key)
  }

  receive(message: Message): void {
    this.#driver?.receive(message)
  }

  unreachable(brokerId: string, requestId: number): void {
    this.#driver?.unreachable(brokerId, requestId)
  }

  produce(key: string, batch: Uint8Array, header: RecordBatchHeader): Promise<Answer> {
    return new Promise((resolve) => this.#driver!.produce(key, batch, header, resolve))
  }

  async read(key: string, offset: number, endOffset: number): Promise<{ batches: Uint8Array; logStartOffset: number }> {
    const log = this.#driver!.log(key)
    if (log === undefined) throw new YakError('LEADER_NOT_AVAILABLE', `The log of ${key} is not open.`)
    const partition = this.#partitions.get(key)
    if (partition !== undefined) assertOffsetInRange(partition, offset)
    if (offset >= endOffset) return { batches: new Uint8Array(), logStartOffset: log.logStartOffset }
    const { bytes } = await log.read({ offset, endOffset, maxBytes: maxFetchBytes })
    return { batches: bytes, logStartOffset: log.logStartOffset }
  }

  letGo(key: string, choose: ChooseStart): Promise<number> {
    return this.#logStarts.request(key, choose)
  }

  get appliedTopics(): number {
    return this.#topicsRead
  }

  isDeleted(key: string): boolean {
    return this.#topics.deleted.has(key)
  }

  hasFiles(key: string): boolean {
    return this.#driver?.hasFiles(key) ?? true
  }

  onNextCommit(callback: () => void): () => void {
    this.#waiters.add(callback)
    return () => this.#waiters.delete(callback)
  }

  stop(): void {
    this.#isStopWanted = true
    if (this.#isOpen) void this.#driver?.stop()
  }

  end(): void {
    this.#isOver = true
  }

  async replicas(): Promise<ReplicaState[]> {
    const driver = this.#driver
    if (driver === undefined) return []
    return await Promise.all(
      driver.status().partitions.map(async ({ key, highWatermark }) => ({
        type: 'replica' as const,
        broker: this.#options.brokerId,
        partition: key,
        logStartOffset: driver.log(key)!.logStartOffset,
        highWatermark,
        logEndOffset: driver.log(key)!.logEndOffset,
        batches: await this.#batchesOf(key),
      })),
    )
  }

  async #batchesOf(key: string): Promise<ReplicaBatch[]> {
    const log = this.#driver!.log(key)!
    const batches: ReplicaBatch[] = []
    for (let offset = log.logStartOffset; offset < log.logEndOffset; ) {
      const { bytes, nextOffset } = await log.read({ offset, maxBytes: 1_048_576 })
      for (const { position, header } of recordBatches(bytes)) {
        batches.push({
          baseOffset: header.baseOffset,
          epoch: header.leaderEpoch,
          digest: `${header.leaderEpoch}:${header.crc}`,
          values: decodeRecordBatch(bytes, position).map(({ value }) => decoder.decode(value!)),
        })
      }
      offset = nextOffset
    }
    return batches
  }

  #started(driver: ReplicationDriver): void {
    if (this.#isOver) return
    this.#driver = driver
    this.#options.environment.observer.booted(this.#options.brokerId, driver.status().partitions, this.#told)
    void this.#followTopics(async () => {
      await this.#openTopics()
      if (this.#isOver) return
      this.#isOpen = true
      driver.start()
      if (this.#isStopWanted) void driver.stop()
      this.#logStarts.start()
    })
  }

  /** A disk that errs may refuse the start; the process ends, as the broker's would. Anything else is a bug. */
  #notStarted(error: unknown): void {
    if (this.#isOver) return
    const { environment, brokerId, diskHealth, onStopped } = this.#options
    const { isFull, writeErrorRate, syncErrorRate } = diskHealth
    const isExcused = isFull || writeErrorRate > 0 || syncErrorRate > 0
    if (!isExcused) environment.onFailure(`${brokerId} does not start: ${textOf(error)}`)
    onStopped()
  }

  #driverOptions(): DriverOptions {
    const { environment, brokerId, process, disk, store, coreOptions } = this.#options
    const { members, random, newClusterId, unsafeRecover: _, init: __, ...limits } = coreOptions
    const { configuration } = environment
    const { segmentBytes, segmentMs, preallocateBytes, retentionBytes, retentionMs, clockDoubtMs } = configuration
    const { relaxedFlushMs: flushIntervalMs, flaw } = configuration
    return {
      brokerId,
      diskId: disk.diskId,
      members,
      random,
      newClusterId,
      limits,
      clock: process,
      ...(this.#options.isUnsafe ? { unsafeRecoverAt: disk.promisedEpoch } : {}),
      ...(this.#options.isInit ? { initDiskId: disk.diskId } : {}),
      settledAfterMs: environment.configuration.isSettledAtOnce ? 0 : 3_600_000,
      network: { send: (to, message) => sendToPeer(environment, { brokerId, process }, to, message) },
      coordinator: store,
      disk: this.#logDisk(),
      logConfigOf: (key) => ({
        segmentBytes,
        segmentMs,
        preallocateBytes,
        clockDoubtMs,
        indexIntervalBytes: 256,
        retentionMs: key === metadataKey ? -1 : retentionMs,
        retentionBytes: key === metadataKey ? -1 : retentionBytes,
        ...(isRelaxedKey(configuration, key) || flaw === 'relaxes every log'
          ? { flush: 'interval', flushIntervalMs }
          : {}),
      }),
      settingsOf: (key) => ({
        minInsyncReplicas: members.minInsyncReplicas,
        isRelaxed: isRelaxedKey(configuration, key),
      }),
      readTopics: (metadata, highWatermark) => this.#replayTopics(metadata, highWatermark),
      events: this.#events(),
      rules: environment.rules,
    }
  }

  #logDisk(): LogDisk {
    const { environment, process, random, disk, diskHealth: health } = this.#options
    const { coverage, configuration } = environment
    const { writeMs } = configuration
    const storage = new DiskLink({ storage: disk.storage, process, random, coverage, health, writeMs, syncFactor: 4 })
    const clock: Clock = {
      now: () => process.wallClockMs(),
      monotonic: () => process.monotonicMs(),
      after: (delayMs, callback) => process.schedule(delayMs, callback),
    }
    return new LogDisk({ storage, clock, maxTailBytes: 65_536, maxIndexBytes: 65_536 })
  }

  #events(): DriverEvents {
    const { environment, brokerId, onStopped } = this.#options
    const { observer } = environment
    return {
      onInput: (input) => {
        if (input.type === 'log-failed' && input.isForRoom === true) this.#roomless.add(input.key)
        observer.onInput(brokerId, input)
      },
      onOutput: (output) => observer.onOutput(brokerId, output),
      onNotice: (level, text) => environment.trace.note(brokerId, () => `  ${level}: ${text}`),
      onRelaxedTail: (key) => this.#told.add(key),
      onHighWatermark: (key) => {
        this.#partitions.get(key)?.noteHighWatermark()
        for (const wake of [...this.#waiters]) wake()
      },
      onTopicsCommitted: (upTo) => {
        if (upTo < this.#topicsUpTo) {
          this.#topics.clear()
          this.#topicsRead = 0
        }
        this.#topicsUpTo = upTo
        void this.#followTopics()
      },
      onStopped: () => {
        if (!this.#isOver) onStopped()
      },
      onFatal: (error) => {
        if (!this.#isOver) environment.onFailure(`${brokerId}: ${textOf(error)}`)
      },
    }
  }

  /** Before it takes part: what was committed by then. */
  async #replayTopics(metadata: Log, highWatermark: number): Promise<string[]> {
    await this.#readTopics(metadata, highWatermark, () => {})
    return [...this.#topics.deleted]
  }

  /** As the broker does at its start: deletions that a crash cut short, then all that there is. */
  async #openTopics(): Promise<void> {
    for (const key of this.#topics.deleted) await this.#remove(key)
    for (const key of this.#topics.live) await this.#open(key)
  }

  /** Does what the committed part of the topic list says, one record after another. */
  async #followTopics(first: () => Promise<void> = async () => {}): Promise<void> {
    const log = this.#driver?.log(metadataKey)
    if (log === undefined || this.#isFollowingTopics) return
    this.#isFollowingTopics = true
    try {
      await first()
      for (let before = -1; this.#topicsRead > before && !this.#isOver; ) {
        before = this.#topicsRead
        await this.#readTopics(log, this.#topicsUpTo, (change) => this.#carryOut(change))
      }
    } catch (error) {
      // What a disk says has a code.
      if (!(error instanceof Error && 'code' in error)) throw error
      // Its disk failed: a restart reads the list again.
      this.#hasFailedTopic = true
    } finally {
      this.#isFollowingTopics = false
    }
  }

  async #carryOut({ type, partition: key, deletedEnd }: TopicChange): Promise<void> {
    if (type === 'created') await this.#open(key)
    else if (type === 'deleted') await this.#remove(key)
    else {
      const partition = this.#partitions.get(key)
      partition?.noteDeleted(deletedEnd)
      await partition?.letGoOfDeleted()
    }
  }

  async #open(key: string): Promise<void> {
    await this.#driver!.openPartition(key)
    const partition = this.#partitions.get(key) ?? new Partition({ name: key, key, driver: this.#driver! })
    this.#partitions.set(key, partition)
    partition.noteDeleted(this.#topics.deletedEnds.get(key))
    await partition.letGoOfDeleted()
  }

  async #remove(key: string): Promise<void> {
    this.#partitions.delete(key)
    if (this.#driver!.hasFiles(key)) await this.#driver!.removePartition(key)
  }

  async #readTopics(log: Log, endOffset: number, act: (change: TopicChange) => Promise<void> | void): Promise<void> {
    while (this.#topicsRead < endOffset && !this.#isOver) {
      const { bytes, nextOffset } = await log.read({ offset: this.#topicsRead, endOffset, maxBytes: maxFetchBytes })
      if (bytes.length === 0) return
      for (const { position } of recordBatches(bytes)) {
        for (const { value } of decodeRecordBatch(bytes, position)) {
          const change = this.#topics.apply(decoder.decode(value!))
          if (change !== undefined) await act(change)
        }
      }
      this.#topicsRead = nextOffset
    }
  }
}

export const drivenBrokers: BrokerKind<DrivenDisk> = {
  newDisk: (diskId) => new DrivenDisk(diskId),
  start: (options) => new DrivenLife(options),
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
