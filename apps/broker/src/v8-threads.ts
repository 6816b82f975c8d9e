import { setFlagsFromString } from 'node:v8'

/**
 * Keeps V8's helper threads out of the event loop's way. The kernel lets a thread that runs go on for up to 4 ms, and leaves an event loop
 * that waits behind it where it is, even while another processor is idle. So a job of 20 ms that V8 calls "in the background"
 * is a stall for every request, and of the slowest hundredth most were that (docs/decisions/0011-v8-threads.md).
 *
 * For a process of one's own, at its start: it changes flags of the whole of it.
 */
export function keepHelperThreadsShort(): void {
  // The best compiler takes ten milliseconds for a function where Maglev, the one before it, takes a tenth of one.
  setFlagsFromString('--no-turbofan')
  // What a young collection leaves to do is a third of a millisecond of work: less than waking four threads for it costs.
  setFlagsFromString('--no-parallel-scavenge')
  setFlagsFromString('--no-concurrent-array-buffer-sweeping')
}
