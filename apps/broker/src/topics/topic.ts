import { YakError } from '@yak/protocol'
import type { Partition } from '../replication/partition.ts'
import type { TopicRecord } from './metadata-record.ts'

/** What passed through a topic while this process lives. */
export interface TopicCounters {
  recordsIn: number
  bytesIn: number
  bytesOut: number
}

/** A topic that exists, with its partitions open; one whose log would not open is there with its error. */
export class Topic {
  readonly record: TopicRecord
  readonly counters: TopicCounters = { recordsIn: 0, bytesIn: 0, bytesOut: 0 }
  readonly #partitions: (Partition | YakError)[]
  #nextPartition = 0

  constructor(record: TopicRecord, partitions: readonly (Partition | YakError)[]) {
    this.record = record
    this.#partitions = [...partitions]
  }

  get id(): string {
    return this.record.id
  }

  get name(): string {
    return this.record.name
  }

  get partitionCount(): number {
    return this.#partitions.length
  }

  /** Throws PARTITION_OUT_OF_RANGE, or why the partition is not served. */
  partition(index: number): Partition {
    const partition = this.#partitions[index]
    if (partition === undefined) {
      throw new YakError(
        'PARTITION_OUT_OF_RANGE',
        `Topic ${this.name} has no partition ${index}. Use 0 to ${this.partitionCount - 1}.`,
        { details: { topic: this.name, partition: index, partitions: this.partitionCount } },
      )
    }
    if (YakError.is(partition)) throw partition
    return partition
  }

  /** Each partition, or why it is not served. */
  partitionStates(): readonly (Partition | YakError)[] {
    return this.#partitions
  }

  /** One whose log would not open before. */
  serve(index: number, partition: Partition): void {
    this.#partitions[index] = partition
  }

  openPartitions(): Partition[] {
    return this.#partitions.filter((partition): partition is Partition => !YakError.is(partition))
  }

  /** Where the next record without a key goes: one after another, so that single messages spread. */
  takeTurn(): number {
    this.#nextPartition = (this.#nextPartition + 1) % this.partitionCount
    return this.#nextPartition
  }
}
