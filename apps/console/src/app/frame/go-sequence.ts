/** How long after `g` the second key counts. */
const sequenceMs = 1_200

/** Keys of which the first is `g`. Times are those of the events, which begin with the page. */
export class GoSequence {
  #begunAt: number | null = null

  begin(at: number): void {
    this.#begunAt = at
  }

  /** Whether a key at this time is the second one; no other is then. */
  end(at: number): boolean {
    const begunAt = this.#begunAt
    this.#begunAt = null
    return begunAt !== null && at - begunAt < sequenceMs
  }
}
