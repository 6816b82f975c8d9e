import { YakError } from '@yak/protocol'
import type { CoreState } from './core-state.ts'
import { namesOf } from './identity.ts'
import type { Leadership } from './leadership.ts'
import type { PartitionKey } from './state.ts'

/** Before `produce` is handed to the log: nothing is appended that could not be acknowledged. */
export function refusalOfProduce(state: CoreState, leadership: Leadership, key: PartitionKey): YakError | null {
  const { isStopping, self, partitions } = state
  const { isr } = leadership.isr.confirmed
  const partition = partitions.get(key)
  if (isStopping) return new YakError('SHUTTING_DOWN', `Broker ${self.brokerId} is stopping. Send to the next leader.`)
  if (partition === undefined || partition.enteredEpoch !== leadership.epoch) {
    return new YakError(
      'LEADER_NOT_AVAILABLE',
      `Partition ${state.nameOf(key)} is not open for writing yet. Try again.`,
    )
  }
  if (partition.failure !== null) {
    return new YakError(
      'LEADER_NOT_AVAILABLE',
      `The log of ${state.nameOf(key)} failed: ${partition.failure}${state.peers.length === 0 ? '' : ' Another broker will lead.'}`,
    )
  }
  if (!leadership.mayServe()) {
    return new YakError(
      'LEADER_NOT_AVAILABLE',
      `Broker ${self.brokerId} cannot renew its lease and does not hear from its whole ISR. Try again.`,
    )
  }
  const { minInsyncReplicas } = partition.settings
  if (isr.length < minInsyncReplicas) {
    return new YakError(
      'NOT_ENOUGH_REPLICAS',
      `${isr.length === 1 ? '1 replica is' : `${isr.length} replicas are`} in sync (${namesOf(isr)}), ${state.nameOf(key)} asks for ` +
        `${minInsyncReplicas}. Nothing was written. Bring the other brokers back.`,
    )
  }
  return null
}
