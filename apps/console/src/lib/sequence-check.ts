/** What is wrong with a message at its place in a live stream: the console as a test of the broker. */
export type SequenceFault =
  /** Offsets between were never delivered, and nobody said that they would not come. */
  | { readonly kind: 'gap'; readonly fromOffset: number; readonly toOffset: number }
  /** This offset, or a later one, came before. */
  | { readonly kind: 'duplicate'; readonly offset: number }
  /** The epoch of a later message is lower. */
  | { readonly kind: 'epoch-back'; readonly epoch: number; readonly before: number }

/** Follows one partition. Offsets must be contiguous, apart from what was said to be skipped; epochs never go back. */
export class SequenceCheck {
  #next: number | null = null
  #epoch = -1

  /** The broker said that what is below `offset` will not come. */
  skipTo(offset: number): void {
    if (this.#next === null || offset > this.#next) this.#next = offset
  }

  check({ offset, epoch }: { readonly offset: number; readonly epoch: number }): readonly SequenceFault[] {
    const faults: SequenceFault[] = []
    if (this.#next !== null && offset > this.#next)
      faults.push({ kind: 'gap', fromOffset: this.#next, toOffset: offset - 1 })
    if (this.#next !== null && offset < this.#next) faults.push({ kind: 'duplicate', offset })
    if (epoch < this.#epoch) faults.push({ kind: 'epoch-back', epoch, before: this.#epoch })
    this.#next = Math.max(this.#next ?? 0, offset + 1)
    this.#epoch = Math.max(this.#epoch, epoch)
    return faults
  }
}
