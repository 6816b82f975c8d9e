import { YakError } from '@yak/protocol'
import type { ReadResult } from './core/inputs.ts'
import type { ReadEntry } from './core/outputs.ts'
import type { DriverLogs } from './driver-logs.ts'
import type { DriverClock } from './driver-ports.ts'

/** One range after another until there is enough; what cannot be read is left out, and asked for again. */
export async function readRanges(
  logs: DriverLogs,
  entries: readonly ReadEntry[],
  maxBytes: number,
): Promise<ReadResult[]> {
  const results: ReadResult[] = []
  let room = maxBytes
  for (const { key, offset, endOffset } of entries) {
    if (room <= 0) break
    try {
      // Followers hold records while the leader's own sync is under way; the core names what may go out.
      const read = await logs.get(key)?.read({ offset, maxBytes: room, endOffset, unsynced: true })
      // Nothing was asked for: a candidate whose log ends where the best one does has to hear just that.
      const isEmptyRange = offset >= endOffset
      if (read === undefined || (read.bytes.length === 0 && !isEmptyRange)) continue
      room -= read.bytes.length
      results.push({ key, batches: read.bytes, baseOffset: isEmptyRange ? offset : read.startOffset })
    } catch (error) {
      // The log failed, was closed, or begins above by now: its owner is told in another way.
      if (!YakError.is(error)) throw error
    }
  }
  return results
}

/** Resolves when any of these logs has synced something, or has failed, or the time is over. */
export function nextSync(
  logs: DriverLogs,
  entries: readonly ReadEntry[],
  clock: DriverClock,
  waitMs: number,
): Promise<void> {
  return new Promise((resolve) => {
    const stops: (() => void)[] = []
    const done = (): void => {
      for (const stop of stops) stop()
      resolve()
    }
    for (const { key } of entries) {
      const log = logs.get(key)
      if (log !== undefined) stops.push(log.onSynced(done), log.onFailure(done))
    }
    stops.push(clock.schedule(waitMs, done))
  })
}
