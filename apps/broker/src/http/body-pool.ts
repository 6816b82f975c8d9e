/** Smaller bodies are allocated exactly: they are cheap, and a class for each size would hold more than it saves. */
const smallestPooledBytes = 16_384

/**
 * Buffers for request bodies, used again. A producer at full speed fills the same few buffers over and over, where fresh
 * ones would leave the collector 100 MB of garbage a second and the process a resident size to match.
 *
 * A buffer may come back only when nobody reads it any more: the log owns a batch until it is synced.
 */
export class BodyPool {
  readonly #maxIdleBytes: number
  /** By the power of two that is their size. */
  readonly #idle = new Map<number, Buffer[]>()
  #idleBytes = 0

  constructor(maxIdleBytes: number) {
    this.#maxIdleBytes = maxIdleBytes
  }

  get idleBytes(): number {
    return this.#idleBytes
  }

  /** A buffer of at least so many bytes, with whatever was in it. */
  take(sizeBytes: number): Buffer {
    if (sizeBytes < smallestPooledBytes) return Buffer.allocUnsafeSlow(sizeBytes)
    const size = 2 ** Math.ceil(Math.log2(sizeBytes))
    const buffer = this.#idle.get(size)?.pop()
    if (buffer === undefined) return Buffer.allocUnsafeSlow(size)
    this.#idleBytes -= size
    return buffer
  }

  /** Takes back a buffer of `take`. The caller must not touch it again. */
  give(buffer: Buffer): void {
    const size = buffer.length
    if (size < smallestPooledBytes || this.#idleBytes + size > this.#maxIdleBytes) return
    const idle = this.#idle.get(size)
    if (idle === undefined) this.#idle.set(size, [buffer])
    else idle.push(buffer)
    this.#idleBytes += size
  }
}
