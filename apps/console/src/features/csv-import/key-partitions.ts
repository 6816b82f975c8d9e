import { partitionForKey } from '@yak/protocol'

/** Rows without a key change the partition after so many, so that batches fill. */
const keylessRun = 1_024
const maxRemembered = 50_000

/** Which partition a row goes to: by its key, or without one by its number. The same for the same file, whenever it is asked. */
export class KeyPartitions {
  readonly #partitionCount: number
  readonly #known = new Map<string, number>()

  constructor(partitionCount: number) {
    this.#partitionCount = partitionCount
  }

  of(key: string | null, row: number): number {
    if (key === null) return Math.floor(row / keylessRun) % this.#partitionCount
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const partition = partitionForKey(key, this.#partitionCount)
    if (this.#known.size >= maxRemembered) this.#known.clear()
    this.#known.set(key, partition)
    return partition
  }
}
