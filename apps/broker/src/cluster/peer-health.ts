import { type HealthResponse, healthResponseSchema } from '@yak/protocol/schemas'

/** A peer that takes longer is not alive for whoever asks now. */
const timeoutMs = 500

/** Answers this old are given again instead of asking anew. */
const freshMs = 100

export interface PeerState {
  readonly id: string
  /** Where clients reach it: what it says itself, or what the member list says until it has. */
  readonly url: string
  /** Its last answer; null when the last try brought none. */
  readonly health: HealthResponse | null
}

/** What the other brokers say of themselves, asked for only when somebody wants to know. */
export class PeerHealth {
  readonly #urls: ReadonlyMap<string, string>
  readonly #advertised = new Map<string, string>()
  #last: { readonly atMs: number; readonly states: Promise<PeerState[]> } | undefined

  /** `urls`: of the peers, this broker left out, by id. */
  constructor(urls: ReadonlyMap<string, string>) {
    this.#urls = urls
  }

  /** Where clients reach a peer, as far as it is known. */
  urlOf(id: string): string | undefined {
    return this.#advertised.get(id) ?? this.#urls.get(id)
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
      const answer = healthResponseSchema.safeParse(await response.json())
      if (answer.success && answer.data.brokerId === id) health = answer.data
    } catch {
      // Not there, or not in time: that is the answer.
    }
    if (health !== null) this.#advertised.set(id, health.url)
    return { id, url: this.urlOf(id) ?? url, health }
  }
}
