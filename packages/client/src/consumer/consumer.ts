import { YakError } from '@yak/protocol'
import { afterIo } from '#platform'
import type { Cluster } from '../cluster/cluster.ts'
import { assertPartition, assertTopic } from '../option-checks.ts'
import type { AssignedPartition } from './assigned-partition.ts'
import type { Chunk } from './chunk.ts'
import { type ChunkFeed, ConsumerIterator } from './consumer-iterator.ts'
import {
  type ConsumerOptions,
  type ResolvedConsumerOptions,
  resolveConsumerOptions,
  resolveStartPosition,
  type StartPosition,
} from './consumer-options.ts'
import { FetchLoop } from './fetch-loop.ts'
import { FetchSession } from './fetch-session.ts'
import type { Message } from './message.ts'
import { MessageBatch } from './message-batch.ts'
import { Subscription } from './subscription.ts'

/** Names one partition. */
export interface TopicPartition {
  /** By its name. */
  readonly topic: string
  /** From 0 on. */
  readonly partition: number
}

/** Where a consumer stands in one of its partitions. */
export interface ConsumerPosition extends TopicPartition {
  /** Of the next message to be handed out; undefined while it is not known yet. */
  readonly offset: number | undefined
  /** Every record below it is committed; undefined before the first answer. */
  readonly highWatermark: number | undefined
  /** Between `pause` and `resume`: nothing of it is handed out. */
  readonly isPaused: boolean
}

/** @internal Whoever closes what is still open. */
export interface ConsumerOwner {
  onActive(consumer: { close(): Promise<void> }): void
  onIdle(consumer: { close(): Promise<void> }): void
}

/**
 * Reads topics and partitions: each record once, in the order of its partition, without a gap, whoever leads. Made by
 * `client.consumer()`.
 *
 *     for await (const message of consumer) …            // message by message
 *     for await (const batch of consumer.batches()) …    // as they were fetched, of one partition each
 *
 * Fetches while it is iterated over, ahead of the loop by at most `maxPrefetchBytes`. Leaving the loop ends the fetching and
 * keeps the positions: the next loop goes on with the next message.
 */
export class Consumer<Value = unknown> implements AsyncIterable<Message<Value>> {
  readonly #options: ResolvedConsumerOptions
  readonly #session: FetchSession
  readonly #subscription: Subscription
  readonly #loop: FetchLoop
  readonly #owner: ConsumerOwner
  #chunk: Chunk | undefined
  #failure: { readonly error: unknown } | undefined
  /** Resolves what `advance` waits for. */
  #progress: (() => void) | undefined
  #hasWaited = false
  #isIterating = false
  /** Counts the loops: one that was left may still be waiting when the next begins. */
  #iteration = 0
  #isClosed = false

  /** @internal Use `client.consumer()`. */
  constructor(cluster: Cluster, options: ConsumerOptions, owner: ConsumerOwner) {
    this.#options = resolveConsumerOptions(options)
    this.#owner = owner
    this.#session = new FetchSession(this.#options)
    this.#subscription = new Subscription(cluster, this.#options, this.#session)
    this.#loop = new FetchLoop({
      cluster,
      session: this.#session,
      subscription: this.#subscription,
      options: this.#options,
      onProgress: () => this.#wake(),
      onFailure: (error) => this.#fail(error),
    })
  }

  /**
   * Message by message; the loop goes on where the last one was left.
   *
   * @throws TypeError (as a rejection) while another loop is under way.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message<Value>, undefined> {
    return new ConsumerIterator(this.#feed, (chunk) => chunk.next<Value>())
  }

  /** What the loop of messages gives, as it was fetched: many messages of one partition at a time. */
  batches(): AsyncIterableIterator<MessageBatch<Value>, undefined> {
    return new ConsumerIterator(this.#feed, (chunk) => {
      const messages = chunk.rest<Value>()
      return messages.length === 0 ? undefined : new MessageBatch(chunk.partition, messages)
    })
  }

  /** Goes on from elsewhere in a partition; what was prefetched of it is dropped. */
  seek(place: TopicPartition & { readonly to: StartPosition }): void {
    // One of `positions()` with a `to` will do, whatever else it has.
    if (typeof place !== 'object' || place === null) throw new TypeError('seek() takes { topic, partition, to }.')
    const { topic, partition, to } = place
    assertTopic(topic)
    assertPartition(partition)
    const position = resolveStartPosition(to)
    const assigned = this.#session.find(topic, partition)
    if (assigned === undefined) {
      this.#subscription.seekWhenAssigned(topic, partition, position)
    } else {
      this.#session.drop(assigned)
      assigned.start = position
      assigned.resetFrom = undefined
      assigned.notBeforeMs = 0
      this.#loop.interrupt()
    }
  }

  /** Hands out nothing of these partitions until `resume`; of all that are assigned, if none are named. */
  pause(partitions?: readonly TopicPartition[]): void {
    for (const partition of this.#named(partitions)) {
      partition.isPaused = true
      this.#session.drop(partition)
    }
  }

  /** Hands out again what `pause` held back; of all that are assigned, if none are named. Throws a TypeError for one that is not. */
  resume(partitions?: readonly TopicPartition[]): void {
    for (const partition of this.#named(partitions)) partition.isPaused = false
    this.#loop.interrupt()
  }

  /** Where the consumer stands in each of its partitions. Empty before the first iteration. */
  positions(): ConsumerPosition[] {
    return [...this.#session.partitions.values()].map((each) => ({
      topic: each.topic,
      partition: each.partition,
      offset: typeof each.start === 'number' ? each.start : each.isLocated ? each.position : undefined,
      highWatermark: each.highWatermark < 0 ? undefined : each.highWatermark,
      isPaused: each.isPaused,
    }))
  }

  /** Ends a loop under way, without an error. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#chunk = undefined
    this.#loop.stop()
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    this.#owner.onIdle(this)
    this.#wake()
  }

  /** `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  get #feed(): ChunkFeed {
    const consumer = this
    return {
      get chunk() {
        return consumer.#chunk
      },
      begin: () => this.#begin(),
      advance: () => this.#advance(),
      fail: () => this.#forgetUnreadable(),
      end: () => this.#end(),
    }
  }

  #begin(): void {
    if (this.#isClosed) throw new YakError('CLIENT_CLOSED', 'The consumer is closed. Make a new one.')
    if (this.#isIterating) {
      throw new TypeError('The consumer is iterated over already. Use one loop at a time, or make a second consumer.')
    }
    const { signal, follow } = this.#options
    signal?.throwIfAborted()
    signal?.addEventListener('abort', this.#onAbort)
    this.#isIterating = true
    this.#iteration++
    this.#failure = undefined
    if (!follow) {
      for (const partition of this.#session.partitions.values()) {
        // Where it ends now is not known yet, so nothing of what an earlier loop left may be handed out.
        this.#session.drop(partition)
        partition.endOffset = -1
      }
    }
    this.#owner.onActive(this)
    this.#loop.start()
  }

  /** Of the chunk that could not be read the next loop asks again: it may have been hurt on the way. */
  #forgetUnreadable(): void {
    this.#loop.stop()
    const chunk = this.#chunk
    if (chunk === undefined) return
    this.#session.drop(chunk.partition)
    this.#chunk = this.#session.nextChunk(chunk)
  }

  #end(): void {
    this.#isIterating = false
    this.#loop.stop()
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    this.#owner.onIdle(this)
    this.#wake()
  }

  async #advance(): Promise<boolean> {
    const iteration = this.#iteration
    // A loop over what is there already never gives the event loop a turn; without one, nothing more would arrive.
    if (this.#chunk !== undefined && !this.#hasWaited) await new Promise<void>((resolve) => afterIo(resolve))
    this.#hasWaited = false
    while (this.#isIterating && iteration === this.#iteration && !this.#isClosed) {
      const before = this.#chunk
      this.#chunk = this.#options.signal?.aborted ? undefined : this.#session.nextChunk(before)
      if (before !== undefined) this.#loop.wake()
      if (this.#chunk !== undefined) return true
      if (this.#failure !== undefined) throw this.#failure.error
      if (!this.#options.follow && this.#loop.hasAllTopics && this.#session.isAtEnd) return false
      await new Promise<void>((resolve) => {
        this.#progress = resolve
      })
      this.#hasWaited = true
    }
    return false
  }

  readonly #onAbort = (): void => {
    this.#chunk = undefined
    this.#loop.stop()
    this.#fail(this.#options.signal!.reason)
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#wake()
  }

  #wake(): void {
    const progress = this.#progress
    this.#progress = undefined
    progress?.()
  }

  #named(partitions: readonly TopicPartition[] | undefined): Iterable<AssignedPartition> {
    if (partitions === undefined) return this.#session.partitions.values()
    if (!Array.isArray(partitions)) throw new TypeError('`partitions` is an array of { topic, partition }.')
    return partitions.map(({ topic, partition }) => {
      const assigned = this.#session.find(topic, partition)
      if (assigned !== undefined) return assigned
      throw new TypeError(`The consumer does not read ${topic}-${partition}; see positions().`)
    })
  }
}
