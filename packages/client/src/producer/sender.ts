import {
  decodeProduceResponse,
  type ErrorCode,
  encodeProduceRequest,
  type ProduceResult,
  YakError,
} from '@yak/protocol'
import { afterIo } from '#platform'
import type { Clock } from '../clock.ts'
import {
  asYakError,
  errorOfAnswer,
  errorOfTransport,
  isAboutLeadership,
  notYak,
  retryAfterMsOf,
} from '../cluster/answer.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Leader } from '../cluster/cluster-view.ts'
import { diagnostics } from '../diagnostics.ts'
import { type Connection, TransportError, type TransportResponse } from '../transport/transport.ts'
import type { Accumulator } from './accumulator.ts'
import type { PartitionQueue } from './partition-queue.ts'
import type { ProducerBatch } from './producer-batch.ts'
import type { ProducerIdentities } from './producer-identities.ts'
import { MAX_REQUEST_BYTES, type ResolvedProducerOptions } from './producer-options.ts'

const CONTENT_TYPE = 'application/vnd.yak.v1'
const MAX_ANSWER_BYTES = 16_777_216
const MAX_ENTRIES = 1_024
/** How long a leader that leads no more may take to answer what it has before it is given up on. */
const RETIREMENT_MS = 100

const TOPIC_CODES: ReadonlySet<ErrorCode> = new Set(['UNKNOWN_TOPIC', 'UNKNOWN_TOPIC_ID'])

interface Entry {
  readonly queue: PartitionQueue
  readonly batch: ProducerBatch
}

/** The connection to a leader, and how much is under way on it. */
interface Link {
  readonly leader: Leader
  readonly connection: Connection
  inFlight: number
  /** It leads no more: nothing new is sent to it. */
  isRetired: boolean
}

export interface SenderParts {
  readonly cluster: Cluster
  readonly accumulator: Accumulator
  readonly identities: ProducerIdentities
  readonly options: ResolvedProducerOptions
  /** The leader does not know the topic, or not by this id. */
  onTopicGone(queue: PartitionQueue): void
  /** Every address answers, and none is a YAK broker. */
  onHopeless(error: YakError): void
}

/**
 * Takes batches from the accumulator to the leader: at most `maxInFlight` requests at once, pipelined on one connection, each
 * with at most one batch of a partition. When the connection breaks, everything under way goes back to its queue as an
 * attempt that may have been written, and from there to whoever leads then, in order.
 */
export class Sender {
  /** How many wait for the buffer to empty: batches leave without lingering. */
  urgency = 0
  readonly #parts: SenderParts
  readonly #clock: Clock
  #link: Link | undefined
  /** While a leader is looked for. */
  #connecting: AbortController | undefined
  #isScheduled = false
  #isClosed = false
  #timer: unknown
  #timerAtMs = Number.POSITIVE_INFINITY
  #lastAnswerMs = 0
  /** Smaller after a broker refused a request for its size. */
  #maxRequestBytes = MAX_REQUEST_BYTES
  /** This leader asks to be left alone until then; the next one does not. */
  #notBeforeMs = 0
  #notBeforeEpoch = -1
  readonly #stopListening: () => void

  constructor(parts: SenderParts) {
    this.#parts = parts
    this.#clock = parts.cluster.clock
    this.#stopListening = parts.cluster.onLeader((leader) => this.#follow(leader))
  }

  /** A queue has something. It leaves at the end of this turn of the event loop, with whatever else this turn brings. */
  wake(isFull: boolean): void {
    const link = this.#link
    if (this.#isClosed || (link !== undefined && link.inFlight >= this.#maxInFlight(link))) return
    if (isFull && link !== undefined) {
      // The broker can work on a full batch while this turn goes on.
      this.drain()
    } else if (!this.#isScheduled) {
      this.#isScheduled = true
      afterIo(() => {
        this.#isScheduled = false
        this.drain()
      })
    }
  }

  /** Sends what can be sent. */
  drain(): void {
    if (this.#isClosed || this.#parts.accumulator.ready.length === 0) return
    if (this.#link?.connection.closed && this.#link.inFlight === 0) this.#link = undefined
    const link = this.#link
    if (link === undefined) return void this.#connect()
    const isLeftAlone = link.leader.epoch === this.#notBeforeEpoch && this.#notBeforeMs > this.#clock.nowMs()
    if (isLeftAlone) {
      this.#drainAt(this.#notBeforeMs)
      return
    }
    while (!link.isRetired && link.inFlight < this.#maxInFlight(link)) {
      const entries = this.#collect()
      if (entries.length === 0) return
      void this.#send(link, entries)
    }
  }

  /** How long the leader has owed an answer; 0 when it owes none. */
  silentMs(nowMs: number): number {
    return this.#link === undefined || this.#link.inFlight === 0 ? 0 : nowMs - this.#lastAnswerMs
  }

  /** Nothing is left to send: no leader is looked for until there is. */
  rest(): void {
    const { ready } = this.#parts.accumulator
    // Only what is not on the list wakes the sender again.
    for (let queue = ready.shift(); queue !== undefined; queue = ready.shift()) queue.isListed = false
    this.#connecting?.abort()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#connecting?.abort()
    this.#stopListening()
    this.#clock.clearTimer(this.#timer)
    if (this.#link === undefined) return
    // What is under way ends by this, and says nothing about the leader.
    this.#link.isRetired = true
    this.#link.connection.close()
  }

  #maxInFlight({ connection }: Link): number {
    return Math.min(this.#parts.options.maxInFlight, connection.maxPipelined)
  }

  async #connect(): Promise<void> {
    if (this.#connecting !== undefined) return
    const connecting = new AbortController()
    this.#connecting = connecting
    const { cluster, options } = this.#parts
    try {
      const leader = await cluster.leader({ signal: connecting.signal })
      if (this.#isClosed) return
      const connection = cluster.connect(leader.url, {
        maxPipelined: options.maxInFlight,
        maxResponseBytes: MAX_ANSWER_BYTES,
      })
      this.#link = { leader, connection, inFlight: 0, isRetired: false }
    } catch (error) {
      if (this.#isClosed || connecting.signal.aborted) return
      if (cluster.view.epoch < 0) this.#parts.onHopeless(asYakError(error))
      this.#drainAt(this.#clock.nowMs() + cluster.options.backoff.maxMs)
      return
    } finally {
      this.#connecting = undefined
      // What came after that waits for nobody but this.
      if (connecting.signal.aborted) this.drain()
    }
    this.drain()
  }

  /** Another broker leads, or the same under a new epoch, on which a new connection begins as well. */
  #follow(leader: Leader): void {
    if (this.#link !== undefined && this.#link.leader.epoch < leader.epoch) this.#retire(this.#link)
  }

  /**
   * Nothing more goes to this leader, and nothing to another until this one has answered what it has, or had its time: what
   * follows in a sequence must not overtake what comes before.
   */
  #retire(link: Link): void {
    if (link.isRetired) return
    link.isRetired = true
    if (link.inFlight === 0) this.#drop(link)
    else this.#clock.setTimer(() => link.connection.close(), RETIREMENT_MS)
  }

  #drop(link: Link): void {
    link.connection.close()
    if (this.#link === link) this.#link = undefined
    this.drain()
  }

  /** One batch of each partition that has one to send now, as far as they fit a request. */
  #collect(): Entry[] {
    const { ready } = this.#parts.accumulator
    const nowMs = this.#clock.nowMs()
    const entries: Entry[] = []
    let sizeBytes = 0
    let wakeAtMs = Number.POSITIVE_INFINITY
    for (let count = ready.length; count > 0; count--) {
      const queue = ready.peek()!
      const sendableAtMs = queue.sendableAtMs(this.urgency > 0)
      // The next request begins with the first that this one has no room for: a busy partition gets its turn, and not more.
      if (sendableAtMs <= nowMs && !this.#fits(entries.length, sizeBytes, queue)) break
      ready.shift()
      if (sendableAtMs === Number.POSITIVE_INFINITY) {
        // Put on the list again by its next record, or its next answer.
        queue.isListed = false
        continue
      }
      ready.push(queue)
      if (sendableAtMs > nowMs) {
        wakeAtMs = Math.min(wakeAtMs, sendableAtMs)
      } else if (this.#identify(queue)) {
        const batch = queue.take()
        if (batch === undefined) {
          // All its records were dropped: the queue is looked at once more, for what is behind it, or to leave the list.
          count++
          continue
        }
        entries.push({ queue, batch })
        sizeBytes += batch.bytes.length
      }
    }
    this.#drainAt(wakeAtMs)
    return entries
  }

  /** One batch always does. */
  #fits(count: number, sizeBytes: number, queue: PartitionQueue): boolean {
    return count === 0 || (count < MAX_ENTRIES && sizeBytes + queue.nextSizeBytes <= this.#maxRequestBytes)
  }

  /** False while there is no producer id. */
  #identify(queue: PartitionQueue): boolean {
    if (!queue.needsIdentity) return true
    const { identities, cluster } = this.#parts
    queue.identity = identities.identity
    if (queue.identity !== undefined) return true
    identities.ask((error) => {
      if (error === undefined) this.drain()
      else this.#drainAt(this.#clock.nowMs() + cluster.options.backoff.maxMs)
    })
    return false
  }

  async #send(link: Link, entries: readonly Entry[]): Promise<void> {
    const { requestTimeoutMs } = this.#parts.cluster.options
    const { url } = link.leader
    const startMs = this.#clock.nowMs()
    if (link.inFlight === 0) this.#lastAnswerMs = startMs
    link.inFlight++
    if (diagnostics.produceStart.hasSubscribers) diagnostics.produceStart.publish({ url, entries: entries.length })
    let failure: unknown
    try {
      const answer = await link.connection.request({
        method: 'POST',
        path: '/v1/produce',
        contentType: CONTENT_TYPE,
        timeoutMs: requestTimeoutMs,
        body: encodeProduceRequest({
          // The broker gives up before this side does, so that it is the broker who says what is known.
          ackTimeoutMs: Math.ceil(requestTimeoutMs * 0.8),
          entries: entries.map(({ queue, batch }) => ({
            topicId: queue.topicId,
            partition: queue.partition,
            batch: batch.bytes,
          })),
        }),
      })
      this.#answered(link, entries, answer)
    } catch (error) {
      failure = error
      this.#unanswered(link, entries, error)
    }
    link.inFlight--
    this.#lastAnswerMs = this.#clock.nowMs()
    if (diagnostics.produceEnd.hasSubscribers) {
      const durationMs = this.#lastAnswerMs - startMs
      diagnostics.produceEnd.publish({ url, entries: entries.length, durationMs, error: failure })
    }
    this.#parts.accumulator.admit()
    if (link.inFlight === 0 && (link.isRetired || link.connection.closed)) this.#drop(link)
    else this.drain()
  }

  #answered(link: Link, entries: readonly Entry[], answer: TransportResponse): void {
    const nowMs = this.#clock.nowMs()
    const results = this.#resultsOf(link, entries, answer, nowMs)
    if (entries.length > 1 && answer.status === 413) {
      this.#sendInParts(entries)
      return
    }
    let index = 0
    for (const { queue, batch } of entries) {
      const result = results[index++]!
      queue.answered(batch, result, nowMs)
      this.#parts.accumulator.list(queue)
      if (result.error === null) continue
      this.#tellOfRetry(queue, batch)
      if (TOPIC_CODES.has(result.error)) this.#parts.onTopicGone(queue)
      if (answer.status === 200 && isAboutLeadership(result.error)) {
        this.#parts.cluster.suspect(link.leader, new YakError(result.error, result.detail))
        this.#retire(link)
      }
    }
  }

  /** Nothing was looked at: the same batches again, in requests of half the size. */
  #sendInParts(entries: readonly Entry[]): void {
    let sizeBytes = 0
    for (const { batch } of entries) sizeBytes += batch.bytes.length
    this.#maxRequestBytes = Math.min(this.#maxRequestBytes, sizeBytes >> 1)
    for (const { queue, batch } of entries) {
      queue.returned(batch)
      this.#parts.accumulator.list(queue)
    }
  }

  /** What the answer says of each entry; an answer to the request as a whole says the same of all. */
  #resultsOf(
    link: Link,
    { length: count }: readonly Entry[],
    answer: TransportResponse,
    nowMs: number,
  ): readonly ProduceResult[] {
    const { url } = link.leader
    let error: YakError
    if (answer.status === 200) {
      try {
        const { results } = decodeProduceResponse(answer.body)
        if (results.length === count) return results
      } catch {
        // Said below: what no broker answers.
      }
      error = notYak(answer, url)
    } else {
      error = errorOfAnswer(answer, url)
      this.#leaveAlone(link.leader, nowMs + retryAfterMsOf(answer, error))
      if (answer.status === 413) error = bodyTooLarge(error, url)
    }
    if (this.#parts.cluster.refused(link.leader, error)) this.#retire(link)
    const result = { error: error.code, leaderEpoch: -1, baseOffset: -1, logStartOffset: -1, detail: error.message }
    return new Array<ProduceResult>(count).fill(result)
  }

  #leaveAlone({ epoch }: Leader, untilMs: number): void {
    this.#notBeforeMs = epoch > this.#notBeforeEpoch ? untilMs : Math.max(this.#notBeforeMs, untilMs)
    this.#notBeforeEpoch = epoch
  }

  #unanswered(link: Link, entries: readonly Entry[], cause: unknown): void {
    const isSent = !(cause instanceof TransportError) || cause.sent
    const error = cause instanceof TransportError ? errorOfTransport(cause) : asYakError(cause)
    if (!link.isRetired) this.#parts.cluster.suspect(link.leader, error)
    link.isRetired = true
    const nowMs = this.#clock.nowMs()
    for (const { queue, batch } of entries) {
      queue.unanswered(batch, error, isSent, nowMs)
      this.#parts.accumulator.list(queue)
      this.#tellOfRetry(queue, batch)
    }
  }

  #tellOfRetry(queue: PartitionQueue, batch: ProducerBatch): void {
    const { events } = this.#parts.cluster
    const { lastError, attempts } = batch
    if (lastError === undefined || !events.has('retry')) return
    const retryAtMs = queue.retryAtMs(batch)
    if (retryAtMs === undefined) return
    events.emit('retry', {
      operation: 'produce',
      topic: queue.topic,
      partition: queue.partition,
      code: lastError.code,
      message: lastError.message,
      attempts,
      delayMs: Math.max(0, retryAtMs - this.#clock.nowMs()),
    })
  }

  #drainAt(timeMs: number): void {
    if (timeMs >= this.#timerAtMs || this.#isClosed) return
    this.#clock.clearTimer(this.#timer)
    this.#timerAtMs = timeMs
    this.#timer = this.#clock.setTimer(
      () => {
        this.#timerAtMs = Number.POSITIVE_INFINITY
        this.drain()
      },
      Math.max(1, timeMs - this.#clock.nowMs()),
    )
  }
}

/** Whoever refused it: a proxy in between has limits too, and does not speak of them as a broker does. */
function bodyTooLarge(error: YakError, url: string): YakError {
  if (error.code !== 'INVALID_RESPONSE') return error
  return new YakError(
    'BODY_TOO_LARGE',
    `${url}, or something on the way to it, refused a request for its size (413). Send smaller records, or allow larger requests there.`,
    { cause: error },
  )
}
