/**
 * Follows who leads, from one snapshot to the next, for the bar at the top.
 *
 *     steady --no leader--> open --a leader--> over --10 s--> steady
 *     steady --another leader, or the same one in a later epoch, at once--> over
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
  // The same one in a later epoch was elected again: between two looks nobody led.
  if (before !== null && (before !== leaderId || epoch > state.epoch))
    return { phase: 'over', from: before, to: leaderId, epoch, gapMs: null, endedAt: at }
  if (state.phase === 'over' && at - state.endedAt < shownMs) return state
  return state.phase === 'steady' && state.leaderId === leaderId && state.epoch === epoch
    ? state
    : { phase: 'steady', leaderId, epoch }
}

/** Below this it says when somebody looked, and not how long nobody led. */
const shortestGapMs = 50

/** The gap that this page saw, for as long as no journal tells more. Null when it saw none. */
export function seenGapMs(gapMs: number | null): number | null {
  return gapMs === null || gapMs < shortestGapMs ? null : gapMs
}
