import type { FetchResponse } from './messages.ts'
import type { CoreOptions } from './options.ts'

/** A single batch may be larger, and comes whole. */
const minAnswerBytes = 65_536
/** Of a link that nothing is known of. */
const firstAnswerBytes = 262_144

/**
 * How much to ask for at once: little at first, and twice as much after each answer that was full and came quickly. One that takes long
 * holds up what it should acknowledge, so over a slow link they become smaller, until each takes a small part of the lease.
 */
export class AnswerSize {
  readonly #largest: number
  readonly #leaseMs: number
  #maxBytes: number
  #arrivingSinceMs: number | null = null

  constructor({ fetchMaxBytes, leaseMs }: Pick<CoreOptions, 'fetchMaxBytes' | 'leaseMs'>) {
    this.#largest = fetchMaxBytes
    this.#leaseMs = leaseMs
    this.#maxBytes = Math.min(firstAnswerBytes, fetchMaxBytes)
  }

  get maxBytes(): number {
    return this.#maxBytes
  }

  onArriving(nowMs: number): void {
    this.#arrivingSinceMs ??= nowMs
  }

  onAnswer({ results }: Pick<FetchResponse, 'results'>, nowMs: number): void {
    const tookMs = nowMs - (this.#arrivingSinceMs ?? nowMs)
    this.#arrivingSinceMs = null
    if (tookMs > this.#leaseMs / 8) {
      this.#setTo((this.#maxBytes * this.#leaseMs) / 16 / tookMs)
      return
    }
    if (this.#maxBytes === this.#largest || tookMs > this.#leaseMs / 32) return
    let sizeBytes = 0
    for (const result of results) if (result.type === 'batches') sizeBytes += result.batches.length
    // Out of the ISR a quarter is all that is given.
    if (sizeBytes * 8 >= this.#maxBytes) this.#setTo(this.#maxBytes * 2)
  }

  /** It did not come, or not all of it. */
  onLost(): void {
    if (this.#arrivingSinceMs !== null) this.#setTo(this.#maxBytes / 2)
    this.#arrivingSinceMs = null
  }

  /** Another request has taken its place. */
  onSuperseded(): void {
    this.#arrivingSinceMs = null
  }

  #setTo(maxBytes: number): void {
    this.#maxBytes = Math.min(this.#largest, Math.max(Math.min(minAnswerBytes, this.#largest), Math.floor(maxBytes)))
  }
}
