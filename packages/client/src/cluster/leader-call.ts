import { YakError } from '@yak/protocol'
import { repeat } from '../clock.ts'
import { assertSignal, durationMs } from '../option-checks.ts'
import { type Connection, TransportError, type TransportRequest } from '../transport/transport.ts'
import { abortable } from '../waiting.ts'
import { asYakError, errorOfAnswer, errorOfTransport, jsonOfAnswer, retryAfterMsOf } from './answer.ts'
import type { Cluster } from './cluster.ts'
import type { Leader } from './cluster-view.ts'

/** Options of every call to the cluster. */
export interface CallOptions {
  /** Ends the wait; a request on its way is not called back. Rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Over all attempts, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number
}

export interface Call {
  readonly method: TransportRequest['method']
  readonly path: string
  /** Sent as JSON. */
  readonly body?: unknown
  /** Whether a second attempt does no harm when it is not known what became of the first. */
  readonly isRepeatable: boolean
}

export interface CallAnswer {
  readonly json: unknown
  /** Who answered, for errors about the answer. */
  readonly url: string
}

export const DEFAULT_CALL_TIMEOUT_MS = 30_000
const SILENCE_MS = 1_000

const encoder = new TextEncoder()

/** Retriable by the table, for whoever may expect the topic to appear; a caller who names it wants to know now. */
const NOT_WAITED_FOR: ReadonlySet<string> = new Set(['UNKNOWN_TOPIC', 'UNKNOWN_TOPIC_ID'])

/**
 * One JSON request to the leader, whoever that is: looks for another leader when this one fails, and tries again within one
 * deadline. What may have been done is done again only where that does no harm.
 *
 * `onFailed` hears of each attempt that failed, while the call goes on.
 *
 * @throws YakError: the broker's; BROKERS_UNREACHABLE, LEADER_NOT_AVAILABLE after the deadline; OUTCOME_UNKNOWN for a
 * request that is not repeatable and whose answer was lost.
 */
export async function callLeader(
  cluster: Cluster,
  call: Call,
  options: CallOptions = {},
  onFailed?: (error: YakError) => void,
): Promise<CallAnswer> {
  const { signal } = options
  assertSignal(signal)
  const timeoutMs = durationMs('timeoutMs', options.timeoutMs, DEFAULT_CALL_TIMEOUT_MS)
  const deadlineMs = cluster.clock.nowMs() + timeoutMs
  let last: YakError | undefined
  for (let failures = 1; ; failures++) {
    signal?.throwIfAborted()
    const leftMs = deadlineMs - cluster.clock.nowMs()
    if (leftMs <= 0 && last !== undefined) throw last
    const leader = await cluster.leader({ signal, timeoutMs: leftMs }).catch((error) => {
      // While looking for a leader the deadline passed: what a broker answered before says more, and a lost connection less.
      const wasAnswered = last !== undefined && last.code !== 'BROKERS_UNREACHABLE'
      throw YakError.is(error, 'LEADER_NOT_AVAILABLE') && wasAnswered ? last : error
    })
    // In the very turn in which one is found the caller may have gone: then nothing is sent.
    signal?.throwIfAborted()
    const attempt = await abortable(attemptOnce(cluster, leader, call, deadlineMs), signal)
    if ('json' in attempt) return attempt
    last = attempt.error
    onFailed?.(last)
    if (!attempt.isRetried) throw last
    const delayMs = Math.max(cluster.options.backoff.delayMs(failures), attempt.retryAfterMs)
    if (cluster.clock.nowMs() + delayMs >= deadlineMs) throw last
    const { code, message } = last
    cluster.events.emit('retry', { operation: 'call', code, message, attempts: failures, delayMs })
    await cluster.pause(delayMs, signal)
  }
}

interface FailedAttempt {
  readonly error: YakError
  readonly isRetried: boolean
  readonly retryAfterMs: number
}

async function attemptOnce(
  cluster: Cluster,
  leader: Leader,
  { method, path, body, isRepeatable }: Call,
  deadlineMs: number,
): Promise<CallAnswer | FailedAttempt> {
  const timeoutMs = Math.max(1, Math.min(cluster.options.requestTimeoutMs, deadlineMs - cluster.clock.nowMs()))
  const json =
    body === undefined ? {} : { contentType: 'application/json', body: [encoder.encode(JSON.stringify(body))] }
  const connection = cluster.controls.take(leader.url)
  const stopWatching = watchForSuccessor(cluster, leader, connection)
  const refusal = (error: YakError, retryAfterMs: number): FailedAttempt => {
    cluster.refused(leader, error)
    const isRetried =
      error.retriable && !NOT_WAITED_FOR.has(error.code) && (isRepeatable || error.outcome === 'not-written')
    return { error, isRetried, retryAfterMs }
  }
  try {
    const answer = await connection.request({ method, path, timeoutMs, ...json })
    if (answer.status >= 200 && answer.status < 300) return { json: jsonOfAnswer(answer, leader.url), url: leader.url }
    const error = errorOfAnswer(answer, leader.url)
    return refusal(error, retryAfterMsOf(answer, error))
  } catch (cause) {
    if (!(cause instanceof TransportError)) return refusal(asYakError(cause), 0)
    const error = errorOfTransport(cause)
    cluster.suspect(leader, error)
    if (!cause.sent || isRepeatable) return { error, isRetried: true, retryAfterMs: 0 }
    const unknown = new YakError(
      'OUTCOME_UNKNOWN',
      `${method} ${path} may have been done: the answer was lost. ${cause.message} Look before you ask for it again.`,
      { details: { method, path }, cause },
    )
    return { error: unknown, isRetried: false, retryAfterMs: 0 }
  } finally {
    stopWatching()
    cluster.controls.give(connection)
  }
}

/** A leader that is silent may be dead, or cut off: asks the others, and stops waiting for it when another leads. */
function watchForSuccessor(cluster: Cluster, leader: Leader, connection: Connection): () => void {
  const stopProbing = repeat(cluster.clock, SILENCE_MS, () => cluster.probe())
  const stopListening = cluster.onLeader(({ epoch }) => {
    if (epoch > leader.epoch) connection.close()
  })
  return () => {
    stopProbing()
    stopListening()
  }
}
