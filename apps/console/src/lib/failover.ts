/**
 * Follows who leads, from one snapshot to the next, for the bar at the top.
 *
 *     steady --no leader--> open --a leader--> over --10 s--> steady
 *     steady --another leader at once--> over
 */
export type FailoverState =
  | { readonly phase: 'steady'; readonly leaderId: string | null; readonly epoch: number }
  | { readonly phase: 'open'; readonly since: number; readonly from: string | null; readonly epoch: number }
  | {
      readonly phase: 'over'
      readonly from: string | null
      readonly to: string
      readonly epoch: number
      /** Time without a leader as this page saw it; null when it saw none. */
      readonly gapMs: number | null
      readonly endedAt: number
    }

export const initialFailover: FailoverState = { phase: 'steady', leaderId: null, epoch: -1 }
const shownMs = 10_000

export function followFailover(
  state: FailoverState,
  seen: { readonly leaderId: string | null; readonly epoch: number },
  at: number,
): FailoverState {
  const { leaderId, epoch } = seen
  const before = state.phase === 'steady' ? state.leaderId : state.phase === 'over' ? state.to : state.from
  if (leaderId === null) {
    if (state.phase === 'open') return state
    // A page that opens on a cluster without a leader does not know since when; it counts from what it saw.
    return { phase: 'open', since: at, from: before, epoch: Math.max(epoch, state.epoch) }
  }
  if (state.phase === 'open')
    return { phase: 'over', from: before, to: leaderId, epoch, gapMs: at - state.since, endedAt: at }
  if (before !== null && before !== leaderId)
    return { phase: 'over', from: before, to: leaderId, epoch, gapMs: null, endedAt: at }
  if (state.phase === 'over' && at - state.endedAt < shownMs) return state
  return state.phase === 'steady' && state.leaderId === leaderId && state.epoch === epoch
    ? state
    : { phase: 'steady', leaderId, epoch }
}

/** What the journal says of leaders: `leader-changed` with an id, or null for none. */
export interface LeaderEntry {
  readonly at: number
  readonly type: string
  readonly data?: Readonly<Record<string, unknown>>
}

/**
 * How long nobody led before `epoch`, by the brokers' own journals: from the first that missed a leader to the first that knew
 * the new one. Null when nobody missed one, or the entries do not reach back so far.
 */
export function gapBefore(epoch: number, entries: readonly LeaderEntry[]): number | null {
  const changes = entries.filter(({ type }) => type === 'leader-changed')
  const elected = changes.find(({ data }) => data?.leaderId != null && data.epoch === epoch)
  if (elected === undefined) return null
  const before = changes.findLast(
    ({ at, data }) => at <= elected.at && data?.leaderId != null && Number(data.epoch) < epoch,
  )
  const missed = changes.find(
    ({ at, data }) => at <= elected.at && at >= (before?.at ?? Number.NEGATIVE_INFINITY) && data?.leaderId == null,
  )
  return missed === undefined ? null : elected.at - missed.at
}

/** Below this it says when somebody looked, and not how long nobody led. */
const shortestGapMs = 50

/** The longest gap anybody saw: each began to count only when it noticed. Null when nobody can say. */
export function knownGapMs(seenByPage: number | null, seenByBrokers: number | null): number | null {
  const longest = Math.max(seenByPage ?? 0, seenByBrokers ?? 0)
  return longest < shortestGapMs ? null : longest
}
