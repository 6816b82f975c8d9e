import { acquireLease, type LeaseRecord, leaseRemainingMs, releaseLease, renewLease, updateIsr } from '@yak/election'
import type { MemoryCoordinator } from '@yak/election/testing'
import type { RecordBatchHeader, YakError } from '@yak/protocol'
import type { CallResult, Input } from '../../../src/replication/core/inputs.ts'
import { type CoreOptions, defaultCoreOptions } from '../../../src/replication/core/options.ts'
import type { Call, Output } from '../../../src/replication/core/outputs.ts'
import { ReplicationCore } from '../../../src/replication/core/replication-core.ts'
import type { Rules } from '../../../src/replication/core/rules/rules.ts'
import {
  type Boot,
  type ClusterState,
  type CoordinatorRecord,
  type EnteredEpoch,
  emptyCluster,
  type IsrRecord,
  metadataKey,
  type PartitionKey,
  type SavedPromise,
} from '../../../src/replication/core/state.ts'
import type { FakeCluster } from './fake-cluster.ts'
import { type FakeBytes, FakeDisk, fakeBytes } from './fake-disk.ts'

const group = 'yak'

export type OperatorsWord = Partial<Pick<CoreOptions, 'unsafeRecover' | 'init'>>

/** A core over fake logs: everything that takes time goes to the cluster's pending events. */
export class FakeBroker {
  readonly id: string
  readonly cluster: FakeCluster
  disk: FakeDisk
  core: ReplicationCore | null = null
  /** Counts starts, so that what was under way for an earlier life comes to nothing. */
  life = 0
  isPaused = false
  /** Why the core gave up: an InvariantError. */
  broken: Error | null = null
  readonly #order: number
  #appliedTo = 0

  constructor(id: string, order: number, cluster: FakeCluster) {
    this.id = id
    this.#order = order
    this.cluster = cluster
    this.disk = new FakeDisk(`${id}1`)
  }

  get incarnation(): string {
    return `${this.disk.starts}.${this.disk.diskId}`
  }

  /** `isSettled`: the run before had lasted, so its lease need not be waited out. */
  start(prefersLeading: boolean, isSettled = false, word: OperatorsWord = {}): void {
    if (word.unsafeRecover) this.cluster.checker.isRecoveryAllowed = true
    const earlierIncarnations = isSettled ? [this.incarnation] : []
    const { options, rules, now, random } = this.cluster
    this.life++
    this.disk.starts++
    this.broken = null
    this.#appliedTo = 0
    this.disk.log(metadataKey)
    this.core = new ReplicationCore(
      {
        ...defaultCoreOptions,
        ...options.core,
        self: { brokerId: this.id, diskId: this.disk.diskId, incarnation: this.incarnation },
        members: { version: 1, brokerIds: options.brokers, minInsyncReplicas: options.minInsync },
        prefersLeading,
        earlierIncarnations,
        ...word,
        newClusterId: `cluster-of-${this.disk.diskId}`,
        random,
      },
      this.#boot(),
      now,
      rules as Rules,
    )
    this.cluster.trace(this.id, 'starts')
    this.observe()
    this.drain()
  }

  crash(keepUnsynced: (count: number) => number): void {
    if (this.core === null) return
    this.life++
    this.core = null
    this.isPaused = false
    for (const log of this.disk.logs.values()) log.loseUnsynced(keepUnsynced(log.endOffset - log.syncedEndOffset))
    this.cluster.trace(this.id, 'crashes')
  }

  step(input: Input): void {
    if (this.core === null || this.broken !== null) return
    try {
      this.core.step(input, this.cluster.now)
      this.drain()
    } catch (error) {
      this.broken = error as Error
      this.cluster.trace(this.id, `BROKEN ${this.broken.message}`)
      this.cluster.onBroken(this, this.broken)
    }
  }

  drain(): void {
    for (let output = this.core?.nextOutput(); output !== undefined; output = this.core?.nextOutput())
      this.#execute(output)
  }

  observe(): void {
    const { coordinator, isCoordinatorUp } = this.cluster
    const record = coordinator.record(this.id, group)
    const observed: Input = isCoordinatorUp
      ? { type: 'observed', isConnected: true, record: record.epoch === 0 ? null : recordOf(record, coordinator.nowMs) }
      : { type: 'observed', isConnected: false, record: null }
    this.#later('observe', `observe ${this.id}`, () => this.step(observed))
  }

  #boot(): Boot {
    const { files, logs, damaged, highWatermarks } = this.disk
    const read = <Value>(name: 'cluster' | 'promise' | 'isr' | 'entered-epochs', otherwise: Value): Value =>
      (files.get(name) as Value | undefined) ?? otherwise
    return {
      cluster: read<ClusterState>('cluster', emptyCluster),
      promise: read<SavedPromise | null>('promise', null),
      isr: read<IsrRecord | null>('isr', null),
      entered: read<ReadonlyMap<PartitionKey, EnteredEpoch>>('entered-epochs', new Map()),
      partitions: [...logs].map(([key, log]) => ({
        key,
        settings: this.#settings(key),
        log: log.state,
        highWatermark: highWatermarks.get(key) ?? 0,
        isDamaged: damaged.has(key),
      })),
      removed: [],
    }
  }

  #settings(key: PartitionKey): { minInsyncReplicas: number; isRelaxed: boolean } {
    return { minInsyncReplicas: this.cluster.options.minInsync, isRelaxed: /^relaxed-/.test(key) }
  }

  #later(kind: string, label: string, run: () => void): void {
    const { life } = this
    this.cluster.later({
      kind,
      label,
      owner: this.id,
      run: () => {
        if (this.life === life) run()
      },
    })
  }

  #execute(output: Output): void {
    this.cluster.traceOutput(this.id, output)
    switch (output.type) {
      case 'send':
        this.cluster.send(this.id, output.to, output.message)
        return
      case 'save':
        this.#later('save', `save ${this.id} ${output.content.file}`, () => {
          this.disk.files.set(output.content.file, output.content.value)
          if (output.content.file === 'cluster') this.cluster.checker.onCuts(output.content.value.historyCuts)
          this.step({ type: 'saved', id: output.id })
        })
        return
      case 'call':
        this.#call(output.id, output.call)
        return
      case 'append':
        this.#append(output)
        return
      case 'replicate':
        this.#replicate(output)
        return
      case 'truncate':
        this.#later('cut', `truncate ${this.id} ${output.key}`, () => {
          const log = this.disk.log(output.key)
          log.truncateTo(output.endOffset, output.epoch)
          this.step({ type: 'truncated', key: output.key, log: log.state })
        })
        return
      case 'begin-anew':
        this.#later('cut', `begin-anew ${this.id} ${output.key}`, () => {
          const log = this.disk.log(output.key)
          log.startAt(output.startOffset, output.epoch)
          this.step({ type: 'truncated', key: output.key, log: log.state })
        })
        return
      case 'raise-log-start':
        this.disk.log(output.key).raiseStart(output.logStartOffset)
        this.step({ type: 'log-start-raised', key: output.key, logStartOffset: this.disk.log(output.key).startOffset })
        return
      case 'fence':
        for (const log of this.disk.logs.values()) log.fencedEpoch = Math.max(log.fencedEpoch, output.epoch)
        return
      case 'read':
        this.#read(output)
        return
      case 'open-partition':
        this.#openPartition(output.key)
        return
      case 'partition-restored':
        this.disk.damaged.delete(output.key)
        return
      case 'high-watermark':
        this.disk.highWatermarks.set(output.key, output.highWatermark)
        this.cluster.onHighWatermark(this, output.key, output.highWatermark)
        return
      case 'topics-committed':
        this.cluster.checker.onTopics(this, output.upTo)
        this.#applyTopics(output.upTo)
        return
      case 'answer':
        this.cluster.onAnswer(this, output.id, output.answer)
        return
      case 'role-changed':
        this.cluster.onRole(this, output.role, output.epoch)
        return
      case 'stopped':
        this.life++
        this.core = null
        this.cluster.trace(this.id, 'has stopped')
        return
      case 'catching-up':
      case 'notice':
        return
    }
  }

  #append({ id, key, batch, leaderEpoch }: Extract<Output, { type: 'append' }>): void {
    const log = this.disk.log(key)
    const { value } = (batch as FakeBytes).batches[0]!
    const first = log.find(value)
    if (first !== undefined) {
      const { offset } = first
      this.step({ type: 'appended', id, key, baseOffset: offset, endOffset: offset + 1, isDuplicate: true })
      return
    }
    try {
      const baseOffset = log.append(value, leaderEpoch)
      this.cluster.onAppend(this, key, baseOffset, leaderEpoch, value)
      this.cluster.now += this.cluster.stallMs
      this.cluster.stallMs = 0
      this.step({ type: 'appended', id, key, baseOffset, endOffset: baseOffset + 1, isDuplicate: false })
      this.#sync(key)
    } catch (error) {
      this.step({ type: 'append-refused', id, key, error: error as YakError })
    }
  }

  #replicate({ key, batches, epoch, expectedBaseOffset }: Extract<Output, { type: 'replicate' }>): void {
    const log = this.disk.log(key)
    const before = log.epochs.at(-1)?.epoch ?? -1
    try {
      log.replicate((batches as FakeBytes).batches, epoch, expectedBaseOffset)
    } catch (error) {
      this.step({ type: 'replicate-refused', key, error: error as YakError })
      return
    }
    const epochs = log.epochs.filter((start) => start.epoch > before)
    this.step({ type: 'replicated', key, endOffset: log.endOffset, epochs })
    this.#sync(key)
  }

  #sync(key: PartitionKey): void {
    const log = this.disk.log(key)
    const { endOffset } = log
    this.#later('sync', `sync ${this.id} ${key}`, () => {
      log.syncedEndOffset = Math.max(log.syncedEndOffset, endOffset)
      this.step({ type: 'synced', key, syncedEndOffset: endOffset })
    })
  }

  #read({ id, entries, maxBytes }: Extract<Output, { type: 'read' }>): void {
    this.#later('read', `read ${this.id}`, () => {
      const results = []
      let room = Math.min(maxBytes, this.cluster.options.readBatches)
      for (const { key, offset, endOffset } of entries) {
        const log = this.disk.logs.get(key)
        if (room <= 0 || log === undefined || offset < log.startOffset || offset > log.endOffset) continue
        const batches = log.read(offset, endOffset, room)
        room -= batches.length
        results.push({ key, batches: fakeBytes(batches), baseOffset: offset })
      }
      this.step({ type: 'read-done', id, results })
    })
  }

  /** `create t` and `delete t` in the topic list take effect when they are committed here. */
  #applyTopics(upTo: number): void {
    const log = this.disk.log(metadataKey)
    // The history was cut: what is left is read again, and what it names is there again.
    if (upTo < this.#appliedTo) this.#appliedTo = 0
    for (const { offset, value } of log.batches) {
      if (offset < this.#appliedTo || offset >= upTo) continue
      const [verb, key] = value.split(' ')
      if (verb === 'create') this.#createPartition(key!)
      else if (verb === 'delete') {
        this.#later('topic', `delete ${this.id} ${key}`, () => {
          this.disk.logs.delete(key!)
          this.cluster.checker.onDeleted(key!)
          this.step({ type: 'partition-removed', key: key! })
        })
      }
    }
    this.#appliedTo = upTo
  }

  #createPartition(key: PartitionKey): void {
    this.#later('topic', `create ${this.id} ${key}`, () => this.step({ type: 'partition-created', key }))
    this.#openPartition(key)
  }

  #openPartition(key: PartitionKey): void {
    this.#later('topic', `open ${this.id} ${key}`, () => {
      const log = this.disk.log(key)
      this.step({ type: 'partition-opened', key, settings: this.#settings(key), log: log.state })
    })
  }

  // ---- the coordinator: a request and its answer may each get lost

  #call(id: number, call: Call): void {
    const { cluster } = this
    const { incarnation } = this
    const ownerIndex = cluster.givesAnyEpoch ? undefined : this.#order
    const candidate = { id: this.id, incarnation, ownerIndex }
    cluster.later({
      kind: 'call',
      label: `call ${this.id} ${call.type}`,
      owner: this.id,
      fail: () => this.#answerCall(id, { type: 'failed', reason: 'no answer' }),
      run: () => {
        if (!cluster.isCoordinatorUp) this.#answerCall(id, { type: 'failed', reason: 'no connection' })
        else if (call.type === 'observe') this.observe()
        else this.#answerCall(id, decide(cluster.coordinator, candidate, call))
      },
    })
  }

  #answerCall(id: number, result: CallResult): void {
    this.cluster.onCallResult(this, result)
    const { life } = this
    this.cluster.later({
      kind: 'reply',
      label: `reply ${this.id} ${result.type}`,
      owner: this.id,
      fail: () => {
        if (this.life === life) this.step({ type: 'called', id, result: { type: 'failed', reason: 'answer lost' } })
      },
      run: () => {
        if (this.life === life) this.step({ type: 'called', id, result })
      },
    })
  }

  produce(id: number, key: PartitionKey, value: string): void {
    const batch = fakeBytes([{ offset: -1, epoch: -1, value }])
    this.step({ type: 'produce', id, key, batch, header: {} as RecordBatchHeader })
  }
}

function recordOf(record: LeaseRecord, nowMs: number): CoordinatorRecord {
  const { epoch, holder, incarnation, isr, isrEpoch, isrVersion, suspect } = record
  return {
    epoch,
    holder: holder === null ? null : { brokerId: holder, incarnation: incarnation! },
    leaseRemainingMs: leaseRemainingMs(record, nowMs),
    isr,
    isrEpoch,
    isrVersion,
    isSuspect: suspect,
  }
}

interface StoreCandidate {
  readonly id: string
  readonly incarnation: string
  readonly ownerIndex: number | undefined
}

function decide(
  coordinator: MemoryCoordinator,
  candidate: StoreCandidate,
  call: Exclude<Call, { type: 'observe' }>,
): CallResult {
  const now = coordinator.nowMs
  const refused = (record: LeaseRecord): CallResult => ({ type: 'refused', record: recordOf(record, now) })
  switch (call.type) {
    case 'acquire': {
      const { minEpoch, replaces, leaseMs: ttlMs } = call
      const request = { group, candidate, minEpoch, ttlMs, ...(replaces === null ? {} : { replaces }) }
      const answer = coordinator.step(candidate.id, group, (record, nowMs) => acquireLease(record, request, nowMs))
      if (!answer.acquired) return refused(answer.record)
      return { type: 'acquired', epoch: answer.epoch, before: recordOf(answer.before, now) }
    }
    case 'renew': {
      const { epoch, isrEpoch, isrVersion, leaseMs: ttlMs } = call
      const answer = coordinator.step(candidate.id, group, (record, nowMs) =>
        renewLease(record, { group, candidate, epoch, isrEpoch, isrVersion, ttlMs }, nowMs),
      )
      if (!answer.renewed) return refused(answer.record)
      return { type: 'renewed', storedIsrIsOlder: answer.isrBehind, isrVersion: answer.record.isrVersion }
    }
    case 'release': {
      const answer = coordinator.step(candidate.id, group, (record) =>
        releaseLease(record, { group, candidate, epoch: call.epoch }),
      )
      return answer.released ? { type: 'released' } : refused(answer.record)
    }
    case 'update-isr': {
      const { epoch, expectedVersion, minVersion, isr } = call
      const answer = coordinator.step(candidate.id, group, (record) =>
        updateIsr(record, { group, candidate, epoch, expectedVersion, minVersion, isr }),
      )
      return answer.updated ? { type: 'isr-updated', isrVersion: answer.record.isrVersion } : refused(answer.record)
    }
  }
}
