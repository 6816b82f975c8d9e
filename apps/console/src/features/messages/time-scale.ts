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

/** The list beside the scale: how far it has read, and what it has. */
export interface Listed {
  readonly ends: readonly { readonly partition: number; readonly highWatermark: number }[]
  /** In the order in which they were read; not all need be there. */
  readonly messages: readonly { readonly partition: number; readonly offset: number; readonly timestamp: number }[]
}

/** Buckets that a list may add before the messages are counted anew. */
const mostAdded = 64

/**
 * Null where no message has a time. The messages were counted at another moment than the list was read; with `listed` both end
 * at the same offsets: what the list does not know yet is left out, and what it has beyond is put where its time is.
 */
export function timeScaleOf(answer: HistogramResponse, listed?: Listed): TimeScale | null {
  const { from, bucketMs, buckets, earliest, partitions } = answer
  if (buckets === 0) return null
  const counts = new Array<number>(buckets).fill(0)
  const missing: number[] = []
  const ends = new Map(listed?.ends.map(({ partition, highWatermark }) => [partition, highWatermark]))
  const beyond = new Map<number, { readonly from: number; readonly to: number }>()
  for (const part of partitions) {
    if ('error' in part) {
      missing.push(part.partition)
      continue
    }
    const end = ends.get(part.partition) ?? part.highWatermark
    for (const [at, offset] of part.offsets.entries())
      counts[at]! += Math.max(0, Math.min(part.offsets[at + 1] ?? part.highWatermark, end) - offset)
    if (end > part.highWatermark) beyond.set(part.partition, { from: part.highWatermark, to: end })
  }
  const newest = addBeyond(answer, counts, beyond, listed?.messages ?? [])
  return { from, bucketMs, counts, earliest, newest, total: counts.reduce((sum, count) => sum + count, 0), missing }
}

/** Counts what lies beyond the answer by the times of the list, and what the list has not in the last bucket. Returns the newest time. */
function addBeyond(
  { from, bucketMs, newest }: HistogramResponse,
  counts: number[],
  beyond: ReadonlyMap<number, { readonly from: number; readonly to: number }>,
  messages: Listed['messages'],
): number {
  let left = [...beyond.values()].reduce((sum, part) => sum + part.to - part.from, 0)
  let latest = newest
  const most = counts.length + mostAdded
  for (let index = messages.length - 1; index >= 0 && left > 0; index--) {
    const { partition, offset, timestamp } = messages[index]!
    const part = beyond.get(partition)
    if (part === undefined || offset < part.from || offset >= part.to || timestamp < from) continue
    const bucket = Math.floor((timestamp - from) / bucketMs)
    if (bucket >= most) continue
    while (counts.length <= bucket) counts.push(0)
    counts[bucket]!++
    latest = Math.max(latest, timestamp)
    left--
  }
  counts[counts.length - 1]! += left
  return latest
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
