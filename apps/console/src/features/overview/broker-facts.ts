import type { ClusterSnapshot } from '../../data/cluster-feed.ts'

/** What a broker's card says beside its own state. */
export interface BrokerFacts {
  readonly id: string
  readonly url: string
  readonly role: 'leader' | 'follower' | 'candidate' | null
  readonly epoch: number | null
  readonly alive: boolean
  readonly inSync: boolean
  readonly led: number
  readonly followed: number
  /** Messages that the leader has and this one does not; null: it leads, or one of the two is not known. */
  readonly lag: number | null
  /** How old its own words were when the frame was put together. */
  readonly heardMs: number | null
}

export function brokerFacts({
  cluster,
  brokers,
  topics,
  asOf,
}: Pick<ClusterSnapshot, 'cluster' | 'brokers' | 'topics' | 'asOf'>): readonly BrokerFacts[] {
  const leaderId = cluster.leader?.id ?? null
  const leaderEnds = new Map(
    brokers
      .find(({ id }) => id === leaderId)
      ?.state?.partitions.map(({ topic, partition, logEndOffset }) => [`${topic}/${partition}`, logEndOffset]) ?? [],
  )
  return brokers.map(({ id, url, state, receivedAt }) => {
    const named = cluster.brokers.find((broker) => broker.id === id)
    let led = 0
    let followed = 0
    for (const { partitions } of topics) {
      for (const { leader, replicas } of partitions) {
        if (leader?.id === id) led++
        else if (replicas.includes(id)) followed++
      }
    }
    let lag: number | null = null
    if (state !== null && leaderId !== null && id !== leaderId && leaderEnds.size > 0) {
      lag = 0
      for (const { topic, partition, logEndOffset } of state.partitions) {
        lag += Math.max(0, (leaderEnds.get(`${topic}/${partition}`) ?? logEndOffset) - logEndOffset)
      }
    }
    return {
      id,
      url,
      role: named?.role ?? state?.role ?? null,
      epoch: state?.epoch ?? named?.epoch ?? null,
      alive: named?.alive ?? state !== null,
      inSync: cluster.isr.includes(id),
      led,
      followed,
      lag,
      heardMs: receivedAt === null ? null : Math.max(0, asOf - receivedAt),
    }
  })
}
