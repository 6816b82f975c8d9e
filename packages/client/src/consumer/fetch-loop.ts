import { decodeFetchResponse, encodeFetchRequest, type FetchResponse, YakError } from '@yak/protocol'
import { type Clock, repeat } from '../clock.ts'
import { asYakError, errorOfAnswer, errorOfTransport, notYak, retryAfterMsOf } from '../cluster/answer.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Leader } from '../cluster/cluster-view.ts'
import { DEFAULT_CALL_TIMEOUT_MS } from '../cluster/leader-call.ts'
import { diagnostics } from '../diagnostics.ts'
import { type Connection, TransportError, type TransportResponse } from '../transport/transport.ts'
import { LazyAbort, pause } from '../waiting.ts'
import type { AssignedPartition } from './assigned-partition.ts'
import type { ResolvedConsumerOptions } from './consumer-options.ts'
import type { FetchSession, FetchTrouble, PlannedFetch } from './fetch-session.ts'
import type { Subscription } from './subscription.ts'

/** What comes with the batches: 30 bytes and an error text for each partition. The first batch may be larger than asked for. */
const ANSWER_OVERHEAD_BYTES = 8_388_608
/**
 * How often, under a long-poll, the brokers are asked whether another leads by now: a leader that hangs looks like one that has
 * nothing to say.
 */
const SILENCE_MS = 2_000
const MISSING_TOPIC_REFRESH_MS = 1_000

export interface FetchLoopParts {
  readonly cluster: Cluster
  readonly session: FetchSession
  readonly subscription: Subscription
  readonly options: ResolvedConsumerOptions
  /** There may be something to read, or the end is reached. */
  onProgress(): void
  /** The loop has ended with an error that trying again will not mend. */
  onFailure(error: YakError): void
}

/**
 * Fetches for one consumer while it is iterated over: one long-poll at a time over all its partitions, on a connection of its
 * own, as long as there is room for what it may bring.
 */
export class FetchLoop {
  readonly #parts: FetchLoopParts
  readonly #clock: Clock
  #stopping: AbortController | undefined
  #connection: Connection | undefined
  /** The leader that `#connection` leads to. */
  #leader: Leader | undefined
  /** Ended by `wake`, and by a fetch that is interrupted. */
  #idle = new LazyAbort()
  /** Fetches in a row that ended without an answer. */
  #failures = 0
  #isFetching = false
  #isInterrupted = false
  #refreshedAtMs = Number.NEGATIVE_INFINITY
  #isRefreshing = false

  constructor(parts: FetchLoopParts) {
    this.#parts = parts
    this.#clock = parts.cluster.clock
  }

  start(): void {
    if (this.#stopping !== undefined) return
    this.#stopping = new AbortController()
    this.#refreshedAtMs = Number.NEGATIVE_INFINITY
    void this.#run(this.#stopping.signal)
  }

  stop(): void {
    this.#stopping?.abort()
    this.#stopping = undefined
    this.wake()
    this.#connection?.close()
    this.#connection = undefined
  }

  /** The topics were looked up since `start`, and none is waited for. */
  get hasAllTopics(): boolean {
    return this.#refreshedAtMs > Number.NEGATIVE_INFINITY && !this.#parts.subscription.isIncomplete
  }

  /** There is room, or something to ask for: a loop that waits goes on. */
  wake(): void {
    this.#idle.abort()
  }

  /** What is asked for has changed: a long-poll under way asks for the wrong things. */
  interrupt(): void {
    this.wake()
    if (!this.#isFetching) return
    this.#isInterrupted = true
    this.#connection?.close()
  }

  async #run(stop: AbortSignal): Promise<void> {
    const { cluster, session, subscription, options } = this.#parts
    const stopListening = cluster.onLeader((leader) => this.#follow(leader))
    const refreshEveryMs = Math.min(options.metadataRefreshMs, MISSING_TOPIC_REFRESH_MS)
    const stopRefreshing = repeat(this.#clock, refreshEveryMs, () => void this.#refreshWhenDue(stop))
    try {
      while (!stop.aborted) {
        this.#idle = new LazyAbort()
        if (this.#refreshedAtMs === Number.NEGATIVE_INFINITY) await this.#patiently(() => this.#refresh(stop), stop)
        if (!subscription.isLocated) await this.#patiently(() => subscription.locate(stop), stop)
        // Sought elsewhere meanwhile: a long-poll over the others would hold up what is not located yet.
        if (this.#idle.aborted) continue
        const nowMs = this.#clock.nowMs()
        const plan = session.hasRoom ? session.plan(nowMs) : undefined
        if (plan !== undefined && !stop.aborted) {
          await this.#fetch(plan, stop)
        } else if (!stop.aborted) {
          this.#parts.onProgress()
          const waitMs = session.hasRoom ? session.heldBackMs(nowMs) : Number.POSITIVE_INFINITY
          await pause(
            this.#clock,
            Math.min(waitMs, options.metadataRefreshMs),
            AbortSignal.any([stop, this.#idle.signal]),
          )
        }
      }
    } catch (error) {
      if (!stop.aborted) this.#parts.onFailure(asYakError(error))
    } finally {
      stopRefreshing()
      stopListening()
    }
  }

  /**
   * Who follows waits for brokers that are down; who reads to the end wants to know, when a call has had its time. What a leader
   * says of one partition, just after an election, passes sooner.
   */
  async #patiently(work: () => Promise<unknown>, stop: AbortSignal): Promise<void> {
    const { cluster, options } = this.#parts
    const giveUpMs = options.follow ? Number.POSITIVE_INFINITY : this.#clock.nowMs() + DEFAULT_CALL_TIMEOUT_MS / 2
    for (let failures = 1; !stop.aborted; failures++) {
      try {
        await work()
        return
      } catch (cause) {
        if (stop.aborted) return
        const error = asYakError(cause)
        const isHopeless = error.code === 'INVALID_RESPONSE' && cluster.view.epoch < 0
        const isPassing = error.retriable && error.code !== 'UNKNOWN_TOPIC' && !isHopeless
        // A topic id that the leader does not know: the metadata says whether the topic was deleted, or is just new.
        if (error.code === 'UNKNOWN_TOPIC_ID' && 'newTopicId' in error.details) throw error
        if (!isPassing || this.#clock.nowMs() >= giveUpMs) throw error
        if (error.code === 'UNKNOWN_TOPIC_ID') await this.#refresh(stop)
        const delayMs = cluster.options.backoff.delayMs(failures)
        const { code, message } = error
        cluster.events.emit('retry', { operation: 'fetch', code, message, attempts: failures, delayMs })
        await pause(this.#clock, delayMs, stop)
      }
    }
  }

  async #refresh(stop: AbortSignal): Promise<void> {
    const isChanged = await this.#parts.subscription.refresh(stop)
    this.#refreshedAtMs = this.#clock.nowMs()
    if (isChanged) this.interrupt()
  }

  async #refreshWhenDue(stop: AbortSignal): Promise<void> {
    const { options, subscription, cluster } = this.#parts
    const everyMs = subscription.isIncomplete
      ? Math.min(MISSING_TOPIC_REFRESH_MS, options.metadataRefreshMs)
      : options.metadataRefreshMs
    const isDue = this.#clock.nowMs() - this.#refreshedAtMs >= everyMs
    // Who reads to the end takes topics as they are, and waits for those that are not there yet.
    const isWanted = options.follow || subscription.isIncomplete
    if (!isDue || this.#isRefreshing || !isWanted || this.#refreshedAtMs === Number.NEGATIVE_INFINITY) return
    this.#isRefreshing = true
    try {
      await this.#refresh(stop)
    } catch (cause) {
      const error = asYakError(cause)
      const isFatal = error.code === 'UNKNOWN_TOPIC' || error.code === 'UNKNOWN_TOPIC_ID' || !error.retriable
      if (!stop.aborted && isFatal) {
        this.stop()
        this.#parts.onFailure(error)
      } else if (!stop.aborted) {
        cluster.probe()
      }
    } finally {
      this.#isRefreshing = false
    }
  }

  #follow(leader: Leader): void {
    if (this.#leader !== undefined && this.#leader.epoch < leader.epoch) this.interrupt()
  }

  async #findLeader(stop: AbortSignal): Promise<Leader> {
    const { cluster, options } = this.#parts
    const signal = AbortSignal.any([stop, this.#idle.signal])
    return await cluster.leader(options.follow ? { signal } : { signal, timeoutMs: DEFAULT_CALL_TIMEOUT_MS })
  }

  async #fetch(plan: PlannedFetch, stop: AbortSignal): Promise<void> {
    const { cluster, session } = this.#parts
    const { request } = plan
    let leader: Leader
    try {
      leader = cluster.view.leader ?? (await this.#findLeader(stop))
    } catch (error) {
      if (stop.aborted || this.#idle.aborted) return
      throw error
    }
    // In the very turn in which it is found the loop may end, or what is asked for may change.
    if (stop.aborted || this.#idle.aborted) return
    const connection = this.#connectionTo(leader)
    const { requestTimeoutMs } = cluster.options
    const { url } = leader
    const startMs = this.#clock.nowMs()
    if (diagnostics.fetchStart.hasSubscribers) {
      diagnostics.fetchStart.publish({ url, partitions: request.entries.length, maxWaitMs: request.maxWaitMs })
    }
    this.#isInterrupted = false
    this.#isFetching = true
    const stopProbing = repeat(this.#clock, SILENCE_MS, () => cluster.probe())
    let failure: unknown
    let sizeBytes = 0
    try {
      const answer = await connection.request({
        method: 'POST',
        path: '/v1/fetch',
        contentType: 'application/vnd.yak.v1',
        body: [encodeFetchRequest(request)],
        timeoutMs: request.maxWaitMs + requestTimeoutMs,
      })
      sizeBytes = answer.body.length
      this.#failures = 0
      this.#isFetching = false
      const troubles = this.#troublesOf(plan, leader, answer)
      if (session.bufferedBytes > 0) this.#parts.onProgress()
      if (troubles.length > 0) await this.#mendAll(troubles, leader, stop)
    } catch (error) {
      failure = error
      if (!(error instanceof TransportError)) throw error
      if (this.#isInterrupted || stop.aborted) return
      cluster.suspect(leader, errorOfTransport(error))
      await this.#backOff(errorOfTransport(error), stop)
    } finally {
      this.#isFetching = false
      stopProbing()
      if (diagnostics.fetchEnd.hasSubscribers) {
        diagnostics.fetchEnd.publish({ url, sizeBytes, durationMs: this.#clock.nowMs() - startMs, error: failure })
      }
    }
  }

  #connectionTo(leader: Leader): Connection {
    const { cluster, options } = this.#parts
    if (this.#connection === undefined || this.#connection.closed || this.#leader !== leader) {
      this.#connection?.close()
      this.#connection = cluster.connect(leader.url, {
        maxPipelined: 1,
        maxResponseBytes: options.maxFetchBytes + ANSWER_OVERHEAD_BYTES,
      })
      this.#leader = leader
    }
    return this.#connection
  }

  /** Takes the records; an answer to the fetch as a whole is the trouble of all partitions. */
  #troublesOf(plan: PlannedFetch, leader: Leader, answer: TransportResponse): FetchTrouble[] {
    const { session } = this.#parts
    const decoded = answer.status === 200 ? decodedOf(answer) : undefined
    if (decoded !== undefined) return session.accept(plan, decoded)
    const error = answer.status === 200 ? notYak(answer, leader.url) : errorOfAnswer(answer, leader.url)
    const retryAfterMs = retryAfterMsOf(answer, error)
    return plan.asked.map(({ partition }) => ({ partition, error, retryAfterMs }))
  }

  async #mendAll(troubles: readonly FetchTrouble[], leader: Leader, stop: AbortSignal): Promise<void> {
    const generations = troubles.map(({ partition }) => partition.generation)
    // Said by a leader that has been replaced it means nothing: its log may well end before what was read from the next.
    const isRangeBelieved =
      !troubles.some(({ error }) => error.code === 'OFFSET_OUT_OF_RANGE') ||
      (await this.#parts.cluster.isLatest(leader, stop))
    let isTopicUnknown = false
    for (const [index, trouble] of troubles.entries()) {
      const { partition, error } = trouble
      if (stop.aborted) return
      if (partition.generation !== generations[index]) continue
      if (error.code !== 'OFFSET_OUT_OF_RANGE') {
        this.#mend(trouble, leader)
        isTopicUnknown ||= error.code === 'UNKNOWN_TOPIC_ID' || error.code === 'UNKNOWN_TOPIC'
      } else if (isRangeBelieved) {
        this.#outOfRange(partition, error)
      } else {
        const message = `${leader.url} leads no more, and said: ${error.message}`
        this.#mend({ partition, error: new YakError('FENCED_LEADER_EPOCH', message) }, leader)
      }
    }
    if (isTopicUnknown) await this.#patiently(() => this.#refresh(stop), stop)
  }

  #mend({ partition, error, retryAfterMs = 0 }: FetchTrouble, leader: Leader): void {
    const { cluster } = this.#parts
    if (!error.retriable) throw error
    partition.failures++
    const delayMs = Math.max(cluster.options.backoff.delayMs(partition.failures), retryAfterMs)
    partition.notBeforeMs = this.#clock.nowMs() + delayMs
    const { topic, partition: number } = partition
    const { code, message } = error
    cluster.events.emit('retry', {
      operation: 'fetch',
      topic,
      partition: number,
      code,
      message,
      attempts: partition.failures,
      delayMs,
    })
    cluster.refused(leader, error)
  }

  #outOfRange(partition: AssignedPartition, error: YakError): void {
    const { session, options } = this.#parts
    if (options.onOffsetOutOfRange === 'error') throw error
    partition.resetFrom = partition.fetchOffset
    // What is prefetched was in range and is handed out first; it ends where the range did.
    if (partition.chunks.length === 0 && partition.position === partition.fetchOffset) {
      session.drop(partition)
      partition.start = options.onOffsetOutOfRange
    }
  }

  async #backOff(error: YakError, stop: AbortSignal): Promise<void> {
    const { cluster } = this.#parts
    const attempts = ++this.#failures
    const delayMs = cluster.options.backoff.delayMs(attempts)
    const { code, message } = error
    cluster.events.emit('retry', { operation: 'fetch', code, message, attempts, delayMs })
    await pause(this.#clock, delayMs, stop)
  }
}

/** Undefined for what no broker says: something in between answers in its place. */
function decodedOf(answer: TransportResponse): FetchResponse | undefined {
  try {
    return decodeFetchResponse(answer.body)
  } catch {
    return undefined
  }
}
