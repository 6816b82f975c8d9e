import type { LogConfig } from '../log-config.ts'
import type { Segment } from '../segment/segment.ts'

/**
 * How many of the oldest segments retention lets go. Pure. The active segment always stays, and so does whatever reaches
 * above `committedEndOffset`: a record that is not committed everywhere yet may be the only copy.
 *
 * A segment whose records have no timestamps is never too old.
 */
export function countExpired(
  segments: readonly Pick<Segment, 'sizeBytes' | 'nextOffset' | 'largest'>[],
  config: Pick<LogConfig, 'retentionBytes' | 'retentionMs'>,
  nowMs: number,
  committedEndOffset: number,
): number {
  let keptBytes = segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  let count = 0
  for (const segment of segments.slice(0, -1)) {
    const isTooMuch = config.retentionBytes >= 0 && keptBytes - segment.sizeBytes >= config.retentionBytes
    const isTooOld =
      config.retentionMs >= 0 &&
      segment.largest.timestamp >= 0 &&
      nowMs - segment.largest.timestamp > config.retentionMs
    if ((!isTooMuch && !isTooOld) || segment.nextOffset > committedEndOffset) break
    keptBytes -= segment.sizeBytes
    count++
  }
  return count
}
