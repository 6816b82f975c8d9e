import { LIMITS } from '@yak/protocol'
import type { ClusterResponse, DeleteRecordsResponse, TopicConfig, TopicDescription } from '@yak/protocol/schemas'
import { callAny } from '../cluster/any-call.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { objectOf, unexpected } from '../cluster/json-shapes.ts'
import { type CallAnswer, type CallOptions, callLeader } from '../cluster/leader-call.ts'
import { assertCallOptions, assertKnownFields, assertTopicName, boundedNumber } from '../option-checks.ts'

/** What `admin.createTopic` makes. */
export interface TopicToCreate {
  /** Its name: letters, digits, `.`, `_` and `-`, at most 249. */
  readonly topic: string
  /** Default: the broker's. */
  readonly partitions?: number
  /** What the topic sets for itself; the rest follows the broker. */
  readonly config?: TopicConfig
}

/** What is said of topics is the leader's to say: others are asked beside it only when it has been silent for this long. */
const LEADER_PATIENCE_MS = 1_000

const callOptions = ['signal', 'timeoutMs'] as const satisfies readonly (keyof CallOptions)[]

/** Creates, describes and deletes topics. Made by `client.admin()`. */
export class Admin {
  readonly #cluster: Cluster

  /** @internal Use `client.admin()`. */
  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /**
   * Creates a topic and answers what was made: its id, the settings in effect, its partitions.
   *
   * @throws YakError TOPIC_ALREADY_EXISTS, INVALID_TOPIC, INVALID_PARTITIONS, INVALID_CONFIG, TOPIC_LIMIT_REACHED;
   * OUTCOME_UNKNOWN when the answer was lost; those of a leader that cannot be found.
   */
  async createTopic(topicToCreate: TopicToCreate, options?: CallOptions): Promise<TopicDescription> {
    assertCallOptions('createTopic()', options, callOptions)
    assertKnownFields('createTopic()', topicToCreate, ['topic', 'partitions', 'config'])
    const { topic, partitions, config } = topicToCreate
    assertTopicName(topic)
    for (const [name, value] of Object.entries({ partitions, ...config })) assertSayable(name, value)
    const body = { name: topic, partitions, config }
    const call = { method: 'POST', path: '/topics', body, isRepeatable: false } as const
    const { json, url } = await callLeader(this.#cluster, call, options)
    return described(json, url)
  }

  /**
   * As the broker that answers knows it: the leader, unless there is none or it is silent.
   *
   * @throws YakError UNKNOWN_TOPIC
   */
  async describeTopic(topic: string, options?: CallOptions): Promise<TopicDescription> {
    assertCallOptions('describeTopic()', options, callOptions)
    assertTopicName(topic)
    const epochOf = ({ json, url }: CallAnswer) => epochOfTopics([described(json, url)])
    const call = { path: `/topics/${topic}`, leaderPatienceMs: LEADER_PATIENCE_MS, epochOf }
    const { json, url } = await callAny(this.#cluster, call, options)
    return described(json, url)
  }

  /** All topics, by name; as the broker that answers knows them, as `describeTopic`. */
  async listTopics(options?: CallOptions): Promise<TopicDescription[]> {
    assertCallOptions('listTopics()', options, callOptions)
    const topicsOf = ({ json, url }: CallAnswer): TopicDescription[] => {
      const { topics } = objectOf(json, url)
      if (!Array.isArray(topics)) throw unexpected(url)
      return topics.map((topic) => described(topic, url))
    }
    const epochOf = (answer: CallAnswer) => epochOfTopics(topicsOf(answer))
    const call = { path: '/topics', leaderPatienceMs: LEADER_PATIENCE_MS, epochOf }
    return topicsOf(await callAny(this.#cluster, call, options))
  }

  /**
   * Deletes a topic with all its records.
   *
   * @throws YakError UNKNOWN_TOPIC; OUTCOME_UNKNOWN when the answer was lost.
   */
  async deleteTopic(topic: string, options?: CallOptions): Promise<void> {
    assertCallOptions('deleteTopic()', options, callOptions)
    assertTopicName(topic)
    const call = { method: 'DELETE', path: `/topics/${topic}`, isRepeatable: false } as const
    await callLeader(this.#cluster, call, options)
  }

  /**
   * Deletes what is committed of a topic, or of one partition, and keeps the topic: offsets go on where they are. Answers where each
   * partition begins now.
   *
   * @throws YakError UNKNOWN_TOPIC, PARTITION_OUT_OF_RANGE; OUTCOME_UNKNOWN when the answer was lost.
   */
  async deleteRecords(
    topic: string,
    options?: CallOptions & { readonly partition?: number },
  ): Promise<DeleteRecordsResponse['partitions']> {
    assertCallOptions('deleteRecords()', options, [...callOptions, 'partition'])
    assertTopicName(topic)
    const { partition, ...call } = options ?? {}
    const query =
      partition === undefined
        ? ''
        : `?partition=${boundedNumber('partition', partition, 0, 0, LIMITS.maxPartitionsPerTopic - 1)}`
    const path = `/topics/${topic}/records${query}`
    const { json, url } = await callLeader(this.#cluster, { method: 'DELETE', path, isRepeatable: false }, call)
    const { partitions } = objectOf(json, url)
    if (!Array.isArray(partitions)) throw unexpected(url)
    return partitions as DeleteRecordsResponse['partitions']
  }

  /** The brokers, who leads, and the coordinator, as the broker that answers sees them. Any can, also while nobody leads. */
  async cluster(options?: CallOptions): Promise<ClusterResponse> {
    assertCallOptions('cluster()', options, callOptions)
    const epochOf = ({ json, url }: CallAnswer): number | undefined => {
      if (!Array.isArray(objectOf(json, url).brokers)) throw unexpected(url)
      return (json as ClusterResponse).epoch
    }
    const { json, url } = await callAny(this.#cluster, { path: '/cluster', leaderPatienceMs: 0, epochOf }, options)
    // It names the leader too, and what this client knows of it may be older.
    this.#cluster.learn(json, url)
    return json as ClusterResponse
  }
}

/** JSON would say null in its place. Which numbers are allowed is the broker's to say. */
function assertSayable(name: string, value: unknown): void {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new TypeError(`\`${name}\` is a number, not ${value}.`)
}

/** Undefined when no partition tells. */
function epochOfTopics(topics: readonly TopicDescription[]): number | undefined {
  let highest: number | undefined
  for (const { partitions } of topics) {
    for (const { epoch } of partitions) if (epoch > (highest ?? -1)) highest = epoch
  }
  return highest
}

function described(json: unknown, url: string): TopicDescription {
  const { name, id, partitions } = objectOf(json, url)
  if (typeof name !== 'string' || typeof id !== 'string' || !Array.isArray(partitions)) throw unexpected(url)
  return json as TopicDescription
}
