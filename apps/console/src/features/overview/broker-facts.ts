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
  lags,
}: Pick<ClusterSnapshot, 'cluster' | 'brokers' | 'topics' | 'asOf' | 'lags'>): readonly BrokerFacts[] {
  return brokers.map(({ id, url, state, receivedAt }) => {
    const named = cluster.brokers.find((broker) => broker.id === id)
    const places = topics.flatMap(({ partitions }) => partitions)
    const led = places.filter(({ leader }) => leader?.id === id).length
    const lag = lags.get(id)
    return {
      id,
      url,
      role: named?.role ?? state?.role ?? null,
      epoch: knownEpoch(state?.epoch) ?? knownEpoch(named?.epoch),
      alive: named?.alive ?? state !== null,
      inSync: cluster.isr.includes(id),
      led,
      followed: places.filter(({ leader, replicas }) => leader?.id !== id && replicas.includes(id)).length,
      lag: lag === undefined ? null : [...lag.values()].reduce((sum, each) => sum + each, 0),
      heardMs: receivedAt === null ? null : Math.max(0, asOf - receivedAt),
    }
  })
}

/** A broker that has just started knows none, and says -1. */
const knownEpoch = (epoch: number | null | undefined) => (epoch == null || epoch < 0 ? null : epoch)
