import type { Segment } from '../segment/segment.ts'
import { AppendGroup } from './append-group.ts'

/** Groups waiting for the disk, oldest first; the first may be under way. */
export class AppendQueue {
  readonly #maxGroupBytes: number
  #waiting: AppendGroup[] = []
  #underWay: AppendGroup | undefined
  #pendingBytes = 0

  constructor(maxGroupBytes: number) {
    this.#maxGroupBytes = maxGroupBytes
  }

  /** Bytes of all groups, the one under way included. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#underWay === undefined
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0
  }

  /** The group that the next batch of `segment` joins. */
  groupFor(segment: Segment, sizeBytes: number): AppendGroup {
    this.#pendingBytes += sizeBytes
    const last = this.#waiting.at(-1)
    if (last !== undefined && last.segment === segment && last.sizeBytes + sizeBytes <= this.#maxGroupBytes) return last
    const group = new AppendGroup(segment)
    this.#waiting.push(group)
    return group
  }

  /** The oldest group, which is under way until `finish` or `clear`. */
  take(): AppendGroup | undefined {
    this.#underWay = this.#waiting.shift()
    return this.#underWay
  }

  finish(group: AppendGroup): void {
    this.#underWay = undefined
    this.#pendingBytes -= group.sizeBytes
  }

  /** Empties the queue and answers what was in it, oldest first. */
  clear(): AppendGroup[] {
    const groups = this.#underWay === undefined ? this.#waiting : [this.#underWay, ...this.#waiting]
    this.#waiting = []
    this.#underWay = undefined
    this.#pendingBytes = 0
    return groups
  }

  /** The group that holds the batch ending at `lastOffset`; undefined when it is done. */
  groupOf(lastOffset: number): AppendGroup | undefined {
    const holds = (group: AppendGroup): boolean => lastOffset >= group.startOffset && lastOffset < group.nextOffset
    return this.#underWay !== undefined && holds(this.#underWay) ? this.#underWay : this.#waiting.find(holds)
  }
}
