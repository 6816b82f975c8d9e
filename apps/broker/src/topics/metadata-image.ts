import type { DeletedEnd } from '../replication/partition.ts'
import type { MetadataRecord, TopicRecord } from './metadata-record.ts'

/**
 * What the records of `__metadata` add up to. Pure: replaying the log gives the same image on every broker, so a record that
 * comes too late (a name taken meanwhile, an id block given to another) has no effect on any of them.
 */
export class MetadataImage {
  readonly #topics = new Map<string, TopicRecord>()
  readonly #idByName = new Map<string, string>()
  readonly #deleted = new Map<string, TopicRecord>()
  /** By topic id, and partition. */
  readonly #deletedEnds = new Map<string, Map<number, DeletedEnd>>()
  #nextProducerId = 0

  /** Topics that exist, by id, in the order of their creation. */
  get topics(): ReadonlyMap<string, TopicRecord> {
    return this.#topics
  }

  /** Topics whose deletion is on record, by id: their files may go. */
  get deleted(): ReadonlyMap<string, TopicRecord> {
    return this.#deleted
  }

  /** What was last deleted of a partition whose topic stays. */
  deletedEnd(topicId: string, partition: number): DeletedEnd | undefined {
    return this.#deletedEnds.get(topicId)?.get(partition)
  }

  /** The first producer id that no block on record holds. */
  get nextProducerId(): number {
    return this.#nextProducerId
  }

  /** True when it took effect. */
  apply(record: MetadataRecord): boolean {
    switch (record.type) {
      case 'topic-created': {
        const { topic } = record
        if (this.#idByName.has(topic.name) || this.#topics.has(topic.id) || this.#deleted.has(topic.id)) return false
        this.#topics.set(topic.id, topic)
        this.#idByName.set(topic.name, topic.id)
        return true
      }
      case 'topic-deleted': {
        const topic = this.#topics.get(record.topicId)
        if (topic === undefined) return false
        this.#topics.delete(topic.id)
        this.#idByName.delete(topic.name)
        this.#deleted.set(topic.id, topic)
        this.#deletedEnds.delete(topic.id)
        return true
      }
      case 'records-deleted': {
        const { topicId, leaderEpoch, partitions } = record
        if (!this.#topics.has(topicId)) return false
        const ends = this.#deletedEnds.get(topicId) ?? new Map<number, DeletedEnd>()
        for (const { partition, endOffset } of partitions) ends.set(partition, { endOffset, leaderEpoch })
        this.#deletedEnds.set(topicId, ends)
        return true
      }
      case 'producer-id-block':
        if (record.firstId < this.#nextProducerId) return false
        this.#nextProducerId = record.firstId + record.count
        return true
    }
  }
}
