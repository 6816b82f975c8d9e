import { RecordBatchBuilder, YakError } from '@yak/protocol'
import type { Topic } from '../topics/topic.ts'
import type { Topics } from '../topics/topics.ts'
import {
  batchTooLarge,
  encodedRecord,
  type JsonProduceOptions,
  type JsonRecord,
  produceRecords,
  type RecordFate,
} from './json-produce.ts'

/**
 * The topic that one request names, which is created at its first use. Records that are no good anyway are no use: a request that
 * is refused for them leaves no topic behind.
 */
export class NamedTopic {
  readonly #topics: Topics
  readonly #name: string
  readonly #options: JsonProduceOptions
  #topic: Topic | undefined

  constructor(topics: Topics, name: string, options: JsonProduceOptions) {
    this.#topics = topics
    this.#name = name
    this.#options = options
  }

  /** As produceRecords does. Throws besides, with nothing appended, why there is no such topic and none can be made. */
  async produce(records: readonly JsonRecord[]): Promise<RecordFate[]> {
    await this.open(records)
    if (this.#topic !== undefined) return await produceRecords(this.#topic, records, this.#options)
    return records.map((record) => ({ error: this.#problemOf(record)! }))
  }

  /** Creates the topic where one of the records is good. Throws why there is none and none can be made. */
  async open(records: readonly JsonRecord[]): Promise<void> {
    this.#topic ??= this.#topics.find(this.#name)
    if (this.#topic !== undefined) return
    this.#topics.assertCreatable(this.#name)
    this.#options.gate.assertOpen()
    if (records.some((record) => this.#problemOf(record) === undefined)) {
      this.#topic = await this.#topics.getOrCreate(this.#name)
    }
  }

  /** Why a topic that is made for this record could not take it. */
  #problemOf(record: JsonRecord): YakError | undefined {
    const { defaultPartitions } = this.#topics
    const { partition = 0 } = record
    if (partition < 0 || partition >= defaultPartitions)
      return noSuchPartition(this.#name, partition, defaultPartitions)
    try {
      const { maxBatchBytes } = this.#options
      const encoded = encodedRecord(record, this.#options)
      return new RecordBatchBuilder({ maxBytes: maxBatchBytes }).tryAppend(encoded) < 0
        ? batchTooLarge(maxBatchBytes)
        : undefined
    } catch (error) {
      if (!YakError.is(error)) throw error
      return error
    }
  }
}

function noSuchPartition(topic: string, partition: number, partitions: number): YakError {
  return new YakError(
    'PARTITION_OUT_OF_RANGE',
    `There is no topic ${topic} yet; made now, it would have ${partitions} partitions and none of number ${partition}. ` +
      `Use 0 to ${partitions - 1}, or create it with POST /topics.`,
    { details: { topic, partition, partitions } },
  )
}
