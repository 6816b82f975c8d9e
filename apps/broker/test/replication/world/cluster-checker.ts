import { InvariantError } from '../../../src/replication/core/invariants.ts'
import type { Answer, RoleName } from '../../../src/replication/core/outputs.ts'
import { type HistoryCut, metadataKey, type PartitionKey } from '../../../src/replication/core/state.ts'
import type { FakeBroker } from './fake-broker.ts'
import type { FakeCluster } from './fake-cluster.ts'
import type { FakeBatch } from './fake-disk.ts'

export interface Acknowledged {
  readonly key: PartitionKey
  readonly offset: number
  readonly value: string
  readonly atMs: number
  readonly epoch: number
}

/** What the brokers together must never do. It looks into all of them, which no broker can. */
export class ClusterChecker {
  readonly violations: string[] = []
  acknowledged: Acknowledged[] = []
  /** An operator has told some broker to recover unsafely. */
  isRecoveryAllowed = false
  readonly #cluster: FakeCluster
  readonly #produced = new Map<number, { readonly key: PartitionKey; readonly value: string }>()
  /** Attempts that were answered "definitely not"; the value may still be written by another attempt. */
  readonly #attempts = new Map<string, { open: number; refused: number }>()
  readonly #leaders = new Map<number, string>()
  /** Offset by offset what some high watermark has passed. */
  readonly #committed = new Map<PartitionKey, FakeBatch[]>()
  readonly #appended = new Map<string, string>()
  readonly #cuts = new Set<string>()
  readonly #seen = new Map<PartitionKey, { readonly epoch: number; readonly highWatermark: number }>()

  constructor(cluster: FakeCluster) {
    this.#cluster = cluster
  }

  onProduce(id: number, key: PartitionKey, value: string): void {
    this.#produced.set(id, { key, value })
    const attempts = this.#attempts.get(value) ?? { open: 0, refused: 0 }
    attempts.open++
    this.#attempts.set(value, attempts)
  }

  onAnswer(id: number, answer: Answer): void {
    const produced = this.#produced.get(id)
    if (produced === undefined) return
    const { key, value } = produced
    if (answer.outcome === 'not-written') {
      const attempts = this.#attempts.get(value)!
      attempts.open--
      attempts.refused++
      return
    }
    if (answer.outcome !== 'done') return
    this.acknowledged.push({
      key,
      value,
      offset: answer.baseOffset,
      atMs: this.#cluster.now,
      epoch: answer.leaderEpoch,
    })
    const committed = this.#committed.get(key)?.[answer.baseOffset]
    if (committed?.value !== value)
      this.#violate('I8', `${value} acknowledged at ${key}:${answer.baseOffset}, not committed there`)
  }

  /** Its deletion was committed: what was acknowledged there may be gone. */
  onDeleted(key: PartitionKey): void {
    this.acknowledged = this.acknowledged.filter((one) => one.key !== key)
  }

  onAppend(broker: FakeBroker, key: PartitionKey, offset: number, epoch: number, value: string): void {
    const leader = this.#leaders.get(epoch)
    if (leader !== undefined && leader !== `${broker.id}#${broker.disk.starts}`) {
      this.#violate('I2', `${broker.id} appends under epoch ${epoch} of ${leader}`)
    }
    this.#leaders.set(epoch, `${broker.id}#${broker.disk.starts}`)
    const at = `${key}:${offset}:${epoch}`
    const before = this.#appended.get(at)
    if (before !== undefined && before !== value) this.#violate('I3', `${at} is ${before} and ${value}`)
    this.#appended.set(at, value)
  }

  onRole(broker: FakeBroker, role: RoleName, epoch: number): void {
    if (role !== 'leader') return
    for (const key of broker.disk.logs.keys()) this.onRead(broker, key, false)
    for (const { key, offset, value, epoch: acknowledgedEpoch } of this.acknowledged) {
      // An earlier leader that was late to notice its confirmation has nothing to say any more.
      if (acknowledgedEpoch > epoch) continue
      const log = broker.disk.logs.get(key)
      const batch = log?.batches[offset - log.startOffset]
      if (log !== undefined && offset < log.startOffset) continue
      if (batch?.value !== value) {
        this.#violate('I1', `${broker.id} leads epoch ${epoch} without the acknowledged ${value} at ${key}:${offset}`)
        return
      }
    }
  }

  onHighWatermark(broker: FakeBroker, key: PartitionKey, highWatermark: number): void {
    const log = broker.disk.log(key)
    const committed = this.#committed.get(key) ?? []
    this.#committed.set(key, committed)
    for (let offset = log.startOffset; offset < highWatermark; offset++) {
      const batch = log.batches[offset - log.startOffset]
      const known = committed[offset]
      if (batch === undefined) {
        this.#violate(
          'I4',
          `${broker.id} has ${key} committed up to ${highWatermark}, and its log ends at ${log.endOffset}`,
        )
        return
      }
      if (known !== undefined && (known.value !== batch.value || known.epoch !== batch.epoch)) {
        this.#violate(
          'I3',
          `${key}:${offset} is committed as ${known.value}/${known.epoch}, on ${broker.id} as ${batch.value}/${batch.epoch}`,
        )
        return
      }
      committed[offset] = batch
    }
  }

  /** Folders are made and deleted for these. */
  onTopics(broker: FakeBroker, upTo: number): void {
    const log = broker.disk.log(metadataKey)
    for (const { offset, value } of log.batches) {
      if (offset < upTo && this.#committed.get(metadataKey)?.[offset]?.value !== value) {
        this.#violate('I10', `"${value}" takes effect on ${broker.id} and is not committed`)
        return
      }
    }
  }

  /** A relaxed log lost what lies above: it may be lost to all. */
  onPowerCut(key: PartitionKey, offset: number): void {
    this.acknowledged = this.acknowledged.filter((one) => one.key !== key || one.offset < offset)
    const committed = this.#committed.get(key) ?? []
    if (committed.length > offset) committed.length = offset
    this.#seen.delete(key)
  }

  /** An operator gave up what lies above, of all earlier epochs: nothing else may be lost. */
  onCuts(cuts: readonly HistoryCut[]): void {
    for (const cut of cuts) {
      const { key, epoch, offset } = cut
      if (this.#cuts.has(`${key} ${epoch}`)) continue
      this.#cuts.add(`${key} ${epoch}`)
      if (!this.isRecoveryAllowed)
        this.#violate('I1', `the history of ${key} is cut at ${offset}, and nobody allowed it`)
      const isGivenUp = (one: Acknowledged): boolean => one.key === key && one.offset >= offset && one.epoch < epoch
      this.acknowledged = this.acknowledged.filter((one) => !isGivenUp(one))
      const committed = this.#committed.get(key) ?? []
      if (committed.length > offset) committed.length = offset
      const seen = this.#seen.get(key)
      if (seen !== undefined) this.#seen.set(key, { ...seen, highWatermark: Math.min(seen.highWatermark, offset) })
    }
  }

  /** A client that ignores epochs below the highest it has seen; and one that has just been told of a commit. */
  onRead(broker: FakeBroker, key: PartitionKey, isStrict: boolean): void {
    const { now, options } = this.#cluster
    const readable = broker.core!.readable(key, now)
    if ('error' in readable || readable.highWatermark === null) return
    const { highWatermark, leaderEpoch } = readable
    const status = broker.core!.status(now)
    if (isStrict && status.role === 'leader') {
      const staleMs = status.isLeaseRunning ? 0 : (options.core?.leaseMs ?? 0)
      const missed = this.acknowledged.find(
        (one) => one.key === key && one.offset >= highWatermark && one.atMs < now - staleMs,
      )
      if (missed !== undefined) {
        this.#violate(
          'I4',
          `${broker.id} shows ${key} up to ${highWatermark}, ${missed.value} was acknowledged at ${missed.offset} before`,
        )
      }
    }
    if (status.role !== 'leader') return
    const seen = this.#seen.get(key) ?? { epoch: 0, highWatermark: 0 }
    if (leaderEpoch < seen.epoch) return
    if (highWatermark < seen.highWatermark) {
      this.#violate('I4', `the high watermark of ${key} went from ${seen.highWatermark} back to ${highWatermark}`)
    }
    this.#seen.set(key, { epoch: leaderEpoch, highWatermark })
  }

  onBroken(broker: FakeBroker, error: Error): void {
    if (error instanceof InvariantError) this.#violate(error.invariant, `${broker.id}: ${error.message}`)
    else this.violations.push(`${broker.id} threw ${error.stack ?? error.message}`)
  }

  /** When all is healed and quiet: nothing lost, doubled, out of place, or said never to be written and there. */
  checkEnd(): void {
    for (const { key, offset, value } of this.acknowledged) {
      if (this.#committed.get(key)?.[offset]?.value !== value)
        this.#violate('I1', `${value} at ${key}:${offset} is lost`)
    }
    for (const [key, committed] of this.#committed) {
      const seen = new Set<string>()
      for (const { value } of committed) {
        if (seen.has(value)) this.#violate('I5', `${value} is in ${key} twice`)
        seen.add(value)
        if (this.#attempts.get(value)?.open === 0)
          this.#violate('I7', `${value} was never to be written, and is in ${key}`)
      }
    }
  }

  committedCount(): number {
    let count = 0
    for (const committed of this.#committed.values()) count += committed.length
    return count
  }

  #violate(invariant: string, text: string): void {
    this.violations.push(`${invariant}: ${text}`)
    this.#cluster.trace('*', `VIOLATION ${invariant}: ${text}`)
  }
}
