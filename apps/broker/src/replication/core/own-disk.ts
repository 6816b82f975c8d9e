import type { PartitionReplica } from './partition-replica.ts'
import type { PartitionKey } from './state.ts'

/** How far a leader's own disk is behind what it was given, in time: the measure by which followers leave the ISR. */
export class OwnDisk {
  readonly #askedWithinMs: number
  #askedAtMs: number
  /** It had everything that was there at this moment. */
  #caughtUpAtMs: number
  #markedAtMs: number
  /** Where each log ended then, if that was not yet on the disk. */
  #mark = new Map<PartitionKey, number>()

  /** `askedWithinMs`: asked later than that, this process stood still itself, and nothing is known of the disk. */
  constructor(now: number, askedWithinMs: number) {
    this.#askedWithinMs = askedWithinMs
    this.#askedAtMs = now
    this.#caughtUpAtMs = now
    this.#markedAtMs = now
  }

  /** To be asked again and again: it tells no finer than it is asked. */
  behindMs(partitions: ReadonlyMap<PartitionKey, PartitionReplica>, now: number): number {
    const stoodStill = now - this.#askedAtMs > this.#askedWithinMs
    this.#askedAtMs = now
    if (stoodStill) {
      this.#markedAtMs = now
      this.#mark.clear()
    }
    for (const [key, endOffset] of this.#mark) {
      const partition = partitions.get(key)
      if (partition !== undefined && partition.syncedEndOffset < endOffset) return now - this.#caughtUpAtMs
    }
    this.#caughtUpAtMs = this.#markedAtMs
    this.#markedAtMs = now
    this.#mark = new Map()
    for (const { key, endOffset, syncedEndOffset } of partitions.values()) {
      if (syncedEndOffset < endOffset) this.#mark.set(key, endOffset)
    }
    if (this.#mark.size === 0) this.#caughtUpAtMs = now
    return now - this.#caughtUpAtMs
  }
}
