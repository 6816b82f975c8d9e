import { YakError } from '@yak/protocol'
import type { Answer } from './core/outputs.ts'

/** What a driver that takes part no more says of a batch that it was never given. */
export function notServing(brokerId: string): Answer {
  const error = new YakError('LEADER_NOT_AVAILABLE', `Broker ${brokerId} takes part no more. Send to another one.`)
  return { outcome: 'not-written', error }
}

/** And of one that waited for its answer. */
export function unknownOutcome(reason: string): Answer {
  return {
    outcome: 'unknown',
    error: new YakError('OUTCOME_UNKNOWN', `${reason} The write may still become visible.`),
  }
}
