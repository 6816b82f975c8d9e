import { LIMITS, RecordCursor, YakError } from '@yak/protocol'
import type { HistogramResponse } from '@yak/protocol/schemas'
import type { Partition } from '../replication/partition.ts'
import type { Topic } from '../topics/topic.ts'
import { partErrorOf } from './part-error.ts'

interface Ends {
  readonly partition: Partition
  readonly index: number
  readonly logStartOffset: number
  readonly highWatermark: number
  readonly earliest: number
  readonly newest: number
}

type Part = HistogramResponse['partitions'][number]

/**
 * How many records stand in each stretch of time, from the time index alone: one look-up for each edge of a bucket that
 * lies behind the record found for the edge before, so a topic of any size costs at most buckets × partitions of them.
 */
export async function topicHistogram(
  topic: Topic,
  indexes: readonly number[] | undefined,
  maxBuckets: number,
): Promise<HistogramResponse> {
  const chosen = indexes === undefined ? topic.partitionStates().map((_, index) => index) : [...new Set(indexes)]
  if (chosen.length * maxBuckets > LIMITS.maxPartitionsPerRequest)
    throw new YakError(
      'INVALID_REQUEST',
      `${chosen.length} partitions in ${maxBuckets} buckets are more than ${LIMITS.maxPartitionsPerRequest} look-ups. Ask for fewer of one.`,
    )
  const parts = new Map<number, Part | Ends>()
  // One after another: each may hold a whole batch in memory.
  for (const index of chosen) parts.set(index, await partOf(index, () => endsOf(topic.partition(index), index)))
  const ends = [...parts.values()].filter((part) => 'newest' in part)
  const timed = ends.filter(({ earliest }) => earliest >= 0)
  if (timed.length === 0) {
    const partitions = [...parts.values()].map((part) => ('newest' in part ? countsOf(part, []) : part))
    return { topic: topic.name, from: -1, bucketMs: 0, buckets: 0, earliest: -1, newest: -1, partitions }
  }
  const earliest = timed.reduce((least, each) => Math.min(least, each.earliest), Number.MAX_SAFE_INTEGER)
  const newest = timed.reduce((most, each) => Math.max(most, each.earliest, each.newest), 0)
  const { from, bucketMs, buckets } = bucketsOf(earliest, newest, maxBuckets)
  const edges = Array.from({ length: buckets }, (_, at) => from + at * bucketMs)
  const partitions = await Promise.all(
    [...parts].map(([index, part]) =>
      'newest' in part ? partOf(index, async () => countsOf(part, await offsetsAt(part, edges))) : part,
    ),
  )
  return { topic: topic.name, from, bucketMs, buckets, earliest, newest, partitions }
}

/** One partition that cannot be read takes nothing from the others. */
async function partOf<T>(partition: number, work: () => Promise<T>): Promise<T | Part> {
  try {
    return await work()
  } catch (error) {
    if (!YakError.is(error) || error.code === 'PARTITION_OUT_OF_RANGE') throw error
    return { partition, error: partErrorOf(error) }
  }
}

function countsOf({ index, logStartOffset, highWatermark }: Ends, offsets: number[]): Part {
  return { partition: index, logStartOffset, highWatermark, offsets }
}

async function endsOf(partition: Partition, index: number): Promise<Ends> {
  const highWatermark = partition.visibleHighWatermark()
  const { logStartOffset, log } = partition
  const first = await log.offsetForTimestamp(0, highWatermark)
  const earliest = first?.timestamp ?? -1
  return { partition, index, logStartOffset, highWatermark, earliest, newest: await newestIn(partition, highWatermark) }
}

/** The largest time in the last committed batch; -1 when there is none. */
async function newestIn({ log, logStartOffset }: Partition, highWatermark: number): Promise<number> {
  if (highWatermark <= logStartOffset) return -1
  const { bytes } = await log.read({ offset: highWatermark - 1, maxBytes: 1, endOffset: highWatermark })
  if (bytes.length === 0) return -1
  let newest = -1
  const cursor = new RecordCursor(bytes)
  while (cursor.next()) newest = Math.max(newest, cursor.timestamp)
  return newest
}

async function offsetsAt({ partition, logStartOffset, highWatermark }: Ends, edges: readonly number[]) {
  const offsets: number[] = []
  // What was sent before its own time, or without one, counts from the first bucket on.
  let offset = logStartOffset
  let foundAt = edges[0]!
  for (const edge of edges) {
    if (edge > foundAt && offset < highWatermark) {
      const found = await partition.log.offsetForTimestamp(edge, highWatermark)
      offset = Math.max(offset, found?.offset ?? highWatermark)
      foundAt = found?.timestamp ?? edge
    }
    offsets.push(offset)
  }
  return offsets
}

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const roundSteps = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * second),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * minute),
  ...[1, 2, 3, 6, 12].map((count) => count * hour),
  ...[1, 2, 7, 14, 28].map((count) => count * day),
]

/** Buckets of a round length whose edges are multiples of it, as short as `max` of them allow. */
export function bucketsOf(
  earliest: number,
  newest: number,
  max: number,
): { readonly from: number; readonly bucketMs: number; readonly buckets: number } {
  const countOf = (step: number) => Math.floor(newest / step) - Math.floor(earliest / step) + 1
  let bucketMs = roundSteps.find((step) => countOf(step) <= max) ?? roundSteps.at(-1)!
  while (countOf(bucketMs) > max) bucketMs *= 2
  return { from: Math.floor(earliest / bucketMs) * bucketMs, bucketMs, buckets: countOf(bucketMs) }
}
