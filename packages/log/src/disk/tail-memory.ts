/** A run of bytes that batches were copied into, filled from the start. */
export interface TailChunk {
  readonly bytes: Uint8Array
  usedBytes: number
  /** The log that owns the chunk drops it from its tail; true when nothing refers to its bytes any more. */
  readonly evict: () => boolean
}

/** Chunks that were evicted and wait to be filled again, as a share of all. */
const FREE_PART = 4

/**
 * The memory that the tails of all logs of a disk share. Chunks leave in the order they came, so a busy log pushes out
 * the old tail of a quiet one and the sum stays bounded. What leaves is still on disk.
 *
 * A chunk that leaves is filled again: at 100 MB/s fresh ones would be 100 MB/s of garbage outside the heap, which V8
 * clears away with full collections only.
 */
export class TailMemory {
  readonly #maxBytes: number
  readonly #chunks = new Set<TailChunk>()
  #sizeBytes = 0
  /** Oldest first. */
  readonly #free: Uint8Array[] = []
  #freeBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** A chunk of at least so many bytes, with whatever was in it: only what its owner fills is ever handed out. */
  allocate(leastBytes: number, evict: () => boolean): TailChunk {
    const sizeBytes = 2 ** Math.ceil(Math.log2(leastBytes))
    for (const oldest of this.#chunks) {
      if (this.#sizeBytes + sizeBytes <= this.#maxBytes) break
      this.release(oldest)
      if (oldest.evict()) this.#keep(oldest.bytes)
    }
    const chunk: TailChunk = { bytes: this.#take(sizeBytes), usedBytes: 0, evict }
    this.#chunks.add(chunk)
    this.#sizeBytes += sizeBytes
    return chunk
  }

  /** Gives a chunk up. Its bytes are not filled again: a write may still be under way from them. */
  release(chunk: TailChunk): void {
    if (this.#chunks.delete(chunk)) this.#sizeBytes -= chunk.bytes.length
  }

  #take(sizeBytes: number): Uint8Array {
    const index = this.#free.findIndex(({ length }) => length === sizeBytes)
    const [bytes] = index === -1 ? [] : this.#free.splice(index, 1)
    // Not zeroed, which costs as much as the copy.
    if (bytes === undefined) return Buffer.allocUnsafeSlow(sizeBytes)
    this.#freeBytes -= sizeBytes
    return bytes
  }

  /** The oldest go first: they may be of a size that nobody asks for any more. */
  #keep(bytes: Uint8Array): void {
    this.#free.push(bytes)
    this.#freeBytes += bytes.length
    while (this.#freeBytes > this.#maxBytes / FREE_PART) this.#freeBytes -= this.#free.shift()!.length
  }
}
