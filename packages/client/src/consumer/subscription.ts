import { LIMITS, type OffsetPosition, YakError } from '@yak/protocol'
import type { Cluster } from '../cluster/cluster.ts'
import { offsetsOf, type TopicAnswer } from '../cluster/json-shapes.ts'
import { callLeader } from '../cluster/leader-call.ts'
import { TopicCatalog } from '../cluster/topic-catalog.ts'
import { AssignedPartition } from './assigned-partition.ts'
import type { ResolvedConsumerOptions } from './consumer-options.ts'
import type { FetchSession } from './fetch-session.ts'

/** What is asked of a partition's offsets, and what to do with the answer. */
interface OffsetQuestion {
  readonly partition: AssignedPartition
  readonly at: 'earliest' | 'latest' | number
  answer(offset: number): void
}

/** Keeps the consumer's partitions in step with the cluster's topics, and finds out at which offsets to begin. */
export class Subscription {
  readonly #cluster: Cluster
  readonly #catalog: TopicCatalog
  readonly #options: ResolvedConsumerOptions
  readonly #session: FetchSession
  readonly #topicIds = new Map<string, string>()
  readonly #missing = new Set<string>()
  /** Where to begin in partitions that are not assigned yet. */
  readonly #seeks = new Map<string, OffsetPosition>()
  #isFirst = true

  constructor(cluster: Cluster, options: ResolvedConsumerOptions, session: FetchSession) {
    this.#cluster = cluster
    this.#catalog = new TopicCatalog(cluster)
    this.#options = options
    this.#session = session
  }

  /** Topics that do not exist yet are looked for more often. */
  get isIncomplete(): boolean {
    return this.#missing.size > 0
  }

  seekWhenAssigned(topic: string, partition: number, position: OffsetPosition): void {
    this.#seeks.set(`${topic}-${partition}`, position)
  }

  /**
   * Takes in what is new. Answers whether anything is.
   *
   * @throws YakError UNKNOWN_TOPIC, UNKNOWN_TOPIC_ID (deleted, or created again), PARTITION_OUT_OF_RANGE; those of a call.
   */
  async refresh(signal: AbortSignal): Promise<boolean> {
    const { topics, patterns, partitions } = this.#options
    const names = [...new Set([...topics, ...partitions.map(({ topic }) => topic)])]
    let isChanged = false
    if (names.length > 0) {
      const found = await this.#catalog.lookUp(names, { signal })
      for (const topic of found.topics) isChanged = this.#take(topic, topics.includes(topic.name)) || isChanged
      for (const [name, error] of found.errors) this.#miss(name, error)
    }
    if (patterns.length > 0) {
      const all = await this.#catalog.all({ signal })
      for (const topic of all.filter(({ name }) => patterns.some((pattern) => name.search(pattern) >= 0))) {
        isChanged = this.#take(topic, true) || isChanged
      }
      const existing = new Set(all.map(({ name }) => name))
      for (const name of this.#topicIds.keys()) if (!existing.has(name) && !this.#isNamed(name)) this.#leave(name)
    }
    this.#isFirst = false
    return isChanged
  }

  /** Nothing is left for `locate` to find. Asked before every fetch, so it makes nothing. */
  get isLocated(): boolean {
    for (const partition of this.#session.partitions.values()) {
      if (!partition.isLocated || partition.endOffset < 0) return false
    }
    return true
  }

  /** Finds the offsets for partitions that begin at a place other than an offset, and the ends of those that end. */
  async locate(signal: AbortSignal): Promise<void> {
    const questions = [...this.#session.partitions.values()].flatMap((partition) => this.#questionsOf(partition))
    for (let start = 0; start < questions.length; start += LIMITS.maxPartitionsPerRequest) {
      await this.#ask(questions.slice(start, start + LIMITS.maxPartitionsPerRequest), signal)
    }
  }

  #questionsOf(partition: AssignedPartition): OffsetQuestion[] {
    const questions: OffsetQuestion[] = []
    const { start, endOffset } = partition
    if (typeof start === 'number') partition.locate(start)
    else if (start !== undefined) {
      const at = typeof start === 'object' ? start.timestampMs : start
      questions.push({ partition, at, answer: (offset) => this.#begin(partition, offset) })
    }
    if (endOffset < 0) questions.push({ partition, at: 'latest', answer: (offset) => (partition.endOffset = offset) })
    return questions
  }

  #begin(partition: AssignedPartition, offset: number): void {
    const { topic, partition: number, resetFrom } = partition
    partition.locate(offset)
    partition.resetFrom = undefined
    if (resetFrom === undefined) return
    this.#cluster.events.emit('offset-reset', { topic, partition: number, from: resetFrom, to: offset })
  }

  async #ask(questions: readonly OffsetQuestion[], signal: AbortSignal): Promise<void> {
    const generations = questions.map(({ partition }) => partition.generation)
    const body = {
      partitions: questions.map(({ partition: { topicId, partition }, at }) => ({ topicId, partition, at })),
    }
    const call = { method: 'POST', path: '/v1/offsets', body, isRepeatable: true } as const
    const { json, url } = await callLeader(this.#cluster, call, { signal })
    for (const [index, said] of offsetsOf(json, questions.length, url).entries()) {
      const { partition, answer } = questions[index]!
      if (partition.generation !== generations[index]) continue
      if (YakError.is(said)) throw said
      if (said.leaderEpoch >= 0 && said.leaderEpoch < partition.leaderEpoch) {
        throw new YakError(
          'FENCED_LEADER_EPOCH',
          `${url} tells offsets under epoch ${said.leaderEpoch}, and ${partition.name} was read under ${partition.leaderEpoch}.`,
        )
      }
      // A leader before this one may not have the offset yet: the fetch names the epoch, and it will say so.
      partition.leaderEpoch = Math.max(partition.leaderEpoch, said.leaderEpoch)
      answer(said.offset)
    }
  }

  /** A topic as the cluster has it; `isWhole`: all its partitions are wanted. */
  #take({ name, id, partitionCount }: TopicAnswer, isWhole: boolean): boolean {
    this.#missing.delete(name)
    const known = this.#topicIds.get(name)
    if (known !== undefined && known !== id) {
      if (!this.#isNamed(name)) this.#leave(name)
      else throw recreated(name, known, id)
    }
    this.#topicIds.set(name, id)
    const wanted = isWhole ? Array.from({ length: partitionCount }, (_, partition) => partition) : []
    for (const each of this.#options.partitions) if (each.topic === name) wanted.push(each.partition)
    const added = [...new Set(wanted)].filter((partition) => this.#session.find(name, partition) === undefined)
    for (const partition of added) {
      if (partition >= partitionCount) throw outOfRange(name, partition, partitionCount)
      const start = this.#startOf(name, partition)
      this.#session.assign(new AssignedPartition(name, id, partition, start, this.#options.follow))
    }
    if (added.length > 0) this.#cluster.events.emit('partitions-added', { topic: name, partitions: added })
    return added.length > 0
  }

  #isNamed(name: string): boolean {
    const { topics, partitions } = this.#options
    return topics.includes(name) || partitions.some(({ topic }) => topic === name)
  }

  /** A topic that only a pattern asked for may go as it came; one that is made under its name later is new. */
  #leave(topic: string): void {
    this.#topicIds.delete(topic)
    this.#session.unassign(topic)
    this.#cluster.events.emit('topic-missing', { topic })
  }

  /** What appears after the beginning is all new, so it is read from its first record. */
  #startOf(topic: string, partition: number): OffsetPosition {
    const key = `${topic}-${partition}`
    const seek = this.#seeks.get(key)
    // Once: a topic of that name that is created later is another.
    this.#seeks.delete(key)
    if (seek !== undefined) return seek
    const named = this.#options.partitions.find((each) => each.topic === topic && each.partition === partition)
    if (named !== undefined) return named.from
    return this.#isFirst ? this.#options.from : 'earliest'
  }

  #miss(name: string, error: YakError): void {
    if (this.#topicIds.has(name)) {
      if (error.code !== 'UNKNOWN_TOPIC') return
      throw new YakError('UNKNOWN_TOPIC', `Topic ${name} was deleted while it was read.`, {
        details: { topic: name, deleted: true },
      })
    }
    const mayAppear = error.code === 'UNKNOWN_TOPIC' && this.#options.missingTopic === 'wait'
    if (!mayAppear) throw error
    if (this.#missing.has(name)) return
    this.#missing.add(name)
    this.#cluster.events.emit('topic-missing', { topic: name })
  }
}

function recreated(topic: string, topicId: string, newTopicId: string): YakError {
  return new YakError(
    'UNKNOWN_TOPIC_ID',
    `Topic ${topic} was deleted and created again: the offsets of the old one mean nothing in the new one. ` +
      'Make a new consumer to read it.',
    { details: { topic, topicId, newTopicId } },
  )
}

function outOfRange(topic: string, partition: number, partitionCount: number): YakError {
  return new YakError(
    'PARTITION_OUT_OF_RANGE',
    `Topic ${topic} has no partition ${partition}; it has 0 to ${partitionCount - 1}.`,
    { details: { topic, partition, partitionCount } },
  )
}
