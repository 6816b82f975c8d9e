import type { TopicDescription } from '@yak/client'

/** A partition as a broker describes it, with nothing behind its high watermark. -1 for both: it is not served. */
export function partitionState(
  partition: number,
  logStartOffset: number,
  highWatermark: number,
): TopicDescription['partitions'][number] {
  return {
    partition,
    leader: null,
    epoch: 1,
    isr: [],
    replicas: [],
    logStartOffset,
    highWatermark,
    logEndOffset: highWatermark,
  }
}
