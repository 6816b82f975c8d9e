import { Roster } from '@yak/protocol'
import { type buildConnector as BuildConnector, buildConnector, Client, type Dispatcher } from 'undici'
import { allocate } from '#platform'
import { concatenated } from './concatenated.ts'
import {
  type Connection,
  type ConnectionOptions,
  type Transport,
  TransportError,
  type TransportFailure,
  type TransportRequest,
  type TransportResponse,
} from './transport.ts'

/** An idle connection is kept this long, unless the broker says less. */
const KEEP_ALIVE_MS = 60_000

/** Node's transport: one undici Client, and so one HTTP/1.1 connection, for each Connection. */
export function createTransport(): Transport {
  return { connect: (url, options) => new UndiciConnection(url, options) }
}

/**
 * undici pipelines a POST only when it is said to be idempotent, to block nothing behind it, and to have its body in one
 * buffer; then it writes the request at once, behind those that wait for their answers.
 *
 * When a connection breaks, undici fails the first request under way and sends the others again on a new connection. That
 * is not wanted here (see Connection), so the connector refuses once anything was lost, and undici fails the rest.
 */
class UndiciConnection implements Connection {
  readonly url: string
  readonly maxPipelined: number
  readonly #client: Client
  readonly #maxResponseBytes: number
  readonly #exchanges = new Roster<Exchange>()
  #closed = false

  constructor(url: string, options: ConnectionOptions) {
    this.url = url
    this.maxPipelined = options.maxPipelined
    this.#maxResponseBytes = options.maxResponseBytes
    this.#client = new Client(url, {
      pipelining: options.maxPipelined,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // The timers of `request` stand for these; undici's are seconds coarse.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: this.#connector(options.connectTimeoutMs),
    })
    this.#client.on('disconnect', (_origin, _targets, error) => {
      if (this.#hasUnderWay()) this.fail('lost', `The connection to ${url} broke: ${error.message}.`, error)
    })
  }

  get closed(): boolean {
    return this.#closed
  }

  request(request: TransportRequest): Promise<TransportResponse> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new TransportError('closed', false, `The connection to ${this.url} is closed.`))
      const exchange = new Exchange(this, request, this.#maxResponseBytes, resolve, reject)
      this.#exchanges.add(exchange)
      const { method, path, contentType, body } = request
      const headers: string[] = ['user-agent', 'yak-client']
      if (contentType !== undefined) headers.push('content-type', contentType)
      this.#client.dispatch(
        {
          method,
          path,
          headers,
          body: body === undefined ? null : concatenated(body),
          idempotent: true,
          blocking: false,
        },
        exchange,
      )
    })
  }

  close(): void {
    this.fail('closed', `The connection to ${this.url} was closed.`)
  }

  settled(exchange: Exchange): void {
    this.#exchanges.delete(exchange)
  }

  /** Fails all requests under way, in their order, and lets nothing follow. */
  fail(failure: TransportFailure, message: string, cause?: unknown): void {
    if (this.#closed) return
    this.#closed = true
    for (const exchange of this.#exchanges) exchange.failWith(failure, message, cause)
    this.#exchanges.clear()
    // Not from within undici's own handling of the failure: it is between two states there.
    queueMicrotask(() => void this.#client.destroy().catch(() => {}))
  }

  #hasUnderWay(): boolean {
    for (const exchange of this.#exchanges) if (exchange.started) return true
    return false
  }

  #connector(timeoutMs: number): BuildConnector.connector {
    const connect = buildConnector({ timeout: 0, allowH2: false })
    return (options, callback) => {
      if (this.#closed) return queueMicrotask(() => callback(new Error('The connection was lost.'), null))
      const timer = setTimeout(() => {
        this.fail('connect', `${this.url} took no connection within ${timeoutMs} ms.`)
      }, timeoutMs)
      connect(options, (...answer) => {
        clearTimeout(timer)
        callback(...answer)
      })
    }
  }
}

/** One request and its answer. */
class Exchange implements Dispatcher.DispatchHandler {
  /** Written, at least in part. */
  started = false
  readonly #connection: UndiciConnection
  readonly #maxResponseBytes: number
  readonly #resolve: (response: TransportResponse) => void
  readonly #reject: (error: TransportError) => void
  readonly #timer: ReturnType<typeof setTimeout>
  #settled = false
  #status = 0
  #contentType = ''
  #retryAfterSeconds = 0
  /** The answer's announced length; -1: it announces none. */
  #announcedBytes = -1
  #receivedBytes = 0
  #body: Uint8Array | undefined
  #chunks: Uint8Array[] | undefined

  constructor(
    connection: UndiciConnection,
    request: TransportRequest,
    maxResponseBytes: number,
    resolve: (response: TransportResponse) => void,
    reject: (error: TransportError) => void,
  ) {
    this.#connection = connection
    this.#maxResponseBytes = maxResponseBytes
    this.#resolve = resolve
    this.#reject = reject
    const { method, path, timeoutMs } = request
    this.#timer = setTimeout(() => {
      connection.fail('timeout', `${connection.url} did not answer ${method} ${path} within ${timeoutMs} ms.`)
    }, timeoutMs)
  }

  onRequestStart(): void {
    this.started = true
  }

  onResponseStart(_controller: unknown, status: number, headers: Record<string, string | string[] | undefined>): void {
    this.#status = status
    this.#contentType = String(headers['content-type'] ?? '')
    this.#retryAfterSeconds = Number(headers['retry-after'] ?? 0) || 0
    this.#announcedBytes = headers['content-length'] === undefined ? -1 : Number(headers['content-length'])
    if (this.#announcedBytes > this.#maxResponseBytes) this.#failTooLarge()
  }

  onResponseData(_controller: unknown, chunk: Uint8Array): void {
    if (this.#settled) return
    const start = this.#receivedBytes
    this.#receivedBytes += chunk.length
    if (this.#receivedBytes > this.#maxResponseBytes) return void this.#failTooLarge()
    if (chunk.length === this.#announcedBytes) {
      this.#body = chunk
    } else if (this.#announcedBytes > 0) {
      this.#body ??= allocate(this.#announcedBytes)
      this.#body.set(chunk, start)
    } else {
      this.#chunks ??= []
      this.#chunks.push(chunk)
    }
  }

  onResponseEnd(): void {
    if (!this.#settle()) return
    this.#resolve({
      status: this.#status,
      contentType: this.#contentType,
      body: this.#body ?? concatenated(this.#chunks ?? []),
      retryAfterSeconds: this.#retryAfterSeconds,
    })
  }

  onResponseError(_controller: unknown, error: Error & { readonly code?: string }): void {
    if (this.#settled) return
    const url = this.#connection.url
    if (!this.started) {
      this.#connection.fail('connect', `${url} cannot be reached: ${reasonOf(error)}.`, error)
    } else if (error.name === 'HTTPParserError' || error.code === 'UND_ERR_HEADERS_OVERFLOW') {
      this.#connection.fail('protocol', `${url} does not answer in HTTP: ${error.message}.`, error)
    } else {
      this.#connection.fail('lost', `The connection to ${url} broke: ${reasonOf(error)}.`, error)
    }
  }

  failWith(failure: TransportFailure, message: string, cause: unknown): void {
    if (this.#settle()) this.#reject(new TransportError(failure, this.started, message, cause))
  }

  #failTooLarge(): void {
    this.#connection.fail(
      'protocol',
      `${this.#connection.url} answers with more than the ${this.#maxResponseBytes} bytes asked for.`,
    )
  }

  #settle(): boolean {
    if (this.#settled) return false
    this.#settled = true
    clearTimeout(this.#timer)
    this.#connection.settled(this)
    return true
  }
}

/** Node puts the reasons of several attempts (IPv6, then IPv4) into an AggregateError without a text of its own. */
function reasonOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((each: Error) => each.message).join(', ')
  // What OpenSSL says whole is a number, the place in its source and a line break, with the reason in between.
  const { reason } = error as { readonly reason?: unknown }
  return typeof reason === 'string' ? `TLS: ${reason}` : error.message
}
