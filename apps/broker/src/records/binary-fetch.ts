import {
  decodeFetchRequest,
  encodeFetchResponse,
  type FetchEntry,
  type FetchRequest,
  type FetchResult,
  LIMITS,
  YakError,
} from '@yak/protocol'
import type { AnswerBudget } from '../answer-budget.ts'
import type { BrokerMetrics } from '../metrics/broker-metrics.ts'
import type { Partition, Visible } from '../replication/partition.ts'
import type { Topic } from '../topics/topic.ts'
import type { Topics } from '../topics/topics.ts'
import { type WaitEnd, type WatchedPartition, waitForRecords } from './fetch-wait.ts'
import { assertOffsetInRange } from './read-position.ts'

export interface BinaryFetchOptions {
  readonly topics: Topics
  readonly answers: AnswerBudget
  readonly metrics: BrokerMetrics
  readonly waits: WaitingFetches
  /** Throws NOT_LEADER or LEADER_NOT_AVAILABLE. */
  readonly assertLeading: () => void
}

/** The answer as chunks to write one after another. `sizeBytes` counts against the answer budget until released. */
export interface FetchAnswer {
  readonly chunks: readonly Uint8Array[]
  readonly sizeBytes: number
}

/** Bounds the long-polls that wait at once. */
export class WaitingFetches {
  #count = 0

  get count(): number {
    return this.#count
  }

  async during(wait: () => Promise<void>): Promise<void> {
    if (this.#count >= LIMITS.maxWaitingFetches) {
      throw new YakError(
        'OVERLOADED',
        `${this.#count} long-polls wait at this broker, as many as it may hold. Try again in a moment.`,
        { details: { maxWaitingFetches: LIMITS.maxWaitingFetches } },
      )
    }
    this.#count++
    try {
      await wait()
    } finally {
      this.#count--
    }
  }
}

/** POST /v1/fetch: answers at once when there is something to say, and else when there is, or after `maxWaitMs`. */
export class BinaryFetch {
  readonly #options: BinaryFetchOptions
  /** Begins at another partition each time, so that a busy one never starves those behind it. */
  #rotation = 0

  constructor(options: BinaryFetchOptions) {
    this.#options = options
  }

  /** The body's bytes are free again when this returns its promise. Rejects when the frame does not follow its grammar, or the broker is
   * overloaded. */
  async answer(body: Uint8Array, end: WaitEnd, onEntryError: (error: YakError) => void): Promise<FetchAnswer> {
    const { answers, waits, assertLeading } = this.#options
    const request = decodeFetchRequest(body)
    const deadline = performance.now() + Math.min(request.maxWaitMs, LIMITS.maxFetchWaitMs)
    const minBytes = Math.max(1, request.minBytes)
    let isOver = false
    const stopListening = end.onEnd(() => {
      isOver = true
    })
    try {
      while (true) {
        // A stop answers what waits with what there is; the leader may be another by then.
        if (isOver) return { chunks: encodeFetchResponse({ results: [] }), sizeBytes: 0 }
        assertLeading()
        const { results, sizeBytes, watched } = await this.#read(request, onEntryError)
        const remainingMs = deadline - performance.now()
        const isEnough = sizeBytes >= minBytes || results.some(({ error }) => error !== null)
        if (isEnough || isOver || remainingMs <= 0 || watched.length === 0) {
          return { chunks: encodeFetchResponse({ results }), sizeBytes }
        }
        // Read again when all of it is there: what lies in memory now is better freed than kept through a long wait.
        answers.release(sizeBytes)
        await waits.during(() => waitForRecords(watched, minBytes - sizeBytes, remainingMs, end))
      }
    } finally {
      stopListening()
    }
  }

  async #read(request: FetchRequest, onEntryError: (error: YakError) => void): Promise<ReadEntries> {
    const { entries } = request
    const { topics, answers, metrics } = this.#options
    const results: FetchResult[] = []
    const watched: WatchedPartition[] = []
    const readable: ReadableEntry[] = []
    const first = this.#rotation++ % entries.length
    for (let step = 0; step < entries.length; step++) {
      const index = (first + step) % entries.length
      const entry = entries[index]!
      try {
        const topic = topics.getById(entry.topicId)
        const partition = topic.partition(entry.partition)
        const { highWatermark } = partition
        const visible = visibleTo(entry, partition)
        watched.push({ partition, highWatermark })
        if (visible.highWatermark !== null && entry.fetchOffset < visible.highWatermark) {
          readable.push({ index, entry, topic, partition, leaderEpoch: visible.leaderEpoch })
        }
      } catch (error) {
        results.push(this.#errorResult(index, entry, error, onEntryError))
      }
    }
    if (readable.length === 0) return { results, sizeBytes: 0, watched }

    const budgetBytes = Math.min(request.maxBytes, LIMITS.maxFetchBytes, answers.maxAnswerBytes)
    let sizeBytes = 0
    let recordCount = 0
    await answers.startReading()
    try {
      for (const { index, entry, topic, partition, leaderEpoch } of readable) {
        const leftBytes = budgetBytes - sizeBytes
        if (leftBytes <= 0) break
        try {
          const { bytes, nextOffset } = await partition.read(entry.fetchOffset, Math.min(entry.maxBytes, leftBytes))
          // One batch comes however large it is. For the first that is meant; after it, it would go beyond the budget.
          if (sizeBytes > 0 && bytes.length > leftBytes) break
          sizeBytes += bytes.length
          recordCount += nextOffset - entry.fetchOffset
          topic.counters.bytesOut += bytes.length
          results.push(batchesResult(index, partition, leaderEpoch, bytes))
        } catch (error) {
          results.push(this.#errorResult(index, entry, error, onEntryError))
        }
      }
    } finally {
      answers.doneReading(sizeBytes)
    }
    metrics.recordsOut.add(recordCount)
    metrics.bytesOut.add(sizeBytes)
    return { results, sizeBytes, watched }
  }

  #errorResult(
    index: number,
    request: FetchEntry,
    error: unknown,
    onEntryError: (error: YakError) => void,
  ): FetchResult {
    if (!YakError.is(error)) throw error
    onEntryError(error)
    const result = { entry: index, error: error.code, detail: error.message, batches: new Uint8Array() }
    try {
      const partition = this.#options.topics.getById(request.topicId).partition(request.partition)
      const { logStartOffset } = partition
      const { leaderEpoch, highWatermark } = partition.visible()
      return { ...result, leaderEpoch, highWatermark: highWatermark ?? -1, logStartOffset }
    } catch {
      // The error is that there is no such partition.
      return { ...result, leaderEpoch: -1, highWatermark: -1, logStartOffset: -1 }
    }
  }
}

interface ReadableEntry {
  readonly index: number
  readonly entry: FetchEntry
  readonly topic: Topic
  readonly partition: Partition
  readonly leaderEpoch: number
}

interface ReadEntries {
  readonly results: FetchResult[]
  readonly sizeBytes: number
  /** Of the entries without an error: those to wait for. */
  readonly watched: WatchedPartition[]
}

function visibleTo(entry: FetchEntry, partition: Partition): Visible {
  const visible = partition.visible()
  const { leaderEpoch } = visible
  if (entry.leaderEpoch > leaderEpoch) {
    throw new YakError(
      'UNKNOWN_LEADER_EPOCH',
      `You have seen leader epoch ${entry.leaderEpoch} of ${partition.name}, and this broker knows ${leaderEpoch}. ` +
        'Ask for the metadata again and go to its leader.',
      { details: { leaderEpoch } },
    )
  }
  assertOffsetInRange(partition, entry.fetchOffset)
  return visible
}

function batchesResult(entry: number, partition: Partition, leaderEpoch: number, batches: Uint8Array): FetchResult {
  const { highWatermark, logStartOffset } = partition
  return { entry, error: null, leaderEpoch, highWatermark, logStartOffset, detail: '', batches }
}
