import type { MetadataRecord, TopicRecord } from './metadata-record.ts'

/** What the records of `__metadata` add up to. Pure: replaying the log always gives the same image. */
export class MetadataImage {
  readonly #topics = new Map<string, TopicRecord>()
  readonly #deleted = new Map<string, TopicRecord>()
  #nextProducerId = 0

  /** Topics that exist, by id, in the order of their creation. */
  get topics(): ReadonlyMap<string, TopicRecord> {
    return this.#topics
  }

  /** Topics whose deletion is on record, by id: their files may go. */
  get deleted(): ReadonlyMap<string, TopicRecord> {
    return this.#deleted
  }

  /** The first producer id that no block on record holds. */
  get nextProducerId(): number {
    return this.#nextProducerId
  }

  apply(record: MetadataRecord): void {
    switch (record.type) {
      case 'topic-created':
        this.#topics.set(record.topic.id, record.topic)
        break
      case 'topic-deleted': {
        const topic = this.#topics.get(record.topicId)
        if (topic === undefined) break
        this.#topics.delete(topic.id)
        this.#deleted.set(topic.id, topic)
        break
      }
      case 'producer-id-block':
        this.#nextProducerId = Math.max(this.#nextProducerId, record.firstId + record.count)
        break
    }
  }
}
