/**
 * The coordinator's record, one for each group. It never expires: expiry is a field, judged by the coordinator's own clock
 * inside the atomic step that reads it. What each operation makes of a record is in lease-operations.ts.
 */
export interface LeaseRecord {
  /** Of the last acquisition; 0 when there was none, or when the coordinator forgot it. Only ever rises while it remembers. */
  readonly epoch: number
  /** Who acquired last; null before the first acquisition and after a release. The lease may have run out since. */
  readonly holder: string | null
  /** The life of the holder that acquired: a restart of the same program is another incarnation. */
  readonly incarnation: string | null
  /** On the coordinator's clock; compare it with nothing else. 0 without a holder. */
  readonly leaseUntilMs: number
  /** The length of the lease as last acquired or renewed. */
  readonly ttlMs: number
  /** The in-sync replicas as the holder of `isrEpoch` last wrote them. */
  readonly isr: readonly IsrMember[]
  /** The epoch whose holder wrote `isr`. ISR records are ordered by (isrEpoch, isrVersion). */
  readonly isrEpoch: number
  /** Rises with each change of `isr`. */
  readonly isrVersion: number
  /** The coordinator was shown to have forgotten something since `isr` was written, so `isr` may not be the newest. */
  readonly suspect: boolean
}

/** A replica counts together with the disk it has: an empty disk under an old id is nobody. */
export interface IsrMember {
  /** By which the cluster's settings name it. */
  readonly brokerId: string
  /** Random text that the data folder got when it was made. */
  readonly diskId: string
}

/** Before the first acquisition, and again after the coordinator has lost its record. */
export const EMPTY_LEASE_RECORD: LeaseRecord = Object.freeze({
  epoch: 0,
  holder: null,
  incarnation: null,
  leaseUntilMs: 0,
  ttlMs: 0,
  isr: Object.freeze([]),
  isrEpoch: 0,
  isrVersion: 0,
  suspect: false,
})

/** Epoch e belongs to the candidate whose owner index is e mod 64: two leases never share an epoch, whatever was forgotten. */
export const EPOCH_OWNERS = 64

/** The smallest epoch above `floor` that the owner may have; without an owner index, the next one. */
export function nextEpoch(floor: number, ownerIndex: number | undefined): number {
  const next = floor + 1
  if (ownerIndex === undefined) return next
  return next + ((ownerIndex - (next % EPOCH_OWNERS) + EPOCH_OWNERS) % EPOCH_OWNERS)
}

/**
 * How long the lease still runs on the coordinator's clock; 0 without one. A lease can never run longer than its length: what
 * says otherwise was written before the clock jumped back.
 */
export function leaseRemainingMs(record: LeaseRecord, nowMs: number): number {
  if (record.holder === null) return 0
  return Math.max(0, Math.min(record.leaseUntilMs - nowMs, record.ttlMs))
}

/** Negative when ISR record a is older than b, 0 when they are the same one. */
export function compareIsr(
  a: Pick<LeaseRecord, 'isrEpoch' | 'isrVersion'>,
  b: Pick<LeaseRecord, 'isrEpoch' | 'isrVersion'>,
): number {
  return a.isrEpoch === b.isrEpoch ? a.isrVersion - b.isrVersion : a.isrEpoch - b.isrEpoch
}

/** No field differs. The ISR needs no look of its own: its version changes with it. */
export function isSameRecord(a: LeaseRecord, b: LeaseRecord): boolean {
  return (
    a.epoch === b.epoch &&
    a.holder === b.holder &&
    a.incarnation === b.incarnation &&
    a.leaseUntilMs === b.leaseUntilMs &&
    a.ttlMs === b.ttlMs &&
    a.isrEpoch === b.isrEpoch &&
    a.isrVersion === b.isrVersion &&
    a.suspect === b.suspect
  )
}
