import type { ClusterResponse, TopicConfig, TopicDescription } from '@yak/protocol/schemas'
import type { Cluster } from '../cluster/cluster.ts'
import { objectOf, unexpected } from '../cluster/json-shapes.ts'
import { type CallOptions, callLeader } from '../cluster/leader-call.ts'
import { assertTopicName } from '../option-checks.ts'

export interface TopicToCreate {
  readonly topic: string
  /** Default: the broker's. */
  readonly partitions?: number
  /** What the topic sets for itself; the rest follows the broker. */
  readonly config?: TopicConfig
}

/** Creates, describes and deletes topics. Made by `client.admin()`. */
export class Admin {
  readonly #cluster: Cluster

  /** @internal Use `client.admin()`. */
  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /**
   * @throws YakError TOPIC_ALREADY_EXISTS, INVALID_TOPIC, INVALID_PARTITIONS, INVALID_CONFIG, TOPIC_LIMIT_REACHED;
   * OUTCOME_UNKNOWN when the answer was lost; those of a leader that cannot be found.
   */
  async createTopic({ topic, partitions, config }: TopicToCreate, options?: CallOptions): Promise<TopicDescription> {
    assertTopicName(topic)
    const body = { name: topic, partitions, config }
    const call = { method: 'POST', path: '/topics', body, isRepeatable: false } as const
    const { json, url } = await callLeader(this.#cluster, call, options)
    return described(json, url)
  }

  /** @throws YakError UNKNOWN_TOPIC */
  async describeTopic(topic: string, options?: CallOptions): Promise<TopicDescription> {
    assertTopicName(topic)
    const call = { method: 'GET', path: `/topics/${topic}`, isRepeatable: true } as const
    const { json, url } = await callLeader(this.#cluster, call, options)
    return described(json, url)
  }

  /** All topics, by name. */
  async listTopics(options?: CallOptions): Promise<TopicDescription[]> {
    const call = { method: 'GET', path: '/topics', isRepeatable: true } as const
    const { json, url } = await callLeader(this.#cluster, call, options)
    const { topics } = objectOf(json, url)
    if (!Array.isArray(topics)) throw unexpected(url)
    return topics.map((topic) => described(topic, url))
  }

  /**
   * Deletes a topic with all its records.
   *
   * @throws YakError UNKNOWN_TOPIC; OUTCOME_UNKNOWN when the answer was lost.
   */
  async deleteTopic(topic: string, options?: CallOptions): Promise<void> {
    assertTopicName(topic)
    const call = { method: 'DELETE', path: `/topics/${topic}`, isRepeatable: false } as const
    await callLeader(this.#cluster, call, options)
  }

  /** The brokers, who leads, and the coordinator, as the leader sees them. */
  async cluster(options?: CallOptions): Promise<ClusterResponse> {
    const { json, url } = await callLeader(
      this.#cluster,
      { method: 'GET', path: '/cluster', isRepeatable: true },
      options,
    )
    if (!Array.isArray(objectOf(json, url).brokers)) throw unexpected(url)
    return json as ClusterResponse
  }
}

function described(json: unknown, url: string): TopicDescription {
  const { name, id, partitions } = objectOf(json, url)
  if (typeof name !== 'string' || typeof id !== 'string' || !Array.isArray(partitions)) throw unexpected(url)
  return json as TopicDescription
}
