/**
 * One long-poll that waits for bytes in any of its partitions. Woken once: when enough bytes were committed, when a
 * partition fails or goes, or by its owner (deadline, client gone, broker stopping).
 */
export class FetchWaiter {
  #bytesMissing: number
  #wake: (() => void) | undefined

  constructor(minBytes: number, wake: () => void) {
    this.#bytesMissing = minBytes
    this.#wake = wake
  }

  /** A partition committed so many bytes more. */
  noteCommitted(sizeBytes: number): void {
    this.#bytesMissing -= sizeBytes
    if (this.#bytesMissing <= 0) this.wake()
  }

  wake(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }
}
