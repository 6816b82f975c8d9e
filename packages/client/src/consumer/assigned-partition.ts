import type { OffsetPosition } from '@yak/protocol'
import { Fifo } from '../fifo.ts'
import type { Chunk } from './chunk.ts'

/** Where a consumer stands in one partition. */
export class AssignedPartition {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  /** Where to begin, until it is known which offset that is. */
  start: OffsetPosition | undefined
  /** The offset of the next message to hand out. */
  position = 0
  /** The offset of the next record to fetch: ahead of `position` by what is prefetched. */
  fetchOffset = 0
  /** Nothing is handed out from here on. Infinity unless the consumer ends at an end. */
  endOffset: number
  /** The highest epoch any answer came under; -1: none yet. */
  leaderEpoch = -1
  /** As the last answer said; -1: none yet. */
  highWatermark = -1
  logStartOffset = -1
  isPaused = false
  /** The offset that was out of range, while a place to go on from is looked for. */
  resetFrom: number | undefined
  /** Not fetched before this time, after an error. */
  notBeforeMs = 0
  failures = 0
  /** Changes when what was asked for is not wanted any more; an answer to a question of another generation is dropped. */
  generation = 0
  readonly chunks: Fifo<Chunk> = new Fifo()

  constructor(topic: string, topicId: string, partition: number, start: OffsetPosition, follow: boolean) {
    this.topic = topic
    this.topicId = topicId
    this.partition = partition
    this.start = start
    // Not known yet, so nothing may be handed out.
    this.endOffset = follow ? Number.POSITIVE_INFINITY : -1
  }

  get name(): string {
    return `${this.topic}-${this.partition}`
  }

  get isLocated(): boolean {
    return this.start === undefined
  }

  /** What comes next is out of range, and what was prefetched before it is not handed out yet: it is asked for again then. */
  get isReadOutOfRange(): boolean {
    return this.resetFrom !== undefined && this.position < this.fetchOffset
  }

  /** Whether all that this consumer wants of it was handed out. */
  get isAtEnd(): boolean {
    return this.isLocated && this.position === this.endOffset
  }

  /** It was to begin behind its end: whether that is out of range is the leader's to say. */
  get isBeyondEnd(): boolean {
    return this.endOffset >= 0 && this.position > this.endOffset
  }

  locate(offset: number): void {
    this.start = undefined
    this.position = offset
    this.fetchOffset = offset
  }
}
