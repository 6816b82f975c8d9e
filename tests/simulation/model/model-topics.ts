import type { PartitionKey } from '../../../apps/broker/src/replication/core/state.ts'
import type { DeletedEnd } from '../../../apps/broker/src/replication/partition.ts'
import type { TopicChange, TopicList } from '../topic-list.ts'
import { type ModelLog, valuesOf } from './model-log.ts'

export interface ModelTopicsOptions {
  /** What the log added up to, as far as it was committed, when the broker started. */
  readonly list: TopicList
  readonly log: ModelLog
  /** Of that log, at the start. */
  readonly highWatermark: number
  /** Does it after a write, unless the broker is gone by then. */
  readonly later: (act: () => void) => void
  /** Called after that write, of one change after another, in their order. */
  readonly onCreated: (partition: PartitionKey) => void
  readonly onDeleted: (partition: PartitionKey) => void
  readonly onRecordsDeleted: (partition: PartitionKey) => void
}

/**
 * Follows the topic list of one run of a broker. Its records are names of partitions; each takes effect once the core says that it is
 * committed, and what it calls for is done one after another. What was committed before the start is done again: it may not have been.
 */
export class ModelTopics {
  readonly #options: ModelTopicsOptions
  readonly #list: TopicList
  /** What the topic list says and is still to be done, in its order. */
  readonly #work: TopicChange[] = []
  #isWorking = false
  #appliedEndOffset: number

  constructor(options: ModelTopicsOptions) {
    this.#options = options
    const { list, log, highWatermark } = options
    this.#list = list
    // Of a list that is damaged nothing is left, and all of it is read again.
    this.#appliedEndOffset = Math.min(highWatermark, log.endOffset)
    for (const partition of list.deleted) this.#workOn({ type: 'deleted', partition })
    for (const partition of list.live) this.#workOn({ type: 'created', partition })
  }

  /** Below it all has taken effect, but for the files, which follow. */
  get appliedEndOffset(): number {
    return this.#appliedEndOffset
  }

  isDeleted(partition: PartitionKey): boolean {
    return this.#list.deleted.has(partition)
  }

  deletedEnd(partition: PartitionKey): DeletedEnd | undefined {
    return this.#list.deletedEnds.get(partition)
  }

  /** Of the log everything below is committed. */
  committed(upTo: number): void {
    if (upTo < this.#appliedEndOffset) {
      this.#list.clear()
      this.#appliedEndOffset = 0
    }
    for (const { bytes, header } of this.#options.log.batches) {
      if (header.lastOffset < this.#appliedEndOffset || header.lastOffset >= upTo) continue
      for (const value of valuesOf(bytes)) {
        const change = this.#list.apply(value)
        if (change !== undefined) this.#workOn(change)
      }
    }
    this.#appliedEndOffset = upTo
  }

  #workOn(change: TopicChange): void {
    this.#work.push(change)
    if (this.#isWorking) return
    this.#isWorking = true
    this.#options.later(() => this.#next())
  }

  #next(): void {
    const { type, partition } = this.#work.shift()!
    if (type === 'created') this.#options.onCreated(partition)
    else if (type === 'deleted') this.#options.onDeleted(partition)
    else this.#options.onRecordsDeleted(partition)
    this.#isWorking = this.#work.length > 0
    if (this.#isWorking) this.#options.later(() => this.#next())
  }
}
