import { EPOCH_OWNERS } from './lease-record.ts'
import type { AcquireRequest, Candidate, ReleaseRequest, RenewRequest, UpdateIsrRequest } from './lease-store.ts'

/*
 * Wrong arguments are a bug in the caller: a TypeError before anything is sent, the same from every store.
 */

const maxNameLength = 256
const maxTtlMs = 86_400_000
/** Leaves room for the owner's next epoch below 2^53. */
const maxEpoch = Number.MAX_SAFE_INTEGER - EPOCH_OWNERS

export function assertAcquireRequest({ group, candidate, replaces, minEpoch = 0, ttlMs }: AcquireRequest): void {
  assertGroup(group)
  assertCandidate(candidate)
  if (replaces !== undefined) assertName('replaces', replaces)
  assertInteger('minEpoch', minEpoch, 0, maxEpoch)
  assertTtl(ttlMs)
}

export function assertRenewRequest(request: RenewRequest): void {
  const { group, candidate, epoch, isrEpoch = 0, isrVersion = 0, ttlMs } = request
  assertGroup(group)
  assertCandidate(candidate)
  assertInteger('epoch', epoch, 0)
  assertInteger('isrEpoch', isrEpoch, 0)
  assertInteger('isrVersion', isrVersion, 0)
  assertTtl(ttlMs)
}

export function assertReleaseRequest({ group, candidate, epoch }: ReleaseRequest): void {
  assertGroup(group)
  assertCandidate(candidate)
  assertInteger('epoch', epoch, 0)
}

export function assertUpdateIsrRequest(request: UpdateIsrRequest): void {
  const { group, candidate, epoch, expectedVersion, isr, minVersion = 0 } = request
  assertGroup(group)
  assertCandidate(candidate)
  assertInteger('epoch', epoch, 0)
  assertInteger('expectedVersion', expectedVersion, 0, maxEpoch)
  assertInteger('minVersion', minVersion, 0, maxEpoch)
  if (!Array.isArray(isr) || isr.length > EPOCH_OWNERS) {
    throw new TypeError(`isr must be an array of at most ${EPOCH_OWNERS} members`)
  }
  for (const { brokerId, diskId } of isr) {
    assertName('isr.brokerId', brokerId)
    assertName('isr.diskId', diskId)
  }
}

export function assertGroup(group: string): void {
  assertName('group', group)
}

export function assertTtl(ttlMs: number): void {
  assertInteger('ttlMs', ttlMs, 1, maxTtlMs)
}

export function assertCandidate({ id, incarnation, ownerIndex }: Candidate): void {
  assertName('candidate.id', id)
  assertName('candidate.incarnation', incarnation)
  if (ownerIndex !== undefined) assertInteger('candidate.ownerIndex', ownerIndex, 0, EPOCH_OWNERS - 1)
}

export function assertInteger(name: string, value: number, min: number, max: number = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return
  throw new TypeError(`${name} is ${String(value)}; it must be a whole number from ${min} to ${max}`)
}

function assertName(name: string, value: string): void {
  const isText = typeof value === 'string' && value.length > 0 && value.length <= maxNameLength && value.isWellFormed()
  // node:sqlite of Node 22 reads a text only up to its first NUL.
  if (isText && !value.includes('\0')) return
  throw new TypeError(
    `${name} is ${JSON.stringify(value)}; it must be text of 1 to ${maxNameLength} characters without a NUL`,
  )
}
