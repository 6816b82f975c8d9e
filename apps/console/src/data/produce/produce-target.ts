import { errorOfProblem, YakError } from '@yak/protocol'

/** Where produce requests go: also inside a worker, so it is told what the page knows instead of looking it up. */
export interface ProduceTarget {
  /** The broker in use first. */
  readonly peers: () => readonly { readonly id: string | null; readonly url: string }[]
  /** Sent as a bearer token; empty: none. */
  readonly token: () => string
  /** Who led when last asked; null: ask. */
  leaderUrl: string | null
}

export interface TopicPlace {
  readonly topicId: string
  readonly partitionCount: number
}

const askTimeoutMs = 4_000

interface Metadata {
  readonly leader: { readonly id: string; readonly url: string } | null
  readonly topics: readonly {
    readonly name: string
    readonly id?: string
    readonly partitions?: number
    readonly error?: { readonly code: string; readonly detail: string }
  }[]
}

/**
 * Who leads, as the first peer that answers says; null while nobody does. A broker has the address under which this page
 * knows it, which need not be the one it tells others.
 *
 * @throws YakError BROKERS_UNREACHABLE
 */
export async function findLeader(target: ProduceTarget, signal: AbortSignal): Promise<string | null> {
  const { leader } = await askMetadata(target, '', signal)
  target.leaderUrl = leader === null ? null : (target.peers().find(({ id }) => id === leader.id)?.url ?? leader.url)
  return target.leaderUrl
}

/** @throws YakError BROKERS_UNREACHABLE, UNKNOWN_TOPIC */
export async function findTopic(target: ProduceTarget, topic: string, signal: AbortSignal): Promise<TopicPlace> {
  const { topics } = await askMetadata(target, `?topics=${encodeURIComponent(topic)}`, signal)
  const found = topics.find(({ name }) => name === topic)
  if (found?.id === undefined || found.partitions === undefined) {
    throw new YakError('UNKNOWN_TOPIC', found?.error?.detail ?? `There is no topic ${topic}. Create it first.`)
  }
  return { topicId: found.id, partitionCount: found.partitions }
}

async function askMetadata(target: ProduceTarget, query: string, signal: AbortSignal): Promise<Metadata> {
  let last: unknown
  for (const { url } of target.peers()) {
    try {
      const response = await fetch(`${url}/v1/metadata${query}`, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(askTimeoutMs)]),
        headers: headersOf(target),
      })
      if (response.ok) return (await response.json()) as Metadata
      last = await problemOf(response)
    } catch (error) {
      signal.throwIfAborted()
      last = error
    }
  }
  throw new YakError('BROKERS_UNREACHABLE', `None of ${target.peers().length} brokers answers.`, { cause: last })
}

export function headersOf(target: ProduceTarget): Record<string, string> {
  const token = target.token()
  return token === '' ? {} : { authorization: `Bearer ${token}` }
}

export async function problemOf(response: Response): Promise<YakError> {
  try {
    return errorOfProblem(await response.json())
  } catch {
    return new YakError('INVALID_RESPONSE', `${response.url} answers ${response.status}, and not as a YAK broker does.`)
  }
}
