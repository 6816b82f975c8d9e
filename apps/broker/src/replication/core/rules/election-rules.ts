/** ◆ Who may lead, and with which log: rules 5, 6, 11 to 13, 29 and 30 of docs/replication.md. */
import { epochOwners, type Replica, sameReplica } from '../identity.ts'
import { type CoordinatorRecord, compareIsr, type IsrRecord, type Membership, type PartitionKey } from '../state.ts'

export interface RankedLog {
  readonly brokerId: string
  readonly enteredEpoch: number
  readonly endOffset: number
  readonly isFaulty: boolean
}

export interface SurvivorClaim {
  readonly self: Replica
  readonly minInsyncReplicas: number
  /** What the own acquire returned. */
  readonly before: CoordinatorRecord
  /** Nothing that this disk has was acknowledged under other settings only: the others know that m is 1. */
  readonly isSettled: boolean
  /** Every ISR record that this broker knows or was told of. */
  readonly known: readonly IsrRecord[]
}

/**
 * ◆29 A quorum knows of every epoch that was led; this broker alone does not. What it leads must outrank what the absent ones
 * have, or they would win over it when they come back: so it goes so far above all it has heard of as a thousand elections would.
 */
export const unsafeEpochLead: number = 1_000 * epochOwners

/**
 * ◆5 A coordinator whose record is older than what brokers have promised has forgotten something. Asking for an epoch
 * above everything ever heard of is what makes it notice, and mark its ISR suspect.
 */
export function minEpochOf(highestEpochHeard: number, isUnsafe: boolean): number {
  return isUnsafe ? highestEpochHeard + unsafeEpochLead : highestEpochHeard
}

/** ◆6 The leader counts with a smaller ISR than the store would tell a successor: stop until the store has it again. */
export function mustRewriteIsr(storedIsrIsOlder: boolean): boolean {
  return storedIsrIsOlder
}

/** ◆11 m + (N − m + 1) > N: every quorum meets every commit; and two majorities meet. */
export function quorumSize(brokerCount: number, minInsyncReplicas: number): number {
  return Math.max(brokerCount - minInsyncReplicas + 1, Math.floor(brokerCount / 2) + 1)
}

/**
 * ◆30 What was acknowledged under a smaller m, or by other brokers, is on fewer of the present disks than the present m says. Until it is on
 * as many, every quorum must meet those commits too.
 */
export function votesNeeded(present: number, remembered: readonly number[]): number {
  return Math.max(present, ...remembered)
}

/**
 * ◆11 The entered epoch comes first: an old record commits only through replicas that entered the new epoch, so a longer
 * tail of an older one is worth nothing (KIP-101, KIP-279). Of equals the first given wins.
 */
export function bestLog<Ranked extends RankedLog>(logs: readonly Ranked[]): Ranked | undefined {
  let best: Ranked | undefined
  for (const log of logs) {
    if (log.isFaulty) continue
    if (best === undefined || isBetter(log, best)) best = log
  }
  return best
}

/**
 * ◆32 What any promiser knows to be committed is in the best log, so it is committed there. A relaxed log may lack it, and have other
 * records by now under those offsets: only who has entered the epoch of the best log has compared its own with it.
 */
export function knowsRelaxedCommit(
  one: { readonly enteredEpoch: number },
  best: { readonly enteredEpoch: number },
): boolean {
  return one.enteredEpoch === best.enteredEpoch
}

function isBetter(one: RankedLog, other: RankedLog): boolean {
  if (one.enteredEpoch !== other.enteredEpoch) return one.enteredEpoch > other.enteredEpoch
  return one.endOffset > other.endOffset
}

/**
 * ◆12 The last replica standing. It trusts the coordinator not to have lost an acknowledged ISR change, so it exists only
 * where m = 1, and only with the record that the own acquire returned: any other may be older. ◆30 Where m has only just become 1, the others
 * would not know of what it acknowledges alone.
 */
export function survivorMayLead({ self, minInsyncReplicas, before, isSettled, known }: SurvivorClaim): boolean {
  return (
    minInsyncReplicas === 1 &&
    isSettled &&
    !before.isSuspect &&
    known.every((record) => compareIsr(before, record) >= 0) &&
    before.isr.some((member) => sameReplica(member, self))
  )
}

/**
 * ◆29 Without a quorum and without the coordinator's word nobody can tell what was acknowledged. Only a person may say that
 * what is missing is lost; every broker in reach is heard first, because with one vote more nothing need be lost.
 */
export function mayLeadUnsafely(isAllowed: boolean, membership: Membership, hasWaitedForAll: boolean): boolean {
  return isAllowed && membership === 'voter' && hasWaitedForAll
}

/**
 * ◆13 A broker that has promised may still hold an older tail that outranks nothing. Only one that entered the epoch in
 * every partition holds everything below the leader's start.
 */
export function isEnteredEverywhere(
  enteredEpochOf: (key: PartitionKey) => number,
  keys: Iterable<PartitionKey>,
  epoch: number,
): boolean {
  for (const key of keys) if (enteredEpochOf(key) !== epoch) return false
  return true
}
