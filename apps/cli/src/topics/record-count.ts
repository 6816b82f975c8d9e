import type { TopicDescription } from '@yak/client'

export interface RecordCount {
  readonly records: number
  /** Partitions that are not served: of their records nobody knows. */
  readonly unserved: readonly number[]
}

/** How many committed records a topic holds. */
export function recordCountOf({ partitions }: Pick<TopicDescription, 'partitions'>): RecordCount {
  let records = 0
  const unserved: number[] = []
  for (const { partition, logStartOffset, highWatermark } of partitions) {
    if (highWatermark < 0) unserved.push(partition)
    else records += highWatermark - logStartOffset
  }
  return { records, unserved }
}
