const FIRST_CAPACITY = 64

/**
 * Where each batch of a run of bytes begins: base offset and position, rising together. Outside the heap: a log that takes a thousand
 * batches a second would otherwise put as many numbers, and the lists that became too short for them, into V8's old generation.
 */
export class BatchPositions {
  #baseOffsets = new Float64Array(FIRST_CAPACITY)
  #positions = new Uint32Array(FIRST_CAPACITY)
  #count = 0

  get count(): number {
    return this.#count
  }

  add(baseOffset: number, position: number): void {
    if (this.#count === this.#positions.length) this.#grow()
    this.#baseOffsets[this.#count] = baseOffset
    this.#positions[this.#count] = position
    this.#count++
  }

  /** `index` below `count`. */
  baseOffset(index: number): number {
    return this.#baseOffsets[index]!
  }

  /** `index` below `count`. */
  position(index: number): number {
    return this.#positions[index]!
  }

  /** Index of the last batch that begins at or below `offset`; the first must. */
  lastFromOffset(offset: number): number {
    return lastAtOrBelow(this.#baseOffsets, this.#count, offset)
  }

  /** Index of the last batch that begins at or before `position`; the first must. */
  lastFromPosition(position: number): number {
    return lastAtOrBelow(this.#positions, this.#count, position)
  }

  #grow(): void {
    const baseOffsets = new Float64Array(2 * this.#count)
    baseOffsets.set(this.#baseOffsets)
    this.#baseOffsets = baseOffsets
    const positions = new Uint32Array(2 * this.#count)
    positions.set(this.#positions)
    this.#positions = positions
  }
}

function lastAtOrBelow(values: Float64Array | Uint32Array, count: number, limit: number): number {
  let low = 0
  let high = count - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (values[middle]! <= limit) low = middle
    else high = middle - 1
  }
  return low
}
