import type { ByteBudget } from '../byte-budget.ts'
import type { BodyPool } from './body-pool.ts'

/**
 * One request and its answer, and the memory they hold. The memory is given back when the answer is out (or the client
 * gone) and everybody who asked to `hold` it has let go: the log reads a batch's bytes until they are synced, whatever
 * has become of the client by then.
 */
export class Exchange {
  readonly #budget: ByteBudget
  readonly #pool: BodyPool
  readonly #endListeners = new Set<() => void>()
  #holders = 1
  #reservedBytes = 0
  #body: Buffer | undefined
  #mayReuseBody = true
  #isEnded = false
  /** False from the head of a request with a body until its last byte. */
  isBodyComplete = true

  constructor(budget: ByteBudget, pool: BodyPool) {
    this.#budget = budget
    this.#pool = pool
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  tryReserve(sizeBytes: number): boolean {
    if (!this.#budget.tryReserve(sizeBytes)) return false
    this.#reservedBytes += sizeBytes
    return true
  }

  /** The buffer for this request's body, given back with the rest. */
  takeBody(sizeBytes: number): Buffer {
    this.#body = this.#pool.take(sizeBytes)
    return this.#body
  }

  /** Keeps the body's bytes untouched until the matching `letGo`. */
  hold(): void {
    this.#holders++
  }

  letGo(): void {
    if (--this.#holders > 0) return
    this.#budget.release(this.#reservedBytes)
    this.#reservedBytes = 0
    if (this.#body !== undefined && this.#mayReuseBody) this.#pool.give(this.#body)
    this.#body = undefined
  }

  /** For when it cannot be known who still reads the body: it is left to the collector. */
  neverReuseBody(): void {
    this.#mayReuseBody = false
  }

  /**
   * Calls back once when the answer is out or the client is gone; at once if it is so already. Returns how to stop
   * listening.
   */
  onEnd(listener: () => void): () => void {
    if (this.#isEnded) {
      listener()
      return () => {}
    }
    this.#endListeners.add(listener)
    return () => this.#endListeners.delete(listener)
  }

  /** The answer is out, or nobody is left to take it. */
  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    const listeners = [...this.#endListeners]
    this.#endListeners.clear()
    this.letGo()
    for (const listener of listeners) listener()
  }
}
