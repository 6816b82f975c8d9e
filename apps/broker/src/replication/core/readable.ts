import { YakError } from '@yak/protocol'
import type { CoreState } from './core-state.ts'
import type { Roles } from './roles.ts'
import type { PartitionKey } from './state.ts'

export type Readable =
  | {
      /** Exclusive end of what may be shown; null: nothing yet, wait. */
      readonly highWatermark: number | null
      readonly leaderEpoch: number
    }
  | { readonly error: YakError }

/** What of a partition may be shown to a reader now. */
export function readableOf(state: CoreState, roles: Roles, key: PartitionKey): Readable {
  const partition = state.partitions.get(key)
  const role = roles.current
  if (partition === undefined || (role.name !== 'leader' && role.name !== 'follower')) {
    return {
      error: new YakError('LEADER_NOT_AVAILABLE', `Broker ${state.self.brokerId} knows no leader at the moment.`),
    }
  }
  if (partition.failure !== null) {
    return { error: new YakError('STORAGE_ERROR', `The log of ${state.nameOf(key)} failed: ${partition.failure}`) }
  }
  if (role.name === 'leader' && !role.leadership.mayServe()) {
    return {
      error: new YakError('LEADER_NOT_AVAILABLE', `Broker ${state.self.brokerId} cannot tell whether it still leads.`),
    }
  }
  const isEntered = partition.entered !== null && partition.entered.epoch === role.epoch
  const startOffset = isEntered ? partition.entered!.startOffset : Number.POSITIVE_INFINITY
  return {
    highWatermark: state.rules.visibleHighWatermark(partition.highWatermark, startOffset),
    leaderEpoch: role.epoch,
  }
}
