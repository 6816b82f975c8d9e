import { decodeProduceResponse, encodeProduceRequest, type ProduceResult, YakError } from '@yak/protocol'
import { judge } from './judge.ts'
import { findLeader, findTopic, headersOf, type ProduceTarget, problemOf } from './produce-target.ts'

/** One record batch under an idempotent producer's sequence, and all that is needed to send the same again. */
export interface BatchToSettle {
  readonly partition: number
  readonly bytes: Uint8Array
  /** Sent before, and what became of it is not known: by this page, or one before it. */
  readonly mayBeWritten: boolean
}

export type Settled =
  /** `offset` is null when the broker knows that it was written and no longer where. */
  | { readonly kind: 'written'; readonly offset: number | null; readonly epoch: number; readonly attempts: number }
  | { readonly kind: 'refused'; readonly error: YakError; readonly mayBeWritten: boolean }

/** What the wait is for, while batches are not settled; null once an answer settles something. */
export interface Waiting {
  readonly code: string
  readonly text: string
  readonly since: number
  /** An earlier attempt got no answer: it may be written. */
  readonly isUnknown: boolean
}

export interface SettleOptions {
  readonly topic: string
  readonly topicId: string
  readonly signal: AbortSignal
  readonly onWaiting?: (waiting: Waiting | null) => void
  /** A request leaves now. Until `onWaiting` says otherwise, what it holds may be written. */
  readonly onAttempt?: () => void
}

const requestTimeoutMs = 10_000
const ackTimeoutMs = 8_000
const firstPauseMs = 50
const longestPauseMs = 1_000

/**
 * Sends batches, one for each partition at most, until each is written or refused for good; how long that takes. A batch goes
 * out again under the same sequence, whichever broker leads by then: the log knows it, and answers with the first one's offset.
 *
 * @throws the signal's reason. What was under way may be written.
 */
export async function settleBatches(
  target: ProduceTarget,
  batches: readonly BatchToSettle[],
  { topic, topicId, signal, onWaiting, onAttempt }: SettleOptions,
): Promise<Settled[]> {
  const settled: (Settled | undefined)[] = new Array(batches.length).fill(undefined)
  const unknown = batches.map(({ mayBeWritten }) => mayBeWritten)
  let leader = target.leaderUrl ?? target.peers()[0]?.url ?? null
  let waitingSince: number | undefined
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    const open = [...batches.keys()].filter((index) => settled[index] === undefined)
    if (open.length === 0) {
      if (waitingSince !== undefined) onWaiting?.(null)
      return settled as Settled[]
    }
    let trouble: YakError | undefined
    try {
      if (leader === null) throw new YakError('LEADER_NOT_AVAILABLE', 'No broker leads at the moment.')
      onAttempt?.()
      const results = await produceOnce(
        target,
        leader,
        open.map((index) => ({ topicId, ...batches[index]! })),
        signal,
      )
      for (const [position, index] of open.entries()) {
        const judgement = judge(results[position]!, { mayBeWritten: unknown[index]! })
        if (judgement.kind === 'retry') {
          trouble = judgement.error
          unknown[index] ||= judgement.mayBeWritten
        } else if (judgement.kind === 'written') settled[index] = { ...judgement, attempts: attempt }
        else settled[index] = judgement
      }
    } catch (error) {
      signal.throwIfAborted()
      trouble = YakError.is(error)
        ? error
        : new YakError('BROKERS_UNREACHABLE', `${leader} gave no answer.`, { cause: error })
      // Only a broker's own word says that nothing was written.
      if (!YakError.is(error) || error.outcome === 'unknown') for (const index of open) unknown[index] = true
      if (YakError.is(error) && !error.retriable && error.outcome === 'not-written') {
        for (const index of open) settled[index] = { kind: 'refused', error, mayBeWritten: unknown[index]! }
        continue
      }
    }
    if (trouble === undefined) continue
    if (trouble.code === 'NOT_LEADER' && attempt === 1) {
      // An ordinary beginning: the broker that serves this page need not lead.
      leader = await findLeader(target, signal).catch(() => null)
      continue
    }
    waitingSince ??= Date.now()
    onWaiting?.({
      code: trouble.code,
      text: trouble.message,
      since: waitingSince,
      isUnknown: open.some((index) => settled[index] === undefined && unknown[index]!),
    })
    await pause(Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempt, 6)) * (0.5 + Math.random() / 2), signal)
    if (trouble.code === 'UNKNOWN_TOPIC_ID' || trouble.code === 'UNKNOWN_TOPIC') {
      const gone = await topicIsGone(target, topic, topicId, signal)
      if (gone === undefined) continue
      for (const index of open) {
        settled[index] ??= { kind: 'refused', error: gone, mayBeWritten: unknown[index]! }
      }
      continue
    }
    leader = await findLeader(target, signal).catch(() => {
      signal.throwIfAborted()
      return null
    })
  }
}

/** The topic of this id exists no more, though another may bear its name; undefined: it does, or nobody can say. */
async function topicIsGone(
  target: ProduceTarget,
  topic: string,
  topicId: string,
  signal: AbortSignal,
): Promise<YakError | undefined> {
  try {
    const found = await findTopic(target, topic, signal)
    if (found.topicId === topicId) return undefined
    return new YakError('UNKNOWN_TOPIC_ID', `${topic} was deleted and created again meanwhile. Start anew.`)
  } catch (error) {
    signal.throwIfAborted()
    return YakError.is(error, 'UNKNOWN_TOPIC') ? error : undefined
  }
}

async function produceOnce(
  target: ProduceTarget,
  url: string,
  entries: readonly { readonly topicId: string; readonly partition: number; readonly bytes: Uint8Array }[],
  signal: AbortSignal,
): Promise<readonly ProduceResult[]> {
  const chunks = encodeProduceRequest({
    ackTimeoutMs,
    entries: entries.map(({ topicId, partition, bytes }) => ({ topicId, partition, batch: bytes })),
  })
  const response = await fetch(`${url}/v1/produce`, {
    method: 'POST',
    // A browser hides where a redirect leads; a broker redirects when it does not lead, and who does is then asked for.
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]),
    headers: { 'content-type': 'application/vnd.yak.v1', ...headersOf(target) },
    body: concatenated(chunks),
  })
  if (response.type === 'opaqueredirect') throw new YakError('NOT_LEADER', `${url} does not lead.`)
  if (!response.ok) throw await problemOf(response)
  const { results } = decodeProduceResponse(new Uint8Array(await response.arrayBuffer()))
  if (results.length !== entries.length) throw new YakError('INVALID_RESPONSE', `${url} answers with too few results.`)
  return results
}

/** One array: a Blob of parts would be copied by another process. */
function concatenated(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0))
  let position = 0
  for (const chunk of chunks) {
    bytes.set(chunk, position)
    position += chunk.length
  }
  return bytes
}

export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', end)
      resolve()
    }, ms)
    signal.addEventListener('abort', end, { once: true })
  })
}
