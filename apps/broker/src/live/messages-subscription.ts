import { LIMITS, YakError } from '@yak/protocol'
import type { SubscribeMessages } from '@yak/protocol/schemas'
import { type WatchedPartition, waitForRecords } from '../records/fetch-wait.ts'
import { recordTextsOf } from '../records/json-consume.ts'
import type { ReadPosition } from '../records/read-position.ts'
import type { Partition } from '../replication/partition.ts'
import type { Topic } from '../topics/topic.ts'
import { assertTopicName } from '../topics/topics.ts'
import { Credit } from './credit.ts'
import type { LiveServices } from './live-services.ts'
import type { LiveSubscription, SubscriptionPort } from './live-subscription.ts'
import { pause } from './pause.ts'

/** A wait ends by itself after so long, and begins again: nothing depends on it. */
const longestWaitMs = 30_000

/** How long to leave alone what brought nothing although there should be something. */
const nothingReadMs = 100

/** How long to wait when the memory for answers is used up by others. */
const overloadedMs = 500

interface Skipped {
  count: number
  readonly fromOffset: number
  because: 'credit' | 'retention'
}

/** Where a partition of this subscription is. */
interface Position {
  readonly partition: number
  nextOffset: number
  /** Not told yet. */
  skipped: Skipped | undefined
}

interface Part {
  readonly json: string
  readonly recordCount: number
}

/**
 * Committed records of a topic as they come, in frames of many. One frame is on its way at a time and what waits, waits in the
 * log, so the memory of a subscription is bounded however slow its client is.
 *
 *     waiting for credit <--> waiting for records <--> reading --> sending --> …      any --failure--> ended
 *
 * It reads what this broker knows to be committed, be it the leader or not.
 */
export class MessagesSubscription implements LiveSubscription {
  readonly #port: SubscriptionPort
  readonly #frame: SubscribeMessages
  readonly #services: LiveServices
  readonly #credit = new Credit()
  readonly #end = new AbortController()
  #topicId = ''
  #positions: readonly Position[] = []
  /** Begins at another partition each time, so that a busy one never starves the others. */
  #rotation = 0
  /** Of the answer budget, until the frame is on its way. */
  #heldBytes = 0
  #onCredit: () => void = () => {}

  constructor(port: SubscriptionPort, frame: SubscribeMessages, services: LiveServices) {
    this.#port = port
    this.#frame = frame
    this.#services = services
    this.#credit.grant(frame.credit.messages, frame.credit.bytes)
    this.#run().catch((error) => {
      if (!this.#end.signal.aborted) port.fail(error)
    })
  }

  grant(messages: number, bytes: number): void {
    this.#credit.grant(messages, bytes)
    if (this.#credit.isLeft) this.#onCredit()
  }

  close(): void {
    this.#end.abort()
    this.#onCredit()
  }

  async #run(): Promise<void> {
    await this.#begin()
    const { signal } = this.#end
    while (!signal.aborted) {
      if (!this.#credit.isLeft) {
        await this.#untilCredit()
        continue
      }
      const topic = this.#topic()
      const watched = this.#watched(topic)
      this.#skip(watched)
      const { hasWork, isFull } = await this.#deliver(topic, watched)
      if (hasWork && isFull) continue
      if (hasWork) await pause(LIMITS.liveFrameIntervalMs, signal)
      else await waitForRecords(watched, 1, longestWaitMs, this.#port)
    }
  }

  async #begin(): Promise<void> {
    const { topic: name, topicId, partitions, from } = this.#frame
    assertTopicName(name)
    const topic = this.#services.topics.get(name)
    this.#topicId = topicId ?? topic.id
    this.#topic()
    const indexes = [...new Set(partitions ?? Array.from({ length: topic.partitionCount }, (_, index) => index))]
    this.#positions = await Promise.all(
      indexes.map(async (index): Promise<Position> => {
        const position = positionIn(from, index)
        return { partition: index, nextOffset: await startOffset(topic.partition(index), position), skipped: undefined }
      }),
    )
    const next = Object.fromEntries(this.#positions.map(({ partition, nextOffset }) => [partition, nextOffset]))
    const { id } = this.#port
    void this.#port.send(
      JSON.stringify({ type: 'subscribed', id, channel: 'messages', topic: name, topicId: topic.id, next }),
    )
  }

  /** Throws when it is gone, or another of its name is there. */
  #topic(): Topic {
    const topic = this.#services.topics.get(this.#frame.topic)
    if (topic.id === this.#topicId) return topic
    throw new YakError(
      'UNKNOWN_TOPIC_ID',
      `${topic.name} was deleted and created again since this subscription began. Subscribe to the new one.`,
      { details: { topicId: topic.id } },
    )
  }

  /** Throws why a partition is not served. */
  #watched(topic: Topic): WatchedPartition[] {
    return this.#positions.map(({ partition: index }) => {
      const partition = topic.partition(index)
      if (partition.failure !== undefined) throw partition.failure
      if (partition.isClosed) throw new YakError('UNKNOWN_TOPIC', `Topic ${topic.name} is not here any more.`)
      return { partition, highWatermark: partition.highWatermark }
    })
  }

  /** Moves on over what will not be sent. */
  #skip(watched: readonly WatchedPartition[]): void {
    for (const [index, position] of this.#positions.entries()) {
      const { logStartOffset } = watched[index]!.partition
      if (position.nextOffset < logStartOffset) skipTo(position, logStartOffset, 'retention')
    }
    if (this.#frame.mode !== 'live') return
    const backlog = ({ nextOffset }: Position, index: number) => Math.max(0, watched[index]!.highWatermark - nextOffset)
    const waiting = this.#positions.reduce((sum, position, index) => sum + backlog(position, index), 0)
    const { windowMessages } = this.#credit
    if (waiting <= windowMessages) return
    for (const [index, position] of this.#positions.entries()) {
      // Each partition keeps its share, so that a quiet one is not lost behind a busy one.
      const share = Math.ceil((backlog(position, index) / waiting) * windowMessages)
      const offset = watched[index]!.highWatermark - share
      if (offset > position.nextOffset) skipTo(position, offset, 'credit')
    }
  }

  /** One frame of what there is, if there is anything. */
  async #deliver(topic: Topic, watched: readonly WatchedPartition[]): Promise<{ hasWork: boolean; isFull: boolean }> {
    const { answers } = this.#services
    const maxRecords = Math.min(this.#credit.messages, LIMITS.maxLiveFrameRecords)
    const maxBytes = Math.min(this.#credit.bytes, LIMITS.liveFrameReadBytes)
    const parts: string[] = []
    let recordCount = 0
    let textLength = 0
    let hasWork = false
    let isFull = false
    this.#rotation++
    try {
      for (let step = 0; step < watched.length && !this.#end.signal.aborted; step++) {
        const index = (this.#rotation + step) % watched.length
        const position = this.#positions[index]!
        const { partition, highWatermark } = watched[index]!
        if (position.nextOffset >= highWatermark && position.skipped === undefined) continue
        if (recordCount >= maxRecords || textLength >= maxBytes) {
          isFull = true
          break
        }
        hasWork = true
        const part = await this.#read(topic, partition, position, maxRecords - recordCount, maxBytes - textLength)
        if (part === undefined) continue
        parts.push(part.json)
        recordCount += part.recordCount
        textLength += part.json.length
      }
      if (parts.length > 0 && !this.#end.signal.aborted) {
        const frame = this.#port.dataFrame(`"parts":[${parts.join(',')}]`)
        this.#credit.spend(recordCount, Buffer.byteLength(frame))
        await this.#port.send(frame)
      } else if (hasWork) await pause(nothingReadMs, this.#end.signal)
    } finally {
      answers.release(this.#heldBytes)
      this.#heldBytes = 0
    }
    return { hasWork, isFull: isFull || recordCount >= maxRecords || textLength >= maxBytes }
  }

  /** The next records of one partition, as JSON; undefined when there are none after all. */
  async #read(
    topic: Topic,
    partition: Partition,
    position: Position,
    maxRecords: number,
    maxBytes: number,
  ): Promise<Part | undefined> {
    const { answers, metrics } = this.#services
    try {
      await answers.startReading()
    } catch (error) {
      if (!YakError.is(error) || error.code !== 'OVERLOADED') throw error
      await pause(overloadedMs, this.#end.signal)
      return undefined
    }
    let sizeBytes = 0
    let part: Part | undefined
    try {
      const { nextOffset: offset } = position
      const read = await partition.log.read({
        offset,
        maxBytes: Math.min(maxBytes, answers.maxAnswerBytes),
        endOffset: partition.highWatermark,
      })
      sizeBytes = read.bytes.length
      const { texts, cutAt } = recordTextsOf(read.bytes, offset, { maxRecords, maxBytes }, partition.name)
      topic.counters.bytesOut += sizeBytes
      metrics.recordsOut.add(texts.length)
      metrics.bytesOut.add(sizeBytes)
      position.nextOffset = cutAt ?? Math.max(offset, read.nextOffset)
      const { skipped } = position
      position.skipped = undefined
      const hasNews = texts.length > 0 || skipped !== undefined || position.nextOffset > offset
      if (hasNews) part = partOf(partition, position, texts, skipped)
      return part
    } catch (error) {
      // Retention took it since it was looked at: the next look goes on from the start of the log.
      if (YakError.is(error) && error.code === 'OFFSET_OUT_OF_RANGE') return undefined
      throw error
    } finally {
      // The text is what waits for the client; a batch of which only a part fits into the frame is read again for the next.
      const keptBytes = part?.json.length ?? 0
      answers.doneReading(sizeBytes, keptBytes)
      this.#heldBytes += keptBytes
    }
  }

  #untilCredit(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#end.signal.aborted || this.#credit.isLeft) resolve()
      else this.#onCredit = resolve
    })
  }
}

function partOf(
  { logStartOffset, highWatermark }: Partition,
  { partition, nextOffset }: Position,
  texts: readonly string[],
  skipped: Skipped | undefined,
): Part {
  const skippedJson = skipped === undefined ? '' : `,"skipped":${JSON.stringify(skipped)}`
  const json =
    `{"partition":${partition},"records":[${texts.join(',')}],"nextOffset":${nextOffset},` +
    `"logStartOffset":${logStartOffset},"highWatermark":${highWatermark}${skippedJson}}`
  return { json, recordCount: texts.length }
}

/** A partition that is not named among others begins at the latest. */
function positionIn(from: SubscribeMessages['from'], partition: number): ReadPosition {
  if (typeof from !== 'object' || 'timestampMs' in from) return from as ReadPosition
  return from[String(partition)] ?? 'latest'
}

/** By what this broker knows to be committed; an offset beyond it is a place to wait at. Throws OFFSET_OUT_OF_RANGE below 0. */
async function startOffset(partition: Partition, position: ReadPosition): Promise<number> {
  if (position === 'earliest') return partition.logStartOffset
  const { highWatermark } = partition
  if (position === 'latest') return highWatermark
  if (typeof position === 'number') {
    if (position >= 0) return position
    throw new YakError('OFFSET_OUT_OF_RANGE', `Offset ${position} of ${partition.name} is below 0. Give 0 or more.`)
  }
  return (await partition.log.offsetForTimestamp(position.timestampMs, highWatermark))?.offset ?? highWatermark
}

function skipTo(position: Position, offset: number, because: Skipped['because']): void {
  const { nextOffset, skipped } = position
  position.nextOffset = offset
  if (skipped === undefined) position.skipped = { count: offset - nextOffset, fromOffset: nextOffset, because }
  else {
    skipped.count += offset - nextOffset
    skipped.because = because
  }
}
