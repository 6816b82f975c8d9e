import { PROBLEM_CONTENT_TYPE, problemOf, YakError } from '@yak/protocol'
import { concatenated } from './concatenated.ts'
import {
  type Connection,
  type ConnectionOptions,
  type Transport,
  TransportError,
  type TransportRequest,
  type TransportResponse,
} from './transport.ts'

/**
 * The browser's transport. A browser neither pipelines nor promises an order, so there is one request at a time; and it does not
 * tell whether a failed request had left, so every failure counts as sent.
 */
export function createTransport(): Transport {
  return { connect: (url, options) => new FetchConnection(url, options) }
}

class FetchConnection implements Connection {
  readonly url: string
  readonly maxPipelined = 1
  readonly #maxResponseBytes: number
  readonly #abort = new AbortController()
  #last: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(url: string, options: ConnectionOptions) {
    this.url = url
    this.#maxResponseBytes = options.maxResponseBytes
  }

  get closed(): boolean {
    return this.#closed
  }

  request(request: TransportRequest): Promise<TransportResponse> {
    const answer = this.#last.then(() => this.#exchange(request))
    this.#last = answer.catch(() => {})
    return answer
  }

  close(): void {
    this.#closed = true
    this.#abort.abort()
  }

  /** An answer need not say how long it is, and one that is packed unpacks to more: no more of it is read than may be. */
  async #bodyOf({ headers, body }: Response): Promise<Uint8Array> {
    this.#assertSize(Number(headers.get('content-length') ?? 0))
    const chunks: Uint8Array[] = []
    const reader = body?.getReader()
    let sizeBytes = 0
    for (let next = await reader?.read(); next?.value !== undefined; next = await reader?.read()) {
      sizeBytes += next.value.length
      this.#assertSize(sizeBytes)
      chunks.push(next.value)
    }
    return concatenated(chunks)
  }

  #assertSize(sizeBytes: number): void {
    if (sizeBytes <= this.#maxResponseBytes) return
    throw new TransportError(
      'protocol',
      true,
      `${this.url} answers with more than the ${this.#maxResponseBytes} bytes asked for.`,
    )
  }

  async #exchange({ method, path, contentType, body, timeoutMs }: TransportRequest): Promise<TransportResponse> {
    if (this.#closed) throw new TransportError('closed', false, `The connection to ${this.url} is closed.`)
    // Node takes whole numbers only.
    const timeout = AbortSignal.timeout(Math.ceil(timeoutMs))
    try {
      const response = await fetch(this.url + path, {
        method,
        redirect: 'manual',
        signal: AbortSignal.any([timeout, this.#abort.signal]),
        ...(contentType === undefined ? {} : { headers: { 'content-type': contentType } }),
        ...(body === undefined ? {} : { body: concatenated(body) as Uint8Array<ArrayBuffer> }),
      })
      if (response.type === 'opaqueredirect') return elsewhere(this.url)
      return {
        status: response.status,
        contentType: response.headers.get('content-type') ?? '',
        body: await this.#bodyOf(response),
        retryAfterSeconds: Number(response.headers.get('retry-after') ?? 0) || 0,
      }
    } catch (error) {
      const wasClosed = this.#closed
      // What is left of an answer is not fetched.
      this.close()
      if (error instanceof TransportError) throw error
      if (wasClosed) throw new TransportError('closed', true, `The connection to ${this.url} was closed.`)
      if (timeout.aborted) {
        throw new TransportError(
          'timeout',
          true,
          `${this.url} did not answer ${method} ${path} within ${timeoutMs} ms.`,
        )
      }
      throw new TransportError('lost', true, `${this.url} cannot be reached, or broke off.`, error)
    }
  }
}

/**
 * A browser hides where a redirect leads, and all that came with it. A broker redirects for one reason only: it does not lead.
 * Who does is then asked for, as when a leader falls silent.
 */
function elsewhere(url: string): TransportResponse {
  const problem = problemOf(new YakError('NOT_LEADER', `${url} sends this request elsewhere: it does not lead.`))
  const body = new TextEncoder().encode(JSON.stringify(problem))
  return { status: problem.status, contentType: PROBLEM_CONTENT_TYPE, body, retryAfterSeconds: 0 }
}
