import type { CoreState } from './core-state.ts'
import { isNewcomer } from './forming.ts'
import type { Leadership } from './leadership.ts'
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

/** One of the other brokers, as its leader sees it. */
export interface FollowerStatus {
  readonly brokerId: string
  /** null: nothing was heard of it at this epoch. */
  readonly diskId: string | null
  readonly isInIsr: boolean
  /** In the ISR, entered everywhere, with everything below the high watermark. */
  readonly isInSync: boolean
  /** Since its last fetch, and since it last had everything there was; null: never at this epoch. */
  readonly fetchedAgoMs: number | null
  readonly caughtUpAgoMs: number | null
  /** Records it has not acknowledged, over all partitions; null: not known. */
  readonly offsetsBehind: number | null
  /** The most that this was since it last had everything: how far catching up has come. 0: it has. */
  readonly offsetsBehindAtMost: number
  /** Only the partitions in which it lacks something. */
  readonly lags: readonly { readonly key: PartitionKey; readonly endOffset: number; readonly offsetsBehind: number }[]
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
  /** Of a leader: all other members. Costs what the followers lack, not what there is. */
  readonly followers: readonly FollowerStatus[]
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
    followers: isLeader ? state.peers.map((brokerId) => followerOf(brokerId, state, role.leadership, nowMs)) : [],
    reasons: reasonsOf(state, roles, nowMs),
  }
}

function followerOf(brokerId: string, state: CoreState, leadership: Leadership, nowMs: number): FollowerStatus {
  const isInIsr = leadership.isr.confirmed.isr.some((member) => member.brokerId === brokerId)
  const follower = leadership.follower(brokerId)
  if (follower === undefined) {
    const nothing = { diskId: null, isInSync: false, fetchedAgoMs: null, caughtUpAgoMs: null, offsetsBehind: null }
    return { brokerId, isInIsr, ...nothing, offsetsBehindAtMost: 0, lags: [] }
  }
  const lags = []
  let offsetsBehind = 0
  for (const key of follower.behind) {
    const end = state.partitions.get(key)?.endOffset ?? 0
    const endOffset = Math.max(0, follower.acknowledged(key))
    if (end <= endOffset) continue
    lags.push({ key, endOffset, offsetsBehind: end - endOffset })
    offsetsBehind += end - endOffset
  }
  return {
    brokerId,
    diskId: follower.identity.diskId,
    isInIsr,
    isInSync: follower.isInSync,
    fetchedAgoMs: Math.max(0, nowMs - follower.fetchedAtMs),
    caughtUpAgoMs: follower.hasCaughtUp ? Math.max(0, nowMs - follower.caughtUpAtMs) : null,
    offsetsBehind,
    offsetsBehindAtMost: follower.mostBehind(offsetsBehind),
    lags,
  }
}

function reasonsOf(state: CoreState, roles: Roles, nowMs: number): string[] {
  // What is not said again within two leases is over.
  const recent = [...state.refusals.values()].filter(({ atMs }) => nowMs - atMs < 2 * state.options.leaseMs)
  const reasons = recent.map(({ reason }) => reason)
  const role = roles.current
  if (roles.lastFailure !== null) reasons.push(roles.lastFailure)
  if (roles.lacksVotes && role.name === 'unattached') {
    const confirmation = `${state.self.brokerId}@${state.promisedEpoch}`
    reasons.push(
      `Bring the other brokers back. Only if their disks are lost for good: stop this one and start it with --unsafe-recover ${confirmation}, ` +
        'which gives up what only they have.',
    )
  }
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
  if (role.name === 'leader') reasons.push(...tooFewInSync(state, role.leadership))
  if (role.name === 'unattached') reasons.push('No leader is known.')
  if (state.cluster.membership === 'empty') reasons.push(...whyEmpty(state, roles))
  if (state.cluster.membership === 'joining') {
    const { cluster, self } = state
    const what = isNewcomer(cluster.founders, self.brokerId) ? 'is new in its cluster' : 'was replaced'
    reasons.push(`This disk ${what}: it does not vote before it is in the ISR.`)
  }
  for (const { key, isFaulty, failure } of state.partitions.values()) {
    if (failure !== null) reasons.push(`The log of ${state.logNameOf(key)} failed: ${failure}`)
    else if (isFaulty)
      reasons.push(`The log of ${state.logNameOf(key)} was damaged and is fetched again from the leader.`)
  }
  return reasons
}

function whyEmpty({ options, knowsOfCluster }: CoreState, { awaitedFounders, current }: Roles): string[] {
  const reasons = ['This disk is empty: it waits for a leader, or for all brokers to form a cluster.']
  if (!knowsOfCluster && awaitedFounders !== null) reasons.push(awaitedFounders)
  if (!options.init) return reasons
  if (knowsOfCluster) reasons.push('--init forms no cluster: another broker belongs to one, and this one joins that.')
  else if (current.name === 'candidate')
    reasons.push(`With --init it forms one without those that do not answer within ${options.leaseMs} ms.`)
  return reasons
}

/** A leader whom nobody follows serves reads, and may be well in all else: nothing but this says that it takes no record. */
function tooFewInSync({ options, peers }: CoreState, { isr }: Leadership): string[] {
  const needed = options.members.minInsyncReplicas
  const inSync = isr.confirmed.isr.map(({ brokerId }) => brokerId)
  if (inSync.length >= needed) return []
  const others = peers.filter((brokerId) => !inSync.includes(brokerId))
  return [
    `${inSync.length} of the ${needed} brokers that must have a record ${inSync.length === 1 ? 'is' : 'are'} in sync (${inSync.join(',')}): ` +
      `new records are refused. Start ${others.join(',')}, or see why they do not reach this one at its URL in --peers.`,
  ]
}
