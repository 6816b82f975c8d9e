import type { PartitionStateJson } from '@yak/protocol/schemas'
import type { ClusterSnapshot } from '../../data/cluster-feed.ts'

/** How far one replica of a partition is, by its own words. */
export interface ReplicaStanding {
  readonly id: string
  readonly leads: boolean
  readonly inSync: boolean
  /** Its log's end, held to the moment of the leader's; null: it has not told. */
  readonly acked: number | null
  readonly lag: number | null
  readonly toldAt: number | null
  /** The last try to hear of it failed: what stands here is what it said before. */
  readonly silent: boolean
  /** Why it does not serve the partition. */
  readonly error: string | null
}

/** The leader first, then the others in their order. */
export function replicaStandings(
  topic: string,
  partition: PartitionStateJson,
  { brokers, lags }: Pick<ClusterSnapshot, 'brokers' | 'lags'>,
): readonly ReplicaStanding[] {
  const standings = partition.replicas.map((id): ReplicaStanding => {
    const leads = partition.leader?.id === id
    const broker = brokers.find((each) => each.id === id)
    const own = broker?.state?.partitions.find((each) => each.topic === topic && each.partition === partition.partition)
    const lag = leads ? 0 : (lags.get(id)?.get(`${topic}/${partition.partition}`) ?? null)
    return {
      id,
      leads,
      inSync: partition.isr.includes(id),
      // A follower's own end is a moment older than the leader's; lag is measured against what the leader had then.
      acked: leads || lag !== null ? partition.logEndOffset - (lag ?? 0) : (own?.logEndOffset ?? null),
      lag,
      toldAt: broker?.receivedAt ?? null,
      silent: broker?.error != null,
      error: own?.error ?? null,
    }
  })
  return standings.toSorted((a, b) => Number(b.leads) - Number(a.leads))
}
