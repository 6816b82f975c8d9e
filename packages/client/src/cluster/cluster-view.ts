/** What a broker says of its cluster. */
export interface ClusterAnswer {
  readonly clusterId: string
  readonly epoch: number
  readonly leader: { readonly id: string; readonly url: string } | null
  readonly brokers: readonly { readonly id: string; readonly url: string }[]
}

export interface Leader {
  readonly brokerId: string
  readonly url: string
  readonly epoch: number
}

/** `other-cluster` answers are never used; `stale` ones neither. */
export type Acceptance = 'accepted' | 'stale' | 'other-cluster'

/**
 * Who leads, as far as this client knows.
 *
 *     none --answer--> led --suspect--> doubted --answer of that leader itself, or of a higher epoch--> led
 *                      led --answer of a higher epoch--> led
 *
 * The epoch only rises: an answer with a lower one comes from a broker that has missed an election, and never wins. What
 * a third broker says about a doubted leader at the same epoch is not used either: it may not have noticed yet.
 */
export class ClusterView {
  readonly #addresses: Set<string>
  #brokerUrls: readonly string[] = []
  #clusterId: string | undefined
  #epoch = -1
  #leader: Leader | undefined
  #isDoubted = false

  constructor(addresses: readonly string[]) {
    this.#addresses = new Set(addresses)
  }

  get clusterId(): string | undefined {
    return this.#clusterId
  }

  /** The highest epoch any broker has spoken of; -1: none. */
  get epoch(): number {
    return this.#epoch
  }

  /** Undefined while none is known, or the one known is doubted. */
  get leader(): Leader | undefined {
    return this.#isDoubted ? undefined : this.#leader
  }

  /** The last leader known, while it is doubted. */
  get doubted(): Leader | undefined {
    return this.#isDoubted ? this.#leader : undefined
  }

  /** Whom to ask: the addresses given, the brokers of the last answer, the last leader. */
  get candidates(): readonly string[] {
    const urls = new Set(this.#addresses)
    for (const url of this.#brokerUrls) urls.add(url)
    if (this.#leader !== undefined) urls.add(this.#leader.url)
    return [...urls]
  }

  accept(answer: ClusterAnswer, fromUrl: string): Acceptance {
    if (this.#clusterId !== undefined && answer.clusterId !== this.#clusterId) {
      // As long as nobody led, a broker with a strange folder may have been the first to answer.
      if (this.#leader !== undefined || answer.leader === null) return 'other-cluster'
      this.#epoch = -1
    }
    if (answer.epoch < this.#epoch) return 'stale'
    this.#clusterId = answer.clusterId
    this.#brokerUrls = answer.brokers.map(({ url }) => normalizedUrl(url))
    this.#note(answer.epoch, answer.leader, fromUrl)
    return 'accepted'
  }

  /** What a redirect says: a leader and its epoch, and nothing else. */
  hint(leader: { readonly id: string; readonly url: string }, epoch: number, fromUrl: string): Acceptance {
    if (epoch < this.#epoch) return 'stale'
    this.#note(epoch, leader, fromUrl)
    return 'accepted'
  }

  /** A request to this leader failed, or it says that it leads no more. */
  suspect(leader: Leader): void {
    if (this.#leader !== undefined && leader.epoch >= this.#leader.epoch) this.#isDoubted = true
  }

  #note(epoch: number, leader: { readonly id: string; readonly url: string } | null, fromUrl: string): void {
    const isNewer = epoch > this.#epoch
    this.#epoch = epoch
    if (leader === null) {
      if (isNewer) this.#isDoubted = true
      return
    }
    const url = normalizedUrl(leader.url)
    if (isNewer || this.#leader === undefined || url === normalizedUrl(fromUrl)) {
      const isKnown = this.leader?.epoch === epoch && this.leader.brokerId === leader.id && this.leader.url === url
      // The same object for as long as nothing changes: who compares them learns nothing new.
      if (!isKnown) this.#leader = { brokerId: leader.id, url, epoch }
      this.#isDoubted = false
    }
  }
}

/** Two spellings of one address are one address. */
export function normalizedUrl(url: string): string {
  return url.replace(/\/+$/, '')
}
