import { Fifo } from '../fifo.ts'

/** What began between two flushes and has not ended. */
export interface Generation {
  openCount: number
  readonly waiters: (() => void)[]
}

/**
 * Lets `flush` wait for what was sent before it and nothing sent after. Whatever is open (a batch, a send that waits for
 * room) belongs to the generation in which it began; a flush ends a generation and waits until it and all before it are done.
 */
export class FlushTracker {
  readonly #generations = new Fifo<Generation>()
  #current: Generation = { openCount: 0, waiters: [] }

  constructor() {
    this.#generations.push(this.#current)
  }

  /**
   * Something begins, or goes on in the place of what began in `generation` and has not ended. `end` takes what this gives.
   */
  begin(generation: Generation = this.#current): Generation {
    generation.openCount++
    return generation
  }

  end(generation: Generation): void {
    generation.openCount--
    this.#retire()
  }

  flush(): Promise<void> {
    return new Promise((resolve) => {
      this.#current.waiters.push(resolve)
      this.#current = { openCount: 0, waiters: [] }
      this.#generations.push(this.#current)
      this.#retire()
    })
  }

  #retire(): void {
    while (this.#generations.length > 1 && this.#generations.peek()!.openCount === 0) {
      for (const resolve of this.#generations.shift()!.waiters) resolve()
    }
  }
}
