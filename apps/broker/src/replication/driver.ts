import type { LogRead } from '@yak/log'
import { type RecordBatchHeader, YakError } from '@yak/protocol'
import type { Input } from './core/inputs.ts'
import type { Message } from './core/messages.ts'
import { type CoreOptions, defaultCoreOptions } from './core/options.ts'
import type { Answer, Output, ReadEntry } from './core/outputs.ts'
import { type Readable, ReplicationCore, type Standing } from './core/replication-core.ts'
import { rules } from './core/rules/rules.ts'
import {
  type Boot,
  emptyCluster,
  metadataKey,
  type PartitionBoot,
  type PartitionKey,
  type PartitionSettings,
} from './core/state.ts'
import type { CoreStatus } from './core/status.ts'
import { DriverCoordinator } from './driver-coordinator.ts'
import { DriverFiles, type Incarnations, type LoadedFiles } from './driver-files.ts'
import { DriverLogs, stateOf } from './driver-logs.ts'
import type { DriverOptions } from './driver-ports.ts'
import { nextSync, readRanges } from './driver-reads.ts'
import { DriverRoom, isForRoom } from './driver-room.ts'

export interface CommittedRead extends LogRead {
  readonly highWatermark: number
  readonly leaderEpoch: number
}

const highWatermarksEveryMs = 5_000
/** A timer may fire a fraction before its time, and a step before its time does nothing. */
const shortestTimerMs = 0.01

/**
 * Runs one replication core over real logs: carries out what it asks for, feeds back what came of it, and wakes it in time.
 * It decides nothing and keeps no order of its own; the core holds back what must wait for a disk.
 *
 *     open --start()--> started --stop()--> stopping --stopped--> (close)
 *     any --a broken invariant--> broken: nothing is saved, sent or answered any more
 *
 * A crash is: never touch it again, and start another over the same storage.
 */
export class ReplicationDriver {
  readonly #options: DriverOptions
  readonly #files: DriverFiles
  readonly #room: DriverRoom
  readonly #logs: DriverLogs
  readonly #coordinator: DriverCoordinator
  readonly #incarnation: string
  readonly #settings: (key: PartitionKey) => PartitionSettings
  readonly #answers = new Map<number, (answer: Answer) => void>()
  /** What a log decided at once, and what else came meanwhile. */
  readonly #feedback: Input[] = []
  readonly #inbox: Input[] = []
  readonly #stopped: { readonly promise: Promise<void>; readonly resolve: () => void }
  #core: ReplicationCore | undefined
  #lastProduce = 0
  #isStepping = false
  #isBroken = false
  #isClosed = false
  #wakeAt = Number.POSITIVE_INFINITY
  #cancelWake: () => void = () => {}
  #cancelCheckpoint: () => void = () => {}
  #cancelSettle: () => void = () => {}
  #stopObserving: () => void = () => {}
  readonly #leftovers = new Set<PartitionKey>()
  /** Woken by the next step: it may have changed the role, or what is entered. */
  #stepListeners: (() => void)[] = []
  #highWatermarksToSave: Map<PartitionKey, number>

  private constructor(
    options: DriverOptions,
    room: DriverRoom,
    files: DriverFiles,
    logs: DriverLogs,
    loaded: LoadedFiles,
    incarnation: string,
  ) {
    this.#options = options
    this.#room = room
    this.#incarnation = incarnation
    this.#files = files
    this.#logs = logs
    this.#highWatermarksToSave = new Map(loaded.highWatermarks)
    const { brokerId, members, group = 'yak' } = options
    const ownerIndex = members.brokerIds.indexOf(brokerId)
    this.#coordinator = new DriverCoordinator(options.coordinator, group, { id: brokerId, incarnation, ownerIndex })
    this.#settings = options.settingsOf ?? (() => ({ minInsyncReplicas: members.minInsyncReplicas, isRelaxed: false }))
    let resolve = (): void => {}
    const promise = new Promise<void>((done) => {
      resolve = done
    })
    this.#stopped = { promise, resolve }
  }

  /** Reads the data folder and opens its logs; takes part from `start` on. Throws when a file or the disk is damaged. */
  static async open(options: DriverOptions): Promise<ReplicationDriver> {
    const { clock, disk, minFreeBytes = 67_108_864 } = options
    const room = new DriverRoom({ clock, minFreeBytes, freeBytes: () => disk.storage.freeBytes() })
    const files = new DriverFiles(disk.storage, (name, callback) => room.wait(name, callback))
    const loaded = await files.load()
    const count = loaded.incarnations.count + 1
    const incarnation = `${count}.${Math.floor(options.random() * 2 ** 32).toString(16)}`
    await files.write('incarnation', { count, last: incarnation })
    let driver: ReplicationDriver | undefined
    const logs = new DriverLogs({
      disk: options.disk,
      nameOf: options.nameOf ?? ((key) => key),
      configOf: options.logConfigOf ?? (() => ({})),
      onSynced: (key, syncedEndOffset) => driver?.feed({ type: 'synced', key, syncedEndOffset }),
      onFailure: (key, failure) => {
        if (driver !== undefined) driver.#logFailed(key, failure)
        options.events?.onLogFailure?.(key, failure)
      },
    })
    driver = new ReplicationDriver(options, room, files, logs, loaded, incarnation)
    await driver.#boot(loaded, incarnation)
    return driver
  }

  /** Takes part: hears the coordinator, answers others, tries to lead. */
  start(): void {
    this.#checkpointLater()
    this.#settleLater()
    this.#stopObserving = this.#coordinator.observe(
      (record) => this.feed({ type: 'observed', record, isConnected: true }),
      () => this.feed({ type: 'observed', record: null, isConnected: false }),
    )
    this.feed({ type: 'tick' })
  }

  // ---- from the network

  receive(message: Message): void {
    this.feed({ type: 'message', message })
  }

  /** The request was not delivered, or its connection broke before the answer. */
  unreachable(brokerId: string, requestId: number): void {
    this.feed({ type: 'unreachable', brokerId, requestId })
  }

  // ---- from clients

  /**
   * One checked batch, which gets its offsets, or is refused, in the order of the calls; its bytes are free again when this
   * returns. `onAnswer` is called once, perhaps before: when it is committed, refused, or can no longer be answered for.
   */
  produce(key: PartitionKey, batch: Uint8Array, header: RecordBatchHeader, onAnswer: (answer: Answer) => void): void {
    if (this.#isBroken || this.#isClosed) {
      onAnswer(notServing(this.#options.brokerId))
      return
    }
    const id = ++this.#lastProduce
    this.#answers.set(id, onAnswer)
    this.feed({ type: 'produce', id, key, batch, header })
  }

  /** Whole committed batches from `offset` on, perhaps none yet. Throws a YakError. */
  async read(
    key: PartitionKey,
    options: { readonly offset: number; readonly maxBytes: number },
  ): Promise<CommittedRead> {
    const readable = this.readable(key)
    const log = this.#logs.get(key)
    if ('error' in readable) throw readable.error
    const { highWatermark, leaderEpoch } = readable
    if (log === undefined || highWatermark === null) {
      throw new YakError('LEADER_NOT_AVAILABLE', `What is committed in ${key} is not known yet. Try again.`)
    }
    const read = await log.read({ ...options, endOffset: highWatermark })
    return { ...read, highWatermark, leaderEpoch }
  }

  readable(key: PartitionKey): Readable {
    return this.#core!.readable(key, this.#now())
  }

  /** What is committed, as far as this broker knows; 0 of a partition that is not open. Whether to show it is `readable`'s. */
  highWatermark(key: PartitionKey): number {
    return this.#core!.highWatermark(key)
  }

  status(): CoreStatus {
    return this.#core!.status(this.#now())
  }

  /** Null until a cluster was formed or joined. */
  get clusterId(): string | null {
    return this.#core!.clusterId
  }

  /** Ids of the brokers in sync, as far as this one knows. */
  get isr(): string[] {
    return this.#core!.isr.isr.map(({ brokerId }) => brokerId)
  }

  get isCoordinatorConnected(): boolean {
    return this.#core!.isCoordinatorConnected
  }

  /** Role and leader alone: cheap enough to ask with every request. */
  standing(): Standing {
    return this.#core!.standing(this.#now())
  }

  // ---- from the topic list

  /** The record that creates it has taken effect. Resolves when its log is open. */
  async openPartition(key: PartitionKey): Promise<void> {
    const log = await this.#logs.open(key, 0)
    if (log.failure !== undefined) throw log.failure
    this.feed({ type: 'partition-opened', key, settings: this.#settings(key), log: stateOf(log) })
  }

  /** On a leader, until the partition takes batches; elsewhere, and when it stops leading, at once. */
  async untilEntered(key: PartitionKey): Promise<void> {
    while (!this.#isBroken && !this.#isClosed && this.standing().mayServe && !this.#core!.isEntered(key)) {
      await new Promise<void>((resolve) => this.#stepListeners.push(resolve))
    }
  }

  /** The record that deletes its topic has taken effect. Resolves when its files are gone. */
  async removePartition(key: PartitionKey): Promise<void> {
    this.feed({ type: 'partition-removed', key })
    this.#highWatermarksToSave.delete(key)
    await this.#logs.remove(key)
    this.#leftovers.delete(key)
  }

  /** Its log is open, or a deletion that a crash cut short has left files of it. */
  hasFiles(key: PartitionKey): boolean {
    return this.#logs.get(key) !== undefined || this.#leftovers.has(key)
  }

  changeSettings(key: PartitionKey): void {
    this.#logs.configure(key)
    this.feed({ type: 'settings-changed', key, settings: this.#settings(key) })
  }

  /** Retention has moved the start of a log. */
  noteLogStart(key: PartitionKey): void {
    const log = this.#logs.get(key)
    if (log !== undefined) this.feed({ type: 'log-start-raised', key, logStartOffset: log.logStartOffset })
  }

  log(key: PartitionKey): ReturnType<DriverLogs['get']> {
    return this.#logs.get(key)
  }

  // ---- the end

  /** Gracefully: hands over, leaves the ISR, and resolves when nobody needs this broker any more. */
  stop(): Promise<void> {
    this.feed({ type: 'stop' })
    return this.#isBroken || this.#isClosed ? Promise.resolve() : this.#stopped.promise
  }

  /** Takes part no more, at once, and closes the logs. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#room.close()
    this.#cancelWake()
    this.#cancelCheckpoint()
    this.#cancelSettle()
    this.#stopObserving()
    this.#answerAll(`Broker ${this.#options.brokerId} is closing.`)
    for (const wake of this.#stepListeners.splice(0)) wake()
    if (!this.#isBroken) await this.#saveHighWatermarks()
    await this.#logs.close()
  }

  // ---- the loop

  /** One event, then everything that follows from it. */
  feed(input: Input): void {
    if (this.#core === undefined || this.#isBroken || this.#isClosed) return
    this.#inbox.push(input)
    if (this.#isStepping) return
    this.#isStepping = true
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) {
        this.#options.events?.onInput?.(next)
        this.#core.step(next, this.#now())
        this.#drain()
      }
      this.#scheduleWake()
      if (this.#stepListeners.length > 0) for (const wake of this.#stepListeners.splice(0)) wake()
    } catch (error) {
      this.#break(error)
    } finally {
      this.#isStepping = false
    }
  }

  #next(): Input | undefined {
    return this.#feedback.shift() ?? this.#inbox.shift()
  }

  #drain(): void {
    const { onOutput } = this.#options.events ?? {}
    for (let output = this.#core!.nextOutput(); output !== undefined; output = this.#core!.nextOutput()) {
      onOutput?.(output)
      this.#execute(output)
    }
  }

  #execute(output: Output): void {
    const { events, network } = this.#options
    switch (output.type) {
      case 'send':
        network.send(output.to, output.message)
        return
      case 'append':
        this.#append(output)
        return
      case 'replicate':
        this.#replicate(output)
        return
      case 'read':
        void this.#read(output.id, output.entries, output.maxBytes)
        return
      case 'answer':
        this.#answers.get(output.id)?.(output.answer)
        this.#answers.delete(output.id)
        return
      case 'high-watermark':
        this.#highWatermarksToSave.set(output.key, output.highWatermark)
        events?.onHighWatermark?.(output.key, output.highWatermark)
        return
      case 'save':
        this.#later(
          this.#files.save(output.content),
          () => ({ type: 'saved', id: output.id }),
          (reason) => ({
            type: 'save-failed',
            id: output.id,
            reason,
          }),
        )
        return
      case 'call':
        this.#call(output)
        return
      case 'topics-committed':
        events?.onTopicsCommitted?.(output.upTo)
        return
      case 'role-changed':
        events?.onRole?.(output.role, output.epoch, output.reason)
        return
      case 'notice':
        events?.onNotice?.(output.level, output.text)
        return
      case 'stopped':
        this.#stopped.resolve()
        events?.onStopped?.()
        return
      default:
        this.#executeOnLog(output)
    }
  }

  #executeOnLog(
    output: Extract<
      Output,
      { type: 'truncate' | 'begin-anew' | 'raise-log-start' | 'fence' | 'open-partition' | 'partition-restored' }
    >,
  ): void {
    switch (output.type) {
      case 'fence':
        this.#logs.fence(output.epoch)
        return
      case 'truncate':
        this.#cut(output.key, (log) => log.truncateTo(output.endOffset, { leaderEpoch: output.epoch }))
        return
      case 'begin-anew':
        this.#cut(output.key, (log) => log.truncateFullyAndStartAt(output.startOffset, { leaderEpoch: output.epoch }))
        return
      case 'raise-log-start': {
        const { key, logStartOffset } = output
        const raised = this.#logs.get(key)?.raiseLogStart(logStartOffset)
        // Not raised now, it is asked for again with the next fetch.
        raised?.then(
          () => this.noteLogStart(key),
          () => {},
        )
        return
      }
      case 'open-partition':
        void this.openPartition(output.key).catch((error: unknown) => this.#notice(error))
        return
      case 'partition-restored':
        void this.#logs.dropAside(output.key).catch((error: unknown) => this.#notice(error))
    }
  }

  // ---- logs

  #append({ id, key, batch, header, leaderEpoch }: Extract<Output, { type: 'append' }>): void {
    const log = this.#logs.get(key)
    try {
      if (log === undefined) throw new YakError('LEADER_NOT_AVAILABLE', `The log of ${key} is not open.`)
      const { baseOffset, lastOffset, duplicate, synced } = log.appendAsLeader(batch, header, leaderEpoch)
      this.#watchSync(key, synced)
      this.#feedback.push({ type: 'appended', id, key, baseOffset, endOffset: lastOffset + 1, isDuplicate: duplicate })
    } catch (error) {
      if (!YakError.is(error)) throw error
      this.#feedback.push({ type: 'append-refused', id, key, error })
    }
  }

  #replicate({ key, batches, epoch, expectedBaseOffset }: Extract<Output, { type: 'replicate' }>): void {
    const log = this.#logs.get(key)
    try {
      if (log === undefined) throw new YakError('LEADER_NOT_AVAILABLE', `The log of ${key} is not open.`)
      const latestEpoch = log.latestEpoch
      const { lastOffset, synced } = log.appendAsFollower(batches, { leaderEpoch: epoch, expectedBaseOffset })
      this.#watchSync(key, synced)
      const epochs = log.latestEpoch === latestEpoch ? [] : log.epochs.filter((start) => start.epoch > latestEpoch)
      this.#feedback.push({ type: 'replicated', key, endOffset: lastOffset + 1, epochs })
      this.#options.events?.onReplicated?.(key, lastOffset + 1 - expectedBaseOffset, batches.length)
    } catch (error) {
      if (!YakError.is(error)) throw error
      this.#feedback.push({ type: 'replicate-refused', key, error })
    }
  }

  #watchSync(key: PartitionKey, synced: Promise<void>): void {
    synced.catch((error: unknown) => this.#logFailed(key, error))
  }

  /**
   * A log that finds no room takes the batches back or fails, and the core has counted them: the replica is out, as after any
   * other error of its disk. But nothing that was synced is in doubt, so it need not wait for a restart, only for room.
   */
  #logFailed(key: PartitionKey, error: unknown): void {
    const isRoomWanted = isForRoom(error)
    this.feed({ type: 'log-failed', key, reason: messageOf(error), isForRoom: isRoomWanted })
    if (isRoomWanted) this.#room.wait(`log ${key}`, () => void this.#reopen(key))
  }

  async #reopen(key: PartitionKey): Promise<void> {
    if (this.#isBroken || this.#isClosed || this.#logs.get(key) === undefined) return
    try {
      const log = await this.#logs.reopen(key, this.#core!.highWatermark(key))
      if (log.failure !== undefined) throw log.failure
      this.feed({ type: 'log-reopened', key, log: stateOf(log) })
    } catch (error) {
      this.#notice(error)
      if (isForRoom(error)) this.#room.wait(`log ${key}`, () => void this.#reopen(key))
    }
  }

  #cut(key: PartitionKey, cut: (log: NonNullable<ReturnType<DriverLogs['get']>>) => Promise<unknown>): void {
    const log = this.#logs.get(key)
    if (log === undefined) return
    cut(log)
      .then(() => this.#lowerHighWatermark(key, log.logEndOffset))
      .then(
        () => this.feed({ type: 'truncated', key, log: stateOf(log) }),
        (error: unknown) => this.#logFailed(key, error),
      )
  }

  async #read(id: number, entries: readonly ReadEntry[], maxBytes: number): Promise<void> {
    const { clock, limits } = this.#options
    try {
      const results = await readRanges(this.#logs, entries, maxBytes)
      // All of it is appended and none of it readable yet: the next sync makes it so.
      if (results.length === 0) {
        await nextSync(this.#logs, entries, clock, limits?.fetchWaitMs ?? defaultCoreOptions.fetchWaitMs)
      }
      this.feed({ type: 'read-done', id, results })
    } catch (error) {
      this.#break(error)
    }
  }

  // ---- coordinator, small files, time

  #call({ id, call }: Extract<Output, { type: 'call' }>): void {
    if (call.type === 'observe') {
      void this.#coordinator.read().then(
        (record) => this.feed({ type: 'observed', record, isConnected: true }),
        () => {},
      )
      return
    }
    void this.#coordinator.call(call).then((result) => this.feed({ type: 'called', id, result }))
  }

  #later(work: Promise<unknown>, done: () => Input, failed: (reason: string) => Input): void {
    work.then(
      () => this.feed(done()),
      (error: unknown) => this.feed(failed(messageOf(error))),
    )
  }

  #scheduleWake(): void {
    const { wakeAt } = this.#core!
    // A deadline that moved away, as most do with each message, is looked at when the timer that was set for it fires.
    if (wakeAt >= this.#wakeAt) return
    this.#cancelWake()
    this.#wakeAt = wakeAt
    this.#cancelWake = this.#options.clock.schedule(Math.max(0, wakeAt - this.#now()) + shortestTimerMs, () => {
      this.#wakeAt = Number.POSITIVE_INFINITY
      this.feed({ type: 'tick' })
    })
  }

  #now(): number {
    return this.#options.clock.monotonicMs()
  }

  #checkpointLater(): void {
    const { clock, limits } = this.#options
    const everyMs = Math.min(highWatermarksEveryMs, limits?.leaseMs ?? defaultCoreOptions.leaseMs)
    this.#cancelCheckpoint = clock.schedule(everyMs, () => {
      if (this.#isBroken) return
      void this.#saveHighWatermarks().finally(() => {
        if (!this.#isClosed) this.#checkpointLater()
      })
    })
  }

  /** Where even what was committed was cut, the file must not say otherwise once the log has grown again. */
  async #lowerHighWatermark(key: PartitionKey, endOffset: number): Promise<void> {
    if ((this.#highWatermarksToSave.get(key) ?? 0) <= endOffset) return
    this.#highWatermarksToSave.set(key, endOffset)
    await this.#files.write('high-watermarks', Object.fromEntries(this.#highWatermarksToSave))
  }

  #settleLater(): void {
    const { clock, limits, settledAfterMs = 10 * (limits?.leaseMs ?? defaultCoreOptions.leaseMs) } = this.#options
    this.#cancelSettle = clock.schedule(settledAfterMs, () => {
      const [last, count] = [this.#incarnation, Number.parseInt(this.#incarnation, 10)]
      const settled: Incarnations = { count, last, isSettled: true }
      this.#files.write('incarnation', settled).catch((error: unknown) => this.#notice(error))
    })
  }

  /** May be old, and may fail: it saves a follower from not knowing what it knew. */
  async #saveHighWatermarks(): Promise<void> {
    const content = Object.fromEntries(this.#highWatermarksToSave)
    await this.#files.write('high-watermarks', content).catch((error: unknown) => this.#notice(error))
  }

  // ---- start and end

  async #boot(loaded: LoadedFiles, incarnation: string): Promise<void> {
    const { brokerId, diskId, members, random, newClusterId, limits, readTopics } = this.#options
    const { cluster, promise, isr, entered, incarnations } = loaded
    if (promise !== null) this.#logs.fence(promise.epoch)
    const partitions: PartitionBoot[] = []
    const add = async (key: PartitionKey): Promise<void> => {
      const partition = await this.#bootPartition(key, loaded)
      if (partition !== null) partitions.push(partition)
    }
    await add(metadataKey)
    const metadata = this.#logs.get(metadataKey)
    const committed = partitions[0]?.highWatermark ?? 0
    const removed = (metadata && (await readTopics?.(metadata, committed))) ?? []
    const onDisk = (await this.#logs.list()).filter((key) => key !== metadataKey)
    for (const key of onDisk) if (removed.includes(key)) this.#leftovers.add(key)
    const keys = onDisk.filter((key) => !removed.includes(key))
    await Promise.all(keys.map(add))
    for (const { key, log } of partitions) await this.#lowerHighWatermark(key, log.endOffset)
    const boot: Boot = { cluster: { ...emptyCluster, ...cluster }, promise, isr, entered, partitions, removed }
    const options: CoreOptions = {
      ...defaultCoreOptions,
      ...limits,
      self: { brokerId, diskId, incarnation },
      members,
      random,
      newClusterId,
      unsafeRecover: this.#mayRecoverUnsafely(loaded),
      earlierIncarnations: incarnations.isSettled === true ? [incarnations.last!] : [],
    }
    this.#core = new ReplicationCore(options, boot, this.#now(), this.#options.rules ?? rules)
  }

  #mayRecoverUnsafely({ promise, entered }: LoadedFiles): boolean {
    const { unsafeRecoverAt, brokerId } = this.#options
    if (unsafeRecoverAt === undefined) return false
    const promised = Math.max(promise?.epoch ?? 0, ...[...entered.values()].map(({ epoch }) => epoch))
    if (unsafeRecoverAt === promised) return true
    throw new YakError(
      'INVALID_CONFIG',
      `Unsafe recovery was confirmed for epoch ${unsafeRecoverAt}, and broker ${brokerId} has promised epoch ${promised}: it has taken ` +
        'part since. Nothing was done. Start it without; should it still not lead, confirm that epoch.',
    )
  }

  /** null: a lone broker has nobody to fetch it from, so it is left as it is, and whoever asks for it is told why. */
  async #bootPartition(key: PartitionKey, { cluster, highWatermarks }: LoadedFiles): Promise<PartitionBoot | null> {
    const highWatermark = highWatermarks.get(key) ?? 0
    const isRecorded = cluster?.faulty.includes(key) ?? false
    let log = await this.#logs.open(key, isRecorded ? 0 : highWatermark)
    let isDamaged = await this.#logs.isSetAside(key)
    if (log.failure !== undefined && this.#options.members.brokerIds.length === 1) {
      this.#options.events?.onNotice?.('error', `The log of ${key} is not served: ${log.failure.message}`)
      // Without the topic list nothing can be served.
      if (key === metadataKey) throw log.failure
      return null
    }
    if (log.failure !== undefined || (isDamaged && !isRecorded)) {
      const reason = log.failure?.message ?? 'it was being set aside'
      this.#options.events?.onNotice?.('error', `The log of ${key} is set aside and fetched again: ${reason}`)
      log = await this.#logs.beginAnew(key)
      isDamaged = true
    }
    return { key, settings: this.#settings(key), log: stateOf(log), highWatermark, isDamaged }
  }

  #notice(error: unknown): void {
    this.#options.events?.onNotice?.('warn', messageOf(error))
  }

  /** A bug or a broken invariant: whatever it was about to say may be wrong. */
  #break(error: unknown): void {
    if (this.#isBroken) return
    this.#isBroken = true
    this.#feedback.length = 0
    this.#inbox.length = 0
    this.#room.close()
    this.#cancelWake()
    this.#cancelCheckpoint()
    this.#stopObserving()
    this.#answerAll(`Broker ${this.#options.brokerId} has stopped over an error of its own.`)
    this.#options.events?.onFatal?.(error)
  }

  /** Nobody can say any more what becomes of what waits. */
  #answerAll(reason: string): void {
    for (const resolve of this.#answers.values()) {
      resolve({
        outcome: 'unknown',
        error: new YakError('OUTCOME_UNKNOWN', `${reason} The write may still become visible.`),
      })
    }
    this.#answers.clear()
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function notServing(brokerId: string): Answer {
  const error = new YakError('LEADER_NOT_AVAILABLE', `Broker ${brokerId} takes part no more. Send to another one.`)
  return { outcome: 'not-written', error }
}
