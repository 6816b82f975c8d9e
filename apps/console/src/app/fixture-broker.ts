import { problemOf, YakError } from '@yak/protocol'
import type { TopicDescription } from '@yak/protocol/schemas'
import { compose } from './fixture-messages.ts'
import { fixtureConfig, fixtureLog } from './fixture-told.ts'
import type { GlobalState } from './state-fixtures.ts'

/** What the pages ask of a broker beside the live channel, answered in this page: a fixture has no cluster behind it. */
export class FixtureBroker {
  readonly #state: GlobalState
  readonly #openedAt = Date.now()
  readonly #topics: () => readonly TopicDescription[]

  constructor(state: GlobalState, topics: () => readonly TopicDescription[]) {
    this.#state = state
    this.#topics = topics
  }

  /** In place of the browser's. */
  readonly fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const { pathname, searchParams } = new URL(input instanceof Request ? input.url : input, location.href)
    if (this.#state === 'loading') return await never(init.signal)
    if (this.#state === 'error' || this.#state === 'disconnected') throw new TypeError('Failed to fetch')
    try {
      const body = this.#answer(init.method ?? 'GET', pathname, searchParams)
      return new Response(body, { headers: { 'content-type': 'application/json' } })
    } catch (error) {
      if (!YakError.is(error)) throw error
      const problem = problemOf(error)
      return Response.json(problem, { status: problem.status })
    }
  }

  #answer(method: string, path: string, query: URLSearchParams): string {
    if (method !== 'GET' || path === '/v1/metadata') {
      if (this.#state === 'failover') throw new YakError('LEADER_NOT_AVAILABLE', 'No broker leads since epoch 8.')
      throw new YakError('INVALID_REQUEST', 'This page shows a fixture: there is no cluster that could do it.')
    }
    if (path === '/consume') return consume(this.#topic(query.get('topic')), query)
    const histogramOf = /^\/topics\/([^/]+)\/histogram$/.exec(path)?.[1]
    if (histogramOf !== undefined) return histogram(this.#topic(decodeURIComponent(histogramOf)), query)
    if (path === '/v1/journal') {
      return JSON.stringify({ brokerId: '1', asOf: Date.now(), entries: [], after: {}, first: {}, missing: [] })
    }
    if (path === '/v1/broker-config') {
      const brokers = [fixtureConfig(query.get('broker') ?? '1')]
      return JSON.stringify({ brokerId: '1', asOf: Date.now(), brokers, missing: [] })
    }
    if (path === '/v1/broker-log') {
      const brokers = [fixtureLog(query.get('broker') ?? '1', this.#openedAt)]
      return JSON.stringify({ brokerId: '1', asOf: Date.now(), brokers, missing: [] })
    }
    throw new YakError('NOT_FOUND', `The fixture has no ${path}.`)
  }

  #topic(name: string | null): TopicDescription {
    const topic = this.#topics().find((each) => each.name === name)
    if (topic === undefined) throw new YakError('UNKNOWN_TOPIC', `There is no topic ${name}.`)
    return topic
  }
}

function never(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}

function consume(topic: TopicDescription, query: URLSearchParams): string {
  const partition = Number(query.get('partition'))
  const part = topic.partitions[partition]
  if (part === undefined) throw new YakError('UNKNOWN_TOPIC', `${topic.name} has no partition ${partition}.`)
  const { logStartOffset, highWatermark } = part
  const messages = compose(topic, part)
  const asked = query.get('offset') ?? 'earliest'
  const offset = /^\d+$/.test(asked)
    ? Number(asked)
    : asked === 'earliest'
      ? logStartOffset
      : asked === 'latest'
        ? highWatermark
        : messages.firstAt(Date.parse(asked))
  if (offset < logStartOffset || offset > highWatermark) {
    throw new YakError('OFFSET_OUT_OF_RANGE', `The log of partition ${partition} goes from ${logStartOffset} on.`, {
      details: { offset, logStartOffset, highWatermark },
    })
  }
  const end = Math.min(highWatermark, offset + Number(query.get('limit') ?? 100))
  const records = Array.from({ length: end - offset }, (_, index) => messages.record(offset + index))
  return `{"topic":${JSON.stringify(topic.name)},"partition":${partition},"records":[${records.join(',')}],"nextOffset":${end},"logStartOffset":${logStartOffset},"highWatermark":${highWatermark}}`
}

const roundLengths = [60_000, 300_000, 900_000, 1_800_000, 3_600_000, 7_200_000]

function histogram(topic: TopicDescription, query: URLSearchParams): string {
  const chosen = query.get('partitions')?.split(',').map(Number)
  const parts = topic.partitions.filter(({ partition }) => chosen?.includes(partition) ?? true)
  const logs = parts.map((part) => ({ part, messages: compose(topic, part) }))
  const earliest = Math.min(...logs.map(({ part, messages }) => messages.timeOf(part.logStartOffset)))
  const newest = Math.max(...logs.map(({ part, messages }) => messages.timeOf(part.highWatermark - 1)))
  const most = Number(query.get('buckets') ?? 60)
  const fits = (length: number) => Math.floor(newest / length) - Math.floor(earliest / length) < most
  const bucketMs = roundLengths.find(fits) ?? 86_400_000
  const from = Math.floor(earliest / bucketMs) * bucketMs
  const buckets = Math.floor((newest - from) / bucketMs) + 1
  const partitions = logs.map(({ part: { partition, logStartOffset, highWatermark }, messages }) => ({
    partition,
    logStartOffset,
    highWatermark,
    offsets: Array.from({ length: buckets }, (_, bucket) => messages.firstAt(from + bucket * bucketMs)),
  }))
  return JSON.stringify({ topic: topic.name, from, bucketMs, buckets, earliest, newest, partitions })
}
