import { recordBatches } from '@yak/protocol'
import type { HistoryCut } from '../../../apps/broker/src/replication/core/state.ts'

export interface Batch {
  readonly baseOffset: number
  readonly epoch: number
}

/**
 * Which batches each broker's log holds, and which of them were acknowledged: a broker that cuts one of these off takes
 * it from a disk that vouched for it, and the next election may be without it. Seen here at the cut, where the loss
 * itself needs two more brokers to fail at the right moment.
 *
 * What a broker wrote and lost in a crash stays listed until it starts again.
 */
export class KeptRecords {
  /** By broker and partition, rising. */
  readonly #held = new Map<string, Batch[]>()
  readonly #acknowledged = new Map<string, Batch[]>()
  readonly #acknowledgedAt = new Set<string>()
  /** By partition: under which epoch what begins there was acknowledged. */
  readonly #epochAt = new Map<string, Map<number, number>>()

  appended(broker: string, key: string, batch: Batch): void {
    const held = listOf(this.#held, `${broker}/${key}`)
    popFrom(held, batch.baseOffset)
    held.push(batch)
  }

  replicated(broker: string, key: string, batches: Uint8Array): void {
    for (const { header } of recordBatches(batches)) {
      this.appended(broker, key, { baseOffset: header.baseOffset, epoch: header.leaderEpoch })
    }
  }

  /** A leader has acknowledged everything in its log below `endOffset`. */
  acknowledged(leader: string, key: string, endOffset: number): void {
    const known = listOf(this.#acknowledged, key)
    const from = known.at(-1)?.baseOffset ?? -1
    const held = listOf(this.#held, `${leader}/${key}`)
    let first = held.length
    while (first > 0 && held[first - 1]!.baseOffset > from) first--
    for (const batch of held.slice(first)) {
      if (batch.baseOffset >= endOffset) return
      known.push(batch)
      this.#acknowledgedAt.add(placeOf(key, batch))
      mapOf(this.#epochAt, key).set(batch.baseOffset, batch.epoch)
    }
  }

  /** A batch that the broker has between these offsets, where another one was acknowledged. */
  otherThanAcknowledged(broker: string, key: string, from: number, to: number): Batch | undefined {
    const epochAt = this.#epochAt.get(key)
    const held = this.#held.get(`${broker}/${key}`)
    if (epochAt === undefined || held === undefined) return undefined
    for (let index = held.length - 1; index >= 0; index--) {
      const batch = held[index]!
      if (batch.baseOffset < from) return undefined
      if (batch.baseOffset < to && (epochAt.get(batch.baseOffset) ?? batch.epoch) !== batch.epoch) return batch
    }
    return undefined
  }

  /** The acknowledged batches that the broker cuts off, rising. */
  truncated(broker: string, key: string, endOffset: number): Batch[] {
    return this.endsAt(broker, key, endOffset).filter((batch) => this.isAcknowledged(key, batch))
  }

  /** Its log ends there: answers what was listed above. */
  endsAt(broker: string, key: string, endOffset: number): Batch[] {
    return popFrom(listOf(this.#held, `${broker}/${key}`), endOffset)
  }

  /** Rising, of what it has or had before it let go of it. */
  heldBetween(broker: string, key: string, from: number, to: number): Batch[] {
    const held = this.#held.get(`${broker}/${key}`) ?? []
    return held.filter(({ baseOffset }) => baseOffset >= from && baseOffset < to)
  }

  /** Partitions of which something was acknowledged. */
  get keys(): Iterable<string> {
    return this.#acknowledged.keys()
  }

  isAcknowledged(key: string, batch: Batch): boolean {
    return this.#acknowledgedAt.has(placeOf(key, batch))
  }

  /** What was acknowledged under earlier epochs and the broker does not have, rising. */
  missingOn(broker: string, key: string, epoch: number): Batch[] {
    const held = new Set(this.#held.get(`${broker}/${key}`)?.map((batch) => placeOf(key, batch)))
    return (this.#acknowledged.get(key) ?? []).filter((batch) => batch.epoch < epoch && !held.has(placeOf(key, batch)))
  }

  /** What was acknowledged under earlier epochs behind the batch that begins there. */
  acknowledgedAbove(key: string, epoch: number, offset: number): Batch[] {
    return (this.#acknowledged.get(key) ?? []).filter((batch) => batch.epoch < epoch && batch.baseOffset > offset)
  }

  /** Where the last batch of its log begins; −1: it has none. */
  lastOffsetOf(broker: string, key: string): number {
    return this.#held.get(`${broker}/${key}`)?.at(-1)?.baseOffset ?? -1
  }

  /** The broker fetches the partition anew: its log was found faulty, or ends below where the leader's begins. */
  begunAnew(broker: string, key: string): void {
    this.#held.delete(`${broker}/${key}`)
  }

  /** What was acknowledged above it is given up by an operator's word. */
  historyCut({ key, epoch, offset }: HistoryCut): void {
    const known = listOf(this.#acknowledged, key)
    const kept = known.filter((batch) => batch.baseOffset < offset || batch.epoch >= epoch)
    for (const batch of known) this.#acknowledgedAt.delete(placeOf(key, batch))
    for (const batch of kept) this.#acknowledgedAt.add(placeOf(key, batch))
    this.#epochAt.set(key, new Map(kept.map((batch) => [batch.baseOffset, batch.epoch])))
    this.#acknowledged.set(key, kept)
  }
}

function placeOf(key: string, { baseOffset, epoch }: Batch): string {
  return `${key}/${baseOffset}/${epoch}`
}

function listOf(lists: Map<string, Batch[]>, key: string): Batch[] {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}

function mapOf(maps: Map<string, Map<number, number>>, key: string): Map<number, number> {
  const map = maps.get(key) ?? new Map<number, number>()
  maps.set(key, map)
  return map
}

/** Takes off what begins at `offset` or above. */
function popFrom(batches: Batch[], offset: number): Batch[] {
  let first = batches.length
  while (first > 0 && batches[first - 1]!.baseOffset >= offset) first--
  return batches.splice(first)
}
