/** Where a leader epoch begins in a log. */
export interface EpochStart {
  /** Of a leader that wrote batches here. */
  readonly epoch: number
  /** Base offset of the first batch of the epoch that is in the log. */
  readonly startOffset: number
}

/** Where a leader epoch ends in a log. */
export interface EpochEnd {
  /** The largest in the log that is no larger than the one asked for. */
  readonly epoch: number
  /** The start of the next epoch in the log, or the log's end for the last one. */
  readonly endOffset: number
}

/**
 * Which leader epochs wrote the log's batches, and where each begins: rising in both. Pure bookkeeping; the file is
 * epoch-checkpoint.ts.
 */
export class EpochTable {
  #starts: EpochStart[]

  constructor(starts: readonly EpochStart[] = []) {
    this.#starts = [...starts]
  }

  get starts(): readonly EpochStart[] {
    return this.#starts
  }

  /** The epoch of the last batch; undefined in an empty log. */
  get latestEpoch(): number | undefined {
    return this.#starts.at(-1)?.epoch
  }

  /** Takes note of a batch at the end of the log. */
  note(epoch: number, baseOffset: number): void {
    const latest = this.latestEpoch
    if (latest === undefined || epoch > latest) this.#starts.push({ epoch, startOffset: baseOffset })
  }

  /** The largest epoch at or below `epoch` and where it ends; undefined when the log holds none so old. */
  endOf(epoch: number, logEndOffset: number): EpochEnd | undefined {
    const index = this.#starts.findLastIndex((start) => start.epoch <= epoch)
    if (index < 0) return undefined
    return { epoch: this.#starts[index]!.epoch, endOffset: this.#starts[index + 1]?.startOffset ?? logEndOffset }
  }

  /** The epoch of the batch at `offset`; undefined below the log's start. */
  epochAt(offset: number): number | undefined {
    return this.#starts.findLast((start) => start.startOffset <= offset)?.epoch
  }

  /** Forgets epochs that begin at `endOffset` or later. */
  truncateEnd(endOffset: number): void {
    this.#starts = this.#starts.filter((start) => start.startOffset < endOffset)
  }

  /**
   * Forgets epochs that end before `startOffset`; the one that reaches up to it, or over it, begins there. One that ends just there has no
   * batch left and is kept all the same: a replica that has fetched up to there, and nothing of the next epoch, is told by it from one
   * that ends there with a tail of its own.
   */
  truncateStart(startOffset: number): void {
    const first = this.#starts.findLastIndex((start) => start.startOffset < startOffset)
    if (first < 0) return
    this.#starts = [{ epoch: this.#starts[first]!.epoch, startOffset }, ...this.#starts.slice(first + 1)]
  }
}
