import { AnswerSize } from './answer-size.ts'
import type { CoreState } from './core-state.ts'
import { cutOffsetOf } from './history-cuts.ts'
import type { Identity } from './identity.ts'
import { assertInvariant } from './invariants.ts'
import type { FetchedBatches, FetchPosition, FetchRequest, FetchResponse, FetchResult } from './messages.ts'
import type { PartitionReplica } from './partition-replica.ts'
import type { PartitionKey } from './state.ts'

export interface FetcherOptions {
  readonly state: CoreState
  readonly source: Identity
  readonly epoch: number
  readonly purpose: FetchRequest['purpose']
  /** Which partitions to fetch; asked for each full request. */
  readonly keys: () => Iterable<PartitionKey>
  /** Everything that the last answer brought is on disk; call `fetch` to go on. */
  readonly onSettled: (response: FetchResponse) => void
  readonly onRefused: (response: FetchResponse) => void
  /** This broker must not follow any more; says why. */
  readonly onBroken: (reason: string) => void
  readonly onUnreachable: () => void
}

/** What the source last said of a partition. */
export interface SourceView {
  readonly highWatermark: number
  readonly logStartOffset: number
  readonly endOffset: number
  readonly startOffset: number
}

/**
 * Pulls from one broker at one epoch: one request outstanding, its answer written and synced, then the next request,
 * which acknowledges it. Catching up after weeks goes the same way as the next record.
 *
 * A partition is matching until the source sends batches for it, perhaps none: its log is a prefix of the source's then.
 */
export class Fetcher {
  readonly source: Identity
  readonly epoch: number
  readonly #options: FetcherOptions
  readonly #state: CoreState
  readonly #timer: string
  readonly #views = new Map<PartitionKey, SourceView>()
  /** What the source may have counted already. */
  readonly #acknowledged = new Map<PartitionKey, number>()
  readonly #writing = new Set<PartitionKey>()
  /** Batches that come as soon as their log has been begun anew. */
  readonly #held = new Map<PartitionKey, FetchedBatches>()
  /** What the next request has to name: partitions that moved, or that were answered without moving. */
  #named = new Set<PartitionKey>()
  readonly #answerSize: AnswerSize
  #outstanding: number | null = null
  /** The answered request that the next one may build on; 0: name every partition. */
  #continues = 0
  #answer: FetchResponse | null = null
  #wasRefused = false
  /** What an operator cut off is on its way to the disk: what it lets be cut waits. */
  #isLearning = false
  #isClosed = false

  constructor(options: FetcherOptions) {
    this.#options = options
    this.#state = options.state
    this.source = options.source
    this.epoch = options.epoch
    this.#answerSize = new AnswerSize(options.state.options)
    this.#timer = `fetch from ${options.source.brokerId}`
  }

  /** The source's view once the log matches, else undefined. */
  view(key: PartitionKey): SourceView | undefined {
    return this.#views.get(key)
  }

  isMatched(key: PartitionKey): boolean {
    return this.#views.has(key)
  }

  close(): void {
    this.#isClosed = true
    this.#state.timers.clear(this.#timer)
  }

  /** Every partition is named in the next request: one was added, or the source does not know where we stand. */
  startOver(): void {
    this.#continues = 0
  }

  /** A partition was added: the request that waits does not name it, so another takes its place. */
  interrupt(): void {
    this.startOver()
    if (this.#outstanding === null || this.#writing.size > 0) return
    this.#answerSize.onSuperseded()
    this.#outstanding = null
    this.fetch()
  }

  /** Sends the next request, unless one is outstanding or what the last one brought is not on disk yet. */
  fetch(): void {
    const { state, epoch, purpose } = this.#options
    if (this.#isClosed || this.#outstanding !== null || this.#writing.size > 0 || this.#isLearning) return
    // A leader takes a full request of one that was leaving for its return.
    if (purpose === 'follow' && this.#continues === 0 && state.isStopping) return
    const held = { promise: state.promise, isSaved: state.isPromiseSaved }
    if (purpose === 'follow' && !state.rules.mayFetchFrom(held, this.source, epoch)) return
    const positions: FetchPosition[] = []
    for (const key of this.#continues === 0 ? this.#options.keys() : this.#named) {
      const partition = state.partitions.get(key)
      if (partition === undefined || partition.failure !== null) continue
      const position = this.#positionOf(partition)
      positions.push(position)
      if (position.enteredEpoch === epoch) this.#acknowledged.set(key, position.endOffset)
    }
    const requestId = state.nextId()
    this.#outstanding = requestId
    this.#named = new Set()
    const { fetchWaitMs: maxWaitMs } = state.options
    const { maxBytes } = this.#answerSize
    const continues = this.#continues
    state.send(this.source.brokerId, {
      type: 'fetch-request',
      requestId,
      purpose,
      epoch,
      continues,
      positions,
      maxWaitMs,
      maxBytes,
    })
    this.#awaitAnswer()
  }

  #awaitAnswer(): void {
    const { now, timers, options } = this.#state
    timers.set(this.#timer, now + options.fetchWaitMs + options.leaseMs / 4, () => this.#again(0))
  }

  /** A part of the answer is here: it is late by what it weighs, and not lost. False: nobody waits for it. */
  onArriving(requestId: number): boolean {
    if (this.#isClosed || requestId !== this.#outstanding) return false
    this.#answerSize.onArriving(this.#state.now)
    this.#awaitAnswer()
    return true
  }

  onResponse(response: FetchResponse): void {
    if (this.#isClosed || !this.#state.rules.isOutstanding(response.requestId, this.#outstanding)) return
    this.#outstanding = null
    this.#state.timers.clear(this.#timer)
    this.#answerSize.onAnswer(response, this.#state.now)
    if (response.verdict === 'not-leader') {
      this.#options.onRefused(response)
      return
    }
    if (response.verdict === 'continue') {
      this.startOver()
      this.fetch()
      return
    }
    this.#isLearning = true
    this.#state.learnCuts(response.historyCuts, () => {
      this.#isLearning = false
      if (!this.#isClosed) this.#take(response)
    })
  }

  #take(response: FetchResponse): void {
    this.#continues = this.#options.purpose === 'follow' ? response.requestId : 0
    this.#answer = response
    for (const result of response.results) {
      if (result.type === 'open') this.#open(result.key)
      const partition = this.#state.partitions.get(result.key)
      if (partition === undefined || partition.failure !== null) continue
      this.#named.add(result.key)
      this.#apply(partition, result)
      if (this.#isClosed) return
    }
    // What was handed to a log just now has not even been taken yet: its logs look at rest until it is.
    if (this.#writing.size === 0) this.onWritten()
  }

  onUnreachable(requestId: number): void {
    if (this.#isClosed || requestId !== this.#outstanding) return
    this.#options.onUnreachable()
    if (!this.#isClosed) this.#again(this.#retryMs)
  }

  /** The log refused what came: damaged on its way, most likely. Ask again from where the log stands. */
  onReplicateRefused(key: PartitionKey, reason: string): void {
    this.#state.notice(
      'warn',
      `What broker ${this.source.brokerId} sent for ${this.#state.nameOf(key)} was refused: ${reason}`,
    )
    this.#writing.delete(key)
    this.#wasRefused = true
    this.onWritten()
  }

  /** Something was synced or cut: when it was the last, the answer is settled. */
  onWritten(): void {
    if (this.#isClosed) return
    for (const key of [...this.#writing]) {
      const partition = this.#state.partitions.get(key)
      if (partition?.isAtRest === false) continue
      this.#writing.delete(key)
      this.#replicateHeld(key, partition)
    }
    if (this.#writing.size > 0 || this.#answer === null) return
    const answer = this.#answer
    this.#answer = null
    if (this.#wasRefused) {
      // It may be refused again, and for long: not at the speed of the network.
      this.#wasRefused = false
      this.#again(this.#retryMs)
    } else this.#options.onSettled(answer)
  }

  get #retryMs(): number {
    return Math.min(100, this.#state.options.leaseMs / 20)
  }

  #again(afterMs: number): void {
    if (this.#outstanding !== null) this.#answerSize.onLost()
    this.#outstanding = null
    this.startOver()
    if (afterMs === 0) this.fetch()
    else this.#state.timers.set(this.#timer, this.#state.now + afterMs, () => this.fetch())
  }

  #apply(partition: PartitionReplica, result: FetchResult): void {
    switch (result.type) {
      case 'batches':
        this.#replicate(partition, result)
        return
      case 'diverging':
        this.#views.delete(partition.key)
        this.#cutTo(partition, this.#state.rules.truncationPoint(partition, result))
        return
      case 'begin-anew':
        this.#views.delete(partition.key)
        this.#beginAnew(partition, result.startOffset)
        return
      case 'unknown':
      case 'open':
        this.#named.delete(partition.key)
    }
  }

  /** A folder is made only for a committed topic, and the source has one. What is known to be deleted stays so. */
  #open(key: PartitionKey): void {
    const { partitions, removed } = this.#state
    if (!partitions.has(key) && !removed.has(key)) this.#state.emit({ type: 'open-partition', key })
  }

  #replicate(partition: PartitionReplica, result: FetchedBatches): void {
    const { key } = partition
    const { highWatermark, logStartOffset, endOffset, startOffset } = result
    this.#views.set(key, { highWatermark, logStartOffset, endOffset, startOffset })
    if (result.batches.length === 0) return
    if (result.baseOffset < partition.endOffset && isBegunAnew(partition)) {
      this.#beginAtBatch(partition, result)
      return
    }
    // What was read for an older position is of no use; the next request says where this log stands.
    if (result.baseOffset !== partition.endOffset) return
    this.#writing.add(key)
    this.#state.emit({
      type: 'replicate',
      key,
      batches: result.batches,
      epoch: this.epoch,
      expectedBaseOffset: partition.endOffset,
    })
  }

  /**
   * The source's log begins within a batch, and batches come whole: a log that was begun anew there has to begin where that batch does, until it
   * follows the start of the source's. Nothing is cut, it is empty; and these batches are taken at once, for one that asked from there on would be told to
   * begin anew once more.
   */
  #beginAtBatch(partition: PartitionReplica, result: FetchedBatches): void {
    this.#views.delete(partition.key)
    this.#held.set(partition.key, result)
    this.#emitBeginAnew(partition, result.baseOffset)
  }

  #replicateHeld(key: PartitionKey, partition: PartitionReplica | undefined): void {
    const held = this.#held.get(key)
    this.#held.delete(key)
    // It failed, or was bound to another leader meanwhile.
    if (held === undefined || partition?.failure !== null || held.baseOffset !== partition.endOffset) return
    this.#replicate(partition, held)
  }

  #cutTo(partition: PartitionReplica, endOffset: number): void {
    if (!this.#mayCut(partition, endOffset)) return
    if (endOffset >= partition.endOffset) return
    this.#writing.add(partition.key)
    partition.isTruncating = true
    this.#state.emit({ type: 'truncate', key: partition.key, epoch: this.epoch, endOffset })
  }

  #beginAnew(partition: PartitionReplica, startOffset: number): void {
    if (!this.#mayCut(partition, startOffset)) return
    this.#state.notice(
      'info',
      `The log of ${this.#state.logNameOf(partition.key)} (${partition.logStartOffset} to ${partition.endOffset}) begins anew ` +
        `at ${startOffset}, where the log of broker ${this.source.brokerId} starts.`,
    )
    this.#emitBeginAnew(partition, startOffset)
  }

  #emitBeginAnew(partition: PartitionReplica, startOffset: number): void {
    this.#writing.add(partition.key)
    partition.isTruncating = true
    this.#state.emit({ type: 'begin-anew', key: partition.key, epoch: this.epoch, startOffset })
  }

  #mayCut(partition: PartitionReplica, offset: number): boolean {
    const { key, highWatermark, settings } = partition
    const cutOffset = cutOffsetOf(this.#state.cluster.historyCuts, key, partition.enteredEpoch)
    if (!this.#state.rules.mayTruncateTo(partition, offset, cutOffset)) {
      this.#options.onBroken(
        `Broker ${this.source.brokerId}, leading at epoch ${this.epoch}, would have ${this.#state.logNameOf(key)} cut to ` +
          `${offset}, below its high watermark ${highWatermark}: acknowledged records are missing there. Nothing was cut. Stop that broker and ` +
          'compare the logs before you go on.',
      )
      return false
    }
    if (offset < highWatermark) {
      const why = settings.isRelaxed ? 'its topic is relaxed' : 'an operator had the history cut (unsafe recovery)'
      this.#state.notice(
        'warn',
        `The log of ${this.#state.logNameOf(key)} is cut to ${offset}, below its high watermark ${highWatermark}: ${why}.`,
      )
    }
    const acknowledged = this.#acknowledged.get(key) ?? 0
    assertInvariant(
      offset >= acknowledged,
      'I1',
      () => `${key} would be cut to ${offset}, and ${acknowledged} was acknowledged at epoch ${this.epoch}`,
    )
    assertInvariant(this.#state.isPromiseSaved, 'I10', () => `${key} would be cut under a promise that is not on disk`)
    return true
  }

  #positionOf(partition: PartitionReplica): FetchPosition {
    return {
      key: partition.key,
      endOffset: this.#state.rules.endOnDisk(partition),
      lastEpoch: partition.epochs.latestEpoch,
      enteredEpoch: partition.enteredEpoch,
      highWatermark: partition.highWatermark,
    }
  }
}

/** It has no batch, and knows of none before. */
function isBegunAnew({ logStartOffset, endOffset, epochs }: PartitionReplica): boolean {
  return logStartOffset === endOffset && epochs.latestEpoch === -1
}
