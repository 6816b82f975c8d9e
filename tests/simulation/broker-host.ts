import { MemoryLeaseStore } from '@yak/election/testing'
import { checkRecordBatch, YakError } from '@yak/protocol'
import type { Message } from '../../apps/broker/src/replication/core/messages.ts'
import type { CoreOptions } from '../../apps/broker/src/replication/core/options.ts'
import type { CoreStatus } from '../../apps/broker/src/replication/core/status.ts'
import type { DeletedEnd } from '../../apps/broker/src/replication/partition.ts'
import type { ReplicaState } from '../checker/history.ts'
import { type BrokerKind, type BrokerLife, type HostedDisk, maxFetchBytes } from './broker-life.ts'
import type { BrokerPort, FetchAnswer, LeaderHint, LogStartAnswer, ProduceAnswer } from './clients/broker-port.ts'
import { CoordinatorLink } from './coordinator-link.ts'
import type { DiskHealth } from './disk-link.ts'
import type { ChooseStart } from './log-start-keeper.ts'
import type { Random } from './random.ts'
import {
  type BrokerEnvironment,
  metadataKey,
  type PartitionStanding,
  type SimulatedBroker,
} from './simulated-broker.ts'
import { SimulatedProcess } from './simulated-process.ts'

/** One broker over its lives: starts and ends them, and is what clients, peers and faults reach of it. */
export class BrokerHost<Disk extends HostedDisk> implements SimulatedBroker, BrokerPort {
  readonly id: string
  readonly random: Random
  readonly diskHealth: DiskHealth = {
    writeErrorRate: 0,
    syncErrorRate: 0,
    isFull: false,
    stallMs: 0,
    stalledUntilMs: 0,
  }
  process: SimulatedProcess
  isHeldDown = false
  readonly #environment: BrokerEnvironment
  readonly #kind: BrokerKind<Disk>
  #disk: Disk
  #ownDisk: Disk | undefined
  #diskCount = 1
  #startCount = 0
  #life: BrokerLife | undefined
  /** Under which it leads and knows every committed topic. */
  #topicsEpoch = -1
  #link: CoordinatorLink | undefined
  #isStopping = false
  #wallClockOffsetMs: number

  constructor(id: string, environment: BrokerEnvironment, random: Random, kind: BrokerKind<Disk>) {
    this.id = id
    this.random = random
    this.#environment = environment
    this.#kind = kind
    this.#disk = kind.newDisk(`${id}-disk-1`)
    this.#wallClockOffsetMs = 1_700_000_000_000 + random.between(-1_000, 1_000)
    this.process = this.#newProcess()
    this.process.kill()
  }

  get state(): SimulatedBroker['state'] {
    if (this.#life === undefined) return 'down'
    if (this.process.state === 'paused') return 'paused'
    return this.#isStopping ? 'stopping' : 'running'
  }

  get isLeader(): boolean {
    return this.#environment.observer.isLeader(this.id)
  }

  get port(): BrokerPort | undefined {
    return this.#life?.isOpen === true ? this : undefined
  }

  get hasFailedLog(): boolean {
    return this.#life?.hasFailedLog ?? false
  }

  get isWhole(): boolean {
    const status = this.#status
    return status?.membership === 'voter' && !status.partitions.some(({ isFaulty }) => isFaulty)
  }

  get isHalted(): boolean {
    return this.#status?.role === 'halted'
  }

  get hasAllPartitions(): boolean {
    return this.standing().length > this.#environment.configuration.partitions
  }

  get summary(): string {
    const status = this.#status
    if (status === undefined) return ''
    const isr = status.isr.isr.map(({ brokerId }) => brokerId).join(' ')
    const logs = status.partitions.map(({ key, endOffset, highWatermark }) => `${key} ${highWatermark}/${endOffset}`)
    return `${status.role} ${status.epoch} of ${status.leaderId}, ISR ${isr}, ${logs.join(', ')} (${status.reasons.join(' ')})`
  }

  hasFiles(key: string): boolean {
    return this.#life?.hasFiles(key) ?? true
  }

  standing(): readonly PartitionStanding[] {
    return this.#status?.partitions ?? []
  }

  async replicas(): Promise<ReplicaState[]> {
    return (await this.#life?.replicas()) ?? []
  }

  // ---- the life cycle

  start(): void {
    this.#start({})
  }

  startUnsafely(): void {
    this.#start({ isUnsafe: true })
  }

  startWithInit(): void {
    this.#start({ isInit: true })
  }

  startAmong(members: readonly string[]): void {
    this.#start({ members })
  }

  #start({ isUnsafe = false, isInit = false, members = this.#environment.settings.brokerIds }): void {
    if (this.#life !== undefined || this.isHeldDown) return
    const { observer, coverage } = this.#environment
    if (++this.#startCount > 1) coverage.count('broker restarted')
    this.process = this.#newProcess()
    this.#link = this.#newLink()
    this.#isStopping = false
    this.#topicsEpoch = -1
    // What the last process had under way waits for nobody.
    this.diskHealth.stalledUntilMs = 0
    observer.started(this.id)
    this.#life = this.#kind.start({
      environment: this.#environment,
      brokerId: this.id,
      process: this.process,
      random: this.random,
      disk: this.#disk,
      diskHealth: this.diskHealth,
      store: this.#link,
      isUnsafe,
      isInit,
      coreOptions: this.#coreOptions(members),
      onStopped: () => this.#end(),
    })
  }

  kill(): void {
    this.#end()
    if (this.#environment.configuration.flaw === 'loses at a kill') this.#disk.cutPower(this.random)
    else this.#disk.kill(this.random)
  }

  powerCut(): void {
    this.#end()
    this.#environment.observer.powerCut(this.id)
    this.#disk.cutPower(this.random)
  }

  pause(): void {
    this.process.pause()
  }

  resume(): void {
    this.process.resume()
  }

  stall(looks: number, forMs: number, mayStall: () => boolean): void {
    this.process.stall(looks, forMs, mayStall)
  }

  stopGracefully(): void {
    this.#isStopping = true
    this.process.enter(() => this.#life?.stop())
  }

  replaceDisk(): void {
    this.#environment.observer.diskHarmed(this.id)
    this.#disk = this.#kind.newDisk(`${this.id}-disk-${++this.#diskCount}`)
  }

  changeFolder(): void {
    this.#ownDisk = this.#disk
    this.replaceDisk()
  }

  restoreFolder(): void {
    if (this.#ownDisk === undefined) return
    // Of what it has nothing is known any more to who watches.
    this.#environment.observer.diskHarmed(this.id)
    this.#disk = this.#ownDisk
    this.#ownDisk = undefined
  }

  flipBit(): boolean {
    this.#environment.observer.diskHarmed(this.id)
    return this.#disk.flipBit(this.random)
  }

  jumpClock(byMs: number): void {
    this.#wallClockOffsetMs += byMs
    this.process.jumpWallClock(byMs)
  }

  // ---- what peers and clients reach

  receive(message: Message): void {
    this.#life?.receive(message)
  }

  unreachable(brokerId: string, requestId: number): void {
    this.#life?.unreachable(brokerId, requestId)
  }

  async produce(key: string, batch: Uint8Array): Promise<ProduceAnswer> {
    const life = this.#life!
    if (life.isDeleted(key)) return { outcome: 'not-written', code: 'UNKNOWN_TOPIC_ID', leader: undefined }
    const answer = await life.produce(key, batch, checkRecordBatch(batch))
    switch (answer.outcome) {
      case 'done':
        return { outcome: 'done', baseOffset: answer.baseOffset, epoch: answer.leaderEpoch }
      case 'duplicate':
        return { outcome: 'done', baseOffset: null, epoch: 0 }
      case 'not-written':
        return { outcome: 'not-written', code: answer.error.code, leader: this.#leaderHint() }
      case 'unknown':
        return { outcome: 'unknown', code: answer.error.code }
    }
  }

  async fetch(key: string, offset: number, _leaderEpoch: number, maxWaitMs: number): Promise<FetchAnswer> {
    const life = this.#life!
    const deadlineMs = this.process.monotonicMs() + maxWaitMs
    for (;;) {
      if (life.isDeleted(key)) return { type: 'error', code: 'UNKNOWN_TOPIC_ID', leader: undefined }
      const nowMs = this.process.monotonicMs()
      const readable = life.readable(key)
      if ('error' in readable) return { type: 'error', code: readable.error.code, leader: this.#leaderHint() }
      // A follower might show what it has; clients follow the leader, so that their high watermark is one.
      if (!this.isLeader) return { type: 'error', code: 'NOT_LEADER', leader: this.#leaderHint() }
      const { highWatermark, leaderEpoch: epoch } = readable
      if (!this.#knowsTopics(life, epoch)) {
        return { type: 'error', code: 'LEADER_NOT_AVAILABLE', leader: undefined }
      }
      if (highWatermark !== null && offset > highWatermark) {
        return { type: 'error', code: 'OFFSET_OUT_OF_RANGE', leader: this.#leaderHint() }
      }
      if (highWatermark !== null && (offset < highWatermark || nowMs >= deadlineMs)) {
        return await this.#read(life, key, offset, { highWatermark, epoch })
      }
      if (nowMs >= deadlineMs) return { type: 'error', code: 'LEADER_NOT_AVAILABLE', leader: undefined }
      await this.#commitOrDeadline(life, deadlineMs - nowMs)
    }
  }

  async deleteRecords(key: string, batchOf: (deletedEnd: DeletedEnd) => Uint8Array): Promise<ProduceAnswer> {
    const life = this.#life!
    const leader = this.#leaderHint()
    if (life.isDeleted(key)) return { outcome: 'not-written', code: 'UNKNOWN_TOPIC_ID', leader: undefined }
    const readable = life.readable(key)
    if ('error' in readable) return { outcome: 'not-written', code: readable.error.code, leader }
    const { highWatermark: endOffset, leaderEpoch } = readable
    if (!this.isLeader || endOffset === null) return { outcome: 'not-written', code: 'LEADER_NOT_AVAILABLE', leader }
    const answer = await this.produce(metadataKey, batchOf({ endOffset, leaderEpoch }))
    if (answer.outcome === 'done') this.#environment.observer.onMoment(this.id, 'deletes records')
    return answer
  }

  async letGo(key: string, choose: ChooseStart): Promise<LogStartAnswer> {
    const life = this.#life!
    if (life.isDeleted(key)) return { type: 'error', code: 'UNKNOWN_TOPIC_ID', leader: undefined }
    if (!this.isLeader) return { type: 'error', code: 'NOT_LEADER', leader: this.#leaderHint() }
    try {
      return { type: 'ok', logStartOffset: await life.letGo(key, choose) }
    } catch (error) {
      if (!YakError.is(error)) throw error
      return { type: 'error', code: error.code, leader: undefined }
    }
  }

  /** As the broker's ClusterView: whoever leads serves once it knows what was committed of the topic list before. */
  #knowsTopics(life: BrokerLife, epoch: number): boolean {
    if (this.#topicsEpoch === epoch) return true
    const readable = life.readable(metadataKey)
    if ('error' in readable || readable.highWatermark === null) return false
    if (life.appliedTopics < readable.highWatermark) return false
    this.#topicsEpoch = epoch
    return true
  }

  /** An error of the disk is an answer like any other. */
  async #read(
    life: BrokerLife,
    key: string,
    offset: number,
    { highWatermark, epoch }: { readonly highWatermark: number; readonly epoch: number },
  ): Promise<FetchAnswer> {
    try {
      this.#environment.observer.onRead(this.id, key, highWatermark)
      const known = this.standing().find((one) => one.key === key)?.logStartOffset ?? 0
      const { batches, logStartOffset } = await life.read(key, offset, highWatermark)
      this.#environment.observer.deletedRecords.assertUnread(this.id, key, offset, batches)
      if (offset < known) this.#violated(`reads ${key} at ${offset}, and it begins at ${known}`)
      return { type: 'ok', epoch, batches, highWatermark, logStartOffset }
    } catch (error) {
      if (!YakError.is(error)) throw error
      const { logStartOffset } = error.details as { readonly logStartOffset?: number }
      if (error.code === 'OFFSET_OUT_OF_RANGE') this.#assertStartSaid(key, offset, logStartOffset)
      const start = logStartOffset === undefined ? {} : { logStartOffset }
      return { type: 'error', code: error.code, leader: this.#leaderHint(), ...start }
    }
  }

  /** Nothing else is out of range below the high watermark, and the client has to know where to go on. */
  #assertStartSaid(key: string, offset: number, logStartOffset: number | undefined): void {
    this.#environment.coverage.count('read below the log start')
    const isSaid = logStartOffset !== undefined && logStartOffset > offset
    const highest = this.#environment.observer.logStarts.highestOf(key)
    if (!isSaid || logStartOffset > highest)
      this.#violated(
        `says of ${key} that it begins at ${logStartOffset}; asked for ${offset}, and ${highest} is let go`,
      )
  }

  #violated(what: string): void {
    this.#environment.onFailure(`I4: ${this.id} ${what}`)
  }

  get #status(): CoreStatus | undefined {
    return this.#life?.status()
  }

  #commitOrDeadline(life: BrokerLife, waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancelTimer = this.process.schedule(waitMs, () => {
        stopWaiting()
        resolve()
      })
      const stopWaiting = life.onNextCommit(() => {
        cancelTimer()
        stopWaiting()
        resolve()
      })
    })
  }

  #leaderHint(): LeaderHint | undefined {
    const status = this.#status
    return status?.leaderId == null ? undefined : { brokerId: status.leaderId, epoch: status.epoch }
  }

  #end(): void {
    this.process.kill()
    this.#life?.end()
    this.#link?.abandon()
    this.#life = undefined
    this.#environment.observer.ended(this.id)
  }

  #newProcess(): SimulatedProcess {
    const { scheduler } = this.#environment
    const { id: name, random } = this
    return new SimulatedProcess({ name, scheduler, random, wallClockOffsetMs: this.#wallClockOffsetMs })
  }

  #newLink(): CoordinatorLink {
    const { process, id: broker } = this
    const { network, coverage, coordinator, coordinatorHealth: health, scheduler, configuration } = this.#environment
    // The store itself answers at once and outlives its broker's process: what lies between is the link's.
    const ports = {
      monotonicMs: () => scheduler.nowMs,
      wallClockMs: () => scheduler.nowMs,
      schedule: (delayMs: number, callback: () => void) => scheduler.schedule(delayMs, callback),
      random: () => 0.5,
    }
    return new CoordinatorLink({
      broker,
      process,
      network,
      coverage,
      health,
      schedule: ports.schedule,
      store: new MemoryLeaseStore({ coordinator, ports, name: broker, pollMs: 1_000_000_000 }),
      timeoutMs: configuration.leaseMs / 2,
      pollMs: configuration.leaseMs / 2,
    })
  }

  #coreOptions(brokerIds: readonly string[]): Omit<CoreOptions, 'self'> {
    const { configuration, settings } = this.#environment
    const { leaseMs, replicaLagMaxMs, fetchWaitMs, slowness } = configuration
    return {
      members: { version: 1, brokerIds, minInsyncReplicas: settings.minInsyncReplicas },
      prefersLeading: configuration.brokerIds[0] === this.id,
      earlierIncarnations: [],
      unsafeRecover: false,
      init: false,
      random: () => this.random.unit(),
      nameOf: (key) => key,
      newClusterId: `cluster-of-${this.id}`,
      leaseMs: leaseMs * (slowness === 'lease' ? 5 : 1),
      replicaLagMaxMs: replicaLagMaxMs * (slowness === 'lag' ? 5 : 1),
      fetchWaitMs,
      fetchMaxBytes: maxFetchBytes,
      gatherMs: Math.min(leaseMs / 10, 200),
      settleMs: Math.min(leaseMs / 20, 100),
      handOverMs: 300,
      maxOffsetsBehind: this.random.chance(0.2) ? 5 : 1_000_000,
    }
  }
}
