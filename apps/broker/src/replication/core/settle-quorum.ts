import type { CoreState } from './core-state.ts'
import type { Roles } from './roles.ts'

/**
 * ◆30 With m brokers in the ISR of this epoch all that was acknowledged before it is on m disks, whatever the settings were: they have entered
 * it, and have everything below its start. From then on the present settings alone count. The epoch is one of this run: whom this broker leads or
 * follows has the same settings.
 */
export function settleQuorum(state: CoreState, role: Roles['current']): void {
  if (state.isQuorumSettled || (role.name !== 'leader' && role.name !== 'follower')) return
  const { isr } = state
  if (isr === null || isr.isrEpoch !== role.epoch || isr.isr.length < state.options.members.minInsyncReplicas) return
  state.settleQuorum()
}
