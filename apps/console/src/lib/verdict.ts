import { brokerWords } from './broker-words.ts'
import { brokerName } from './brokers.ts'
import { plural } from './format.ts'

/** What the verdict looks at; the snapshot of the cluster has all of it. */
export interface VerdictInput {
  readonly cluster: {
    readonly leader: { readonly id: string } | null
    readonly epoch: number
    readonly isr: readonly string[]
    readonly coordinator: { readonly type: string; readonly connected: boolean }
    readonly brokers: readonly { readonly id: string; readonly alive: boolean }[]
  }
  readonly brokers: readonly {
    readonly id: string
    readonly state: {
      readonly reasons: readonly string[]
      readonly partitions: readonly {
        readonly topic: string
        readonly partition: number
        readonly error: string | null
      }[]
    } | null
  }[]
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly {
      readonly partition: number
      readonly leader: unknown
      readonly isr: readonly string[]
      readonly replicas: readonly string[]
    }[]
  }[]
}

export type VerdictTone = 'ok' | 'info' | 'warn' | 'bad' | 'coord'

export interface VerdictReason {
  readonly tone: VerdictTone
  readonly text: string
  /** Where to look: a path below /console. */
  readonly to: string
}

export interface Verdict {
  readonly tone: VerdictTone
  /** One sentence, the worst first. */
  readonly sentence: string
  readonly reasons: readonly VerdictReason[]
}

/** Is the cluster well? The worst reason first; when there is none, what was looked at. */
export function verdictOf({ cluster, brokers, topics }: VerdictInput): Verdict {
  const reasons: VerdictReason[] = []
  const add = (tone: VerdictTone, text: string, to: string) => reasons.push({ tone, text, to })
  const partitions = topics.flatMap(({ name, partitions }) =>
    partitions.map((partition) => ({ topic: name, ...partition })),
  )

  if (cluster.leader === null)
    add('bad', `No broker leads (epoch ${cluster.epoch}): nothing can be written until one is elected`, '/timeline')

  const failed = brokers.flatMap(({ id, state }) =>
    (state?.partitions ?? []).filter(({ error }) => error !== null).map((each) => ({ id, ...each })),
  )
  const first = failed[0]
  if (first !== undefined) {
    const rest = failed.length > 1 ? ` and ${plural(failed.length - 1, 'more log')}` : ''
    add(
      'bad',
      `${brokerName(first.id)} does not serve ${first.topic}/${first.partition}${rest} (${first.error})`,
      `/brokers/${first.id}`,
    )
  }

  const leaderless = cluster.leader === null ? [] : partitions.filter(({ leader }) => leader === null)
  if (leaderless.length > 0)
    add(
      'bad',
      `${plural(leaderless.length, 'partition has', 'partitions have')} no leader`,
      `/topics/${leaderless[0]!.topic}/partitions`,
    )

  const gone = cluster.brokers.filter(({ alive }) => !alive)
  if (gone.length > 0)
    add(
      'warn',
      `${gone.map(({ id }) => brokerName(id)).join(', ')} ${gone.length === 1 ? 'does' : 'do'} not answer`,
      `/brokers/${gone[0]!.id}`,
    )

  const short = partitions.filter(({ isr, replicas }) => isr.length < replicas.length)
  if (short.length > 0) {
    add(
      'warn',
      `${plural(short.length, 'partition has', 'partitions have')} fewer replicas in sync than ${short.length === 1 ? 'it' : 'they'} should`,
      `/topics/${short[0]!.topic}/partitions`,
    )
  } else if (
    partitions.length === 0 &&
    cluster.leader !== null &&
    cluster.isr.length < cluster.brokers.length &&
    gone.length === 0
  ) {
    add('warn', `${cluster.isr.length} of ${plural(cluster.brokers.length, 'broker')} in sync`, '/timeline')
  }

  if (!cluster.coordinator.connected) {
    add(
      'coord',
      `${coordinatorName(cluster.coordinator.type)} is away: no new leader can be elected until it is back`,
      '/timeline',
    )
  }

  const told = brokers.flatMap(({ id, state }) => (state?.reasons ?? []).map((reason) => ({ id, reason })))
  // What several brokers say in the same words is one reason.
  for (const [reason, by] of Map.groupBy(told, (each) => each.reason)) {
    if (reasons.length < 8 && !coveredBy(reason, cluster))
      add('warn', `${by.map(({ id }) => brokerName(id)).join(', ')}: ${brokerWords(reason)}`, `/brokers/${by[0]!.id}`)
  }

  const order: Record<VerdictTone, number> = { bad: 0, warn: 1, coord: 2, info: 3, ok: 4 }
  const sorted = reasons.toSorted((a, b) => order[a.tone] - order[b.tone])
  const worst = sorted[0]
  if (worst !== undefined) return { tone: worst.tone, sentence: `${worst.text}.`, reasons: sorted }
  return { tone: 'ok', sentence: healthySentence(cluster.brokers.length, partitions.length), reasons: [] }
}

/** The store that holds the lease, as people call it. */
export function coordinatorName(type: string): string {
  return type === 'redis' ? 'Redis' : type === 'sqlite' ? 'SQLite' : type
}

/** What goes on and what stops without the coordinator, said the same everywhere. */
export const coordinatorAway = 'reads go on, and writes while the leader’s lease lasts; no new leader can be elected'

/** A broker tells of its coordinator too, in its own words. */
function coveredBy(reason: string, cluster: VerdictInput['cluster']): boolean {
  return (
    (!cluster.coordinator.connected && /coordinator/i.test(reason)) ||
    (cluster.leader === null && /leader/i.test(reason))
  )
}

function healthySentence(brokerCount: number, partitionCount: number): string {
  if (partitionCount === 0) return `Healthy: ${plural(brokerCount, 'broker')}, no topic yet.`
  const what = partitionCount === 1 ? 'its one partition led' : `all ${partitionCount} partitions led`
  return `Healthy: ${plural(brokerCount, 'broker')}, ${what}${brokerCount > 1 ? ' and in sync' : ''}.`
}
