import { YakError } from '../yak-error.ts'

/**
 * What the compressed batches of one request may unpack to together. Each is unpacked to be checked, while nothing else is done:
 * without a bound a request of thousands of small ones would hold its broker up for minutes.
 */
export class UnpackAllowance {
  readonly #totalBytes: number
  #spentBytes = 0

  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes
  }

  /** Throws OVERLOADED once all is spent; the batch that spends the last of it is still unpacked. */
  assertLeft(): void {
    if (this.#spentBytes < this.#totalBytes) return
    throw new YakError(
      'OVERLOADED',
      `The compressed batches before this one in its request unpack to ${this.#spentBytes} bytes, and ${this.#totalBytes} ` +
        'are unpacked for one request. Send it in another.',
      { details: { maxUnpackedBytes: this.#totalBytes } },
    )
  }

  /** Takes what a batch unpacked to, in bytes; it may be more than was left. */
  spend(sizeBytes: number): void {
    this.#spentBytes += sizeBytes
  }
}
