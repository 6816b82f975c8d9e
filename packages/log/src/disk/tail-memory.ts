/** A run of bytes that batches were copied into; filled once, never overwritten, so a reader may keep any part of it. */
export interface TailChunk {
  readonly bytes: Uint8Array
  usedBytes: number
  /** The log that owns the chunk drops it from its tail. */
  readonly evict: () => void
}

/**
 * The memory that the tails of all logs of a disk share. Chunks leave in the order they came, so a busy log pushes out
 * the old tail of a quiet one and the sum stays bounded. What leaves is still on disk; a reader that holds part of a chunk
 * keeps that chunk alive.
 */
export class TailMemory {
  readonly #maxBytes: number
  readonly #chunks = new Set<TailChunk>()
  #sizeBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  allocate(sizeBytes: number, evict: () => void): TailChunk {
    // Not zeroed, which costs as much as the copy: only the used part is ever handed out.
    const chunk: TailChunk = { bytes: Buffer.allocUnsafeSlow(sizeBytes), usedBytes: 0, evict }
    this.#chunks.add(chunk)
    this.#sizeBytes += sizeBytes
    for (const oldest of this.#chunks) {
      if (this.#sizeBytes <= this.#maxBytes || oldest === chunk) break
      this.release(oldest)
      oldest.evict()
    }
    return chunk
  }

  release(chunk: TailChunk): void {
    if (this.#chunks.delete(chunk)) this.#sizeBytes -= chunk.bytes.length
  }
}
