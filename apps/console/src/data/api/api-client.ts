import type { Problem } from '@yak/protocol'
import type { LeaderResponse } from '@yak/protocol/schemas'
import { orderPeers, trimUrl } from '../../lib/peers.ts'
import type { PeerDirectory } from '../peer-directory.ts'
import { ApiError } from './api-error.ts'

/** An answer, and who gave it when. Shown with every number (`<Freshness said={…} />`). */
export interface Said<T> {
  readonly data: T
  readonly brokerId: string | null
  readonly url: string
  /** When it arrived, by this browser's clock. */
  readonly at: number
  /** The broker asked sent the request on to another, the leader. */
  readonly redirected: boolean
}

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  /** JSON, or with `bodyText` a text that goes as it is (a value whose numbers must stay exact). */
  readonly body?: unknown
  readonly bodyText?: string
  readonly signal?: AbortSignal
  /** For each broker that is tried. Default 10 s. */
  readonly timeoutMs?: number
  /** This broker and no other: its own numbers. */
  readonly brokerUrl?: string
  /**
   * Asking a second broker after no answer does no harm. Default: true for GET. A write that got no answer may have been
   * written, so it is never sent twice by itself.
   */
  readonly repeatable?: boolean
}

const defaultTimeoutMs = 10_000
/** Who leads may change while it is looked for. */
const maxRedirects = 3

/**
 * REST over the list of peers: the broker in use first, then the others, so that the page outlives the broker that served it.
 */
export class ApiClient {
  readonly #peers: PeerDirectory
  readonly #token: () => string
  readonly #isSnapshot: boolean

  /** `isSnapshot`: there is no cluster to ask. */
  constructor(peers: PeerDirectory, token: () => string, isSnapshot = false) {
    this.#peers = peers
    this.#token = token
    this.#isSnapshot = isSnapshot
  }

  /** JSON as values. For records use `text`: a double would round their numbers. */
  async json<T>(path: string, options: RequestOptions = {}): Promise<Said<T>> {
    const said = await this.text(path, options)
    try {
      return { ...said, data: JSON.parse(said.data) as T }
    } catch (cause) {
      throw invalidResponse(said.url, cause)
    }
  }

  async text(path: string, options: RequestOptions = {}): Promise<Said<string>> {
    const { method = 'GET', repeatable = method === 'GET', brokerUrl } = options
    if (this.#isSnapshot) throw inSnapshot()
    const { peers, current } = this.#peers.store.get()
    const urls = brokerUrl === undefined ? orderPeers(peers, current).map(({ url }) => url) : [brokerUrl]
    let failure: unknown
    for (const url of urls) {
      try {
        const said = await this.#ask(url, path, method, options)
        if (brokerUrl === undefined && url !== current) this.#peers.use(url)
        return said
      } catch (error) {
        if (options.signal?.aborted) throw error
        // An answer, even a refusal, is an answer.
        if (error instanceof ApiError && error.status !== 0) throw error
        failure = error
        if (!repeatable) break
      }
    }
    const asked = urls.length === 1 ? urls[0]! : `${urls.length} brokers`
    throw new ApiError(
      {
        code: 'BROKERS_UNREACHABLE',
        status: 0,
        detail: repeatable
          ? `No answer from ${asked}. The console keeps trying; check that a broker runs and can be reached from here.`
          : `No answer from ${asked}. The write may have happened: look before you send it again.`,
        retriable: repeatable,
        outcome: repeatable ? 'not-written' : 'unknown',
      },
      { url: urls[0] ?? null, cause: failure },
    )
  }

  async #ask(url: string, path: string, method: string, options: RequestOptions): Promise<Said<string>> {
    const timeout = AbortSignal.timeout(options.timeoutMs ?? defaultTimeoutMs)
    const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout])
    const body = options.bodyText ?? (options.body === undefined ? undefined : JSON.stringify(options.body))
    let asked = url
    for (let redirects = 0; ; redirects++) {
      const response = await this.#fetch(asked + path, method, signal, body)
      if (response.type === 'opaqueredirect') {
        if (redirects === maxRedirects) throw leaderMoves(asked)
        asked = await this.#leaderSaidBy(asked, signal)
        continue
      }
      const text = await response.text()
      if (!response.ok) throw problemOf(text, response.status, asked, response.headers.get('x-request-id'))
      return { data: text, brokerId: this.#peers.idOf(asked), url: asked, at: Date.now(), redirected: redirects > 0 }
    }
  }

  /**
   * Redirects are not followed: a browser that does so, from the broker that it asks to one of a third origin, says there that it
   * comes from nowhere, and is refused. A broker redirects for one reason only, that another leads, and tells who.
   */
  #fetch(url: string, method: string, signal: AbortSignal, body: string | undefined): Promise<Response> {
    const token = this.#token()
    return fetch(url, {
      method,
      signal,
      redirect: 'manual',
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body }),
    })
  }

  async #leaderSaidBy(url: string, signal: AbortSignal): Promise<string> {
    const response = await this.#fetch(`${url}/metadata/leader`, 'GET', signal, undefined)
    const text = await response.text()
    if (!response.ok) throw problemOf(text, response.status, url, response.headers.get('x-request-id'))
    const { leader } = JSON.parse(text) as LeaderResponse
    // Under the address by which this page knows it, which need not be the one it tells others.
    return this.#peers.urlOf(leader.id) ?? trimUrl(leader.url)
  }
}

function leaderMoves(url: string): ApiError {
  const detail = 'Each broker that was asked names another as leader. Nothing was written. Try again in a moment.'
  return new ApiError({ code: 'NOT_LEADER', status: 307, detail, retriable: true, outcome: 'not-written' }, { url })
}

function problemOf(text: string, status: number, url: string, requestId: string | null): ApiError {
  try {
    const problem = JSON.parse(text) as Partial<Problem>
    if (typeof problem.code === 'string' && typeof problem.detail === 'string') {
      return new ApiError({ ...(problem as Problem), status }, { url, requestId })
    }
  } catch {
    // Not from a broker: a proxy's page, say.
  }
  return new ApiError(
    {
      code: 'INVALID_RESPONSE',
      status,
      detail: `${url} answered with status ${status}, and not as a YAK broker does. Is something between the browser and the broker?`,
      retriable: false,
      outcome: 'unknown',
    },
    { url, requestId },
  )
}

function invalidResponse(url: string, cause: unknown): ApiError {
  const detail = `${url} answered with something that is not JSON. Is it a YAK broker?`
  return new ApiError(
    { code: 'INVALID_RESPONSE', status: 200, detail, retriable: false, outcome: 'unknown' },
    { url, cause },
  )
}

function inSnapshot(): ApiError {
  const detail = 'This is a snapshot: there is no cluster to ask. Close it to go back to the cluster.'
  return new ApiError({ code: 'SNAPSHOT', status: 0, detail, retriable: false, outcome: 'not-written' }, { url: null })
}
