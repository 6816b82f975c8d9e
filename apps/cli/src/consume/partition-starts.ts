import type { TopicDescription } from '@yak/client'
import { type OffsetPosition, YakError } from '@yak/protocol'

export interface PartitionStart {
  readonly topic: string
  readonly partition: number
  readonly from: 'earliest' | 'latest' | number | Date
}

type PartitionState = TopicDescription['partitions'][number]

/**
 * Where each partition is read from: one alone at the very offset, all of them each at the nearest it has.
 *
 * @throws YakError OFFSET_OUT_OF_RANGE
 */
export function partitionStarts(
  { name: topic, partitions }: TopicDescription,
  partition: number | undefined,
  position: OffsetPosition,
): PartitionStart[] {
  const from = typeof position === 'object' ? new Date(position.timestampMs) : position
  if (partition !== undefined) {
    const state = partitions.find((each) => each.partition === partition)
    if (typeof from === 'number' && state !== undefined) assertInRange(from, topic, state)
    return [{ topic, partition, from }]
  }
  return partitions.map((state) => ({
    topic,
    partition: state.partition,
    from: typeof from === 'number' ? nearest(from, state) : from,
  }))
}

/** Of a partition that is not served nobody knows the offsets, and why it is not served the broker says when it is read. */
function isServed({ highWatermark }: PartitionState): boolean {
  return highWatermark >= 0
}

function nearest(offset: number, state: PartitionState): number {
  return isServed(state) ? Math.min(Math.max(offset, state.logStartOffset), state.highWatermark) : offset
}

function assertInRange(offset: number, topic: string, state: PartitionState): void {
  const { partition, logStartOffset, highWatermark } = state
  if (!isServed(state) || (offset >= logStartOffset && offset <= highWatermark)) return
  throw new YakError(
    'OFFSET_OUT_OF_RANGE',
    `Offset ${offset} is not in ${topic}-${partition}, which begins at ${logStartOffset} and ends at ${highWatermark}. Give --from one of these, earliest or latest.`,
  )
}
