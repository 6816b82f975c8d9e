import type { LogRead } from '@yak/log'
import { type RecordBatchHeader, YakError } from '@yak/protocol'
import { messageOf } from '../message-of.ts'
import type { Input } from './core/inputs.ts'
import type { Message } from './core/messages.ts'
import { type CoreOptions, defaultCoreOptions } from './core/options.ts'
import type { Answer, Output, SmallFile } from './core/outputs.ts'
import type { Pulse } from './core/pulse.ts'
import type { Readable } from './core/readable.ts'
import { ReplicationCore } from './core/replication-core.ts'
import { rules } from './core/rules/rules.ts'
import type { Standing } from './core/standing.ts'
import { type IsrRecord, metadataKey, type PartitionKey } from './core/state.ts'
import type { CoreStatus } from './core/status.ts'
import { notServing, unknownOutcome } from './driver-answers.ts'
import { bootFrom, operatorsWord } from './driver-boot.ts'
import { DriverCoordinator } from './driver-coordinator.ts'
import { DriverFiles, type Incarnations, type LoadedFiles } from './driver-files.ts'
import { DriverHighWatermarks } from './driver-high-watermarks.ts'
import { DriverLogWork } from './driver-log-work.ts'
import { DriverLogs } from './driver-logs.ts'
import type { DriverOptions, SettingsOf } from './driver-ports.ts'
import { DriverRoom } from './driver-room.ts'
import { DriverWake } from './driver-wake.ts'
import { Pending } from './pending.ts'

export interface CommittedRead extends LogRead {
  readonly highWatermark: number
  readonly leaderEpoch: number
}

/** A write is refused with these where nobody leads, or no longer. */
const unledCodes: ReadonlySet<string> = new Set(['NOT_LEADER', 'LEADER_NOT_AVAILABLE', 'FENCED_LEADER_EPOCH'])
const highWatermarksEveryMs = 5_000

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
  readonly #logWork: DriverLogWork
  readonly #highWatermarks: DriverHighWatermarks
  readonly #wake: DriverWake
  readonly #settingsOf: SettingsOf
  readonly #answers = new Pending<(answer: Answer) => void>()
  /** What a log decided at once, and what else came meanwhile. */
  readonly #feedback: Input[] = []
  readonly #inbox: Input[] = []
  readonly #stopped = Promise.withResolvers<void>()
  #core: ReplicationCore | undefined
  #isr: IsrRecord | undefined
  #lastProduce = 0
  #isStepping = false
  #isBroken = false
  #isClosed = false
  #cancelSettle: () => void = () => {}
  #stopObserving: () => void = () => {}
  readonly #leftovers = new Set<PartitionKey>()
  /** Woken by the next step: it may have changed the role, or what is entered. */
  #stepListeners: (() => void)[] = []

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
    const { brokerId, members, clock, limits, group = 'yak' } = options
    const ownerIndex = members.brokerIds.indexOf(brokerId)
    const candidate = { id: brokerId, incarnation, ownerIndex }
    this.#coordinator = new DriverCoordinator(options.coordinator, group, candidate, options.events?.onLeaseExpired)
    this.#settingsOf =
      options.settingsOf ?? (() => ({ minInsyncReplicas: members.minInsyncReplicas, isRelaxed: false }))
    const onError = (error: unknown): void => this.#notice(error)
    this.#highWatermarks = new DriverHighWatermarks({
      files,
      clock,
      everyMs: Math.min(highWatermarksEveryMs, limits?.leaseMs ?? defaultCoreOptions.leaseMs),
      saved: loaded.highWatermarks,
      onError,
    })
    this.#wake = new DriverWake(clock, () => this.feed({ type: 'tick' }))
    this.#logWork = new DriverLogWork({
      logs,
      room,
      clock,
      limits,
      highWatermarks: this.#highWatermarks,
      settingsOf: this.#settingsOf,
      highWatermarkOf: (key) => this.highWatermark(key),
      isOver: () => this.#isBroken || this.#isClosed,
      decided: (input) => {
        this.#feedback.push(input)
        if (input.type === 'replicate-refused') this.#noteRefusal(input.error)
      },
      feed: (input) => this.feed(input),
      onReplicated: (key, recordCount, sizeBytes) => options.events?.onReplicated?.(key, recordCount, sizeBytes),
      onError,
      onBug: (error) => this.#break(error),
    })
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
        if (driver !== undefined) driver.#logWork.failed(key, failure)
        options.events?.onLogFailure?.(key, failure)
      },
    })
    driver = new ReplicationDriver(options, room, files, logs, loaded, incarnation)
    await driver.#boot(loaded, incarnation)
    return driver
  }

  /** Takes part: hears the coordinator, answers others, tries to lead. */
  start(): void {
    this.#highWatermarks.start()
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

  /** A part of the answer is here. */
  arriving(brokerId: string, requestId: number): void {
    this.feed({ type: 'arriving', brokerId, requestId })
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
      throw new YakError(
        'LEADER_NOT_AVAILABLE',
        `What is committed in ${this.#options.nameOf?.(key) ?? key} is not known yet. Try again.`,
      )
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

  /** How often an operator had the history of the topic list cut (unsafe recovery), as far as this broker knows. */
  get topicListCuts(): number {
    return this.#core!.topicListCuts
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

  pulse(): Pulse {
    return this.#core!.pulse(this.#now())
  }

  // ---- from the topic list

  /** The record that creates it has taken effect. Resolves when its log is open. */
  async openPartition(key: PartitionKey): Promise<void> {
    this.feed({ type: 'partition-created', key })
    await this.#logWork.open(key)
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
    this.#highWatermarks.forget(key)
    // A start that did not know of the deletion would miss the log. Where there is no room to say so, what is removed makes some.
    const isKnown = await this.#highWatermarks.ensureSaved(metadataKey)
    await this.#logs.remove(key)
    if (!isKnown) await this.#highWatermarks.save()
    this.#leftovers.delete(key)
  }

  /** Its log is open, or a deletion that a crash cut short has left files of it. */
  hasFiles(key: PartitionKey): boolean {
    return this.#logs.get(key) !== undefined || this.#leftovers.has(key)
  }

  changeSettings(key: PartitionKey): void {
    this.#logs.configure(key)
    this.feed({ type: 'settings-changed', key, settings: this.#settingsOf(key) })
  }

  /** Retention has moved the start of a log. */
  noteLogStart(key: PartitionKey): void {
    this.#logWork.noteLogStart(key)
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
    this.#wake.stop()
    this.#highWatermarks.stop()
    this.#cancelSettle()
    this.#stopObserving()
    this.#endWaits(`Broker ${this.#options.brokerId} is closing.`)
    if (!this.#isBroken) await this.#highWatermarks.save()
    await this.#files.close()
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
        this.#noteIsr()
      }
      this.#wake.notLaterThan(this.#core!.wakeAt)
      if (this.#stepListeners.length > 0) for (const wake of this.#stepListeners.splice(0)) wake()
    } catch (error) {
      this.#break(error)
    } finally {
      this.#isStepping = false
    }
  }

  #noteIsr(): void {
    const { isr } = this.#core!
    if (isr === this.#isr) return
    this.#isr = isr
    this.#options.events?.onIsr?.()
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
      case 'answer':
        if (output.answer.outcome === 'not-written') this.#noteRefusal(output.answer.error)
        this.#answers.take(output.id)?.(output.answer)
        return
      case 'high-watermark':
        this.#highWatermarks.note(output.key, output.highWatermark)
        events?.onHighWatermark?.(output.key, output.highWatermark)
        return
      case 'save':
        this.#later(
          this.#files.save(output.content, () => this.#beforeSaved(output.content.file)),
          () => ({ type: 'saved', id: output.id }),
          (reason) => ({ type: 'save-failed', id: output.id, reason }),
        )
        return
      case 'call':
        this.#call(output)
        return
      case 'topics-committed':
        events?.onTopicsCommitted?.(output.upTo)
        return
      case 'role-changed':
        // What it halts over may be above what the file says: the next start must halt over it too.
        if (output.role === 'halted') void this.#highWatermarks.save()
        events?.onRole?.(output.role, output.epoch, output.reason)
        return
      case 'notice':
        events?.onNotice?.(output.level, output.text)
        return
      case 'catching-up':
        return
      case 'stopped':
        this.#stopped.resolve()
        events?.onStopped?.()
        return
      default:
        this.#logWork.execute(output)
    }
  }

  // ---- coordinator, small files, time

  /** A log that has entered an epoch holds on disk what lies below the start offset: a relaxed one is synced for that. */
  async #beforeSaved(file: SmallFile['file']): Promise<void> {
    if (file === 'entered-epochs') await this.#logs.flushRelaxed()
  }

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

  #now(): number {
    return this.#options.clock.monotonicMs()
  }

  #settleLater(): void {
    const { clock, limits, settledAfterMs = 10 * (limits?.leaseMs ?? defaultCoreOptions.leaseMs) } = this.#options
    this.#cancelSettle = clock.schedule(settledAfterMs, () => {
      const [last, count] = [this.#incarnation, Number.parseInt(this.#incarnation, 10)]
      const settled: Incarnations = { count, last, isSettled: true }
      this.#files.write('incarnation', settled).catch((error: unknown) => this.#notice(error))
    })
  }

  // ---- start and end

  async #boot(loaded: LoadedFiles, incarnation: string): Promise<void> {
    const { brokerId, diskId, members, random, newClusterId, limits } = this.#options
    const { boot, leftovers } = await bootFrom({
      options: this.#options,
      settingsOf: this.#settingsOf,
      logs: this.#logs,
      highWatermarks: this.#highWatermarks,
      loaded,
    })
    for (const key of leftovers) this.#leftovers.add(key)
    const options: CoreOptions = {
      ...defaultCoreOptions,
      ...limits,
      self: { brokerId, diskId, incarnation },
      members,
      random,
      newClusterId,
      ...(this.#options.nameOf === undefined ? {} : { nameOf: this.#options.nameOf }),
      ...operatorsWord(this.#options, loaded),
      earlierIncarnations: loaded.incarnations.isSettled === true ? [loaded.incarnations.last!] : [],
    }
    this.#core = new ReplicationCore(options, boot, this.#now(), this.#options.rules ?? rules)
  }

  #noteRefusal({ code }: YakError): void {
    if (unledCodes.has(code)) this.#options.events?.onWriteRefused?.()
  }

  #notice(error: unknown): void {
    this.#options.events?.onNotice?.('warn', messageOf(error))
  }

  /** A bug or a broken invariant: whatever it was about to say may be wrong. */
  #break(error: unknown): void {
    if (this.#isBroken) return
    this.#isBroken = true
    this.#files.stop()
    this.#feedback.length = 0
    this.#inbox.length = 0
    this.#room.close()
    this.#wake.stop()
    this.#highWatermarks.stop()
    this.#cancelSettle()
    this.#stopObserving()
    this.#endWaits(`Broker ${this.#options.brokerId} has stopped over an error of its own.`)
    this.#options.events?.onFatal?.(error)
  }

  /** Nobody can say any more what becomes of what waits: there is no next step, and no end of a stop that was under way. */
  #endWaits(reason: string): void {
    for (const wake of this.#stepListeners.splice(0)) wake()
    this.#stopped.resolve()
    for (const resolve of this.#answers.takeAll()) resolve(unknownOutcome(reason))
  }
}
