import type { LeaseRecord, LeaseStore } from '@yak/election'
import type { CallResult } from '../../../apps/broker/src/replication/core/inputs.ts'
import type { Call } from '../../../apps/broker/src/replication/core/outputs.ts'
import type { CoordinatorRecord } from '../../../apps/broker/src/replication/core/state.ts'

export interface CallerIdentity {
  readonly brokerId: string
  readonly incarnation: string
  readonly ownerIndex: number
}

export const group = 'simulation'

/** A call of the core as a call of the lease store, and the store's answer as the core's. */
export async function carryOut(
  store: LeaseStore,
  call: Exclude<Call, { type: 'observe' }>,
  { brokerId: id, incarnation, ownerIndex }: CallerIdentity,
): Promise<CallResult> {
  const candidate = { id, incarnation, ownerIndex }
  switch (call.type) {
    case 'acquire': {
      const answer = await store.acquire({ group, candidate, minEpoch: call.minEpoch, ttlMs: call.leaseMs })
      if (!answer.acquired) return { type: 'refused', record: coordinatorRecord(answer.record, answer.remainingMs) }
      return { type: 'acquired', epoch: answer.epoch, before: coordinatorRecord(answer.before, 0) }
    }
    case 'renew': {
      const { epoch, isrEpoch, isrVersion, leaseMs } = call
      const answer = await store.renew({ group, candidate, epoch, isrEpoch, isrVersion, ttlMs: leaseMs })
      if (!answer.renewed) return { type: 'refused', record: coordinatorRecord(answer.record, answer.remainingMs) }
      return { type: 'renewed', storedIsrIsOlder: answer.isrBehind, isrVersion: answer.record.isrVersion }
    }
    case 'release': {
      const answer = await store.release({ group, candidate, epoch: call.epoch })
      return answer.released ? { type: 'released' } : refused(answer.record)
    }
    case 'update-isr': {
      const { epoch, expectedVersion, isr } = call
      const answer = await store.updateIsr({ group, candidate, epoch, expectedVersion, isr })
      if (!answer.updated) return refused(answer.record)
      return { type: 'isr-updated', isrVersion: answer.record.isrVersion }
    }
  }
}

/** How long the other's lease runs on is not in the answer: at most its length. */
function refused(record: LeaseRecord): CallResult {
  return { type: 'refused', record: coordinatorRecord(record, record.holder === null ? 0 : record.ttlMs) }
}

/** null for a record that was never written, or was forgotten. */
export function observedRecord(record: LeaseRecord, remainingMs: number): CoordinatorRecord | null {
  return record.epoch === 0 ? null : coordinatorRecord(record, remainingMs)
}

function coordinatorRecord(record: LeaseRecord, leaseRemainingMs: number): CoordinatorRecord {
  const { epoch, holder, incarnation, isr, isrEpoch, isrVersion, suspect } = record
  return {
    epoch,
    holder: holder === null ? null : { brokerId: holder, incarnation: incarnation ?? '' },
    leaseRemainingMs,
    isr,
    isrEpoch,
    isrVersion,
    isSuspect: suspect,
  }
}
