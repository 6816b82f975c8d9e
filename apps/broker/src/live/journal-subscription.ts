import { LIMITS } from '@yak/protocol'
import type { JournalEntry, SubscribeJournal } from '@yak/protocol/schemas'
import type { ClusterJournal } from '../journal/cluster-journal.ts'
import { type Journal, levelFilter } from '../journal/journal.ts'
import { messageOf } from '../message-of.ts'
import type { LiveSubscription, SubscriptionPort } from './live-subscription.ts'
import { pause } from './pause.ts'

/** How often a peer is asked for more. */
const peerPollMs = 1_000

export interface JournalSubscriptionOptions {
  readonly brokerId: string
  readonly journal: Journal
  readonly clusterJournal: ClusterJournal
}

/**
 * The journals of some brokers as they grow. Each broker is read on by itself, from where the client was, so that one that does
 * not answer holds up no other; own entries wake their reader, peers are asked every second.
 */
export class JournalSubscription implements LiveSubscription {
  readonly #port: SubscriptionPort
  readonly #frame: SubscribeJournal
  readonly #options: JournalSubscriptionOptions
  readonly #after: Record<string, number>
  readonly #missing = new Map<string, string>()
  readonly #end = new AbortController()
  readonly #stopListening: () => void
  #wake: () => void = () => {}
  #hasSent = false

  constructor(port: SubscriptionPort, frame: SubscribeJournal, options: JournalSubscriptionOptions) {
    this.#port = port
    this.#frame = frame
    this.#options = options
    this.#after = { ...frame.after }
    // Before anything is begun: it throws for a broker that is none of the cluster.
    const ids = options.clusterJournal.memberIds(frame.brokers)
    const isWanted = levelFilter(frame.level)
    this.#stopListening = options.journal.onEntry((entry) => {
      if (isWanted(entry)) this.#wake()
    })
    port.send(JSON.stringify({ type: 'subscribed', id: port.id, channel: 'journal' }))
    for (const id of ids) void this.#follow(id).catch((error) => port.fail(error))
  }

  close(): void {
    this.#end.abort()
    this.#stopListening()
    this.#wake()
  }

  async #follow(id: string): Promise<void> {
    const { signal } = this.#end
    const isOwn = id === this.#options.brokerId
    while (!signal.aborted) {
      // Before the read, so that an entry that comes while it runs is not waited for.
      const more = isOwn ? this.#nextOwnEntry() : undefined
      const isFull = await this.#readOn(id)
      if (isFull) continue
      await (more ?? pause(peerPollMs, signal))
    }
  }

  #nextOwnEntry(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
      if (this.#end.signal.aborted) resolve()
    })
  }

  /** True when there may be more at once. */
  async #readOn(id: string): Promise<boolean> {
    const { clusterJournal } = this.#options
    const { last, level } = this.#frame
    const { signal } = this.#end
    const after = this.#after[id]
    const limit = after === undefined ? Math.max(1, last) : LIMITS.maxLiveJournalEntriesPerFrame
    let page: Awaited<ReturnType<ClusterJournal['readOne']>>
    try {
      page = await clusterJournal.readOne(id, { after, limit, level }, signal)
    } catch (error) {
      if (!signal.aborted) await this.#noteMissing(id, messageOf(error))
      return false
    }
    if (signal.aborted) return false
    const wasMissing = this.#missing.delete(id)
    const entries = after === undefined && last === 0 ? [] : page.entries
    await this.#deliver(id, entries, page.after, wasMissing)
    return after !== undefined && page.entries.length === limit
  }

  async #noteMissing(id: string, detail: string): Promise<void> {
    const isNew = !this.#missing.has(id)
    this.#missing.set(id, detail)
    await this.#deliver(id, [], undefined, isNew)
  }

  /** `after` counts once the last of the entries is sent: a client that leaves in between gets the rest elsewhere. */
  async #deliver(
    id: string,
    entries: readonly JournalEntry[],
    after: number | undefined,
    isMissingChanged: boolean,
  ): Promise<void> {
    const isWorthAFrame = entries.length > 0 || isMissingChanged || !this.#hasSent
    this.#hasSent = true
    const most = LIMITS.maxLiveJournalEntriesPerFrame
    for (let start = 0; start + most < entries.length; start += most) {
      const part = entries.slice(start, start + most)
      this.#after[id] = part.at(-1)!.seq
      await this.#sendFrame(part)
    }
    if (after !== undefined) this.#after[id] = after
    if (isWorthAFrame) await this.#sendFrame(entries.slice(Math.max(0, Math.ceil(entries.length / most) - 1) * most))
  }

  async #sendFrame(entries: readonly JournalEntry[]): Promise<void> {
    const missing = [...this.#missing].map(([brokerId, detail]) => ({ brokerId, detail }))
    const fields = JSON.stringify({ entries, after: this.#after, missing }).slice(1, -1)
    await this.#port.send(this.#port.dataFrame(fields))
  }
}
