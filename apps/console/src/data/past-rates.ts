import { LIMITS } from '@yak/protocol'
import type { CounterHistoryResponse } from '@yak/protocol/schemas'
import { pastRates } from '../lib/past-rates.ts'
import type { RateHistory } from '../lib/rates.ts'
import type { ApiClient } from './api/api-client.ts'
import type { RateName } from './cluster-feed.ts'
import { Store } from './store.ts'

export interface PastTold {
  /** By this browser's clock; what is before it is from the brokers' notes. */
  readonly at: number
  /** Brokers that did not tell their part. */
  readonly missing: readonly string[]
}

/**
 * Fills the charts' time before the page was opened, and holes of when it was not connected, from what brokers noted. Asked for
 * once in each connection, and only while a chart is looked at.
 */
export class PastRates {
  /** What was told last. */
  readonly told: Store<PastTold | null> = new Store<PastTold | null>(null)
  readonly #api: ApiClient
  readonly #history: RateHistory<RateName>
  readonly #onFilled: () => void
  #isWanted = false
  #isDue = false

  constructor(api: ApiClient, history: RateHistory<RateName>, onFilled: () => void) {
    this.#api = api
    this.#history = history
    this.#onFilled = onFilled
  }

  /** A chart is looked at. Returns how to say that it is not any more. */
  want(): () => void {
    this.#isWanted = true
    void this.#ask()
    return () => {
      this.#isWanted = false
    }
  }

  /** The cluster is told of, for the first time or again. */
  noteConnected(): void {
    this.#isDue = true
    void this.#ask()
  }

  async #ask(): Promise<void> {
    if (!this.#isWanted || !this.#isDue) return
    this.#isDue = false
    try {
      const { data, at } = await this.#api.json<CounterHistoryResponse>('/v1/counter-history?broker=all')
      const { brokers, missing } = data
      this.#history.fill(pastRates(brokers, brokers.length + missing.length, at), LIMITS.counterNoteMs)
      this.told.set({ at, missing: missing.map(({ brokerId }) => brokerId) })
      this.#onFilled()
    } catch {
      // A broker of an earlier version, or none: the charts fill from now on, and the next connection asks again.
    }
  }
}
