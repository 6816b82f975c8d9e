import { utf8 } from '#text'

/** Kafka's constants of MurmurHash2. */
const SEED = 0x9747b28c
const M = 0x5bd1e995
const R = 24

/** Kafka's murmur2, as a signed 32-bit number: what its clients hash keys with. */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length
  let hash = SEED ^ length
  let position = 0
  for (const wordsEnd = length - 3; position < wordsEnd; position += 4) {
    let word =
      bytes[position]! | (bytes[position + 1]! << 8) | (bytes[position + 2]! << 16) | (bytes[position + 3]! << 24)
    word = Math.imul(word, M)
    word ^= word >>> R
    hash = Math.imul(hash, M) ^ Math.imul(word, M)
  }
  const left = length - position
  if (left > 0) {
    if (left === 3) hash ^= bytes[position + 2]! << 16
    if (left >= 2) hash ^= bytes[position + 1]! << 8
    hash = Math.imul(hash ^ bytes[position]!, M)
  }
  hash ^= hash >>> 13
  hash = Math.imul(hash, M)
  return hash ^ (hash >>> 15)
}

/** The partition where any Kafka client would put this key; a string counts as its UTF-8 bytes. */
export function partitionForKey(key: string | Uint8Array, partitionCount: number): number {
  assertPartitionCount(partitionCount)
  return (murmur2(typeof key === 'string' ? utf8(key) : key) & 0x7fffffff) % partitionCount
}

/**
 * Where records without a key go: all to one partition until its batch is sealed, then to another, so that batches fill.
 * One for each topic.
 */
export class StickyPartitioner {
  readonly #random: () => number
  #partition = -1

  /** `random` gives numbers in [0, 1), as Math.random does. */
  constructor(options: { readonly random: () => number }) {
    this.#random = options.random
  }

  /** The partition for the next record without a key. */
  partition(partitionCount: number): number {
    assertPartitionCount(partitionCount)
    if (this.#partition < 0 || this.#partition >= partitionCount) {
      this.#partition = Math.floor(this.#random() * partitionCount)
    }
    return this.#partition
  }

  /** Say that a batch of the present partition was sealed: from now on another, when there is one. */
  next(partitionCount: number): number {
    const before = this.partition(partitionCount)
    if (partitionCount > 1) {
      this.#partition = (before + 1 + Math.floor(this.#random() * (partitionCount - 1))) % partitionCount
    }
    return this.#partition
  }
}

function assertPartitionCount(partitionCount: number): void {
  if (!(partitionCount >= 1)) throw new TypeError(`A topic has at least one partition, not ${partitionCount}.`)
}
