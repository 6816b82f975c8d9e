import { YakError } from '@yak/protocol'
import { findLeader, headersOf, type ProduceTarget, problemOf } from './produce-target.ts'
import { pause } from './settle-batches.ts'

export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

const askTimeoutMs = 10_000
const pauseMs = 300

/** A producer id nobody else has; waits for a leader as long as it takes. */
export async function askProducerIdentity(
  target: ProduceTarget,
  signal: AbortSignal,
  onWaiting?: (error: YakError) => void,
): Promise<ProducerIdentity> {
  for (;;) {
    try {
      const leader = await findLeader(target, signal)
      if (leader === null) throw new YakError('LEADER_NOT_AVAILABLE', 'No broker leads at the moment.')
      const response = await fetch(`${leader}/v1/producer-ids`, {
        method: 'POST',
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(askTimeoutMs)]),
        headers: headersOf(target),
      })
      if (response.type === 'opaqueredirect') throw new YakError('NOT_LEADER', `${leader} does not lead.`)
      if (!response.ok) throw await problemOf(response)
      return (await response.json()) as ProducerIdentity
    } catch (error) {
      signal.throwIfAborted()
      if (YakError.is(error) && !error.retriable && error.code !== 'INVALID_RESPONSE') throw error
      onWaiting?.(YakError.is(error) ? error : new YakError('BROKERS_UNREACHABLE', 'The leader gave no answer.'))
      await pause(pauseMs, signal)
    }
  }
}
