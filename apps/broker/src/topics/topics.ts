import { randomUUID } from 'node:crypto'
import type { Log } from '@yak/log'
import { LIMITS, topicNameProblem, YakError } from '@yak/protocol'
import type { TopicConfig } from '@yak/protocol/schemas'
import type { ReplicationDriver } from '../replication/driver.ts'
import type { Partition } from '../replication/partition.ts'
import { LatePartitions } from './late-partitions.ts'
import { MetadataImage } from './metadata-image.ts'
import { MetadataLog, type ReadFromStart } from './metadata-log.ts'
import type { DeletedRecords, MetadataRecord, TopicRecord } from './metadata-record.ts'
import { Topic } from './topic.ts'

/** Names that begin so belong to the broker. */
const internalPrefix = '__'

/** Far more than are ever given: blocks on record that a cut of the history took away are given to nobody else. */
const producerIdsPerHistory = 2 ** 40

/** Topics, and logs of one topic, opened or removed at once: enough to hide the disk's latency, few enough for its queue. */
const concurrency = 8

export interface TopicsOptions {
  readonly clock: () => number
  readonly openPartition: (record: TopicRecord, partition: number) => Promise<Partition>
  /** Resolves when its files are gone. */
  readonly removePartition: (record: TopicRecord, partition: number) => Promise<void>
  readonly defaultPartitions: number
  /** Throws INVALID_CONFIG. */
  readonly assertConfig: (config: TopicConfig) => void
  readonly autoCreate: boolean
  /** A log that would not open, or files that would not go. */
  readonly onError: (error: YakError, topic: TopicRecord) => void
  /** Its creation or deletion has taken effect. Not called for what a start finds. */
  readonly onChange?: (change: 'topic-created' | 'topic-deleted', topic: TopicRecord) => void
  /** As `onChange`. */
  readonly onRecordsDeleted?: (topic: TopicRecord, partitions: readonly number[]) => void
}

/**
 * The topics of this broker. A topic is there once the record that creates it is committed, and gone once the record
 * that deletes it is; folders follow. What a crash leaves half done between record and folder is finished at the next
 * start, and a folder is removed only for a deletion on record.
 *
 *     replay (what was committed before this start) -> openAll -> every record as it is committed
 */
export class Topics {
  readonly #options: TopicsOptions
  #image = new MetadataImage()
  readonly #log: MetadataLog
  readonly #late: LatePartitions
  readonly #byName = new Map<string, Topic>()
  readonly #byId = new Map<string, Topic>()
  /** Creations on their way, so that any number of first messages make one topic. */
  readonly #creating = new Map<string, { readonly partitions: number; readonly topic: Promise<Topic> }>()
  #isReplaying = true
  #partitionCount = 0
  #producerIdsAskedFor = 0

  constructor(options: TopicsOptions) {
    this.#options = options
    const openPartition = (record: TopicRecord, partition: number) => this.#openLog(record, partition)
    this.#late = new LatePartitions({ openPartition, onError: options.onError })
    this.#log = new MetadataLog({
      apply: (record) => this.#apply(record),
      onCut: (readFromStart) => this.#readAnew(readFromStart),
      clock: options.clock,
    })
  }

  /** Learns which topics there are, from a topic list that is not taking part yet. Resolves with the deleted ones. */
  async replay(metadata: Log, endOffset: number): Promise<TopicRecord[]> {
    this.#image = new MetadataImage()
    await this.#log.replay(metadata, endOffset)
    return [...this.#image.deleted.values()]
  }

  /** Opens the logs of all topics, finishes deletions that a crash cut short, and follows the topic list from then on. */
  async openAll(driver: ReplicationDriver): Promise<void> {
    await forEachConcurrently([...this.#image.deleted.values()], (record) => this.#removeFiles(record))
    await forEachConcurrently([...this.#image.topics.values()], (record) => this.#openTopic(record))
    this.#isReplaying = false
    this.#log.connect(driver)
  }

  /** Records of the topic list below are committed. It falls only where an operator had the history cut. */
  noteCommitted(endOffset: number): void {
    this.#log.noteCommitted(endOffset)
  }

  /** Of all logs on this disk. */
  get sizeBytes(): number {
    const ofTopic = (topic: Topic): number => topic.openPartitions().reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    return this.list().reduce((sum, topic) => sum + ofTopic(topic), 0)
  }

  /** Records of the topic list below have taken effect. */
  get appliedEndOffset(): number {
    return this.#log.appliedEndOffset
  }

  /** Why the topic list cannot be followed any more, if so. */
  get failure(): unknown {
    return this.#log.failure
  }

  /** The record of a topic that exists, whether its logs are open yet or not. */
  record(topicId: string): TopicRecord | undefined {
    return this.#image.topics.get(topicId)
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
    throw unknownTopic(name, this.#options.autoCreate)
  }

  /** Throws UNKNOWN_TOPIC_ID. */
  getById(id: string): Topic {
    const topic = this.#byId.get(id)
    if (topic !== undefined) return topic
    throw new YakError('UNKNOWN_TOPIC_ID', `No topic has the id ${id}. Ask for the topic's metadata again.`, {
      details: { topicId: id },
    })
  }

  /** Of a topic that is created at its first use. */
  get defaultPartitions(): number {
    return this.#options.defaultPartitions
  }

  /** Throws INVALID_TOPIC, or UNKNOWN_TOPIC where its first use creates no topic. */
  assertCreatable(name: string): void {
    assertTopicName(name)
    if (!this.#options.autoCreate) throw unknownTopic(name, false)
  }

  /** The topic, created with the defaults where it is not there and that is allowed. */
  async getOrCreate(name: string): Promise<Topic> {
    const topic = this.#byName.get(name)
    if (topic !== undefined) return topic
    this.assertCreatable(name)
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
    assertTopicName(name)
    const topic = this.#byName.get(name)
    if (topic === undefined) throw nothingToDelete(name)
    const isDeleted = await this.#log.append({ type: 'topic-deleted', version: 1, topicId: topic.id })
    // Somebody else deleted it first; perhaps the name is another topic's by now, which nobody asked to delete.
    if (!isDeleted) throw nothingToDelete(name)
    return topic
  }

  /**
   * Deletes every record that is committed now, of one partition or of all. Resolves with the topic, when they are gone for every
   * client.
   */
  async deleteRecords(name: string, partition?: number): Promise<Topic> {
    assertTopicName(name)
    const topic = this.#byName.get(name)
    if (topic === undefined) throw nothingToDelete(name)
    const indexes = partition === undefined ? [...Array(topic.partitionCount).keys()] : [partition]
    const states = indexes.map((index) => ({ index, state: topic.partition(index) }))
    // All of them, or nothing is written.
    const ends = states.map(({ index, state }) => ({ index, state, endOffset: state.visibleHighWatermark() }))
    const filled = ends.filter(({ state, endOffset }) => endOffset > state.logStartOffset)
    if (filled.length === 0) return topic
    const isDone = await this.#log.append({
      type: 'records-deleted',
      version: 1,
      topicId: topic.id,
      leaderEpoch: filled[0]!.state.leaderEpoch,
      partitions: filled.map(({ index, endOffset }) => ({ partition: index, endOffset })),
    })
    if (!isDone) throw nothingToDelete(name)
    return topic
  }

  /** Takes a block of producer ids that no earlier or later block shares. */
  async takeProducerIdBlock(count: number): Promise<number> {
    while (true) {
      const firstId = Math.max(
        this.#image.nextProducerId,
        this.#producerIdsAskedFor,
        this.#log.historyCuts * producerIdsPerHistory,
      )
      this.#producerIdsAskedFor = firstId + count
      if (await this.#log.append({ type: 'producer-id-block', version: 1, firstId, count })) return firstId
      // A former leader's record came first, and the block is another's: the image knows better now.
    }
  }

  /** Whoever waits for records is woken. The logs are closed by who owns them. */
  async close(): Promise<void> {
    this.#log.close()
    this.#late.close()
    for (const topic of this.#byId.values()) closeTopic(topic)
    await this.#log.settled()
  }

  /** Whoever waits for records looks again who leads. */
  wakeWaiters(): void {
    for (const topic of this.#byId.values()) for (const partition of topic.openPartitions()) partition.wakeWaiters()
  }

  #create(name: string, partitions: number, config: TopicConfig): Promise<Topic> {
    this.#options.assertConfig(config)
    this.#assertRoom(partitions)
    const record: TopicRecord = { id: randomUUID(), name, createdAt: this.#options.clock(), partitions, config }
    const topic = this.#log
      .append({ type: 'topic-created', version: 1, topic: record })
      .then((isCreated) => (isCreated ? this.getById(record.id) : this.get(name)))
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

  async #apply(record: MetadataRecord): Promise<boolean> {
    const hasEffect = this.#image.apply(record)
    if (this.#isReplaying || !hasEffect) return hasEffect
    if (record.type === 'topic-created') {
      await this.#openTopic(record.topic)
      this.#options.onChange?.('topic-created', record.topic)
    }
    if (record.type === 'topic-deleted') {
      const deleted = this.#image.deleted.get(record.topicId)
      await this.#closeAndRemove(record.topicId)
      if (deleted !== undefined) this.#options.onChange?.('topic-deleted', deleted)
    }
    if (record.type === 'records-deleted') await this.#deleteRecords(record)
    return hasEffect
  }

  async #deleteRecords({ topicId, partitions }: DeletedRecords): Promise<void> {
    const topic = this.#byId.get(topicId)
    if (topic === undefined) return
    this.#noteDeleted(topic)
    await forEachConcurrently(topic.openPartitions(), (partition) => partition.letGoOfDeleted())
    this.#options.onRecordsDeleted?.(
      topic.record,
      partitions.map(({ partition }) => partition),
    )
  }

  #noteDeleted(topic: Topic): void {
    for (const [index, state] of topic.partitionStates().entries()) {
      if (!YakError.is(state)) state.noteDeleted(this.#image.deletedEnd(topic.id, index))
    }
  }

  /** What an operator had cut off is undone, so that this broker has the topics that its log names. No file goes for it. */
  async #readAnew(readFromStart: ReadFromStart): Promise<void> {
    const image = new MetadataImage()
    await readFromStart((record) => image.apply(record))
    this.#image = image
    for (const topic of this.list()) {
      if (image.topics.has(topic.id)) continue
      await this.#close(topic)
      this.#options.onError(cutAway(topic.record), topic.record)
    }
    for (const topic of this.list()) this.#noteDeleted(topic)
    for (const record of image.topics.values()) if (!this.#byId.has(record.id)) await this.#openTopic(record)
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
    this.#late.add(topic)
  }

  /** One log that does not open must not keep the others from being served. */
  async #openPartition(record: TopicRecord, partition: number): Promise<Partition | YakError> {
    try {
      return await this.#openLog(record, partition)
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

  async #openLog(record: TopicRecord, index: number): Promise<Partition> {
    const partition = await this.#options.openPartition(record, index)
    partition.noteDeleted(this.#image.deletedEnd(record.id, index))
    await partition.letGoOfDeleted()
    return partition
  }

  async #closeAndRemove(topicId: string): Promise<void> {
    const topic = this.#byId.get(topicId)
    if (topic === undefined) return
    await this.#close(topic)
    await this.#removeFiles(topic.record)
  }

  async #close(topic: Topic): Promise<void> {
    this.#byId.delete(topic.id)
    this.#byName.delete(topic.name)
    this.#partitionCount -= topic.partitionCount
    await this.#late.forget(topic.id)
    closeTopic(topic)
  }

  /** Files that would not go now are tried again at the next start: the deletion is on record. */
  async #removeFiles(record: TopicRecord): Promise<void> {
    try {
      for (let partition = 0; partition < record.partitions; partition++) {
        await this.#options.removePartition(record, partition)
      }
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

function cutAway({ id, name }: TopicRecord): YakError {
  return new YakError(
    'UNKNOWN_TOPIC',
    `Topic ${name} was created in a part of the history that an operator had cut off. Its files stay, in logs/${id}-*: copy what you want of them, ` +
      'then delete them.',
    { details: { topic: name, topicId: id } },
  )
}

function closeTopic(topic: Topic): void {
  for (const partition of topic.openPartitions()) partition.close()
}

function unknownTopic(name: string, mayBeCreated: boolean): YakError {
  const text = mayBeCreated
    ? `There is no topic ${name}. Produce to it, or create it with POST /topics.`
    : `There is no topic ${name}. Create it with POST /topics.`
  return new YakError('UNKNOWN_TOPIC', text, { details: { topic: name } })
}

/** Who sends records waits for a topic to appear; who deletes one does not. */
function nothingToDelete(name: string): YakError {
  const text = `There is no topic ${name}, so nothing was deleted. See which there are with GET /topics.`
  return new YakError('UNKNOWN_TOPIC', text, { details: { topic: name }, retriable: false })
}

async function forEachConcurrently<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
  const rest = items.values()
  const worker = async () => {
    for (const item of rest) await act(item)
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}
