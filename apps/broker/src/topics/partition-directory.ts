import type { Log, LogConfig } from '@yak/log'
import type { TopicConfig } from '@yak/protocol/schemas'
import type { BrokerConfig } from '../config.ts'
import { metadataKey, type PartitionKey, type PartitionSettings } from '../replication/core/state.ts'
import { logConfigOf, topicConfigOf } from './log-config.ts'
import type { TopicRecord } from './metadata-record.ts'
import type { Topics } from './topics.ts'

/** Topics and producer ids are never let go, and never less durable than the records that depend on them. */
const metadataConfig: TopicConfig = { flush: 'always', retentionMs: -1, retentionBytes: -1 }

export function partitionKeyOf(topic: TopicRecord, partition: number): PartitionKey {
  return `${topic.id}-${partition}`
}

/** What the topic list says of the partitions that replication knows by their keys; the defaults where it says nothing yet. */
export class PartitionDirectory {
  readonly #topics: Topics
  readonly #broker: BrokerConfig

  constructor(topics: Topics, broker: BrokerConfig) {
    this.#topics = topics
    this.#broker = broker
  }

  /** `orders-1`. */
  nameOf(key: PartitionKey): string {
    const topic = this.#topicOf(key)
    return topic === undefined ? key : `${topic.name}${key.slice(key.lastIndexOf('-'))}`
  }

  settingsOf(key: PartitionKey): PartitionSettings {
    const { flush, minInsyncReplicas } = topicConfigOf(this.#configOf(key), this.#broker)
    return { minInsyncReplicas, isRelaxed: flush === 'interval' }
  }

  logConfigOf(key: PartitionKey): Partial<LogConfig> {
    return logConfigOf(this.#configOf(key), this.#broker)
  }

  /** Reads the topic list, which is not taking part yet; resolves with the partitions whose deletion is committed. */
  async readTopics(metadata: Log, endOffset: number): Promise<PartitionKey[]> {
    const deleted = await this.#topics.replay(metadata, endOffset)
    return deleted.flatMap((topic) =>
      [...Array(topic.partitions).keys()].map((partition) => partitionKeyOf(topic, partition)),
    )
  }

  #configOf(key: PartitionKey): TopicConfig {
    return key === metadataKey ? metadataConfig : (this.#topicOf(key)?.config ?? {})
  }

  #topicOf(key: PartitionKey): TopicRecord | undefined {
    return this.#topics.record(key.slice(0, key.lastIndexOf('-')))
  }
}
