import type { HistogramResponse } from '@yak/protocol/schemas'
import type { Seek } from './seek-bar.tsx'

/** Messages of the chosen partitions in each stretch of time. */
export interface TimeScale {
  /** Where the first bucket begins. */
  readonly from: number
  readonly bucketMs: number
  readonly counts: readonly number[]
  readonly earliest: number
  readonly newest: number
  readonly total: number
  /** Partitions that could not be counted. */
  readonly missing: readonly number[]
}

/** Null where no message has a time. */
export function timeScaleOf(answer: HistogramResponse): TimeScale | null {
  const { from, bucketMs, buckets, earliest, newest, partitions } = answer
  if (buckets === 0) return null
  const counts = new Array<number>(buckets).fill(0)
  const missing: number[] = []
  for (const part of partitions) {
    if ('error' in part) missing.push(part.partition)
    else
      for (const [at, offset] of part.offsets.entries())
        counts[at]! += (part.offsets[at + 1] ?? part.highWatermark) - offset
  }
  return { from, bucketMs, counts, earliest, newest, total: counts.reduce((sum, count) => sum + count, 0), missing }
}

export function bucketOf({ from, bucketMs, counts }: TimeScale, time: number): number {
  return Math.min(Math.max(0, Math.floor((time - from) / bucketMs)), counts.length - 1)
}

export function bucketStart({ from, bucketMs }: TimeScale, bucket: number): number {
  return from + bucket * bucketMs
}

/** Where a time stands from left to right, 0 to 1. */
export function shareOf({ from, bucketMs, counts }: TimeScale, time: number): number {
  return Math.min(Math.max(0, (time - from) / (counts.length * bucketMs)), 1)
}

/** Within a bucket a drag moves in steps of this part of it, so that the times in links stay short. */
const fineSteps = 20

/** The time at a place from left to right, between the earliest and the newest message. */
export function timeAt(scale: TimeScale, share: number): number {
  const { from, bucketMs, counts } = scale
  return within(scale, from + fineTime(scale, share * counts.length * bucketMs))
}

function fineTime({ bucketMs }: TimeScale, time: number): number {
  const step = Math.max(1, Math.floor(bucketMs / fineSteps))
  return Math.round(time / step) * step
}

function within({ earliest, newest }: TimeScale, time: number): number {
  return Math.min(Math.max(earliest, time), newest)
}

/** Where a key of a slider leads; null: it is none. Arrows go from edge to edge of the buckets, with `fine` in small steps. */
export function timeAfterKey(scale: TimeScale, time: number, key: string, fine = false): number | null {
  const { from, bucketMs, earliest, newest } = scale
  const edges = (by: number) => {
    const place = (time - from) / bucketMs
    const edge = by > 0 ? Math.floor(place) + by : Math.ceil(place) + by
    return within(scale, from + edge * bucketMs)
  }
  const small = Math.max(1, Math.floor(bucketMs / fineSteps))
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return fine ? within(scale, time + small) : edges(1)
    case 'ArrowLeft':
    case 'ArrowDown':
      return fine ? within(scale, time - small) : edges(-1)
    case 'PageUp':
      return edges(10)
    case 'PageDown':
      return edges(-10)
    case 'Home':
      return earliest
    case 'End':
      return newest
    default:
      return null
  }
}

/** A year has four digits where times are asked for; a record may carry any time. */
const latestAsked = Date.UTC(9999, 11, 31)

/** What the URL says for a time: an end of the log by its name, since it moves. */
export function seekOfTime(
  { earliest, newest }: TimeScale,
  time: number,
): { readonly seek: Seek; readonly at?: string } {
  if (time >= newest) return { seek: 'newest' }
  if (time <= earliest) return { seek: 'oldest' }
  return { seek: 'time', at: new Date(Math.min(time, latestAsked)).toISOString() }
}

/** The time that the URL means. `firstShown` stands for an offset, which is another time in each partition. */
export function timeOfSeek(
  { earliest, newest }: TimeScale,
  seek: Seek,
  at: string | number | undefined,
  firstShown: number | null,
): number {
  if (seek === 'oldest') return earliest
  const time = seek === 'time' && typeof at === 'string' ? Date.parse(at) : seek === 'offset' ? firstShown : null
  if (time === null || Number.isNaN(time)) return newest
  return Math.min(Math.max(earliest, time), newest)
}
