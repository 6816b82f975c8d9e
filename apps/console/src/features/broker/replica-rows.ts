import type { TopicDescription } from '@yak/protocol/schemas'
import type { ReplicaState } from '../../data/live/frames.ts'

/** One replica of this broker, by its own words and by the leader's. */
export interface ReplicaRow {
  readonly topic: string
  readonly partition: number
  readonly role: 'leader' | 'follower'
  readonly inSync: boolean
  readonly epoch: number
  /** What the broker says itself; null when it has not told, or tells of too many. */
  readonly own: ReplicaState | null
  /** Messages behind the leader; null: it leads, or it is not known. */
  readonly lag: number | null
}

/** What this broker holds, by topic and partition. */
export function replicaRows(
  id: string,
  topics: readonly TopicDescription[],
  own: readonly ReplicaState[] | null,
  lags: ReadonlyMap<string, number> | undefined,
): readonly ReplicaRow[] {
  const known = new Map((own ?? []).map((each) => [`${each.topic}/${each.partition}`, each]))
  return topics.flatMap(({ name, partitions }) =>
    partitions
      .filter(({ replicas }) => replicas.includes(id))
      .map(({ partition, leader, isr, epoch }) => ({
        topic: name,
        partition,
        role: leader?.id === id ? ('leader' as const) : ('follower' as const),
        inSync: isr.includes(id),
        epoch,
        own: known.get(`${name}/${partition}`) ?? null,
        lag: leader?.id === id ? null : (lags?.get(`${name}/${partition}`) ?? null),
      })),
  )
}
