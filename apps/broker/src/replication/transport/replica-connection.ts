import { type buildConnector as BuildConnector, buildConnector, Client, type Dispatcher } from 'undici'
import { addresseeHeader, answeredByHeader, replicaLimits } from './replica-http.ts'

/** An idle connection is kept this long, unless the peer says less. */
const keepAliveMs = 60_000

export interface ReplicaRequest {
  readonly path: string
  /** Without it, it is a GET. */
  readonly body?: { readonly contentType: string; readonly bytes: Uint8Array }
  readonly timeoutMs: number
  readonly maxAnswerBytes: number
}

export interface ReplicaAnswer {
  readonly status: number
  readonly contentType: string
  /** Who answered, as it says itself; empty: it does not say, so it is no YAK broker. */
  readonly answeredBy: string
  readonly body: Uint8Array
}

/**
 *   unreachable  no connection, or it broke, or nothing came in time
 *   not-http     something answers, and not in HTTP, or with more than was asked for
 *   closed       by this side
 */
export type ReplicaFailure = 'unreachable' | 'not-http' | 'closed'

export type OnAnswer = (answer: ReplicaAnswer) => void
export type OnFailure = (failure: ReplicaFailure, reason: string) => void

/**
 * One HTTP/1.1 connection to a peer. Requests are pipelined: the peer sees each at once, and a later one may be what lets
 * it answer the one before. One that fails or is late takes the whole connection down, because nothing behind it can be
 * answered any more, and what waited hears of it at once; whoever needs another connection makes one.
 */
export class ReplicaConnection {
  readonly #client: Client
  readonly #basePath: string
  readonly #headers: readonly string[]
  readonly #exchanges = new Set<Exchange>()
  #isClosed = false

  constructor(options: { readonly url: string; readonly addressee: string; readonly connectTimeoutMs: number }) {
    const { origin, pathname } = new URL(options.url)
    this.#basePath = pathname.replace(/\/$/, '')
    this.#headers = ['user-agent', 'yak-broker', addresseeHeader, options.addressee]
    this.#client = new Client(origin, {
      pipelining: replicaLimits.maxPipelined,
      allowH2: false,
      keepAliveTimeout: keepAliveMs,
      // The timers of `request` stand for these; undici's are seconds coarse.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: this.#connector(options.connectTimeoutMs),
    })
    this.#client.on('disconnect', (_origin, _targets, error) => {
      // An idle one that the peer has let go is opened again with the next request.
      if (this.#exchanges.size > 0) this.fail('unreachable', `the connection broke: ${reasonOf(error)}`)
    })
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  get underWayCount(): number {
    return this.#exchanges.size
  }

  /** Calls exactly one of the two, never before it returns. */
  request(request: ReplicaRequest, onAnswer: OnAnswer, onFailure: OnFailure): void {
    if (this.#isClosed) {
      queueMicrotask(() => onFailure('closed', 'the connection is closed'))
      return
    }
    const exchange = new Exchange(this, request, onAnswer, onFailure)
    this.#exchanges.add(exchange)
    const { path, body } = request
    this.#client.dispatch(
      {
        method: body === undefined ? 'GET' : 'POST',
        path: `${this.#basePath}${path}`,
        headers: body === undefined ? [...this.#headers] : [...this.#headers, 'content-type', body.contentType],
        body: body?.bytes ?? null,
        // Only so does undici pipeline a POST; a doubled message does no harm.
        idempotent: true,
        blocking: false,
      },
      exchange,
    )
  }

  close(): void {
    this.fail('closed', 'this side closed the connection')
  }

  settled(exchange: Exchange): void {
    this.#exchanges.delete(exchange)
  }

  /** Fails all requests under way, in their order, and lets nothing follow. */
  fail(failure: ReplicaFailure, reason: string): void {
    if (this.#isClosed) return
    this.#isClosed = true
    // Not from within undici's own handling of the failure: it is between two states there.
    queueMicrotask(() => {
      void this.#client.destroy().catch(() => {})
      for (const exchange of [...this.#exchanges]) exchange.fail(failure, reason)
    })
  }

  #connector(timeoutMs: number): BuildConnector.connector {
    const connect = buildConnector({ timeout: 0, allowH2: false })
    return (options, callback) => {
      // After a break undici would send the rest again by itself.
      if (this.#isClosed) {
        queueMicrotask(() => callback(new Error('the connection was lost'), null))
        return
      }
      const timer = setTimeout(() => this.fail('unreachable', `no connection within ${timeoutMs} ms`), timeoutMs)
      connect(options, (...answer) => {
        clearTimeout(timer)
        callback(...answer)
      })
    }
  }
}

/** One request and its answer. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #connection: ReplicaConnection
  readonly #maxAnswerBytes: number
  readonly #onAnswer: OnAnswer
  readonly #onFailure: OnFailure
  readonly #timer: ReturnType<typeof setTimeout>
  #isSettled = false
  #status = 0
  #contentType = ''
  #answeredBy = ''
  /** Its whole answer, as long as announced; grows where nothing is announced, which only strangers do. */
  #body = Buffer.alloc(0)
  #receivedBytes = 0

  constructor(connection: ReplicaConnection, request: ReplicaRequest, onAnswer: OnAnswer, onFailure: OnFailure) {
    this.#connection = connection
    this.#maxAnswerBytes = request.maxAnswerBytes
    this.#onAnswer = onAnswer
    this.#onFailure = onFailure
    const { timeoutMs, path } = request
    this.#timer = setTimeout(
      () => connection.fail('unreachable', `no answer on ${path} within ${timeoutMs} ms`),
      timeoutMs,
    )
  }

  onRequestStart(): void {}

  onResponseStart(_controller: unknown, status: number, headers: Record<string, string | string[] | undefined>): void {
    this.#status = status
    this.#contentType = String(headers['content-type'] ?? '')
    this.#answeredBy = String(headers[answeredByHeader] ?? '')
    const announcedBytes = Number(headers['content-length'] ?? 0)
    if (announcedBytes > this.#maxAnswerBytes) this.#failTooLarge()
    else if (announcedBytes > 0) this.#body = Buffer.allocUnsafeSlow(announcedBytes)
  }

  onResponseData(_controller: unknown, chunk: Uint8Array): void {
    if (this.#isSettled) return
    const start = this.#receivedBytes
    const end = start + chunk.length
    if (end > this.#maxAnswerBytes) {
      this.#failTooLarge()
      return
    }
    if (end > this.#body.length) this.#body = Buffer.concat([this.#body], Math.max(end, 2 * this.#body.length))
    this.#body.set(chunk, start)
    this.#receivedBytes = end
  }

  onResponseEnd(): void {
    if (!this.#settle()) return
    this.#onAnswer({
      status: this.#status,
      contentType: this.#contentType,
      answeredBy: this.#answeredBy,
      body: this.#body.subarray(0, this.#receivedBytes),
    })
  }

  onResponseError(_controller: unknown, error: Error & { readonly code?: string }): void {
    if (this.#isSettled) return
    const isHttp = !(error.code?.startsWith('HPE_') || error.code === 'UND_ERR_HEADERS_OVERFLOW')
    this.#connection.fail(isHttp ? 'unreachable' : 'not-http', reasonOf(error))
  }

  fail(failure: ReplicaFailure, reason: string): void {
    if (this.#settle()) this.#onFailure(failure, reason)
  }

  #failTooLarge(): void {
    this.#connection.fail('not-http', `it answers with more than ${this.#maxAnswerBytes} bytes`)
  }

  #settle(): boolean {
    if (this.#isSettled) return false
    this.#isSettled = true
    clearTimeout(this.#timer)
    this.#connection.settled(this)
    return true
  }
}

/** Node puts the reasons of several attempts (IPv6, then IPv4) into an AggregateError without a text of its own. */
function reasonOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((each: Error) => each.message).join(', ')
  return error.message
}
