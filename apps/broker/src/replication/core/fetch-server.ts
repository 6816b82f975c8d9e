import type { CoreState } from './core-state.ts'
import { FollowerProgress } from './follower-progress.ts'
import { sameReplica } from './identity.ts'
import type { ReadResult } from './inputs.ts'
import type { Leadership } from './leadership.ts'
import type { FetchPosition, FetchRequest, FetchResponse, FetchResult } from './messages.ts'
import type { ReadEntry } from './outputs.ts'
import type { PartitionReplica } from './partition-replica.ts'
import type { PartitionKey } from './state.ts'

export interface FetchServerOptions {
  readonly state: CoreState
  readonly leadership: Leadership
  readonly onHigherEpoch: (epoch: number) => void
  /** These partitions were named, and their positions taken over. */
  readonly onPositions: (follower: FollowerProgress, keys: readonly PartitionKey[]) => void
}

/**
 * Answers the fetches of followers: takes over what they acknowledge, then says what they do not have, as soon as there is
 * something to say. Records go out as soon as they are appended, before this broker's own sync: nothing rests on them
 * until this broker's synced end has passed them too (◆20).
 */
export class FetchServer {
  readonly #options: FetchServerOptions
  readonly #state: CoreState
  readonly #followers = new Map<string, FollowerProgress>()
  #isClosed = false

  constructor(options: FetchServerOptions) {
    this.#options = options
    this.#state = options.state
  }

  get followers(): Iterable<FollowerProgress> {
    return this.#followers.values()
  }

  follower(brokerId: string): FollowerProgress | undefined {
    return this.#followers.get(brokerId)
  }

  close(): void {
    this.#isClosed = true
    for (const follower of this.#followers.values()) {
      this.#state.timers.clear(timerOf(follower))
      if (follower.waiting !== null) this.#refuse(follower.identity.brokerId, follower.waiting.requestId, 'not-leader')
    }
  }

  onRequest(request: FetchRequest): void {
    const { epoch } = this.#options.leadership
    if (request.epoch > epoch) this.#options.onHigherEpoch(request.epoch)
    if (request.epoch !== epoch) {
      this.#refuse(request.from.brokerId, request.requestId, 'not-leader')
      return
    }
    const follower = this.#followerOf(request)
    if (follower === undefined) return
    // Doubled or overtaken: a later one has said more.
    if (request.requestId <= follower.lastRequestId) return
    follower.lastRequestId = request.requestId
    this.#supersede(follower)
    if (request.continues !== 0 && request.continues !== follower.continuable) {
      this.#refuse(request.from.brokerId, request.requestId, 'continue')
      return
    }
    if (request.continues === 0) follower.positions.clear()
    else follower.followedAtMs = follower.answeredAtMs
    const keys = this.#takePositions(follower, request)
    if (request.continues === 0) {
      follower.knowsCuts = false
      // Whoever stops does not begin anew: it had a log that failed, and has it back.
      follower.isLeaving = false
      this.#noteMissing(follower)
    }
    const { requestId, maxBytes } = request
    follower.waiting = { requestId, maxBytes, isPaused: false }
    this.#options.onPositions(follower, keys)
    // Hearing it may have ended this epoch.
    if (this.#isClosed) return
    this.#tryAnswer(follower)
    if (isIdle(follower)) this.#wait(follower, request.maxWaitMs)
  }

  /** So many bytes are about to be appended. */
  onAppend(sizeBytes: number): void {
    for (const { pace } of this.#followers.values()) pace.onAppend(sizeBytes)
  }

  onAppended(partition: PartitionReplica): void {
    for (const follower of this.#followers.values()) {
      follower.behind.add(partition.key)
      follower.toTell.add(partition.key)
      this.#tryAnswer(follower)
    }
  }

  /** The next answer says it; only the topic list's is worth an answer of its own, as new partitions wait for it. */
  onHighWatermark({ key }: PartitionReplica, isUrgent: boolean): void {
    for (const follower of this.#followers.values()) {
      follower.toTell.add(key)
      if (isUrgent) this.#tryAnswer(follower)
      else if (isIdle(follower)) this.#wait(follower, 10)
    }
  }

  /** Who is in sync has changed: those who wait learn it now. */
  onStandingChanged(): void {
    for (const follower of this.#followers.values()) this.#tryAnswer(follower)
  }

  onPartitionAdded(key: PartitionKey): void {
    for (const follower of this.#followers.values()) {
      follower.behind.add(key)
      // It may have asked for this partition before it was known here, so it has to name all of them anew; a request that
      // waits now would make itself the one to go on from when it is answered.
      if (follower.waiting !== null) this.#supersede(follower)
      follower.continuable = 0
    }
  }

  /**
   * Who still wants what has just been let go of is told to begin anew: it names the partition again only once it has moved. Who has all
   * there is, is told of the new start: nothing else may be said of an idle partition for days.
   */
  onLogStartRaised(partition: PartitionReplica): void {
    const { key, logStartOffset } = partition
    for (const follower of this.#followers.values()) {
      const position = follower.positions.get(key)
      if (position === undefined) continue
      if (position.endOffset >= logStartOffset) {
        position.isTold = false
        follower.toTell.add(key)
        if (isIdle(follower)) this.#wait(follower, 10)
        continue
      }
      const divergence = this.#state.rules.divergenceAt(partition, { endOffset: position.endOffset, lastEpoch: -1 })
      follower.positions.set(key, { ...position, acknowledged: -1, divergence, isTold: false })
      follower.toTell.add(key)
      this.#tryAnswer(follower)
    }
  }

  onPartitionRemoved(key: PartitionKey): void {
    for (const follower of this.#followers.values()) {
      follower.behind.delete(key)
      follower.toTell.delete(key)
      follower.toOpen.delete(key)
      follower.positions.delete(key)
    }
  }

  /** Undefined: it was refused, and told so. */
  #followerOf({ from, requestId }: FetchRequest): FollowerProgress | undefined {
    const { rules, now, options, partitions } = this.#state
    const known = this.#followers.get(from.brokerId)
    // Whoever fetches asks again within the wait it was given.
    const isAlive = known !== undefined && now - known.fetchedAtMs < 2 * options.fetchWaitMs + options.leaseMs / 10
    const verdict = rules.verdictOnIncarnation(known && { identity: known.identity, isAlive }, from)
    if (verdict === 'refused') {
      const reason =
        `Broker ${from.brokerId} (disk ${from.diskId}, incarnation ${from.incarnation}) is refused: one of that id with disk ` +
        `${known?.identity.diskId}, incarnation ${known?.identity.incarnation} is known. Stop one of them, or give it another --id.`
      this.#state.noteRefusal(from.brokerId, reason, 'warn')
      this.#state.send(from.brokerId, { type: 'refused', requestId, code: 'broker-id', reason })
      return undefined
    }
    if (known !== undefined && verdict === 'known') return known
    if (known !== undefined) this.#state.timers.clear(timerOf(known))
    const follower = new FollowerProgress(from, partitions.keys(), now)
    // Else one that crashes again and again, each time before it has caught up, would have all writes wait for as long as it does.
    if (known !== undefined && sameReplica(known.identity, from)) follower.caughtUpAtMs = known.caughtUpAtMs
    this.#followers.set(from.brokerId, follower)
    return follower
  }

  #takePositions(follower: FollowerProgress, request: FetchRequest): PartitionKey[] {
    const keys: PartitionKey[] = []
    for (const position of request.positions) {
      const partition = this.#state.partitions.get(position.key)
      // Not known, or not entered yet: when it is, every follower has to name it again.
      if (partition?.enteredEpoch !== request.epoch) continue
      keys.push(position.key)
      this.#takePosition(follower, partition, position, request)
    }
    return keys
  }

  #takePosition(
    follower: FollowerProgress,
    partition: PartitionReplica,
    position: FetchPosition,
    request: FetchRequest,
  ): void {
    const { rules } = this.#state
    const { epoch } = this.#options.leadership
    const divergence = rules.divergenceAt(partition, position)
    const counts = divergence === null && rules.acknowledgementCounts(position, epoch, request.from, follower.identity)
    const acknowledged = counts ? position.endOffset : -1
    const before = follower.positions.get(position.key)
    if (divergence === null) this.#options.leadership.learnHighWatermark(partition, position.highWatermark)
    follower.positions.set(position.key, {
      endOffset: position.endOffset,
      enteredEpoch: position.enteredEpoch,
      acknowledged,
      divergence,
      isTold: before?.isTold === true && before.divergence === null,
      toldHighWatermark: before?.toldHighWatermark ?? -1,
    })
    if (acknowledged >= partition.endOffset) follower.behind.delete(position.key)
    else follower.behind.add(position.key)
    follower.toTell.add(position.key)
  }

  /**
   * Members of the ISR learn of a new partition from the topic list. Others might wait for that in vain: the topic list is
   * committed again only with them in the ISR, and they are in it only with every partition.
   */
  #noteMissing(follower: FollowerProgress): void {
    const { isServing, isr } = this.#options.leadership
    follower.toOpen.clear()
    if (isServing && isr.has(follower.identity)) return
    for (const [key, { enteredEpoch }] of this.#state.partitions) {
      if (enteredEpoch === this.#options.leadership.epoch && !follower.positions.has(key)) follower.toOpen.add(key)
    }
  }

  #wait(follower: FollowerProgress, forMs: number): void {
    const { timers, now } = this.#state
    const name = timerOf(follower)
    if (timers.at(name) <= now + forMs) return
    timers.set(name, now + forMs, () => this.#answer(follower))
  }

  /** A later request has taken the place of one that still waits. */
  #supersede(follower: FollowerProgress): void {
    if (follower.waiting !== null) this.#refuse(follower.identity.brokerId, follower.waiting.requestId, 'continue')
    follower.waiting = null
    this.#state.timers.clear(timerOf(follower))
  }

  #tryAnswer(follower: FollowerProgress): void {
    if (isIdle(follower) && this.#hasToSay(follower)) this.#answer(follower)
  }

  #hasToSay(follower: FollowerProgress): boolean {
    const { standing } = this.#options.leadership
    if (follower.toldStanding !== standing || follower.toldInSync !== follower.isInSync) return true
    if (follower.toOpen.size > 0) return true
    for (const key of follower.toTell) {
      const partition = this.#state.partitions.get(key)
      const position = follower.positions.get(key)
      if (partition === undefined || position === undefined) follower.toTell.delete(key)
      else if (position.divergence !== null || !position.isTold) return true
      else if (position.endOffset < partition.endOffset) return true
      else if (key === this.#state.metadata.key && position.toldHighWatermark < partition.highWatermark) return true
    }
    return false
  }

  /** Reads what the follower does not have, then says all there is to say. */
  #answer(follower: FollowerProgress): void {
    const { waiting } = follower
    if (waiting === null || follower.isReading) return
    this.#state.timers.clear(timerOf(follower))
    const readyAtMs = this.#readyAtMs(follower)
    if (this.#state.now < readyAtMs) {
      if (!waiting.isPaused)
        this.#state.emit({ type: 'catching-up', brokerId: follower.identity.brokerId, step: 'paused' })
      waiting.isPaused = true
      this.#state.timers.set(timerOf(follower), readyAtMs, () => this.#answer(follower))
      return
    }
    const entries: ReadEntry[] = []
    for (const key of follower.toTell) {
      const partition = this.#state.partitions.get(key)
      const position = follower.positions.get(key)
      if (partition === undefined || position === undefined || position.divergence !== null) continue
      const { endOffset } = partition
      if (position.endOffset < endOffset) entries.push({ key, offset: position.endOffset, endOffset })
    }
    if (entries.length === 0) {
      this.#send(follower, [])
      return
    }
    follower.isReading = true
    // Catching up must not push aside what the followers in sync wait for.
    const maxBytes = this.#isInIsr(follower) ? waiting.maxBytes : Math.ceil(waiting.maxBytes / 4)
    // A disk that takes longer than the follower waits has to come to an end: what it asks meanwhile is answered with the same read.
    this.#state.read(entries, maxBytes, (reads) => {
      follower.isReading = false
      if (this.#isClosed || follower.waiting === null) return
      this.#send(follower, reads)
    })
  }

  #isInIsr({ identity }: FollowerProgress): boolean {
    return this.#options.leadership.isr.has(identity)
  }

  /** Catching up gives way to clients, until the high watermark waits for this follower. */
  #readyAtMs(follower: FollowerProgress): number {
    const { fetchedAtMs, answeredAtMs, pace } = follower
    const counts = this.#isInIsr(follower) || follower.joiningSinceMs !== null
    if (counts || !this.#options.leadership.isServing) return fetchedAtMs
    return fetchedAtMs + pace.pauseMs(fetchedAtMs - answeredAtMs)
  }

  #send(follower: FollowerProgress, reads: readonly ReadResult[]): void {
    const { requestId } = follower.waiting!
    follower.waiting = null
    const results: FetchResult[] = []
    const told = new Set<PartitionKey>()
    for (const read of reads) {
      // It may have said since that its log differs.
      if ((follower.positions.get(read.key)?.divergence ?? null) !== null) continue
      const result = this.#batches(follower, read.key, read)
      if (result !== undefined) results.push(result)
      told.add(read.key)
    }
    for (const key of follower.toTell) {
      if (told.has(key)) continue
      const result = this.#news(follower, key)
      if (result === 'later') continue
      if (result !== undefined) results.push(result)
      told.add(key)
    }
    for (const key of told) follower.toTell.delete(key)
    for (const key of follower.toOpen) results.push({ key, type: 'open' })
    follower.toOpen.clear()
    follower.continuable = requestId
    follower.answeredAtMs = this.#state.now
    follower.pace.onAnswered(reads.reduce((sizeBytes, { batches }) => sizeBytes + batches.length, 0))
    follower.toldStanding = this.#options.leadership.standing
    follower.toldInSync = follower.isInSync
    this.#respond(follower.identity.brokerId, requestId, 'ok', results, follower)
    follower.knowsCuts = true
  }

  /** What there is to say of a partition without reading its log; `later` when there is more to it. */
  #news(follower: FollowerProgress, key: PartitionKey): FetchResult | 'later' | undefined {
    const partition = this.#state.partitions.get(key)
    const position = follower.positions.get(key)
    if (partition === undefined || position === undefined) return undefined
    if (position.divergence !== null) return { key, ...position.divergence }
    const isNews = !position.isTold || position.toldHighWatermark < partition.highWatermark
    const result = isNews ? this.#batches(follower, key, undefined) : undefined
    // No room was left for its batches: it stays among what is to be told, behind the others.
    return position.endOffset < partition.endOffset && result === undefined ? 'later' : result
  }

  #batches(follower: FollowerProgress, key: PartitionKey, read: ReadResult | undefined): FetchResult | undefined {
    const partition = this.#state.partitions.get(key)
    const position = follower.positions.get(key)
    if (partition === undefined || position === undefined) return undefined
    position.isTold = true
    position.toldHighWatermark = partition.highWatermark
    const { highWatermark, logStartOffset, endOffset } = partition
    const batches = read?.batches ?? new Uint8Array()
    const baseOffset = read?.baseOffset ?? position.endOffset
    const startOffset = partition.entered?.startOffset ?? 0
    return { key, type: 'batches', batches, baseOffset, highWatermark, logStartOffset, endOffset, startOffset }
  }

  #refuse(to: string, requestId: number, verdict: 'not-leader' | 'continue'): void {
    this.#respond(to, requestId, verdict, [], null)
  }

  #respond(
    to: string,
    requestId: number,
    verdict: FetchResponse['verdict'],
    results: readonly FetchResult[],
    follower: FollowerProgress | null,
  ): void {
    const { leadership } = this.#options
    this.#state.send(to, {
      type: 'fetch-response',
      requestId,
      epoch: leadership.epoch,
      verdict,
      isr: leadership.isr.confirmed,
      isServing: leadership.mayServe(),
      isInSync: follower?.isInSync ?? false,
      historyCuts: follower?.knowsCuts === false ? this.#state.cluster.historyCuts : [],
      results,
    })
  }
}

/** One of its requests waits, and nothing is read for it. */
function isIdle({ waiting, isReading }: FollowerProgress): boolean {
  return waiting !== null && !isReading
}

function timerOf(follower: FollowerProgress): string {
  return `fetch of ${follower.identity.brokerId}`
}
