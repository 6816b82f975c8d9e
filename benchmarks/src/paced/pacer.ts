import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Pace } from './pacing-thread.ts'

const leadTimeMs = 200

/** Milliseconds since the epoch with fractions: one clock for all threads of the process. */
export const clockMs = (): number => performance.timeOrigin + performance.now()

/**
 * Calls `act` for each of `count` messages when it is due, with the time it was due in {@link clockMs}. Settles after the last call, or
 * once `signal` has ended it.
 */
export async function paced(
  perSecond: number,
  count: number,
  act: (index: number, dueMs: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const pace: Pace = { beginMs: clockMs() + leadTimeMs, perSecond, count }
  const thread = new Worker(new URL('./pacing-thread.ts', import.meta.url), { workerData: pace })
  let next = 0
  thread.on('message', (due: number) => {
    for (; next < due; next++) act(next, pace.beginMs + (next * 1_000) / perSecond)
  })
  signal?.addEventListener('abort', () => void thread.terminate(), { once: true })
  await once(thread, 'exit')
  if (next < count && signal?.aborted !== true)
    throw new Error(`the pacing thread ended after ${next} of ${count} messages`)
}
