import type { CoreState } from './core-state.ts'
import { Fetcher } from './fetcher.ts'
import { cutOffsetOf } from './history-cuts.ts'
import type { Identity } from './identity.ts'
import type { FetchResponse, PromisedPartition } from './messages.ts'
import { metadataKey, type PartitionKey } from './state.ts'

export interface PromisedLogs {
  readonly from: Identity
  readonly partitions: readonly PromisedPartition[]
}

export interface ReconciliationOptions {
  readonly state: CoreState
  readonly epoch: number
  /** Of those that promised; this broker's own first, so that it wins among equals. */
  readonly logs: readonly PromisedLogs[]
  /**
   * An operator has given up what is missing. Then the best log need not have all that others know to be committed, and only what
   * its own broker knows of it counts.
   */
  readonly isUnsafe: boolean
  /** Something is missing, and was given up. */
  readonly onGivenUp: () => void
  readonly onDone: () => void
  readonly onFailed: (reason: string) => void
}

interface Target {
  readonly source: Identity
  readonly endOffset: number
  /** What any of them knows to be committed; of a relaxed topic, what those do that have compared their logs; and what the best one does. */
  readonly highWatermark: number
  readonly relaxedHighWatermark: number
  readonly ownHighWatermark: number
}

/**
 * Makes the candidate's logs as good as the best of those that promised (◆11): the topic list first, then every partition
 * that any of them has. A partition exists because somebody has its log, whatever the own topic list knows of it yet:
 * a folder is made only for a committed topic.
 */
export class Reconciliation {
  /** How many offsets this broker is behind the best logs, for giving way to a broker that is much further. */
  readonly offsetsBehind: number
  /** Who has most of what is missing here, or null when nothing is. */
  readonly furthest: string | null
  readonly #options: ReconciliationOptions
  readonly #state: CoreState
  readonly #targets: ReadonlyMap<PartitionKey, Target>
  readonly #fetchers = new Map<string, Fetcher>()
  readonly #missing = new Set<PartitionKey>()
  #pending = new Set<PartitionKey>()
  #isTopicListDone = false
  #isClosed = false

  constructor(options: ReconciliationOptions) {
    this.#options = options
    this.#state = options.state
    this.#targets = targetsOf(options)
    const behind = this.#behindBySource()
    this.offsetsBehind = [...behind.values()].reduce((sum, offsets) => sum + offsets, 0)
    this.furthest = [...behind].sort(([, one], [, other]) => other - one)[0]?.[0] ?? null
  }

  start(): void {
    this.#fetchAll([metadataKey])
  }

  close(): void {
    this.#isClosed = true
    for (const fetcher of this.#fetchers.values()) fetcher.close()
    this.#fetchers.clear()
  }

  onFetchResponse(response: FetchResponse): void {
    if (response.epoch !== this.#options.epoch) return
    this.#fetchers.get(response.from.brokerId)?.onResponse(response)
  }

  onUnreachable(brokerId: string, requestId: number): void {
    this.#fetchers.get(brokerId)?.onUnreachable(requestId)
  }

  onArriving(brokerId: string, requestId: number): void {
    this.#fetchers.get(brokerId)?.onArriving(requestId)
  }

  onPartitionAdded(key: PartitionKey): void {
    if (this.#missing.delete(key) && this.#missing.size === 0) this.#fetchAll([...this.#pending])
  }

  onPartitionRemoved(key: PartitionKey): void {
    const wasMissing = this.#missing.delete(key)
    if (!this.#pending.delete(key)) return
    if (wasMissing && this.#missing.size === 0) this.#fetchAll([...this.#pending])
    else this.#maybeNext()
  }

  onWritten(): void {
    for (const fetcher of [...this.#fetchers.values()]) fetcher.onWritten()
  }

  onReplicateRefused(key: PartitionKey, reason: string): void {
    const source = this.#targets.get(key)?.source
    if (source !== undefined) this.#fetchers.get(source.brokerId)?.onReplicateRefused(key, reason)
  }

  #fetchAll(keys: readonly PartitionKey[]): void {
    this.#pending = new Set(keys)
    for (const key of keys) {
      if (this.#state.partitions.has(key) || this.#missing.has(key)) continue
      this.#missing.add(key)
      this.#state.emit({ type: 'open-partition', key })
    }
    if (this.#missing.size > 0) return
    const { self } = this.#state
    const bySource = new Map<string, Identity>()
    for (const key of keys) {
      const target = this.#targets.get(key)
      if (target === undefined || target.source.brokerId === self.brokerId) this.#finish(key)
      else bySource.set(target.source.brokerId, target.source)
      if (this.#isClosed) return
    }
    for (const source of bySource.values()) this.#open(source).fetch()
    this.#maybeNext()
  }

  #open(source: Identity): Fetcher {
    const fetcher = new Fetcher({
      state: this.#state,
      source,
      epoch: this.#options.epoch,
      purpose: 'reconcile',
      keys: () => this.#pendingOf(source),
      onSettled: (response) => this.#onSettled(fetcher, response),
      onRefused: () => this.#fail(`broker ${source.brokerId} has taken back its promise`),
      onBroken: (reason) => this.#fail(reason),
      onUnreachable: () => this.#fail(`broker ${source.brokerId}, which has the best log, is out of reach`),
    })
    this.#fetchers.set(source.brokerId, fetcher)
    return fetcher
  }

  #pendingOf(source: Identity): PartitionKey[] {
    return [...this.#pending].filter((key) => this.#targets.get(key)?.source.brokerId === source.brokerId)
  }

  #onSettled(fetcher: Fetcher, response: FetchResponse): void {
    for (const { key, type } of response.results) {
      if (type === 'unknown') {
        this.#fail(`broker ${fetcher.source.brokerId} no longer has ${this.#state.nameOf(key)}`)
        return
      }
      const partition = this.#state.partitions.get(key)
      const target = this.#targets.get(key)
      if (partition === undefined || target === undefined || !fetcher.isMatched(key)) continue
      if (partition.syncedEndOffset >= target.endOffset) this.#finish(key)
      if (this.#isClosed) return
    }
    if (this.#pendingOf(fetcher.source).length > 0) fetcher.fetch()
    else this.#closeFetcher(fetcher)
    this.#maybeNext()
  }

  #closeFetcher(fetcher: Fetcher): void {
    fetcher.close()
    this.#fetchers.delete(fetcher.source.brokerId)
  }

  /** The log is as good as the best one; what was committed as far as anybody knows is committed here too. */
  #finish(key: PartitionKey): void {
    this.#pending.delete(key)
    const partition = this.#state.partitions.get(key)
    if (partition === undefined) return
    const { highWatermark = 0, relaxedHighWatermark = 0, ownHighWatermark = 0 } = this.#targets.get(key) ?? {}
    const { isUnsafe } = this.#options
    const { isRelaxed } = partition.settings
    const isMissing = highWatermark > partition.syncedEndOffset && !isRelaxed
    if (isRelaxed && highWatermark > partition.syncedEndOffset) {
      this.#state.notice(
        'error',
        `The best log of ${this.#state.logNameOf(key)}, whose topic is relaxed, ends at ${partition.syncedEndOffset}, and up to ` +
          `${highWatermark} was committed: a power cut took the rest. It goes on from there.`,
      )
    }
    if (isMissing && isUnsafe) this.#options.onGivenUp()
    if (isMissing && !isUnsafe) {
      this.#fail(
        `the best log of ${this.#state.logNameOf(key)} ends at ${partition.syncedEndOffset}, below the high watermark ` +
          `${highWatermark}: acknowledged records are on none of the brokers that answered. Bring the others back`,
      )
      return
    }
    const known = isRelaxed ? relaxedHighWatermark : highWatermark
    const committed = Math.min(isUnsafe ? ownHighWatermark : known, partition.syncedEndOffset)
    if (partition.raiseHighWatermark(committed)) {
      this.#state.emit({ type: 'high-watermark', key, highWatermark: committed })
    }
  }

  #maybeNext(): void {
    if (this.#isClosed || this.#pending.size > 0) return
    if (this.#isTopicListDone) {
      this.close()
      this.#options.onDone()
      return
    }
    this.#isTopicListDone = true
    // Read again now: the topic list may meanwhile have named some as deleted.
    const { removed, partitions } = this.#state
    const keys = new Set([...partitions.keys(), ...this.#targets.keys()])
    keys.delete(metadataKey)
    this.#fetchAll([...keys].filter((key) => !removed.has(key)))
  }

  #fail(reason: string): void {
    if (this.#isClosed) return
    this.close()
    this.#options.onFailed(reason)
  }

  #behindBySource(): Map<string, number> {
    const behind = new Map<string, number>()
    for (const [key, { source, endOffset }] of this.#targets) {
      if (source.brokerId === this.#state.self.brokerId) continue
      const own = this.#state.partitions.get(key)?.syncedEndOffset ?? 0
      behind.set(source.brokerId, (behind.get(source.brokerId) ?? 0) + Math.max(0, endOffset - own))
    }
    return behind
  }
}

function targetsOf({ state, logs }: ReconciliationOptions): Map<PartitionKey, Target> {
  const ranked = new Map<PartitionKey, (PromisedPartition & { brokerId: string; source: Identity })[]>()
  for (const { from, partitions } of logs) {
    for (const partition of partitions) {
      if (state.removed.has(partition.key)) continue
      const others = ranked.get(partition.key) ?? []
      others.push({ ...partition, brokerId: from.brokerId, source: from })
      ranked.set(partition.key, others)
    }
  }
  const targets = new Map<PartitionKey, Target>()
  for (const [key, all] of ranked) {
    const best = state.rules.bestLog(all)
    if (best === undefined) continue
    // What one knows to be committed is so no more where an operator has cut that off since.
    const knownOf = ({ enteredEpoch, highWatermark }: PromisedPartition): number =>
      Math.min(highWatermark, cutOffsetOf(state.cluster.historyCuts, key, enteredEpoch))
    const compared = all.filter((one) => state.rules.knowsRelaxedCommit(one, best))
    targets.set(key, {
      source: best.source,
      endOffset: best.endOffset,
      highWatermark: Math.max(0, ...all.map(knownOf)),
      relaxedHighWatermark: Math.max(0, ...compared.map(knownOf)),
      ownHighWatermark: knownOf(best),
    })
  }
  return targets
}
