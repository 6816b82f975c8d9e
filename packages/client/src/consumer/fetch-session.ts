import { type FetchRequest, type FetchResponse, type FetchResult, LIMITS, recordBatches, YakError } from '@yak/protocol'
import type { Codec } from '../codec.ts'
import { Fifo } from '../fifo.ts'
import type { AssignedPartition } from './assigned-partition.ts'
import { Chunk } from './chunk.ts'

export interface FetchSessionOptions {
  readonly codec: Codec
  readonly maxWaitMs: number
  readonly maxFetchBytes: number
  readonly maxPrefetchBytes: number
}

/** A fetch as it was asked, to read the answer by. */
export interface PlannedFetch {
  readonly request: FetchRequest
  readonly asked: readonly { readonly partition: AssignedPartition; readonly generation: number }[]
}

/** What an answer says of a partition that it has no records of. */
export interface FetchTrouble {
  readonly partition: AssignedPartition
  readonly error: YakError
  /** The broker asks not to be asked again for so long. */
  readonly retryAfterMs?: number
}

/** How long a fetch waits for some of the partitions while there are others, more than one request may have. */
const TURN_WAIT_MS = 100

/**
 * The bookkeeping of fetches over many partitions: which to ask for, from where, and what came of it. Every partition that is
 * not paused is in every fetch, so that none waits for another; only where there are more than a request may have, they take turns.
 * What bounds memory is that no fetch begins unless all it may
 * bring still fits. No I/O and no clock.
 */
export class FetchSession {
  readonly partitions: Map<string, AssignedPartition> = new Map()
  readonly #options: FetchSessionOptions
  /** Partitions with chunks, the next one first: a busy one gets its turn, and not more. */
  readonly #ready = new Fifo<AssignedPartition>()
  #bufferedBytes = 0
  /** Where the next turn begins. */
  #turnStart = 0

  constructor(options: FetchSessionOptions) {
    this.#options = options
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  /** An empty buffer takes any fetch. */
  get hasRoom(): boolean {
    const { maxFetchBytes, maxPrefetchBytes } = this.#options
    return this.#bufferedBytes === 0 || this.#bufferedBytes + maxFetchBytes <= maxPrefetchBytes
  }

  assign(partition: AssignedPartition): void {
    this.partitions.set(keyOf(partition.topic, partition.partition), partition)
  }

  /** The topic is gone: nothing more is fetched, or handed out, of it. */
  unassign(topic: string): void {
    for (const [key, partition] of this.partitions) {
      if (partition.topic !== topic) continue
      this.drop(partition)
      this.partitions.delete(key)
    }
  }

  find(topic: string, partition: number): AssignedPartition | undefined {
    return this.partitions.get(keyOf(topic, partition))
  }

  /** The next fetch; undefined while there is nothing to ask for. */
  plan(nowMs: number): PlannedFetch | undefined {
    const { maxWaitMs, maxFetchBytes } = this.#options
    const wanted: PlannedFetch['asked'][number][] = []
    let waitMs = maxWaitMs
    for (const partition of this.partitions.values()) {
      if (partition.isPaused || !partition.isLocated || partition.isReadOutOfRange) continue
      if (partition.fetchOffset >= partition.endOffset && !partition.isBeyondEnd) continue
      if (partition.notBeforeMs > nowMs) waitMs = Math.min(waitMs, partition.notBeforeMs - nowMs)
      else wanted.push({ partition, generation: partition.generation })
    }
    if (wanted.length === 0) return undefined
    const asked = this.#turnOf(wanted)
    if (asked.length < wanted.length) waitMs = Math.min(waitMs, TURN_WAIT_MS)
    const maxBytes = Math.max(Math.ceil(maxFetchBytes / Math.min(asked.length, 4)), 1)
    return {
      asked,
      request: {
        maxWaitMs: Math.ceil(waitMs),
        minBytes: 1,
        maxBytes: maxFetchBytes,
        entries: asked.map(({ partition: { topicId, partition, leaderEpoch, fetchOffset } }) => ({
          topicId,
          partition,
          leaderEpoch,
          fetchOffset,
          maxBytes,
        })),
      },
    }
  }

  /** As many as a request may have, the ones that waited longest for their turn. */
  #turnOf(wanted: PlannedFetch['asked']): PlannedFetch['asked'] {
    const count = LIMITS.maxPartitionsPerRequest
    if (wanted.length <= count) return wanted
    const start = this.#turnStart % wanted.length
    this.#turnStart = start + count
    return [...wanted.slice(start, start + count), ...wanted.slice(0, Math.max(0, start + count - wanted.length))]
  }

  /** How long until a partition that is held back may be asked for again; Infinity when none is. */
  heldBackMs(nowMs: number): number {
    let earliestMs = Number.POSITIVE_INFINITY
    for (const { isPaused, isLocated, notBeforeMs } of this.partitions.values()) {
      if (!isPaused && isLocated && notBeforeMs > nowMs) earliestMs = Math.min(earliestMs, notBeforeMs)
    }
    return earliestMs - nowMs
  }

  /**
   * Takes the records of an answer; gives what is wrong with the other partitions. What is stale, or no longer asked for, counts
   * for nothing.
   *
   * @throws YakError INVALID_RESPONSE, CORRUPT_BATCH when the answer does not follow from the request.
   */
  accept({ asked }: PlannedFetch, { results }: FetchResponse): FetchTrouble[] {
    const troubles: FetchTrouble[] = []
    for (const result of results) {
      const question = asked[result.entry]
      if (question === undefined)
        throw new YakError('INVALID_RESPONSE', 'A fetch is answered with more than was asked.')
      const { partition, generation } = question
      if (partition.generation !== generation) continue
      // A refusal may come without an epoch: -1.
      if (result.leaderEpoch < partition.leaderEpoch && (result.error === null || result.leaderEpoch >= 0)) {
        const message = `An answer under epoch ${result.leaderEpoch} came after one under ${partition.leaderEpoch}.`
        troubles.push({ partition, error: new YakError('FENCED_LEADER_EPOCH', message) })
      } else if (result.error !== null) {
        troubles.push({ partition, error: new YakError(result.error, result.detail || result.error) })
      } else {
        this.#take(partition, result)
      }
    }
    for (const { partition, generation } of asked) {
      if (partition.generation !== generation || !partition.isBeyondEnd) continue
      // In range: the log has grown since, and what is in it now was not asked for.
      if (troubles.every((trouble) => trouble.partition !== partition)) partition.endOffset = partition.position
    }
    return troubles
  }

  /** The next chunk to read; the one before counts as read. */
  nextChunk(before: Chunk | undefined): Chunk | undefined {
    if (before !== undefined) this.#bufferedBytes -= before.sizeBytes
    for (let partition = this.#ready.shift(); partition !== undefined; partition = this.#ready.shift()) {
      // Dropped since: it has none.
      const chunk = partition.chunks.shift()
      if (chunk === undefined) continue
      if (partition.chunks.length > 0) this.#ready.push(partition)
      return chunk
    }
    return undefined
  }

  /** Forgets what was prefetched, and asks again from `position` on. */
  drop(partition: AssignedPartition): void {
    partition.generation++
    partition.fetchOffset = partition.position
    for (let chunk = partition.chunks.shift(); chunk !== undefined; chunk = partition.chunks.shift()) {
      this.#bufferedBytes -= chunk.sizeBytes
    }
  }

  /** Whether every partition has been handed out up to its end. */
  get isAtEnd(): boolean {
    for (const partition of this.partitions.values()) if (!partition.isAtEnd) return false
    return true
  }

  #take(partition: AssignedPartition, { batches, leaderEpoch, highWatermark, logStartOffset }: FetchResult): void {
    partition.leaderEpoch = leaderEpoch
    partition.highWatermark = Math.max(partition.highWatermark, highWatermark)
    partition.logStartOffset = logStartOffset
    partition.failures = 0
    partition.resetFrom = undefined
    if (batches.length === 0) return
    let nextOffset = -1
    for (const { header } of recordBatches(batches)) {
      const { baseOffset, lastOffset } = header
      // Offsets without a gap are the promise; a broker that breaks it must not be followed.
      const follows = nextOffset < 0 ? baseOffset <= partition.fetchOffset : baseOffset === nextOffset
      if (!follows || lastOffset < partition.fetchOffset) {
        throw new YakError(
          'INVALID_RESPONSE',
          `A fetch of ${partition.name} from offset ${partition.fetchOffset} brought offsets ${baseOffset} to ${lastOffset}.`,
          { details: { topic: partition.topic, partition: partition.partition, baseOffset, lastOffset } },
        )
      }
      nextOffset = lastOffset + 1
    }
    partition.fetchOffset = nextOffset
    partition.chunks.push(new Chunk(partition, batches, this.#options.codec))
    this.#bufferedBytes += batches.length
    if (partition.chunks.length === 1) this.#ready.push(partition)
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic}-${partition}`
}
