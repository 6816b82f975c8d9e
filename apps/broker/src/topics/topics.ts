import { randomUUID } from 'node:crypto'
import { LIMITS, topicNameProblem, YakError } from '@yak/protocol'
import type { TopicConfig } from '@yak/protocol/schemas'
import type { Partition } from '../replication/partition.ts'
import { MetadataImage } from './metadata-image.ts'
import type { MetadataLog } from './metadata-log.ts'
import type { MetadataRecord, TopicRecord } from './metadata-record.ts'
import { Topic } from './topic.ts'

/** Names that begin so belong to the broker. */
const internalPrefix = '__'

/** Topics, and logs of one topic, opened or removed at once: enough to hide the disk's latency, few enough for its queue. */
const concurrency = 8

export interface TopicsOptions {
  readonly metadata: (apply: (record: MetadataRecord) => Promise<void> | void) => MetadataLog
  readonly openPartition: (record: TopicRecord, partition: number) => Promise<Partition>
  /** Ids of the topics that have files, whether they exist or not. */
  readonly topicsOnDisk: () => Promise<ReadonlySet<string>>
  readonly removeFiles: (topicId: string, partitions: number) => Promise<void>
  readonly defaultPartitions: number
  /** Throws INVALID_CONFIG. */
  readonly assertConfig: (config: TopicConfig) => void
  readonly autoCreate: boolean
  readonly clock: () => number
  /** A log that would not open, or files that would not go. */
  readonly onError: (error: YakError, topic: TopicRecord) => void
}

/**
 * The topics of this broker. A topic is there once the record that creates it is committed, and gone once the record
 * that deletes it is; folders follow. What a crash leaves half done between record and folder is finished at the next
 * start, and a folder is removed only for a deletion on record.
 */
export class Topics {
  readonly #options: TopicsOptions
  readonly #image = new MetadataImage()
  readonly #log: MetadataLog
  readonly #byName = new Map<string, Topic>()
  readonly #byId = new Map<string, Topic>()
  /** Creations on their way, so that any number of first messages make one topic. */
  readonly #creating = new Map<string, { readonly partitions: number; readonly topic: Promise<Topic> }>()
  #isReplaying = true
  #partitionCount = 0
  #producerIdsAskedFor = 0

  private constructor(options: TopicsOptions) {
    this.#options = options
    this.#log = options.metadata((record) => this.#apply(record))
  }

  /** Replays the metadata log, opens the logs of all topics, and finishes deletions that a crash cut short. */
  static async open(options: TopicsOptions): Promise<Topics> {
    const topics = new Topics(options)
    await topics.#log.replay()
    topics.#isReplaying = false
    const onDisk = await options.topicsOnDisk()
    const leftovers = [...topics.#image.deleted.values()].filter((record) => onDisk.has(record.id))
    await forEachConcurrently(leftovers, (record) => topics.#removeFiles(record))
    await forEachConcurrently([...topics.#image.topics.values()], (record) => topics.#openTopic(record))
    return topics
  }

  get partitionCount(): number {
    return this.#partitionCount
  }

  /** By name. */
  list(): Topic[] {
    return [...this.#byName.values()].sort((left, right) => (left.name < right.name ? -1 : 1))
  }

  find(name: string): Topic | undefined {
    return this.#byName.get(name)
  }

  /** Throws INVALID_TOPIC or UNKNOWN_TOPIC. */
  get(name: string): Topic {
    const topic = this.#byName.get(name)
    if (topic !== undefined) return topic
    assertTopicName(name)
    throw new YakError(
      'UNKNOWN_TOPIC',
      this.#options.autoCreate
        ? `There is no topic ${name}. Produce to it, or create it with POST /topics.`
        : `There is no topic ${name}. Create it with POST /topics.`,
      { details: { topic: name } },
    )
  }

  /** Throws UNKNOWN_TOPIC_ID. */
  getById(id: string): Topic {
    const topic = this.#byId.get(id)
    if (topic !== undefined) return topic
    throw new YakError('UNKNOWN_TOPIC_ID', `No topic has the id ${id}. Ask for the topic's metadata again.`, {
      details: { topicId: id },
    })
  }

  /** The topic, created with the defaults where it is not there and that is allowed. */
  async getOrCreate(name: string): Promise<Topic> {
    const topic = this.#byName.get(name)
    if (topic !== undefined) return topic
    if (!this.#options.autoCreate) return this.get(name)
    assertTopicName(name)
    return await (this.#creating.get(name)?.topic ?? this.#create(name, this.#options.defaultPartitions, {}))
  }

  /** Throws INVALID_TOPIC, TOPIC_ALREADY_EXISTS, INVALID_PARTITIONS, INVALID_CONFIG or TOPIC_LIMIT_REACHED. */
  async create(
    name: string,
    partitions: number = this.#options.defaultPartitions,
    config: TopicConfig = {},
  ): Promise<Topic> {
    assertTopicName(name)
    if (this.#byName.has(name) || this.#creating.has(name)) {
      throw new YakError('TOPIC_ALREADY_EXISTS', `There is a topic ${name} already. Use it, or choose another name.`, {
        details: { topic: name },
      })
    }
    return await this.#create(name, partitions, config)
  }

  /** Resolves when the topic is gone for every client; its files may take a moment more. */
  async delete(name: string): Promise<Topic> {
    const topic = this.get(name)
    await this.#log.append({ type: 'topic-deleted', version: 1, topicId: topic.id })
    return topic
  }

  /** Takes a block of producer ids that no earlier or later block shares. */
  async takeProducerIdBlock(count: number): Promise<number> {
    const firstId = Math.max(this.#image.nextProducerId, this.#producerIdsAskedFor)
    this.#producerIdsAskedFor = firstId + count
    await this.#log.append({ type: 'producer-id-block', version: 1, firstId, count })
    return firstId
  }

  async close(): Promise<void> {
    this.#log.close()
    await forEachConcurrently([...this.#byId.values()], (topic) => closeTopic(topic))
  }

  #create(name: string, partitions: number, config: TopicConfig): Promise<Topic> {
    this.#options.assertConfig(config)
    this.#assertRoom(partitions)
    const record: TopicRecord = { id: randomUUID(), name, createdAt: this.#options.clock(), partitions, config }
    const topic = this.#log
      .append({ type: 'topic-created', version: 1, topic: record })
      .then(() => this.getById(record.id))
      .finally(() => this.#creating.delete(name))
    this.#creating.set(name, { partitions, topic })
    return topic
  }

  #assertRoom(partitions: number): void {
    if (!Number.isInteger(partitions) || partitions < 1 || partitions > LIMITS.maxPartitionsPerTopic) {
      throw new YakError(
        'INVALID_PARTITIONS',
        `A topic can not have ${partitions} partitions. Give 1 to ${LIMITS.maxPartitionsPerTopic}.`,
        { details: { partitions, maxPartitions: LIMITS.maxPartitionsPerTopic } },
      )
    }
    let planned = this.#partitionCount
    for (const creating of this.#creating.values()) planned += creating.partitions
    const topicCount = this.#byId.size + this.#creating.size
    if (topicCount >= LIMITS.maxTopics || planned + partitions > LIMITS.maxPartitions) {
      throw new YakError(
        'TOPIC_LIMIT_REACHED',
        `The broker holds ${topicCount} topics with ${planned} partitions, and may hold ${LIMITS.maxTopics} with ` +
          `${LIMITS.maxPartitions}. Delete a topic, or ask for fewer partitions.`,
        { details: { topics: topicCount, partitions: planned } },
      )
    }
  }

  async #apply(record: MetadataRecord): Promise<void> {
    this.#image.apply(record)
    if (this.#isReplaying) return
    if (record.type === 'topic-created') await this.#openTopic(record.topic)
    if (record.type === 'topic-deleted') await this.#closeAndRemove(record.topicId)
  }

  async #openTopic(record: TopicRecord): Promise<void> {
    const partitions: (Partition | YakError)[] = new Array(record.partitions)
    await forEachConcurrently([...partitions.keys()], async (partition) => {
      partitions[partition] = await this.#openPartition(record, partition)
    })
    const topic = new Topic(record, partitions)
    this.#partitionCount += partitions.length
    this.#byId.set(topic.id, topic)
    this.#byName.set(topic.name, topic)
  }

  /** One log that does not open must not keep the others from being served. */
  async #openPartition(record: TopicRecord, partition: number): Promise<Partition | YakError> {
    try {
      return await this.#options.openPartition(record, partition)
    } catch (cause) {
      const error = YakError.is(cause)
        ? cause
        : new YakError('STORAGE_ERROR', `The log of ${record.name}-${partition} does not open: ${String(cause)}.`, {
            cause,
          })
      this.#options.onError(error, record)
      return error
    }
  }

  async #closeAndRemove(topicId: string): Promise<void> {
    const topic = this.#byId.get(topicId)
    if (topic === undefined) return
    this.#byId.delete(topicId)
    this.#byName.delete(topic.name)
    this.#partitionCount -= topic.partitionCount
    await closeTopic(topic)
    await this.#removeFiles(topic.record)
  }

  /** Files that would not go now are tried again at the next start: the deletion is on record. */
  async #removeFiles(record: TopicRecord): Promise<void> {
    try {
      await this.#options.removeFiles(record.id, record.partitions)
    } catch (cause) {
      const text = `The files of the deleted topic ${record.name} could not be removed: ${String(cause)}.`
      this.#options.onError(new YakError('STORAGE_ERROR', text, { cause }), record)
    }
  }
}

/** Throws INVALID_TOPIC for a name that breaks the rules or belongs to the broker. */
export function assertTopicName(name: string): void {
  const problem = topicNameProblem(name)
  if (problem !== undefined) throw new YakError('INVALID_TOPIC', problem, { details: { topic: name.slice(0, 300) } })
  if (name.startsWith(internalPrefix)) {
    throw new YakError(
      'INVALID_TOPIC',
      `Names that begin with ${internalPrefix} belong to the broker, so ${name} is not possible. Choose another.`,
      { details: { topic: name } },
    )
  }
}

async function closeTopic(topic: Topic): Promise<void> {
  // A log that fails to close has failed before, and said so; the others must close all the same.
  await Promise.allSettled(topic.openPartitions().map((partition) => partition.close()))
}

async function forEachConcurrently<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
  const rest = items.values()
  const worker = async () => {
    for (const item of rest) await act(item)
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}
