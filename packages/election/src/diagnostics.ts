import { channel } from 'node:diagnostics_channel'

/**
 * What an elector tells, on the diagnostics channel `yak:election:event`, for whoever watches a whole process. The event is the one
 * its listeners get.
 */
export interface ElectionDiagnostic {
  readonly name: string
  readonly group: string
  readonly id: string
  readonly event: unknown
}

const events = channel('yak:election:event')

export function publishElectionEvent(message: ElectionDiagnostic): void {
  if (events.hasSubscribers) events.publish(message)
}
