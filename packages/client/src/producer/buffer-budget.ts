/** The bytes of records not yet settled, over all partitions of a producer. */
export class BufferBudget {
  readonly maxBytes: number
  #usedBytes = 0

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /** The record that is let in here may take the sum over the limit; the next waits. */
  get hasRoom(): boolean {
    return this.#usedBytes < this.maxBytes
  }

  add(sizeBytes: number): void {
    this.#usedBytes += sizeBytes
  }

  remove(sizeBytes: number): void {
    this.#usedBytes -= sizeBytes
  }
}
