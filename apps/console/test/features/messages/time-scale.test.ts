import { expect, test } from 'vitest'
import {
  bucketOf,
  seekOfTime,
  shareOf,
  timeAfterKey,
  timeAt,
  timeOfSeek,
  timeScaleOf,
} from '../../../src/features/messages/time-scale.ts'

const from = Date.UTC(2026, 0, 31, 10)
const minute = 60_000
/** Ten buckets of a minute; the first message half a minute in, the last one half a minute before the end. */
const answer = {
  topic: 'orders',
  from,
  bucketMs: minute,
  buckets: 10,
  earliest: from + 30_000,
  newest: from + 9.5 * minute,
  partitions: [
    { partition: 0, logStartOffset: 5, highWatermark: 20, offsets: [5, 9, 9, 9, 9, 9, 9, 9, 9, 19] },
    { partition: 2, logStartOffset: 0, highWatermark: 4, offsets: [0, 0, 0, 4, 4, 4, 4, 4, 4, 4] },
    {
      partition: 3,
      error: { code: 'STORAGE_ERROR', detail: 'Its disk failed.', retriable: false, outcome: 'not-written' as const },
    },
  ],
}
const scale = timeScaleOf(answer)!

test('a time that no date can name is asked for as the last one', () => {
  const far = timeScaleOf({ ...answer, newest: Number.MAX_SAFE_INTEGER })!
  expect(seekOfTime(far, 9e15)).toEqual({ seek: 'time', at: '9999-12-31T00:00:00.000Z' })
})

test('counts are the offsets between two edges, over all partitions that answered', () => {
  expect(scale.counts).toEqual([4, 0, 4, 0, 0, 0, 0, 0, 10, 1])
  expect(scale.total).toBe(19)
  expect(scale.missing).toEqual([3])
  expect(timeScaleOf({ ...answer, from: -1, buckets: 0, earliest: -1, newest: -1, partitions: [] })).toBeNull()
})

test('with a list both end at the same offsets: what it lacks is left out, what it has beyond stands at its time', () => {
  const message = (partition: number, offset: number, timestamp: number) => ({ partition, offset, timestamp })
  const ends = (first: number, third: number) => [
    { partition: 0, highWatermark: first },
    { partition: 2, highWatermark: third },
  ]
  // The list was read before the messages were counted.
  expect(timeScaleOf(answer, { ends: ends(12, 4), messages: [] })).toMatchObject({
    counts: [4, 0, 4, 0, 0, 0, 0, 0, 3, 0],
    total: 11,
  })
  // And after: two came into the last minute, one in the minute after it; of one the list does not know when.
  const after = timeScaleOf(answer, {
    ends: ends(23, 5),
    messages: [
      message(0, 19, from),
      message(0, 20, from + 9.2 * minute),
      message(2, 4, from + 9.9 * minute),
      message(0, 21, from + 10.1 * minute),
    ],
  })!
  expect(after.counts).toEqual([4, 0, 4, 0, 0, 0, 0, 0, 10, 3, 2])
  expect([after.total, after.newest]).toEqual([23, from + 10.1 * minute])
  // A time that is far off adds no row of empty bars.
  const far = timeScaleOf(answer, { ends: ends(21, 4), messages: [message(0, 20, from + 1e12)] })!
  expect([far.counts.length, far.total, far.newest]).toEqual([10, 20, answer.newest])
})

test('a place is a time and a time is a place, within what there is', () => {
  expect(shareOf(scale, from + 5 * minute)).toBe(0.5)
  expect(timeAt(scale, 0.5)).toBe(from + 5 * minute)
  expect(timeAt(scale, -1)).toBe(scale.earliest)
  expect(timeAt(scale, 2)).toBe(scale.newest)
  // Rounded to a twentieth of a bucket.
  expect(timeAt(scale, 0.500_01)).toBe(from + 5 * minute)
  expect(bucketOf(scale, from + 2.9 * minute)).toBe(2)
  expect(bucketOf(scale, from + 99 * minute)).toBe(9)
})

test('arrows go from edge to edge, and never beyond an end', () => {
  const middle = from + 5.5 * minute
  expect(timeAfterKey(scale, middle, 'ArrowRight')).toBe(from + 6 * minute)
  expect(timeAfterKey(scale, middle, 'ArrowLeft')).toBe(from + 5 * minute)
  expect(timeAfterKey(scale, from + 5 * minute, 'ArrowLeft')).toBe(from + 4 * minute)
  expect(timeAfterKey(scale, from + 5 * minute, 'ArrowUp')).toBe(from + 6 * minute)
  expect(timeAfterKey(scale, middle, 'ArrowRight', true)).toBe(middle + 3_000)
  expect(timeAfterKey(scale, middle, 'PageUp')).toBe(scale.newest)
  expect(timeAfterKey(scale, middle, 'PageDown')).toBe(scale.earliest)
  expect(timeAfterKey(scale, middle, 'Home')).toBe(scale.earliest)
  expect(timeAfterKey(scale, middle, 'End')).toBe(scale.newest)
  expect(timeAfterKey(scale, scale.newest, 'ArrowRight')).toBe(scale.newest)
  expect(timeAfterKey(scale, middle, 'Enter')).toBeNull()
})

test('the URL names an end of the log, and any other place by its time', () => {
  expect(seekOfTime(scale, scale.newest)).toEqual({ seek: 'newest' })
  expect(seekOfTime(scale, scale.earliest)).toEqual({ seek: 'oldest' })
  expect(seekOfTime(scale, from + 5 * minute)).toEqual({ seek: 'time', at: '2026-01-31T10:05:00.000Z' })
  expect(timeOfSeek(scale, 'time', '2026-01-31T10:05:00Z', null)).toBe(from + 5 * minute)
  expect(timeOfSeek(scale, 'time', '2020-01-01T00:00:00Z', null)).toBe(scale.earliest)
  expect(timeOfSeek(scale, 'time', 'never', null)).toBe(scale.newest)
  expect(timeOfSeek(scale, 'oldest', undefined, null)).toBe(scale.earliest)
  expect(timeOfSeek(scale, 'live', undefined, from + minute)).toBe(scale.newest)
  expect(timeOfSeek(scale, 'offset', 12, from + minute)).toBe(from + minute)
})
