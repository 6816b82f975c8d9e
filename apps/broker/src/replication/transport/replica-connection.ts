import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { AnswerParser, type ReplicaAnswer } from './answer-parser.ts'
import { addresseeHeader } from './replica-http.ts'

/** Requests with bodies up to this size are one write. */
const joinedBytes = 65_536

export interface ReplicaConnectionOptions {
  /** Base URL of the peer. */
  readonly url: string
  /** Whom requests are for. */
  readonly addressee: string
  readonly connectTimeoutMs: number
  /** What is read from the socket at once. */
  readonly readBytes: number
}

export interface ReplicaRequest {
  readonly path: string
  /** Without it, it is a GET. */
  readonly body?: { readonly contentType: string; readonly bytes: Uint8Array }
  /** How long the peer may be silent. An answer whose bytes come takes as long as its link needs. */
  readonly timeoutMs: number
  readonly maxAnswerBytes: number
  /** More of its answer is here, and still not all. */
  readonly onArriving?: () => void
}

/**
 *   unreachable  no connection, or it broke, or nothing came in time
 *   not-http     something answers, and not in HTTP, or with more than was asked for
 *   closed       by this side
 */
export type ReplicaFailure = 'unreachable' | 'not-http' | 'closed'

/** The body's bytes are those of the connection: they are free again when this returns. */
export type OnAnswer = (answer: ReplicaAnswer) => void
export type OnFailure = (failure: ReplicaFailure, reason: string) => void

interface Exchange {
  readonly onAnswer: OnAnswer
  readonly onFailure: OnFailure
  readonly maxAnswerBytes: number
  readonly onArriving: (() => void) | undefined
  readonly timer: ReturnType<typeof setTimeout>
}

/**
 * One HTTP/1.1 connection to a peer, on a bare socket: everything the cluster writes comes in here, and the buffers that a
 * general client makes for each piece of it would be collected at the rate of the data. Here all bytes are read into one
 * buffer, and an answer that is larger into one other.
 *
 * Requests are pipelined: the peer sees each at once, and a later one may be what lets it answer the one before. One that
 * fails or is late takes the whole connection down, because nothing behind it can be answered any more, and what waited
 * hears of it at once; whoever needs another connection makes one.
 */
export class ReplicaConnection {
  readonly #socket: Socket
  readonly #requestHead: string
  readonly #basePath: string
  readonly #parser: AnswerParser
  readonly #connectTimer: ReturnType<typeof setTimeout>
  /** In the order of the requests, and so of the answers. */
  readonly #exchanges: Exchange[] = []
  #answeredAtMs = performance.now()
  #isEnding = false
  #isClosed = false

  constructor(options: ReplicaConnectionOptions) {
    const url = new URL(options.url)
    this.#basePath = url.pathname.replace(/\/$/, '')
    this.#requestHead = `host: ${url.host}\r\n${addresseeHeader}: ${options.addressee}\r\n`
    this.#parser = new AnswerParser({
      maxBodyBytes: () => this.#exchanges[0]?.maxAnswerBytes ?? 0,
      onAnswer: (answer) => this.#onAnswer(answer),
      onMalformed: (reason) => this.#fail('not-http', reason),
    })
    const { connectTimeoutMs } = options
    this.#connectTimer = setTimeout(
      () => this.#fail('unreachable', `no connection within ${connectTimeoutMs} ms`),
      connectTimeoutMs,
    )
    this.#socket = connect(url, options.readBytes, (bytes) => this.#take(bytes))
    this.#socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(this.#connectTimer))
    this.#socket.on('error', (error) => this.#fail('unreachable', reasonOf(error)))
    this.#socket.on('end', () => this.#fail('unreachable', 'the peer ended the connection'))
    this.#socket.on('close', () => this.#fail('unreachable', 'the connection broke'))
  }

  /** No request is taken: it broke, or has been idle for so long that the peer may be about to let it go. */
  get isOver(): boolean {
    if (this.#isClosed || this.#isEnding) return true
    return this.#exchanges.length === 0 && performance.now() - this.#answeredAtMs > this.#parser.keepAliveMs
  }

  get underWayCount(): number {
    return this.#exchanges.length
  }

  /** Calls exactly one of the two, never before it returns. */
  request(request: ReplicaRequest, onAnswer: OnAnswer, onFailure: OnFailure): void {
    if (this.#isClosed) {
      queueMicrotask(() => onFailure('closed', 'the connection is closed'))
      return
    }
    const { path, body, timeoutMs, maxAnswerBytes, onArriving } = request
    const timer = setTimeout(
      () => this.#fail('unreachable', `no answer on ${path} within ${Math.round(timeoutMs)} ms`),
      timeoutMs,
    )
    this.#exchanges.push({ onAnswer, onFailure, maxAnswerBytes, onArriving, timer })
    if (body === undefined) {
      this.#socket.write(`GET ${this.#basePath}${path} HTTP/1.1\r\n${this.#requestHead}\r\n`, 'latin1')
      return
    }
    const { contentType, bytes } = body
    const head =
      `POST ${this.#basePath}${path} HTTP/1.1\r\n${this.#requestHead}` +
      `content-type: ${contentType}\r\ncontent-length: ${bytes.length}\r\n\r\n`
    if (bytes.length > joinedBytes) {
      this.#socket.write(head, 'latin1')
      this.#socket.write(bytes)
      return
    }
    const joined = Buffer.allocUnsafe(head.length + bytes.length)
    joined.write(head, 'latin1')
    joined.set(bytes, head.length)
    this.#socket.write(joined)
  }

  close(): void {
    this.#fail('closed', 'this side closed the connection')
  }

  #take(bytes: Buffer): void {
    this.#parser.take(bytes)
    if (this.#isClosed || !this.#parser.isInAnswer) return
    // What waits behind it cannot be answered before.
    for (const { timer } of this.#exchanges) timer.refresh()
    this.#exchanges[0]?.onArriving?.()
  }

  #onAnswer(answer: ReplicaAnswer): void {
    const exchange = this.#exchanges.shift()
    if (exchange === undefined) {
      this.#fail('not-http', 'it answers what was not asked')
      return
    }
    clearTimeout(exchange.timer)
    this.#answeredAtMs = performance.now()
    this.#isEnding = answer.isLast
    exchange.onAnswer(answer)
    if (answer.isLast) this.#fail('unreachable', 'the peer closes the connection')
  }

  /** Fails all requests under way, in their order, and lets nothing follow. */
  #fail(failure: ReplicaFailure, reason: string): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#connectTimer)
    this.#parser.stop()
    this.#socket.destroy()
    for (const { timer, onFailure } of this.#exchanges.splice(0)) {
      clearTimeout(timer)
      onFailure(failure, reason)
    }
  }
}

function connect({ protocol, hostname, port }: URL, readBytes: number, onBytes: (bytes: Buffer) => void): Socket {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (protocol === 'https:') {
    const servername = isIP(host) === 0 ? host : ''
    const socket = connectTls({ host, port: Number(port || 443), servername, ALPNProtocols: ['http/1.1'] })
    socket.setNoDelay(true)
    return socket.on('data', onBytes)
  }
  const callback = (sizeBytes: number, buffer: Uint8Array): boolean => {
    onBytes((buffer as Buffer).subarray(0, sizeBytes))
    return true
  }
  const onread = { buffer: Buffer.allocUnsafeSlow(readBytes), callback }
  return connectTcp({ host, port: Number(port || 80), noDelay: true, keepAlive: true, onread })
}

/** Node puts the reasons of several attempts (IPv6, then IPv4) into an AggregateError without a text of its own. */
function reasonOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((each: Error) => each.message).join(', ')
  // OpenSSL's own words are a line of its source, and another below it.
  if (/^(EPROTO|ERR_SSL)/.test((error as NodeJS.ErrnoException).code ?? '')) {
    return 'what listens there does not speak TLS: for a broker itself write http://'
  }
  return error.message
}
