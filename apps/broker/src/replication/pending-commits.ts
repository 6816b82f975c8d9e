import type { YakError } from '@yak/protocol'

/** Called once: without an error when every record of the append is committed, with one when that cannot be known. */
export type CommitListener = (error: YakError | undefined) => void

export interface PendingCommit {
  readonly endOffset: number
  readonly sizeBytes: number
  readonly listener: CommitListener
}

/** Appends that wait for the high watermark, in the order of their offsets. */
export class PendingCommits {
  #queue: PendingCommit[] = []
  #first = 0

  get count(): number {
    return this.#queue.length - this.#first
  }

  add(endOffset: number, sizeBytes: number, listener: CommitListener): PendingCommit {
    const pending = { endOffset, sizeBytes, listener }
    const last = this.#queue.at(-1)
    if (last === undefined || this.count === 0 || last.endOffset <= endOffset) {
      this.#queue.push(pending)
      return pending
    }
    // A duplicate of a batch that is itself still waiting: its offsets lie below the newest.
    let index = this.#queue.length
    while (index > this.#first && this.#queue[index - 1]!.endOffset > endOffset) index--
    this.#queue.splice(index, 0, pending)
    return pending
  }

  /** The log took the append back: its offsets will be another's, whose commit must not be taken for this one's. */
  fail(pending: PendingCommit, error: YakError): void {
    const index = this.#queue.indexOf(pending, this.#first)
    if (index < 0) return
    this.#queue.splice(index, 1)
    pending.listener(error)
  }

  /** Tells those whose records all lie below the high watermark. Returns the bytes they committed. */
  commitBelow(highWatermark: number): number {
    let committedBytes = 0
    while (this.#first < this.#queue.length) {
      const pending = this.#queue[this.#first]!
      if (pending.endOffset > highWatermark) break
      this.#first++
      committedBytes += pending.sizeBytes
      pending.listener(undefined)
    }
    this.#dropTaken()
    return committedBytes
  }

  failAll(error: YakError): void {
    const failed = this.#queue.slice(this.#first)
    this.#queue = []
    this.#first = 0
    for (const pending of failed) pending.listener(error)
  }

  #dropTaken(): void {
    if (this.#first === this.#queue.length) {
      this.#queue.length = 0
      this.#first = 0
    } else if (this.#first > 1_024) {
      this.#queue = this.#queue.slice(this.#first)
      this.#first = 0
    }
  }
}
