import { type HealthResponse, healthResponseSchema } from '@yak/protocol/schemas'

/** A peer that takes longer is not alive for whoever asks now. */
const timeoutMs = 500

/** Answers this old are given again instead of asking anew. */
const freshMs = 100

/** Clocks further apart than this are told: the times of records depend on who leads. */
const clockToleranceMs = 30_000

/** How often peers are asked when nobody else wants to know. */
const lookMs = 10_000

export interface PeerState {
  readonly id: string
  /** Where clients reach it: what it says itself, or what the member list says until it has. */
  readonly url: string
  /** Its last answer; null when the last try brought none. */
  readonly health: HealthResponse | null
}

export interface PeerHealthOptions {
  /** Of the peers, this broker left out, by id. */
  readonly urls: ReadonlyMap<string, string>
  /** This broker's; empty until it has formed or joined one. */
  readonly clusterId: () => string
  /** Wall clock, milliseconds since 1970. */
  readonly clock: () => number
  /** A clock that is far from this one's, in one sentence; once until it is not. */
  readonly onClockRemark?: ((remark: string) => void) | undefined
}

/** What the other brokers say of themselves, asked for only when somebody wants to know. */
export class PeerHealth {
  readonly #urls: ReadonlyMap<string, string>
  readonly #advertised = new Map<string, string>()
  /** By peer: how far its clock is ahead, in milliseconds. */
  readonly #clockAheadMs = new Map<string, number>()
  /** Whose URL in the member list leads to somebody else, or to a broker of another cluster: no client is sent there. */
  readonly #misled = new Set<string>()
  readonly #clusterId: () => string
  readonly #clock: () => number
  readonly #onClockRemark: (remark: string) => void
  #timer: NodeJS.Timeout | undefined
  #last: { readonly atMs: number; readonly states: Promise<PeerState[]> } | undefined

  constructor({ urls, clusterId, clock, onClockRemark = () => {} }: PeerHealthOptions) {
    this.#urls = urls
    this.#clusterId = clusterId
    this.#clock = clock
    this.#onClockRemark = onClockRemark
  }

  /** Asks now and then by itself, until `close`. */
  start(): void {
    if (this.#urls.size === 0) return
    this.#timer = setInterval(() => void this.states(), lookMs)
    this.#timer.unref()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** One sentence for each peer whose clock is far from this broker's. */
  clockRemarks(): string[] {
    return [...this.#clockAheadMs].map(([id, aheadMs]) => clockRemark(id, aheadMs))
  }

  /** Where clients reach a peer, as far as it is known. */
  urlOf(id: string): string | undefined {
    return this.#advertised.get(id) ?? (this.#misled.has(id) ? undefined : this.#urls.get(id))
  }

  /** Every peer; never rejects. */
  states(): Promise<PeerState[]> {
    const nowMs = performance.now()
    if (this.#last === undefined || nowMs - this.#last.atMs > freshMs) {
      this.#last = { atMs: nowMs, states: Promise.all([...this.#urls].map(([id, url]) => this.#ask(id, url))) }
    }
    return this.#last.states
  }

  async #ask(id: string, url: string): Promise<PeerState> {
    let health: HealthResponse | null = null
    try {
      const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(timeoutMs) })
      this.#compareClocks(id, response.headers.get('date'))
      const answer = healthResponseSchema.safeParse(await response.json())
      if (!answer.success || answer.data.brokerId !== id) this.#misled.add(id)
      else if (this.#isStranger(answer.data)) this.#noteStranger(id)
      else health = answer.data
    } catch (error) {
      // Not there, or not in time: that is the answer. Or something else is there, which does not answer in JSON.
      if (error instanceof SyntaxError) this.#misled.add(id)
    }
    if (health !== null) {
      this.#advertised.set(id, health.url)
      this.#misled.delete(id)
    }
    return { id, url: this.urlOf(id) ?? url, health }
  }

  /** Of another cluster, whatever its id: what it says of who leads is about that one. That it is there, SettingsCheck tells. */
  #isStranger({ clusterId }: HealthResponse): boolean {
    const own = this.#clusterId()
    return own !== '' && clusterId !== '' && clusterId !== own
  }

  /** Where it said that clients reach it, they would reach that cluster. */
  #noteStranger(id: string): void {
    this.#misled.add(id)
    this.#advertised.delete(id)
  }

  #compareClocks(id: string, date: string | null): void {
    const aheadMs = Date.parse(date ?? '') - this.#clock()
    if (!(Math.abs(aheadMs) > clockToleranceMs)) {
      this.#clockAheadMs.delete(id)
      return
    }
    if (!this.#clockAheadMs.has(id)) this.#onClockRemark(clockRemark(id, aheadMs))
    this.#clockAheadMs.set(id, aheadMs)
  }
}

function clockRemark(id: string, aheadMs: number): string {
  const seconds = Math.round(Math.abs(aheadMs) / 1_000)
  return (
    `The clock of broker ${id} is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this one's. ` +
    'Nothing is lost by it, but records get the time of whoever leads: set both by NTP.'
  )
}
