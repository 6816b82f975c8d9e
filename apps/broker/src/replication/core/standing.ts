import type { CoreState } from './core-state.ts'
import type { RoleName } from './outputs.ts'
import type { Roles } from './roles.ts'

/** Where this broker stands, without the details of `CoreStatus`. */
export interface Standing {
  readonly role: RoleName
  /** Led, followed, stood for or promised. */
  readonly epoch: number
  readonly leaderId: string | null
  /** It leads, and takes and answers now. */
  readonly mayServe: boolean
}

export function standingOf(state: CoreState, roles: Roles): Standing {
  const role = roles.current
  const isLeader = role.name === 'leader'
  return {
    role: role.name,
    epoch: roles.epoch,
    leaderId: isLeader ? state.self.brokerId : role.name === 'follower' ? role.leader.brokerId : null,
    mayServe: isLeader && role.leadership.mayServe(),
  }
}
