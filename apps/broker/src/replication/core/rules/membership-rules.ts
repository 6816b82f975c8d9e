/** ◆ Who counts: rules 1 to 4 and 27 of docs/replication.md. */
import { epochOwners, type Identity, incarnationCount, type Replica, sameIdentity, sameReplica } from '../identity.ts'
import type { FetchResponse, Message, PromiseResponse, Refused } from '../messages.ts'
import type { ClusterState } from '../state.ts'

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
