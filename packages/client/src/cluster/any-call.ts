import { YakError } from '@yak/protocol'
import { assertSignal, durationMs } from '../option-checks.ts'
import { settledWithin } from '../waiting.ts'
import { asYakError, errorOfAnswer, jsonOfAnswer, retryAfterMsOf } from './answer.ts'
import { HEDGE_MS } from './broker-reports.ts'
import { type Cluster, clientClosed } from './cluster.ts'
import { type CallAnswer, type CallOptions, DEFAULT_CALL_TIMEOUT_MS } from './leader-call.ts'

export interface AnyCall {
  readonly path: string
  /** How long the leader is looked for, and then waited for, before other brokers are asked, in milliseconds. 0: any will do. */
  readonly leaderPatienceMs: number
  /** The epoch under which an answer was given; undefined: it does not tell. Below the highest seen, it is not used. */
  epochOf(answer: CallAnswer): number | undefined
}

/** What a call in progress has gathered. */
interface Gathering {
  answer: CallAnswer | undefined
  /** What the leader said counts, and waiting would not change it. */
  final: YakError | undefined
  readonly errors: Map<string, YakError>
  /** Until when a broker asks to be left alone. */
  readonly notBeforeMs: Map<string, number>
}

/**
 * One GET that any broker can answer, whether or not there is a leader: the leader first, for it knows best, then the others, each
 * beside those that have not answered yet. The first good answer wins.
 *
 * @throws YakError: the leader's refusal; that of another broker after the deadline; BROKERS_UNREACHABLE.
 */
export async function callAny(cluster: Cluster, call: AnyCall, options: CallOptions = {}): Promise<CallAnswer> {
  const { signal } = options
  assertSignal(signal)
  const timeoutMs = durationMs('timeoutMs', options.timeoutMs, DEFAULT_CALL_TIMEOUT_MS)
  const { clock } = cluster
  const deadlineMs = clock.nowMs() + timeoutMs
  const over = new AbortController()
  const isOver = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal])
  const gathering: Gathering = { answer: undefined, final: undefined, errors: new Map(), notBeforeMs: new Map() }
  try {
    for (let failures = 1; ; failures++) {
      await pass(cluster, call, gathering, deadlineMs, isOver, over)
      signal?.throwIfAborted()
      if (gathering.answer !== undefined) return gathering.answer
      if (gathering.final !== undefined) throw gathering.final
      if (cluster.closed) throw clientClosed()
      const delayMs = Math.max(cluster.options.backoff.delayMs(failures), leftAloneMs(cluster, gathering))
      if (clock.nowMs() + delayMs >= deadlineMs) throw whyNone(cluster.view.candidates, gathering.errors, timeoutMs)
      await cluster.pause(delayMs, isOver)
    }
  } finally {
    over.abort()
  }
}

/** How long until one of them may be asked. */
function leftAloneMs({ clock, view }: Cluster, { notBeforeMs }: Gathering): number {
  const nowMs = clock.nowMs()
  return Math.min(...view.candidates.map((url) => (notBeforeMs.get(url) ?? nowMs) - nowMs))
}

/** Asks each broker once; over when one has answered well, all have failed, or the deadline is there. */
async function pass(
  cluster: Cluster,
  call: AnyCall,
  gathering: Gathering,
  deadlineMs: number,
  isOver: AbortSignal,
  over: AbortController,
): Promise<void> {
  const { clock } = cluster
  if (cluster.view.leader === undefined && call.leaderPatienceMs > 0) {
    // Half of the time at most: who then is asked needs the rest to answer, or to say why not.
    const timeoutMs = Math.min(call.leaderPatienceMs, (deadlineMs - clock.nowMs()) / 2)
    await cluster.leader({ timeoutMs, signal: isOver }).catch(() => {})
  }
  const leaderUrl = cluster.view.leader?.url
  const others = cluster.candidates().filter((url) => url !== leaderUrl)
  const attempts: Promise<void>[] = []
  for (const url of leaderUrl === undefined ? others : [leaderUrl, ...others]) {
    if ((gathering.notBeforeMs.get(url) ?? 0) > clock.nowMs()) continue
    const attempt = attemptAt(cluster, url, call, gathering, deadlineMs).then(() => {
      if (gathering.answer !== undefined || gathering.final !== undefined) over.abort()
    })
    attempts.push(attempt)
    const patienceMs = url === leaderUrl ? Math.max(call.leaderPatienceMs, HEDGE_MS) : HEDGE_MS
    await settledWithin(clock, attempt, Math.min(patienceMs, deadlineMs - clock.nowMs()), isOver)
    if (isOver.aborted) return
  }
  await settledWithin(clock, Promise.all(attempts), deadlineMs - clock.nowMs(), isOver)
}

/** Never rejects. */
async function attemptAt(
  cluster: Cluster,
  url: string,
  call: AnyCall,
  gathering: Gathering,
  deadlineMs: number,
): Promise<void> {
  const connection = cluster.controls.take(url)
  try {
    const remainingMs = Math.round(deadlineMs - cluster.clock.nowMs())
    const timeoutMs = Math.max(1, Math.min(cluster.options.requestTimeoutMs, remainingMs))
    const response = await connection.request({ method: 'GET', path: call.path, timeoutMs })
    if (response.status !== 200) {
      const error = errorOfAnswer(response, url)
      gathering.notBeforeMs.set(url, cluster.clock.nowMs() + retryAfterMsOf(response, error))
      throw error
    }
    const answer = { json: jsonOfAnswer(response, url), url }
    await cluster.assertMember(url)
    const epoch = call.epochOf(answer)
    if (epoch !== undefined && epoch < cluster.view.epoch && url !== cluster.view.leader?.url) {
      const { epoch: highestEpoch } = cluster.view
      cluster.events.emit('stale-answer', { url, epoch, highestEpoch })
      throw new YakError('UNKNOWN_LEADER_EPOCH', `${url} knows epoch ${epoch}, and ${highestEpoch} has begun.`)
    }
    gathering.answer ??= answer
  } catch (cause) {
    const error = asYakError(cause)
    gathering.errors.set(url, error)
    // A broker that follows may not have heard of a topic yet; what the leader refuses is refused.
    const isSaidByLeader = url === cluster.view.leader?.url && error.outcome === 'not-written'
    const mayChange = error.retriable && error.code !== 'UNKNOWN_TOPIC'
    const isAboutBroker = error.code === 'INVALID_RESPONSE' || error.code === 'NOT_FOUND'
    if (isSaidByLeader && !mayChange && !isAboutBroker) gathering.final ??= error
  } finally {
    cluster.controls.give(connection)
  }
}

/** A refusal says more than silence. */
function whyNone(urls: readonly string[], errors: ReadonlyMap<string, YakError>, timeoutMs: number): YakError {
  const all = [...errors.values()]
  const refusal = all.find((error) => error.code !== 'BROKERS_UNREACHABLE' && error.code !== 'INVALID_RESPONSE')
  if (refusal !== undefined) return refusal
  const wrong = all.find((error) => error.code === 'INVALID_RESPONSE')
  if (wrong !== undefined && all.every((error) => error.code === 'INVALID_RESPONSE')) return wrong
  const waitedMs = Math.round(timeoutMs)
  const reports = urls.map((url) => errors.get(url)?.message ?? `${url} has not answered yet.`)
  return new YakError(
    'BROKERS_UNREACHABLE',
    `No broker answered within ${waitedMs} ms. ${reports.join(' ')} ` +
      'Check that the brokers run and that `brokers` has their addresses.',
    { details: { brokers: urls, waitedMs, reports }, cause: all[0] },
  )
}
