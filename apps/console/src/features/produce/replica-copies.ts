import type { ClusterSnapshot } from '../../data/cluster-feed.ts'

/** A message that is committed, as its receipt has it. */
export interface CommittedPlace {
  readonly topicId: string
  readonly partition: number
  readonly offset: number
  /** Of the leader that took it; -1: the receipt did not say. */
  readonly epoch: number
  /** When the receipt came, by this browser's clock. */
  readonly committedAt: number
}

export interface ReplicaCopies {
  /** Replicas that said they have it on disk; null: not all that answer have been heard since the receipt. */
  readonly on: number | null
  /** Replicas of the partition. */
  readonly of: number
  /** Those that said they have not, and are out of the ISR: they take it when they catch up. */
  readonly behind: readonly string[]
  /** Those that do not answer, and have not said. */
  readonly silent: readonly string[]
}

type Told = Pick<ClusterSnapshot, 'brokers' | 'topics' | 'via' | 'asOf' | 'receivedAt'>

/**
 * How many replicas have a committed message, by their own words. A replica's own high watermark never goes beyond what it has on
 * disk and knows to be committed, so one above the offset means that it has this very message; its log's end does not: the end of
 * one that led before may be what was never committed and will be cut. Undefined where nothing can be said: the topic is gone or
 * another by now, nobody serves the partition, retention took the message, or what is told is older than the receipt.
 */
export function replicaCopies(place: CommittedPlace, told: Told): ReplicaCopies | undefined {
  const topic = told.topics.find(({ id }) => id === place.topicId)
  const partition = topic?.partitions.find((each) => each.partition === place.partition)
  if (topic === undefined || partition === undefined) return undefined
  const { epoch, replicas, isr, logStartOffset, highWatermark } = partition
  if (highWatermark < 0 || epoch < place.epoch || logStartOffset > place.offset) return undefined
  const behind: string[] = []
  const silent: string[] = []
  let on = 0
  let isHeard = true
  for (const id of replicas) {
    const broker = told.brokers.find((each) => each.id === id)
    const isSilent = broker?.error != null
    // What was said before the receipt may be of another topic that had the name.
    const isSince = (heardAt(told, broker?.receivedAt ?? null) ?? Number.NEGATIVE_INFINITY) >= place.committedAt
    const own = broker?.state?.partitions.find(
      (each) => each.topic === topic.name && each.partition === place.partition,
    )
    const knowsEpoch = (broker?.state?.epoch ?? -1) >= place.epoch
    if (isSince && knowsEpoch && own !== undefined && own.highWatermark > place.offset) on++
    else if (isSilent) silent.push(id)
    else if (!isSince) isHeard = false
    else if (!isr.includes(id)) behind.push(id)
  }
  const of = replicas.length
  return isHeard && on > 0 ? { on, of, behind, silent } : { on: null, of, behind: [], silent: [] }
}

/** When a broker was heard, by this browser's clock: who tells of it does so by its own. */
function heardAt({ via, asOf, receivedAt }: Told, toldAt: number | null): number | null {
  // When polling, this browser hears each broker itself.
  return toldAt === null || via === 'polling' ? toldAt : receivedAt - (asOf - toldAt)
}
