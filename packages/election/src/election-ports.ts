/**
 * Time and chance, as everything in this package is given them. A test or a simulation passes its own and decides every delay.
 */
export interface ElectionPorts {
  /** Milliseconds on a clock that never jumps and never runs backwards; its zero means nothing. */
  monotonicMs(): number
  /** Milliseconds since 1970. Only the embedded store reads it: its processes share the machine's clock and nothing else. */
  wallClockMs(): number
  /** Calls back once, after the delay; the returned function cancels. */
  schedule(delayMs: number, callback: () => void): () => void
  /** From 0 to below 1. */
  random(): number
}
