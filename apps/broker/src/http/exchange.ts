import type { IncomingMessage } from 'node:http'
import { Roster, type YakError } from '@yak/protocol'
import type { ByteBudget } from '../byte-budget.ts'
import type { BodyPool } from './body-pool.ts'

/** The status says that a request failed for a reason that is not the client's: the broker could not, or had no room for it. */
export function isFault(status: number): boolean {
  return status >= 500 || status === 429
}

/**
 * One request and its answer, and the memory it is counted with. The count is given back when the answer is out or the
 * client gone; the buffer of the body as soon as nobody reads it any more.
 */
export class Exchange {
  readonly #message: IncomingMessage
  readonly #budget: ByteBudget
  readonly #pool: BodyPool
  readonly #endListeners = new Roster<() => void>()
  /** Whoever reads the body sees to it that it comes to an end; the time for whole requests does not hold for it. */
  hasOwnTime = false
  #reservedBytes = 0
  #body: Buffer | undefined
  #isEnded = false
  #hasFaultyPart = false

  constructor(message: IncomingMessage, budget: ByteBudget, pool: BodyPool) {
    this.#message = message
    this.#budget = budget
    this.#pool = pool
  }

  /**
   * The request is here to its last byte, so it is owed an answer. The parser knows this before the stream does, which
   * tells its end a tick later.
   */
  get isBodyComplete(): boolean {
    return this.#message.complete
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  /** The answer is 200, and says of some record or partition that it failed as `isFault` has it. */
  get hasFaultyPart(): boolean {
    return this.#hasFaultyPart
  }

  notePartError({ definition }: YakError): void {
    this.#hasFaultyPart ||= isFault(definition.status)
  }

  tryReserve(sizeBytes: number): boolean {
    if (!this.#budget.tryReserve(sizeBytes)) return false
    this.#reservedBytes += sizeBytes
    return true
  }

  /** For what a request needs beside its body. One that has all the memory to itself gets it, so that none is refused for ever. */
  tryReserveMore(sizeBytes: number): boolean {
    if (this.#budget.usedBytes > this.#reservedBytes) return this.tryReserve(sizeBytes)
    this.#budget.reserve(sizeBytes)
    this.#reservedBytes += sizeBytes
    return true
  }

  /** A buffer for the body. */
  takeBody(sizeBytes: number): Buffer {
    this.#body = this.#pool.take(sizeBytes)
    return this.#body
  }

  /** Nobody reads the body's bytes from now on: another request may have the buffer. */
  freeBody(): void {
    if (this.#body !== undefined) this.#pool.give(this.#body)
    this.#body = undefined
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
    this.#budget.release(this.#reservedBytes)
    this.#reservedBytes = 0
    for (const listener of listeners) listener()
  }
}
