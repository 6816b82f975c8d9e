/**
 * What a fault takes away while it lasts:
 *
 *     1           broker 1 does not run
 *     1>2         what 1 says does not reach 2; `client` and `redis` are names like those of brokers
 *     redis       nobody reaches Redis
 *     record      Redis has forgotten what it knew: no time passes, and the next election waits out one lease more
 */
export type Lack = string

export interface Outage {
  readonly fault: string
  readonly lacks: readonly Lack[]
  readonly fromMs: number
  readonly toMs: number
}

export interface ClusterBounds {
  readonly brokerIds: readonly string[]
  /** Brokers that it takes to elect a leader and to commit. */
  readonly quorum: number
  readonly leaseMs: number
  /** Beyond what is promised: the clients' own way to the new leader, and a machine that does other things as well. */
  readonly slackMs: number
}

/** A time without acknowledged writes, longer than one lease + 1 s. */
export interface Gap {
  /** After the first acknowledgement. */
  readonly atMs: number
  readonly lengthMs: number
  /** The faults that were on, or had begun within a lease before. */
  readonly explainedBy: readonly string[]
  /** For how much of it there were no quorum of connected brokers, no Redis, or no way for clients. */
  readonly impossibleMs: number
  /** The longest time in it in which writes were possible and nothing new befell the cluster. */
  readonly calmMs: number
  /** No fault is an excuse for so long a calm without an acknowledged write. */
  readonly isExplained: boolean
}

/** All of them, in order. `acknowledgedAtMs` is sorted; the first and last of it are the begin and end of what is looked at. */
export function gapsIn(acknowledgedAtMs: readonly number[], outages: readonly Outage[], bounds: ClusterBounds): Gap[] {
  const gaps: Gap[] = []
  for (const [index, toMs] of acknowledgedAtMs.entries()) {
    const fromMs = acknowledgedAtMs[index - 1] ?? toMs
    if (toMs - fromMs <= bounds.leaseMs + 1_000) continue
    gaps.push({
      atMs: fromMs - acknowledgedAtMs[0]!,
      lengthMs: toMs - fromMs,
      ...explain(fromMs, toMs, outages, bounds),
    })
  }
  return gaps
}

type Reasons = Omit<Gap, 'atMs' | 'lengthMs'>

function explain(fromMs: number, toMs: number, outages: readonly Outage[], bounds: ClusterBounds): Reasons {
  const { leaseMs, slackMs } = bounds
  const near = outages.filter((outage) => outage.fromMs < toMs && outage.toMs > fromMs - leaseMs)
  const edges = near.flatMap((outage) => [outage.fromMs, outage.toMs]).filter((atMs) => atMs > fromMs && atMs < toMs)
  const times = [fromMs, ...edges.sort((one, other) => one - other), toMs]
  let impossibleMs = 0
  let calmMs = 0
  let isExplained = true
  let calmSinceMs = fromMs
  for (const [index, beginMs] of times.slice(0, -1).entries()) {
    const endMs = times[index + 1]!
    const lacks = new Set(near.filter((one) => one.fromMs <= beginMs && one.toMs > beginMs).flatMap((one) => one.lacks))
    if (!mayWrite(lacks, bounds)) {
      impossibleMs += endMs - beginMs
      calmSinceMs = endMs
      continue
    }
    // Something new: whoever leads may be gone, or wait for a follower that is.
    if (near.some((one) => one.fromMs === beginMs)) calmSinceMs = beginMs
    const hasForgotten = near.some((one) => one.lacks.includes('record') && one.fromMs > calmSinceMs - leaseMs)
    calmMs = Math.max(calmMs, endMs - calmSinceMs)
    if (endMs - calmSinceMs > leaseMs + 1_000 + slackMs + (hasForgotten ? leaseMs : 0)) isExplained = false
  }
  const explainedBy = [...new Set(near.map(({ fault }) => fault))]
  return { explainedBy, impossibleMs, calmMs, isExplained }
}

/** A quorum runs, hears each other and Redis, and is heard by clients: with those that are caught up among them, one can lead. */
function mayWrite(lacks: ReadonlySet<Lack>, { brokerIds, quorum }: ClusterBounds): boolean {
  if (lacks.has('redis')) return false
  const running = brokerIds.filter((id) => !lacks.has(id) && !lacks.has(`${id}>redis`))
  // A leader that its clients do not reach leads on.
  if (running.some((id) => lacks.has(`client>${id}`))) return false
  const hear = (one: string, other: string) => !lacks.has(`${one}>${other}`) && !lacks.has(`${other}>${one}`)
  const hasClique = (chosen: readonly string[], rest: readonly string[]): boolean =>
    chosen.length >= quorum ||
    rest.some((id, index) => chosen.every((one) => hear(one, id)) && hasClique([...chosen, id], rest.slice(index + 1)))
  return hasClique([], running)
}

/** For a person: one line for each. */
export function gapsText(gaps: readonly Gap[]): string {
  const ms = (value: number) => `${Math.round(value).toLocaleString('en')} ms`
  return gaps
    .map(({ atMs, lengthMs, explainedBy, impossibleMs, calmMs, isExplained }) => {
      const names = explainedBy.length === 0 ? 'nothing' : explainedBy.join(', ')
      const verdict = isExplained ? `explained by: ${names}` : `not explained by: ${names}`
      return `${ms(lengthMs)} after ${ms(atMs)}: impossible for ${ms(impossibleMs)}, calm for ${ms(calmMs)} at most; ${verdict}`
    })
    .join('\n')
}
