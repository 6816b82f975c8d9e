/** ◆ Who counts: rules 1 to 4, 27 and 31 of docs/replication.md. */
import { epochOwners, type Identity, incarnationCount, type Replica, sameIdentity, sameReplica } from '../identity.ts'
import type { FetchResponse, Message, PromiseResponse, Refused } from '../messages.ts'
import type { ClusterState, IsrRecord } from '../state.ts'

export interface Side {
  readonly brokerId: string
  readonly clusterId: string | null
  readonly membersHash: string
  /** In words, for the other side's operator. */
  readonly membersText: string
  readonly brokerIds: readonly string[]
}

export interface Refusal {
  readonly code: Refused['code']
  readonly reason: string
}

/**
 * ◆1 Two brokers with different ideas of N would have disjoint quorums, and a broker of another cluster has other
 * records at the same offsets. Every message is checked before anything else looks at it.
 */
export function refusalOf(own: Side, message: Message): Refusal | null {
  const { brokerId } = message.from
  if (brokerId === own.brokerId) {
    return {
      code: 'broker-id',
      reason: `Two brokers use the id ${brokerId}: this one (incarnation elsewhere ${message.from.incarnation}). Give one of them another --id.`,
    }
  }
  if (message.membersHash !== own.membersHash) {
    return {
      code: 'members',
      reason:
        `Broker ${own.brokerId} has the members ${own.membersText} (hash ${own.membersHash}); broker ${brokerId} has others ` +
        `(hash ${message.membersHash}). Give all brokers the same --peers and --min-insync, and restart them.`,
    }
  }
  if (!own.brokerIds.includes(brokerId)) {
    return {
      code: 'unknown-broker',
      reason: `Broker ${brokerId} is none of the members ${own.membersText}. Correct --id or --peers.`,
    }
  }
  if (own.clusterId !== null && message.clusterId !== null && message.clusterId !== own.clusterId) {
    return {
      code: 'cluster',
      reason: otherClusterText(own.brokerId, own.clusterId, brokerId, message.clusterId),
    }
  }
  return null
}

export function otherClusterText(ownId: string, ownCluster: string, brokerId: string, cluster: string): string {
  return (
    `Broker ${ownId} belongs to cluster ${ownCluster}, broker ${brokerId} to ${cluster}. ` +
    'Correct --peers, or start the strange one with its own data folder.'
  )
}

/**
 * ◆2 A disk without state may stand where one stood that had acknowledged: it must not help to outvote what it lost.
 * One damaged log is enough, because the quorum is counted for the whole group.
 */
export function countsInQuorum(answer: Pick<PromiseResponse, 'verdict' | 'partitions'>): boolean {
  return answer.verdict === 'promised' && !answer.partitions.some(({ isFaulty }) => isFaulty)
}

/** ◆2 The vote comes back when a leader has this disk in its confirmed ISR, and not when it merely lets it fetch. */
export function isAdmitted(self: Replica, response: Pick<FetchResponse, 'isServing' | 'isInSync' | 'isr'>): boolean {
  return response.isServing && response.isInSync && response.isr.isr.some((member) => sameReplica(member, self))
}

/**
 * ◆3 Fewer than all N empty may be a cluster whose other brokers are away with the records. An `empty` answer is a
 * promise too, so of two candidates that both ask everybody only one can hear `empty` from all.
 */
export function mayForm(
  brokerIds: readonly string[],
  answers: ReadonlyMap<string, Pick<PromiseResponse, 'verdict' | 'clusterId'>>,
): boolean {
  return brokerIds.every((brokerId) => {
    const answer = answers.get(brokerId)
    return answer?.verdict === 'empty' && answer.clusterId === null
  })
}

export interface InitClaim {
  /** An operator's word for this very disk. */
  readonly isAllowed: boolean
  /** The own answer, and those of all that gave one. */
  readonly answers: readonly Pick<PromiseResponse, 'verdict' | 'clusterId' | 'isr' | 'partitions' | 'historyCuts'>[]
  /** Somebody is there and will not say what it has: its members are others. */
  readonly hasRefusal: boolean
  /** Whoever does not answer was asked for so long as a leader may be silent. */
  readonly hasWaitedForAll: boolean
  /** By the own clock: nobody else can have asked the same disks since. */
  readonly isLeaseRunning: boolean
  /** What the own acquire returned. */
  readonly before: Pick<IsrRecord, 'isr'>
  readonly votesNeeded: number
  readonly minInsyncReplicas: number
}

/**
 *   form      those that answered are the founders
 *   unasked   no operator said so
 *   refused   a broker that is there has other members
 *   records   a disk that is there is not blank
 *   known     the coordinator names disks that were in sync: there is a cluster, or was
 *   early     others may be starting at this very moment, or this process stood still and what it was told is old
 *   too-few   no quorum, or not m of them
 */
export type InitVerdict = 'form' | 'unasked' | 'refused' | 'records' | 'known' | 'early' | 'too-few'

/**
 * ◆31 Fewer than all N form a cluster only by an operator's word, and only as a quorum: two of those have a disk in common, and a disk takes
 * one cluster in its life. Whatever can be known of records that exist already is a reason against it.
 */
export function verdictOnInit(claim: InitClaim): InitVerdict {
  const { isAllowed, answers, hasRefusal, hasWaitedForAll, isLeaseRunning, before } = claim
  if (!isAllowed) return 'unasked'
  if (hasRefusal) return 'refused'
  if (!answers.every(isBlank)) return 'records'
  if (before.isr.length > 0) return 'known'
  if (!hasWaitedForAll || !isLeaseRunning) return 'early'
  return answers.length < Math.max(claim.votesNeeded, claim.minInsyncReplicas) ? 'too-few' : 'form'
}

/** ◆31 Not only without a cluster: without anything that only a cluster can have left there. */
export function isBlank({ verdict, clusterId, isr, partitions, historyCuts }: InitClaim['answers'][number]): boolean {
  return (
    verdict === 'empty' &&
    clusterId === null &&
    isr === null &&
    historyCuts.length === 0 &&
    partitions.every(
      (log) => !log.isFaulty && log.enteredEpoch === 0 && log.logStartOffset === 0 && log.endOffset === 0,
    )
  )
}

/** A disk that was there, empty, when the cluster was formed has lost nothing: it votes from the start. */
export function isFounder(self: Replica, founders: readonly Replica[]): boolean {
  return founders.some((founder) => sameReplica(founder, self))
}

/** ◆4 A coordinator that hands out one epoch twice, or a lower one, hands it to the same broker. */
export function ownsEpoch(epoch: number, memberIndex: number): boolean {
  return epoch > 0 && epoch % epochOwners === memberIndex
}

/**
 * ◆27 An acknowledgement from before a restart may speak of data that the restart lost; and of two processes with one
 * id only the first is heard.
 */
export function verdictOnIncarnation(
  known: { readonly identity: Identity; readonly isAlive: boolean } | undefined,
  from: Identity,
): 'known' | 'new' | 'refused' {
  if (known === undefined) return 'new'
  if (sameIdentity(known.identity, from)) return 'known'
  if (!sameReplica(known.identity, from)) return known.isAlive ? 'refused' : 'new'
  return incarnationCount(from.incarnation) > incarnationCount(known.identity.incarnation) ? 'new' : 'refused'
}

/** An empty or joining disk may follow a cluster, never lead it; a faulty log takes the whole broker out. */
export function mayLead(cluster: ClusterState, hasFaultyLog: boolean, knowsOfCluster: boolean): boolean {
  if (hasFaultyLog) return false
  // An empty one tries only as long as it knows of no cluster: its candidacy is how a cluster is formed.
  return cluster.membership === 'voter' || (cluster.membership === 'empty' && !knowsOfCluster)
}
