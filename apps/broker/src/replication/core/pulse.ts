import type { CoreState } from './core-state.ts'
import type { Roles } from './roles.ts'

/** How long a broker that should be heard of all the time was not. */
export interface Silence {
  readonly brokerId: string
  readonly silentMs: number
}

export interface Pulse {
  readonly epoch: number
  /** A follower hears its leader's answers, a leader the fetches of those that fetched at this epoch. Others hear nobody. */
  readonly silences: readonly Silence[]
  /** Who follows asks anew after so long without an answer: a heartbeat is missed then. */
  readonly heartbeatMs: number
  /** Whether the lease is renewed in time; null: this broker does not lead. */
  readonly isLeaseRunning: boolean | null
}

/** Cheap enough to ask a few times a second, whatever the number of partitions. */
export function pulseOf({ now, options, peers }: CoreState, { current, epoch }: Roles, nowMs: number): Pulse {
  const heartbeatMs = options.fetchWaitMs + options.leaseMs / 4
  const silent = (brokerId: string, heardAtMs: number): Silence => ({
    brokerId,
    silentMs: Math.max(0, Math.max(now, nowMs) - heardAtMs),
  })
  if (current.name === 'follower') {
    const silences = [silent(current.leader.brokerId, current.heardAtMs)]
    return { epoch, heartbeatMs, silences, isLeaseRunning: null }
  }
  if (current.name !== 'leader') return { epoch, heartbeatMs, silences: [], isLeaseRunning: null }
  const { leadership } = current
  const followers = peers.flatMap((peer) => leadership.follower(peer) ?? []).filter(({ isLeaving }) => !isLeaving)
  return {
    epoch,
    heartbeatMs,
    silences: followers.map(({ identity, fetchedAtMs }) => silent(identity.brokerId, fetchedAtMs)),
    isLeaseRunning: nowMs < leadership.lease.untilMs,
  }
}
