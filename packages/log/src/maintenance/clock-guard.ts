/** The wall clock may run this far ahead of the monotonic one before it is doubted. */
const TOLERANCE_MS = 60_000
/** How long a broker may have been off before its first look at the clock is doubted. */
const MAX_TIME_OFF_MS = 86_400_000

/**
 * Decides which time retention may believe, because a wall clock that jumps ahead would have it delete everything:
 *
 *     trusting --the clock is ahead of what the monotonic clock says--> doubting
 *     doubting --the clock is back, or has kept its lead for `doubtMs`--> trusting
 *
 * While it doubts, time goes on from the last trusted moment at the pace of the monotonic clock. A clock set back is
 * believed at once: it deletes nothing.
 */
export class ClockGuard {
  readonly #doubtMs: number
  #trustedMs: number
  #trustedAt: number
  #doubtedAt: number | undefined
  #hasLooked = false

  /** @param savedMs the trusted time when the log was last written to. */
  constructor(options: { readonly savedMs: number; readonly monotonicMs: number; readonly doubtMs: number }) {
    this.#doubtMs = options.doubtMs
    this.#trustedMs = options.savedMs
    this.#trustedAt = options.monotonicMs
  }

  get isDoubting(): boolean {
    return this.#doubtedAt !== undefined
  }

  /** The time to go by, given what both clocks say now. */
  trust(nowMs: number, monotonicMs: number): number {
    const expectedMs = this.#trustedMs + (monotonicMs - this.#trustedAt)
    const toleranceMs = this.#hasLooked ? TOLERANCE_MS : MAX_TIME_OFF_MS
    const isPlausible = nowMs - expectedMs <= toleranceMs
    if (!isPlausible) {
      this.#doubtedAt ??= monotonicMs
      if (monotonicMs - this.#doubtedAt < this.#doubtMs) return expectedMs
    }
    this.#doubtedAt = undefined
    this.#hasLooked = true
    this.#trustedMs = nowMs
    this.#trustedAt = monotonicMs
    return nowMs
  }
}
