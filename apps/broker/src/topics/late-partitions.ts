import { YakError } from '@yak/protocol'
import { isForRoom } from '../replication/driver-room.ts'
import type { Partition } from '../replication/partition.ts'
import type { TopicRecord } from './metadata-record.ts'
import type { Topic } from './topic.ts'

const retryMs = 500

interface Late {
  readonly topic: Topic
  readonly partition: number
}

export interface LatePartitionsOptions {
  readonly openPartition: (record: TopicRecord, partition: number) => Promise<Partition>
  /** It fails for another reason than before, and is not tried again. */
  readonly onError: (error: YakError, topic: TopicRecord) => void
}

/**
 * Partitions of topics that are there, whose logs found no room on the disk or no file descriptor: they are opened when there is some, one
 * after another, unless their topic is deleted before.
 */
export class LatePartitions {
  readonly #options: LatePartitionsOptions
  readonly #waiting = new Set<Late>()
  #underWay: { readonly topicId: string; readonly done: Promise<unknown> } | undefined
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: LatePartitionsOptions) {
    this.#options = options
  }

  /** Those of the topic that failed for something that passes. */
  add(topic: Topic): void {
    for (const [partition, state] of topic.partitionStates().entries()) {
      if (YakError.is(state) && isForRoom(state)) this.#waiting.add({ topic, partition })
    }
    this.#wait()
  }

  /** The topic goes: resolves when none of its logs is being opened, and none will be. */
  async forget(topicId: string): Promise<void> {
    for (const late of this.#waiting) if (late.topic.id === topicId) this.#waiting.delete(late)
    if (this.#underWay?.topicId === topicId) await this.#underWay.done
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  #wait(): void {
    if (this.#isClosed || this.#timer !== undefined || this.#underWay !== undefined || this.#waiting.size === 0) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#openAll().finally(() => this.#wait())
    }, retryMs)
  }

  /** Until one finds none again. */
  async #openAll(): Promise<void> {
    for (const late of this.#waiting) {
      const opening = this.#open(late)
      this.#underWay = { topicId: late.topic.id, done: opening }
      const hasOpened = await opening
      this.#underWay = undefined
      if (!hasOpened || this.#isClosed) return
    }
  }

  /** False: there is none yet. */
  async #open(late: Late): Promise<boolean> {
    const { topic, partition } = late
    const { openPartition, onError } = this.#options
    try {
      topic.serve(partition, await openPartition(topic.record, partition))
    } catch (error) {
      if (isForRoom(error)) return false
      if (YakError.is(error)) onError(error, topic.record)
    }
    this.#waiting.delete(late)
    return true
  }
}
