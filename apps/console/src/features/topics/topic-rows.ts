import type { TopicDescription } from '@yak/protocol/schemas'

/** A topic as the list shows it. What is not known is null. */
export interface TopicRow {
  readonly name: string
  readonly internal: boolean
  readonly partitions: number
  /** Committed, and neither expired nor purged. */
  readonly messages: number | null
  /** The least in sync of its partitions, and how many replicas each has. */
  readonly inSync: number
  readonly replicas: number
  readonly leaderless: number
  /** Messages that the replica furthest behind has not; null: no follower told. */
  readonly worstLag: number | null
  readonly sizeBytes: number | null
}

const internalPrefix = '__'

/** How far behind each broker is, by `topic/partition`. */
type Lags = ReadonlyMap<string, ReadonlyMap<string, number>>

export function topicRow({ name, partitions }: TopicDescription, lags: Lags = new Map()): TopicRow {
  const known = partitions.filter(({ highWatermark }) => highWatermark >= 0)
  const sized = partitions.filter(({ sizeBytes }) => sizeBytes !== undefined)
  return {
    name,
    internal: name.startsWith(internalPrefix),
    partitions: partitions.length,
    messages:
      known.length === 0
        ? null
        : known.reduce((sum, { highWatermark, logStartOffset }) => sum + highWatermark - logStartOffset, 0),
    inSync: Math.min(...partitions.map(({ isr }) => isr.length)),
    replicas: Math.max(...partitions.map(({ replicas }) => replicas.length)),
    leaderless: partitions.filter(({ leader }) => leader === null).length,
    worstLag: worstLag(name, partitions, lags),
    sizeBytes: sized.length === 0 ? null : sized.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0),
  }
}

function worstLag(name: string, partitions: TopicDescription['partitions'], lags: Lags): number | null {
  const known = partitions.flatMap(({ partition, replicas }) =>
    replicas.flatMap((id) => lags.get(id)?.get(`${name}/${partition}`) ?? []),
  )
  return known.length === 0 ? null : Math.max(...known)
}

export interface TopicFilter {
  readonly text: string
  readonly regex: boolean
  readonly internal: boolean
}

/** Rows that match, or why the pattern is none. */
export function filterTopics(
  rows: readonly TopicRow[],
  { text, regex, internal }: TopicFilter,
): { readonly rows: readonly TopicRow[]; readonly problem: string | null } {
  const seen = internal ? rows : rows.filter((row) => !row.internal)
  if (text === '') return { rows: seen, problem: null }
  if (!regex) {
    const wanted = text.toLowerCase()
    return { rows: seen.filter(({ name }) => name.toLowerCase().includes(wanted)), problem: null }
  }
  try {
    const pattern = new RegExp(text, 'i')
    return { rows: seen.filter(({ name }) => pattern.test(name)), problem: null }
  } catch (error) {
    const reason =
      error instanceof Error ? error.message.replace(/^Invalid regular expression: (\/.*\/i: )?/s, '') : String(error)
    return { rows: seen, problem: `This is not a regular expression: ${reason}.` }
  }
}

/**
 * Seconds since the rate was last above zero, from a row each second: exact enough for an age. `over` when the whole minute
 * was quiet; null before there is a row. With no broker that answers the rows end `unheardMs` ago, and so no message is of now.
 */
export function quietFor(rates: readonly (number | null)[], unheardMs = 0): number | 'over' | null {
  if (rates.every((rate) => rate === null)) return null
  const last = rates.findLastIndex((rate) => rate !== null && rate > 0)
  return last === -1 ? 'over' : rates.length - 1 - last + Math.floor(unheardMs / 1_000)
}
