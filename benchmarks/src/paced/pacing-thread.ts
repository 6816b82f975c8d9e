/**
 * Says when a message is due, from a thread of its own that sleeps in between. A timer of the event loop would be late by up to a
 * millisecond, and a loop that turns until it is time would hold a processor that the broker needs.
 */
import { parentPort, workerData } from 'node:worker_threads'

/** Times in milliseconds since the epoch, with fractions: `performance.timeOrigin + performance.now()`. */
export interface Pace {
  readonly beginMs: number
  readonly perSecond: number
  readonly count: number
}

const { beginMs, perSecond, count } = workerData as Pace
const never = new Int32Array(new SharedArrayBuffer(4))

for (let index = 0; index < count; ) {
  const now = performance.timeOrigin + performance.now()
  const wait = beginMs + (index * 1_000) / perSecond - now
  if (wait > 0) {
    Atomics.wait(never, 0, 0, wait)
    continue
  }
  const due = Math.min(count, Math.floor(((now - beginMs) * perSecond) / 1_000) + 1)
  parentPort!.postMessage(due)
  index = due
}
