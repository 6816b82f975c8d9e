/**
 * Who is who: members, replicas, incarnations. Everything a broker says to another carries these, and everything it
 * refuses for their sake says which side says what.
 */
import { crc32c } from '@yak/protocol'

/** A broker and the disk it stands on: what an ISR and a promise name. A disk that was replaced is another replica. */
export interface Replica {
  readonly brokerId: string
  readonly diskId: string
}

/**
 * One run of one broker. `incarnation` is `<count>.<nonce>`: the count is synced at each start, so a later run of the
 * same disk has the higher count; two runs with one count are two processes that use one identity.
 */
export interface Identity extends Replica {
  readonly incarnation: string
}

/** The one versioned record of who takes part, from the configuration; the same on every broker or nothing works. */
export interface Members {
  readonly version: number
  /** Sorted; a broker's index owns its epochs. */
  readonly brokerIds: readonly string[]
  /** m: the smallest min.insync.replicas any topic may have. */
  readonly minInsyncReplicas: number
}

/** An epoch belongs to the broker whose index is the epoch modulo this, whatever the coordinator does. */
export const epochOwners = 64

/** The highest that a record batch has room for. At 64 an election, thirty million elections. */
export const maxEpoch: number = 2 ** 31 - 1

export function membersText({ version, brokerIds, minInsyncReplicas }: Members): string {
  return `version ${version}, brokers ${brokerIds.join(',')}, min.insync.replicas ${minInsyncReplicas}`
}

/** Eight hexadecimal digits. It guards against a slip in a configuration, not against an attacker. */
export function membersHash(members: Members): string {
  const bytes = Uint8Array.from(membersText(members), (character) => character.charCodeAt(0))
  return crc32c(bytes).toString(16).padStart(8, '0')
}

export function incarnationCount(incarnation: string): number {
  return Number.parseInt(incarnation, 10)
}

export function sameReplica(one: Replica, other: Replica): boolean {
  return one.brokerId === other.brokerId && one.diskId === other.diskId
}

export function sameIdentity(one: Identity, other: Identity): boolean {
  return sameReplica(one, other) && one.incarnation === other.incarnation
}

/** An earlier run than the present one, or another disk: what it said may come late, and is of it alone. */
export function isOver(one: Identity, present: Identity): boolean {
  return !sameReplica(one, present) || incarnationCount(one.incarnation) < incarnationCount(present.incarnation)
}

/** For a sentence. */
export function namesOf(replicas: readonly Replica[]): string {
  return replicas.length === 0 ? 'nobody' : replicas.map(({ brokerId }) => brokerId).join(',')
}
