import { MemoryLeaseStore } from '@yak/election/testing'
import { checkRecordBatch, decodeRecordBatch } from '@yak/protocol'
import type { Message } from '../../../apps/broker/src/replication/core/messages.ts'
import type { CoreOptions } from '../../../apps/broker/src/replication/core/options.ts'
import type { ReplicaState } from '../../checker/history.ts'
import type { BrokerPort, FetchAnswer, LeaderHint, ProduceAnswer } from '../clients/broker-port.ts'
import { CoordinatorLink } from '../coordinator-link.ts'
import type { DiskHealth } from '../disk-link.ts'
import type { Random } from '../random.ts'
import type { BrokerEnvironment, PartitionStanding, SimulatedBroker } from '../simulated-broker.ts'
import { SimulatedProcess } from '../simulated-process.ts'
import { ModelDisk } from './model-disk.ts'
import { ModelLife } from './model-life.ts'

const decoder = new TextDecoder()
const maxFetchBytes = 16_384

/** A broker made of the real core and a modelled disk. */
export class ModelBroker implements SimulatedBroker, BrokerPort {
  readonly id: string
  readonly random: Random
  readonly diskHealth: DiskHealth = { writeErrorRate: 0, syncErrorRate: 0, isFull: false, stallMs: 0 }
  process: SimulatedProcess
  readonly #environment: BrokerEnvironment
  #disk: ModelDisk
  #diskCount = 1
  #life: ModelLife | undefined
  #link: CoordinatorLink | undefined
  #isStopping = false
  #wallClockOffsetMs: number

  constructor(id: string, environment: BrokerEnvironment, random: Random) {
    this.id = id
    this.random = random
    this.#environment = environment
    this.#disk = new ModelDisk(`${id}-disk-1`)
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
    return this.#life === undefined ? undefined : this
  }

  get hasFailedLog(): boolean {
    return this.#life?.hasFailedLog ?? false
  }

  get isWhole(): boolean {
    const status = this.#life?.core.status(this.process.monotonicMs())
    return status?.membership === 'voter' && !status.partitions.some(({ isFaulty }) => isFaulty)
  }

  get summary(): string {
    const status = this.#life?.core.status(this.process.monotonicMs())
    if (status === undefined) return ''
    const isr = status.isr.isr.map(({ brokerId }) => brokerId).join(' ')
    const logs = status.partitions.map(({ key, endOffset, highWatermark }) => `${key} ${highWatermark}/${endOffset}`)
    return `${status.role} ${status.epoch} of ${status.leaderId}, ISR ${isr}, ${logs.join(', ')} (${status.reasons.join(' ')})`
  }

  receive(message: Message): void {
    this.#life?.receive(message)
  }

  // ---- the life cycle

  start(): void {
    if (this.#life !== undefined) return
    const { observer, coverage, configuration } = this.#environment
    this.process = this.#newProcess()
    this.#disk.incarnationCount++
    if (this.#disk.incarnationCount > 1) coverage.count('broker restarted')
    observer.started(this.id)
    this.#isStopping = false
    this.#link = this.#newLink()
    const { process, random } = this
    this.#life = new ModelLife({
      environment: this.#environment,
      brokerId: this.id,
      process,
      random,
      disk: this.#disk,
      diskHealth: this.diskHealth,
      store: this.#link,
      coreOptions: this.#coreOptions(configuration.brokerIds[0] === this.id),
      onStopped: () => this.#end(),
    })
  }

  kill(): void {
    this.#end()
    for (const log of this.#disk.logs.values()) log.crash(() => this.random.unit())
  }

  /** The model has no page cache: what a kill leaves is as little as what a power cut does. */
  powerCut(): void {
    this.kill()
  }

  pause(): void {
    this.process.pause()
  }

  resume(): void {
    this.process.resume()
  }

  stopGracefully(): void {
    this.#isStopping = true
    this.process.enter(() => this.#life?.feed({ type: 'stop' }))
  }

  replaceDisk(): void {
    this.#disk = new ModelDisk(`${this.id}-disk-${++this.#diskCount}`)
  }

  flipBit(): boolean {
    const keys = [...this.#disk.logs].filter(([, log]) => log.batches.length > 1).map(([key]) => key)
    if (keys.length === 0) return false
    this.#disk.damage(this.random.pick(keys))
    return true
  }

  jumpClock(byMs: number): void {
    this.#wallClockOffsetMs += byMs
    this.process.jumpWallClock(byMs)
  }

  // ---- what clients reach

  async produce(key: string, batch: Uint8Array): Promise<ProduceAnswer> {
    const answer = await this.#life!.produce(key, batch, checkRecordBatch(batch))
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
      const nowMs = this.process.monotonicMs()
      const readable = life.core.readable(key, nowMs)
      if ('error' in readable) return { type: 'error', code: readable.error.code, leader: this.#leaderHint() }
      // A follower might show what it has; clients follow the leader, so that their high watermark is one.
      if (!this.isLeader) return { type: 'error', code: 'NOT_LEADER', leader: this.#leaderHint() }
      const { highWatermark, leaderEpoch: epoch } = readable
      if (highWatermark !== null && (offset < highWatermark || nowMs >= deadlineMs)) {
        const log = this.#disk.logs.get(key)!
        const { batches } = log.read(offset, highWatermark, maxFetchBytes)
        return { type: 'ok', epoch, batches, highWatermark, logStartOffset: log.logStartOffset }
      }
      if (nowMs >= deadlineMs) return { type: 'error', code: 'LEADER_NOT_AVAILABLE', leader: undefined }
      await this.#commitOrDeadline(life, deadlineMs - nowMs)
    }
  }

  // ---- what the end looks at

  standing(): readonly PartitionStanding[] {
    return this.#life?.core.status(this.process.monotonicMs()).partitions ?? []
  }

  async replicas(): Promise<ReplicaState[]> {
    const highWatermarks = new Map(this.standing().map(({ key, highWatermark }) => [key, highWatermark]))
    return [...this.#disk.logs].map(([partition, log]) => ({
      type: 'replica' as const,
      broker: this.id,
      partition,
      logStartOffset: log.logStartOffset,
      highWatermark: highWatermarks.get(partition) ?? 0,
      logEndOffset: log.endOffset,
      batches: log.batches.map(({ bytes, header }) => ({
        baseOffset: header.baseOffset,
        epoch: header.leaderEpoch,
        digest: `${header.leaderEpoch}:${header.crc}`,
        values: decodeRecordBatch(bytes).map(({ value }) => decoder.decode(value!)),
      })),
    }))
  }

  #commitOrDeadline(life: ModelLife, waitMs: number): Promise<void> {
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
    const status = this.#life?.core.status(this.process.monotonicMs())
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
    const store = new MemoryLeaseStore({ coordinator, ports, name: broker, pollMs: 1_000_000_000 })
    return new CoordinatorLink({
      broker,
      process,
      network,
      coverage,
      health,
      schedule: ports.schedule,
      store,
      timeoutMs: configuration.leaseMs / 2,
      pollMs: configuration.leaseMs / 2,
    })
  }

  #coreOptions(prefersLeading: boolean): CoreOptions {
    const { configuration } = this.#environment
    const { brokerIds, minInsyncReplicas, leaseMs, replicaLagMaxMs, fetchWaitMs } = configuration
    return {
      self: {
        brokerId: this.id,
        diskId: this.#disk.diskId,
        incarnation: `${this.#disk.incarnationCount}.${Math.floor(this.random.unit() * 1e9)}`,
      },
      members: { version: 1, brokerIds, minInsyncReplicas },
      prefersLeading,
      random: () => this.random.unit(),
      newClusterId: `cluster-of-${this.id}`,
      leaseMs,
      replicaLagMaxMs,
      fetchWaitMs,
      fetchMaxBytes: maxFetchBytes,
      gatherMs: leaseMs / 10,
      settleMs: leaseMs / 20,
      handOverMs: 300,
      maxOffsetsBehind: this.random.chance(0.2) ? 5 : 1_000_000,
    }
  }
}
