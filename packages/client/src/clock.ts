/**
 * The port between the SDK and time: every deadline, backoff, linger and hedge is counted by it, and
 * records get their timestamps from it. `systemClock` is the
 * machine's; `ManualClock` of `@yak/client/testing` goes where a test moves it.
 */
export interface Clock {
  /** Milliseconds of a clock that never goes back; its beginning means nothing. */
  nowMs(): number
  /** Milliseconds since 1970, for the timestamps of records; nothing else is counted by it, and it may jump. */
  wallClockMs(): number
  /** Calls back once, `delayMs` from now or soon after. What it gives is for `clearTimer`. */
  setTimer(callback: () => void, delayMs: number): unknown
  /** A timer that has fired, or undefined, is no error. */
  clearTimer(timer: unknown): void
}

/** Node and browsers fire at once when they are asked for more. */
const LONGEST_TIMER_MS = 2_147_483_647

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallClockMs: () => Date.now(),
  // What is due already is due now, and what is due later than a timer can wait does not fire at once.
  setTimer: (callback, delayMs) => setTimeout(callback, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS)),
  clearTimer: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout> | undefined),
}

/** Calls back every `everyMs`, until the function it gives is called. */
export function repeat(clock: Clock, everyMs: number, callback: () => void): () => void {
  const arm = (): unknown =>
    clock.setTimer(() => {
      // Before the callback, which may be what ends it.
      timer = arm()
      callback()
    }, everyMs)
  let timer = arm()
  return () => clock.clearTimer(timer)
}
