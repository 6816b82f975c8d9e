import type { YakError } from '@yak/protocol'

/** Produces that wait for the high watermark, in the order of their ends. */
export interface WaitingProduce {
  readonly id: number
  readonly baseOffset: number
  readonly endOffset: number
  /** A duplicate of something no longer remembered; it lies somewhere below the end. */
  readonly duplicate?: YakError
}

export class WaitingProduces {
  #queue: WaitingProduce[] = []
  #first = 0

  get count(): number {
    return this.#queue.length - this.#first
  }

  add(produce: WaitingProduce): void {
    const last = this.#queue.at(-1)
    if (this.count === 0 || last === undefined || last.endOffset <= produce.endOffset) {
      this.#queue.push(produce)
      return
    }
    // A duplicate of a batch that still waits itself: its end lies below the newest.
    let index = this.#queue.length
    while (index > this.#first && this.#queue[index - 1]!.endOffset > produce.endOffset) index--
    this.#queue.splice(index, 0, produce)
  }

  /** The next one whose records all lie below, or undefined. */
  takeBelow(highWatermark: number): WaitingProduce | undefined {
    const next = this.#queue[this.#first]
    if (next === undefined || next.endOffset > highWatermark) return undefined
    this.#first++
    if (this.#first === this.#queue.length) {
      this.#queue.length = 0
      this.#first = 0
    } else if (this.#first > 1_024) {
      this.#queue = this.#queue.slice(this.#first)
      this.#first = 0
    }
    return next
  }

  takeAll(): readonly WaitingProduce[] {
    const all = this.#queue.slice(this.#first)
    this.#queue = []
    this.#first = 0
    return all
  }
}
