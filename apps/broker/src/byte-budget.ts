/** Bytes that may be held at once. Who gets none is refused, so that memory does not grow with the load. */
export class ByteBudget {
  readonly limitBytes: number
  #usedBytes = 0

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  tryReserve(sizeBytes: number): boolean {
    if (this.#usedBytes + sizeBytes > this.limitBytes) return false
    this.#usedBytes += sizeBytes
    return true
  }

  /** For bytes that are there already. May go beyond the limit. */
  reserve(sizeBytes: number): void {
    this.#usedBytes += sizeBytes
  }

  release(sizeBytes: number): void {
    this.#usedBytes -= sizeBytes
  }
}
