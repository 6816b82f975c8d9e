/**
 * Time, passed in. The log reads no other clock, so a simulation that passes its own decides every moment.
 */
export interface Clock {
  /** Wall clock, milliseconds since 1970. It may jump; nothing about safety may depend on it. */
  now(): number
  /** Milliseconds from any start, never going back. */
  monotonic(): number
  /** Calls back once after `delayMs`; the answer cancels it. A waiting call does not keep the process alive. */
  after(delayMs: number, callback: () => void): () => void
}
