/** What a broker says of its cluster. */
export interface ClusterAnswer {
  readonly clusterId: string
  /** Who says it; undefined: it does not tell. */
  readonly brokerId: string | undefined
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
 *     none --the leader says so itself--> led --suspect, or an answer of a higher epoch--> doubted
 *                                         led <--the leader says so itself--------------- doubted
 *
 * The epoch only rises: an answer with a lower one comes from a broker that has missed an election, and never wins. Whom a third
 * broker names is only asked: it may not have noticed that this one leads no more, and the address it has may lead nowhere, to a
 * broker of another cluster, or back to itself.
 */
export class ClusterView {
  readonly #addresses: Set<string>
  #brokerUrls: readonly string[] = []
  #clusterId: string | undefined
  /** Somebody of the cluster has named a leader. */
  #isCertain = false
  #epoch = -1
  #leader: Leader | undefined
  #isDoubted = false
  #named: string | undefined

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

  /** Where the leader is to be found, as others say who have not been borne out by it yet. */
  get named(): string | undefined {
    return this.#named
  }

  /** Whom to ask: the addresses given, the brokers of the last answer, the last leader, and who is named for it. */
  get candidates(): readonly string[] {
    const urls = new Set(this.#addresses)
    for (const url of this.#brokerUrls) urls.add(url)
    if (this.#leader !== undefined) urls.add(this.#leader.url)
    if (this.#named !== undefined) urls.add(this.#named)
    return [...urls]
  }

  accept(answer: ClusterAnswer, fromUrl: string): Acceptance {
    if (this.#clusterId !== undefined && answer.clusterId !== this.#clusterId) {
      // As long as nobody led, a broker with a strange folder may have been the first to answer.
      if (this.#isCertain || answer.leader === null) return 'other-cluster'
      this.#epoch = -1
    }
    if (answer.epoch < this.#epoch) return 'stale'
    this.#clusterId = answer.clusterId
    this.#brokerUrls = answer.brokers.map(({ url }) => normalizedUrl(url))
    this.#note(answer, fromUrl)
    return 'accepted'
  }

  /**
   * What a redirect says. Its epoch is not taken: a redirect does not tell of which cluster it is. False: it is older than what is known.
   */
  hint(url: string, epoch: number): boolean {
    if (epoch < this.#epoch) return false
    if (this.leader === undefined || epoch > this.#epoch) this.#named = normalizedUrl(url)
    return true
  }

  /** A request to this leader failed, or it says that it leads no more. */
  suspect({ epoch, url }: Leader): void {
    if (this.#leader?.epoch === epoch && this.#leader.url === url) this.#isDoubted = true
  }

  #note({ brokerId, epoch, leader }: ClusterAnswer, fromUrl: string): void {
    const isNewer = epoch > this.#epoch
    this.#epoch = epoch
    if (isNewer) this.#isDoubted = true
    if (leader === null) return
    this.#isCertain = true
    const url = normalizedUrl(leader.url)
    if (url === normalizedUrl(fromUrl) && (brokerId === undefined || brokerId === leader.id)) {
      const isKnown = this.leader?.epoch === epoch && this.leader.brokerId === leader.id && this.leader.url === url
      // The same object for as long as nothing changes: who compares them learns nothing new.
      if (!isKnown) this.#leader = { brokerId: leader.id, url, epoch }
      this.#isDoubted = false
      this.#named = undefined
    } else if (isNewer || (this.leader === undefined && !this.#isKnownAs(url, epoch))) {
      this.#named = url
    }
  }

  /** It was believed already, and is doubted for a reason that the broker that names it may not know. */
  #isKnownAs(url: string, epoch: number): boolean {
    return this.#leader?.url === url && this.#leader.epoch === epoch
  }
}

/** Two spellings of one address are one address. */
export function normalizedUrl(url: string): string {
  return url.replace(/\/+$/, '')
}
