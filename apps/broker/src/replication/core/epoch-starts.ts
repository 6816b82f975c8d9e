import type { EpochStart, LogState } from './state.ts'

/** The last offset, exclusive, of the largest epoch that is no larger than the one asked for. */
export interface EpochEnd {
  readonly epoch: number
  readonly endOffset: number
}

/**
 * Where each leader epoch begins in a log: the core's copy of the leader-epoch-checkpoint. A copy, because the core
 * decides from what it was told and not from a log that has gone on meanwhile.
 */
export class EpochStarts {
  #starts: EpochStart[]

  constructor(starts: readonly EpochStart[]) {
    this.#starts = [...starts]
  }

  /** -1: the log has no batch. */
  get latestEpoch(): number {
    return this.#starts.at(-1)?.epoch ?? -1
  }

  /** Notes a batch; only the first of an epoch leaves a trace. */
  note(epoch: number, startOffset: number): void {
    if (epoch > this.latestEpoch) this.#starts.push({ epoch, startOffset })
  }

  /** What is left of the table when the log ends at `endOffset`. */
  cutTo(endOffset: number): void {
    while (this.#starts.length > 0 && this.#starts.at(-1)!.startOffset >= endOffset) this.#starts.pop()
  }

  replace(log: LogState): void {
    this.#starts = [...log.epochs]
  }

  /** Undefined when every epoch of the log is larger. */
  endOfLargestUpTo(epoch: number, logEndOffset: number): EpochEnd | undefined {
    let index = this.#starts.length - 1
    while (index >= 0 && this.#starts[index]!.epoch > epoch) index--
    const found = this.#starts[index]
    if (found === undefined) return undefined
    return { epoch: found.epoch, endOffset: this.#starts[index + 1]?.startOffset ?? logEndOffset }
  }
}
