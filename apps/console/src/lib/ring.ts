/** Keeps the newest: bounded by count, and by bytes where items have a size. What it let go is counted, never hidden. */
export class Ring<T> {
  readonly #maxCount: number
  readonly #maxBytes: number
  readonly #sizeOf: (item: T) => number
  #items: T[] = []
  /** Where the first one lies in #items: cutting an array's head for each item would be slow. */
  #head = 0
  #bytes = 0
  #dropped = 0

  constructor(options: {
    readonly maxCount: number
    readonly maxBytes?: number
    readonly sizeOf?: (item: T) => number
  }) {
    this.#maxCount = options.maxCount
    this.#maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY
    this.#sizeOf = options.sizeOf ?? (() => 0)
  }

  get length(): number {
    return this.#items.length - this.#head
  }

  get sizeBytes(): number {
    return this.#bytes
  }

  /** How many were let go since the last `clear`. */
  get dropped(): number {
    return this.#dropped
  }

  push(...items: readonly T[]): void {
    for (const item of items) {
      this.#items.push(item)
      this.#bytes += this.#sizeOf(item)
    }
    while (this.length > this.#maxCount || (this.#bytes > this.#maxBytes && this.length > 1)) {
      this.#bytes -= this.#sizeOf(this.#items[this.#head]!)
      this.#head++
      this.#dropped++
    }
    if (this.#head > 1_024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
  }

  at(index: number): T | undefined {
    return index < 0 ? undefined : this.#items[this.#head + index]
  }

  /** A copy, oldest first. */
  toArray(): T[] {
    return this.#items.slice(this.#head)
  }

  clear(): void {
    this.#items = []
    this.#head = 0
    this.#bytes = 0
    this.#dropped = 0
  }
}
