import type { HistoryCut } from '../../../apps/broker/src/replication/core/state.ts'
import type { Coverage } from '../coverage.ts'
import type { Batch, KeptRecords } from './kept-records.ts'
import type { FoundLog, VouchedRecords } from './vouched-records.ts'

export interface RelaxedHistoryOptions {
  readonly kept: KeptRecords
  readonly vouched: VouchedRecords
  readonly coverage: Coverage
  readonly isRelaxed: (key: string) => boolean
  /** Where a broker has its log begin: what lies below it let go of. */
  readonly logStartOf: (broker: string, key: string) => number
  /** What was acknowledged from the offset on, under earlier epochs, is lost, and may be. */
  readonly onLoss: (cut: HistoryCut) => void
  readonly onViolation: (message: string) => void
}

interface Start {
  readonly epoch: number
  /** Where the last batch began that the leader had then; −1: it had none. */
  readonly afterOffset: number
}

/**
 * What a power cut may do to a topic with `flush: interval`, and nothing else may do to any: its acknowledged records go, from some offset on,
 * when a leader begins without them, and each of them is one that a disk lost in a power cut and has not been given again.
 */
export class RelaxedHistory {
  readonly #options: RelaxedHistoryOptions
  /** By partition, one for each leader. */
  readonly #starts = new Map<string, Start[]>()

  constructor(options: RelaxedHistoryOptions) {
    this.#options = options
  }

  booted(broker: string, logs: readonly FoundLog[], told: ReadonlySet<string> | undefined): void {
    const { vouched, coverage, isRelaxed, onViolation } = this.#options
    for (const { key, endOffset, acknowledged, wasPowerCut } of vouched.booted(broker, logs)) {
      const place = `${broker} starts with ${key} up to ${endOffset}`
      if (!wasPowerCut) onViolation(`I1: ${place}, it had more, and no power was cut.`)
      else if (!isRelaxed(key)) onViolation(`I1: ${place}, it had synced more, and is not relaxed.`)
      else if (told?.has(key) === false) onViolation(`I1: ${place}, it had taken more, and does not say so.`)
      else if (acknowledged !== undefined) coverage.count('relaxed log lost its end')
    }
  }

  /** Of acknowledged batches that the broker cuts off: the first that is not to be cut. One that lost it in a power cut outranks this broker. */
  firstLost(broker: string, key: string, cut: readonly Batch[]): Batch | undefined {
    const { vouched, isRelaxed } = this.#options
    const lost = isRelaxed(key) ? vouched.firstUnexcused(key, cut) : cut[0]
    vouched.follows(broker, key, cut)
    return lost
  }

  leads(broker: string, epoch: number): void {
    const { kept, isRelaxed, logStartOf } = this.#options
    for (const key of kept.keys) {
      if (!isRelaxed(key)) continue
      const starts = this.#starts.get(key) ?? []
      this.#starts.set(key, starts)
      const start = { epoch, afterOffset: kept.lastOffsetOf(broker, key) }
      starts.push(start)
      const missing = kept.missingOn(broker, key, epoch)
      this.#mayLack(
        key,
        start,
        missing.filter(({ baseOffset }) => baseOffset >= logStartOf(broker, key)),
      )
    }
  }

  /** A leader that was paused hears only now of a broker that had it and has lost it since: later ones began without it. */
  acknowledged(key: string, leaderEpoch: number): void {
    for (const start of this.#starts.get(key) ?? []) {
      const { epoch, afterOffset } = start
      if (epoch > leaderEpoch) this.#mayLack(key, start, this.#options.kept.acknowledgedAbove(key, epoch, afterOffset))
    }
  }

  #mayLack(key: string, { epoch, afterOffset }: Start, missing: readonly Batch[]): void {
    const { vouched, coverage, onLoss, onViolation } = this.#options
    const [first] = missing
    if (first === undefined) return
    if (first.baseOffset <= afterOffset || vouched.firstUnexcused(key, missing) !== undefined) {
      const place = `${key} at ${first.baseOffset} of epoch ${first.epoch}`
      onViolation(`I1: the leader of epoch ${epoch} begins without ${place}, acknowledged and lost in no power cut.`)
      return
    }
    coverage.count('relaxed loss')
    onLoss({ key, epoch, offset: first.baseOffset })
  }
}
