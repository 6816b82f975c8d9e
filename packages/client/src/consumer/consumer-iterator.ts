import type { Chunk } from './chunk.ts'

/** Where an iterator gets its chunks from. */
export interface ChunkFeed {
  /** The chunk being read. */
  readonly chunk: Chunk | undefined
  begin(): void
  /** Makes the next chunk `chunk`, waiting for it if need be. False at the end. */
  advance(): Promise<boolean>
  /** The chunk cannot be read on, or `advance` has failed. */
  fail(error: unknown): void
  end(): void
}

/**
 * Written by hand, for it is called once for each message: while a chunk lasts, `next` gives a promise that is resolved
 * already, and nothing else happens.
 */
export class ConsumerIterator<Item> implements AsyncIterableIterator<Item, undefined> {
  readonly #feed: ChunkFeed
  readonly #take: (chunk: Chunk) => Item | undefined
  #state: 'new' | 'open' | 'done' = 'new'
  /** The last `next` that had to wait. Those called meanwhile wait behind it. */
  #slow: Promise<IteratorResult<Item, undefined>> | undefined

  constructor(feed: ChunkFeed, take: (chunk: Chunk) => Item | undefined) {
    this.#feed = feed
    this.#take = take
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    if (this.#slow === undefined) {
      const { chunk } = this.#feed
      if (chunk !== undefined && this.#state === 'open') {
        try {
          const value = this.#take(chunk)
          if (value !== undefined) return Promise.resolve({ value, done: false })
        } catch (error) {
          return this.#fail(error)
        }
      }
    }
    const go = (): Promise<IteratorResult<Item, undefined>> => this.#nextSlowly()
    // The one before may fail: that is its caller's to hear, and what follows is the end.
    const slow = this.#slow === undefined ? go() : this.#slow.then(go, go)
    this.#slow = slow
    const forget = (): void => {
      if (this.#slow === slow) this.#slow = undefined
    }
    slow.then(forget, forget)
    return slow
  }

  /** `break` and `return` in a loop come here: nothing is fetched any more, and the next iteration goes on from here. */
  return(): Promise<IteratorResult<Item, undefined>> {
    this.#finish()
    return Promise.resolve({ value: undefined, done: true })
  }

  async #nextSlowly(): Promise<IteratorResult<Item, undefined>> {
    if (this.#state === 'new') {
      this.#feed.begin()
      this.#state = 'open'
    }
    try {
      while (this.#state === 'open') {
        const { chunk } = this.#feed
        const value = chunk === undefined ? undefined : this.#take(chunk)
        if (value !== undefined) return { value, done: false }
        if (!(await this.#feed.advance())) break
      }
    } catch (error) {
      return this.#fail(error)
    }
    this.#finish()
    return { value: undefined, done: true }
  }

  #fail(error: unknown): Promise<never> {
    this.#feed.fail(error)
    this.#finish()
    return Promise.reject(error)
  }

  #finish(): void {
    if (this.#state === 'open') this.#feed.end()
    this.#state = 'done'
  }
}
