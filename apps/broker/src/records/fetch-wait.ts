import { FetchWaiter } from '../replication/fetch-waiter.ts'
import type { Partition } from '../replication/partition.ts'

/** What ends a wait besides records: the client going, or the broker stopping. */
export interface WaitEnd {
  /** Calls back once, at once when it is over already. Returns how to stop listening. */
  onEnd(listener: () => void): () => void
}

/** A partition, and its high watermark when it was looked at: what came between the look and the wait ends the wait. */
export interface WatchedPartition {
  readonly partition: Partition
  readonly highWatermark: number
}

/**
 * Resolves when `minBytes` more are committed in any of the partitions, when one of them fails or goes, at the deadline,
 * or at the end of the wait. Nothing polls: without records the only thing that stirs is the one timer.
 */
export function waitForRecords(
  watched: readonly WatchedPartition[],
  minBytes: number,
  maxWaitMs: number,
  end: WaitEnd,
): Promise<void> {
  return new Promise((resolve) => {
    let stopListening = () => {}
    const waiter = new FetchWaiter(minBytes, () => {
      clearTimeout(timer)
      stopListening()
      for (const { partition } of watched) partition.removeWaiter(waiter)
      resolve()
    })
    const timer = setTimeout(() => waiter.wake(), maxWaitMs)
    for (const { partition } of watched) partition.addWaiter(waiter)
    stopListening = end.onEnd(() => waiter.wake())
    const hasMoved = ({ partition, highWatermark }: WatchedPartition) =>
      partition.highWatermark > highWatermark || partition.failure !== undefined || partition.isClosed
    if (watched.some(hasMoved)) waiter.wake()
  })
}
