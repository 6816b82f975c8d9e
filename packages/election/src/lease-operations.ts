import { compareIsr, type LeaseRecord, leaseRemainingMs, nextEpoch } from './lease-record.ts'
import type {
  AcquireAnswer,
  AcquireRequest,
  Candidate,
  RefusalReason,
  ReleaseAnswer,
  ReleaseRequest,
  RenewAnswer,
  RenewRequest,
  UpdateIsrAnswer,
  UpdateIsrRequest,
} from './lease-store.ts'

/*
 * What each operation makes of the record, as pure functions of (record, request, the coordinator's time). This is the one
 * definition: the embedded store and the in-memory one call it inside their atomic step, and the Lua scripts of the Redis store
 * mirror it line by line (a property test compares the two).
 *
 *   operation   when                                          record after
 *   acquire     no lease runs but the caller's own, or one of the incarnation it replaces
 *                                                             epoch ↑, holder, incarnation, leaseUntil = now + ttl;
 *                                                             suspect if minEpoch was above the epoch
 *   acquire     refused                                       leaseUntil cut to now + ttl if it was further off
 *   renew       the caller holds this epoch                   leaseUntil = now + ttl
 *   release     the caller holds this epoch                   no holder
 *   updateIsr   the caller holds this epoch, version as said  isr, isrEpoch = epoch, isrVersion ↑, not suspect
 *   any other   refused                                       as before
 *
 * A record that is to stay as it was is returned as the same object, so that a store knows it has nothing to write.
 */

/** What an operation makes of a record. */
export interface LeaseStep<Answer> {
  /** The very object it was when nothing changed. */
  readonly record: LeaseRecord
  /** What the caller is told. */
  readonly answer: Answer
}

/** What an acquisition makes of the record at `nowMs`, a time of the coordinator's clock in milliseconds. */
export function acquireLease(before: LeaseRecord, request: AcquireRequest, nowMs: number): LeaseStep<AcquireAnswer> {
  const { candidate, replaces, minEpoch = 0, ttlMs } = request
  const remainingMs = leaseRemainingMs(before, nowMs)
  const isReplaced = before.holder === candidate.id && before.incarnation === replaces
  if (remainingMs > 0 && !isHolder(before, candidate) && !isReplaced) {
    // The clock jumped back. The cut is kept, or each look would cut anew and the lease would run until the clock is there again.
    const isTooFar = before.leaseUntilMs > nowMs + before.ttlMs
    const record = isTooFar ? { ...before, leaseUntilMs: nowMs + before.ttlMs } : before
    return { record, answer: { acquired: false, record, remainingMs } }
  }
  const suspect = before.suspect || minEpoch > before.epoch
  const epoch = nextEpoch(Math.max(before.epoch, minEpoch), candidate.ownerIndex)
  const record: LeaseRecord = {
    ...before,
    epoch,
    holder: candidate.id,
    incarnation: candidate.incarnation,
    leaseUntilMs: nowMs + ttlMs,
    ttlMs,
    suspect,
  }
  return { record, answer: { acquired: true, epoch, before: { ...before, suspect }, record } }
}

/** What a renewal makes of the record at `nowMs`, a time of the coordinator's clock in milliseconds. */
export function renewLease(before: LeaseRecord, request: RenewRequest, nowMs: number): LeaseStep<RenewAnswer> {
  const { candidate, epoch, isrEpoch = 0, isrVersion = 0, ttlMs } = request
  const reason = refusalOf(before, candidate, epoch)
  if (reason !== undefined) {
    const remainingMs = leaseRemainingMs(before, nowMs)
    return { record: before, answer: { renewed: false, reason, record: before, remainingMs } }
  }
  const record: LeaseRecord = { ...before, leaseUntilMs: nowMs + ttlMs, ttlMs }
  const isrBehind = compareIsr(before, { isrEpoch, isrVersion }) < 0
  return { record, answer: { renewed: true, record, isrBehind } }
}

/** What a release makes of the record: no holder, if the caller is it. */
export function releaseLease(before: LeaseRecord, request: ReleaseRequest): LeaseStep<ReleaseAnswer> {
  const reason = refusalOf(before, request.candidate, request.epoch)
  if (reason !== undefined) return { record: before, answer: { released: false, reason, record: before } }
  // The holder goes too, not only its time: a renewal that was under way must not bring the lease back.
  const record: LeaseRecord = { ...before, holder: null, incarnation: null, leaseUntilMs: 0 }
  return { record, answer: { released: true, record } }
}

/** What a change of the ISR makes of the record: a new version, if the caller holds the epoch and named the version before. */
export function updateIsr(before: LeaseRecord, request: UpdateIsrRequest): LeaseStep<UpdateIsrAnswer> {
  const { candidate, epoch, expectedVersion, isr, minVersion = expectedVersion } = request
  const holderReason = refusalOf(before, candidate, epoch)
  const reason = holderReason ?? (before.isrVersion === expectedVersion ? undefined : 'version-mismatch')
  if (reason !== undefined) return { record: before, answer: { updated: false, reason, record: before } }
  const isrVersion = Math.max(before.isrVersion, minVersion) + 1
  const record: LeaseRecord = { ...before, isr, isrEpoch: epoch, isrVersion, suspect: false }
  return { record, answer: { updated: true, record } }
}

function isHolder(record: LeaseRecord, candidate: Candidate): boolean {
  return record.holder === candidate.id && record.incarnation === candidate.incarnation
}

function refusalOf(record: LeaseRecord, candidate: Candidate, epoch: number): RefusalReason | undefined {
  if (record.epoch > epoch) return 'superseded'
  if (record.epoch < epoch) return 'forgotten'
  if (record.holder === null) return 'released'
  return isHolder(record, candidate) ? undefined : 'other-holder'
}
