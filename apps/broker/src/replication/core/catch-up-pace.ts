/** The longest pause between two answers to a follower that catches up. */
export const maxCatchUpPauseMs = 50

/**
 * What a follower outside the ISR takes of a leader that clients write to: at most half of the time, as long as it gains.
 *
 * It asks again when the last answer is on its disk, and is answered after a pause as long as that took. Nothing was appended since the
 * last answer: no pause, for nobody waits. Half as many bytes as the last answer held were appended: the pause is over, or never was.
 * So at the end of each pause the follower has gained at least half an answer, less one batch, and it arrives however much is written.
 */
export class CatchUpPace {
  #answeredBytes = 0
  #appendedBytes = 0

  onAppend(sizeBytes: number): void {
    this.#appendedBytes += sizeBytes
  }

  onAnswered(sizeBytes: number): void {
    this.#answeredBytes = sizeBytes
    this.#appendedBytes = 0
  }

  /** `tookMs`: from the last answer to the request that waits now. */
  pauseMs(tookMs: number): number {
    if (this.#appendedBytes === 0 || this.#appendedBytes * 2 >= this.#answeredBytes) return 0
    return Math.min(tookMs, maxCatchUpPauseMs)
  }
}
