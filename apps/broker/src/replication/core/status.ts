import type { CoreState } from './core-state.ts'
import type { RoleName } from './outputs.ts'
import type { Roles } from './roles.ts'
import { type IsrRecord, type Membership, noIsr, type PartitionKey } from './state.ts'

export interface PartitionStatus {
  readonly key: PartitionKey
  readonly logStartOffset: number
  readonly endOffset: number
  readonly syncedEndOffset: number
  readonly highWatermark: number
  readonly enteredEpoch: number
  readonly isFaulty: boolean
  /** Why its log takes nothing more, if it does not. */
  readonly failure: string | null
  /** On a follower: where the leader's log ends, as far as it has said. */
  readonly leaderEndOffset: number | null
}

export interface CoreStatus {
  readonly role: RoleName
  /** Of a candidate: what it is at. */
  readonly phase: string | null
  readonly epoch: number
  readonly promisedEpoch: number
  readonly leaderId: string | null
  /** A leader that may serve, or a follower whose leader says that it does. */
  readonly isServing: boolean
  readonly isr: IsrRecord
  readonly clusterId: string | null
  readonly membership: Membership
  readonly isCoordinatorConnected: boolean
  readonly isLeaseRunning: boolean
  /** Records that this broker's logs are behind their leader's, or null while it follows none. */
  readonly offsetsBehind: number | null
  readonly partitions: readonly PartitionStatus[]
  /** Sentences for `/health`: why it does not serve, or serves less than it might. */
  readonly reasons: readonly string[]
}

/** A snapshot for `/health`, `/cluster` and the console. */
export function statusOf(state: CoreState, roles: Roles, nowMs: number): CoreStatus {
  const role = roles.current
  const isLeader = role.name === 'leader'
  const partitions: PartitionStatus[] = []
  let offsetsBehind = 0
  for (const partition of state.partitions.values()) {
    const { key, logStartOffset, endOffset, syncedEndOffset, highWatermark, enteredEpoch, isFaulty, failure } =
      partition
    const leaderEndOffset = role.name === 'follower' ? (role.leaderEndOffset(key) ?? null) : null
    offsetsBehind += Math.max(0, (leaderEndOffset ?? syncedEndOffset) - syncedEndOffset)
    partitions.push({
      key,
      logStartOffset,
      endOffset,
      syncedEndOffset,
      highWatermark,
      enteredEpoch,
      isFaulty,
      failure,
      leaderEndOffset,
    })
  }
  const isFollowingServed = role.name === 'follower' && nowMs - role.servedAtMs < state.options.leaseMs
  return {
    role: role.name,
    phase: role.name === 'candidate' ? role.phase : null,
    epoch: roles.epoch,
    promisedEpoch: state.promisedEpoch,
    leaderId: isLeader ? state.self.brokerId : role.name === 'follower' ? role.leader.brokerId : null,
    isServing: isLeader ? role.leadership.mayServe() : isFollowingServed,
    isr: isLeader ? role.leadership.isr.confirmed : (state.isr ?? noIsr),
    clusterId: state.cluster.clusterId,
    membership: state.cluster.membership,
    isCoordinatorConnected: state.observed.isConnected,
    isLeaseRunning: isLeader && nowMs < role.leadership.lease.untilMs,
    offsetsBehind: role.name === 'follower' ? offsetsBehind : null,
    partitions,
    reasons: reasonsOf(state, roles, nowMs),
  }
}

function reasonsOf(state: CoreState, roles: Roles, nowMs: number): string[] {
  // What is not said again within two leases is over.
  const recent = [...state.refusals.values()].filter(({ atMs }) => nowMs - atMs < 2 * state.options.leaseMs)
  const reasons = recent.map(({ reason }) => reason)
  const role = roles.current
  if (roles.lastFailure !== null) reasons.push(roles.lastFailure)
  if (!state.observed.isConnected) {
    reasons.push('The coordinator is out of reach: no election and no change of the ISR until it is back.')
  }
  if (role.name === 'leader' && nowMs >= role.leadership.lease.untilMs) {
    reasons.push(
      role.leadership.mayServe()
        ? 'The lease is not renewed; every replica in sync keeps fetching, so this broker goes on serving.'
        : 'The lease is not renewed and not every replica in sync is heard of: nothing is served.',
    )
  }
  if (role.name === 'unattached') reasons.push('No leader is known.')
  if (state.cluster.membership === 'empty')
    reasons.push('This disk is empty: it waits for a leader, or for all brokers to form a cluster.')
  if (state.cluster.membership === 'joining')
    reasons.push('This disk was replaced: it does not vote before it is in the ISR.')
  for (const { key, isFaulty, failure } of state.partitions.values()) {
    if (failure !== null) reasons.push(`The log of ${key} failed: ${failure}`)
    else if (isFaulty) reasons.push(`The log of ${key} was damaged and is fetched again from the leader.`)
  }
  return reasons
}
