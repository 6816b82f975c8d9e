/**
 * The port between the SDK and the network. Everything above it is the same in Node (undici), in a browser (fetch) and in
 * tests (`@yak/client/testing`).
 */
export interface Transport {
  /** Makes a connection that opens with its first request. */
  connect(url: string, options: ConnectionOptions): Connection
}

/** Bounds of one connection. */
export interface ConnectionOptions {
  /** Requests that may be under way at once, in order. */
  readonly maxPipelined: number
  /** How long opening it may take, in milliseconds. */
  readonly connectTimeoutMs: number
  /** An answer larger than this is refused. */
  readonly maxResponseBytes: number
}

/**
 * One connection to one broker. Requests reach the broker in the order of the calls, and are answered in that order.
 *
 *     idle <-> busy --failure, close()--> closed
 *
 * When one request fails, all that are under way fail with it and the connection is closed for good: nothing is ever sent
 * again behind the caller's back, because only the caller knows what a second attempt means. An idle connection may be
 * opened anew unseen.
 */
export interface Connection {
  /** Of the broker. */
  readonly url: string
  /** At most what was asked for; 1 where the platform cannot keep several in order. */
  readonly maxPipelined: number
  /** For good: each further request fails. */
  readonly closed: boolean
  /**
   * Sends it behind those under way, and resolves with the whole answer, of any HTTP status.
   *
   * @throws TransportError (as a rejection), and nothing else.
   */
  request(request: TransportRequest): Promise<TransportResponse>
  /** Fails what is under way. */
  close(): void
}

/** One HTTP request. */
export interface TransportRequest {
  /** Of HTTP. */
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** With its query. */
  readonly path: string
  /** Of `body`. Default: none is sent. */
  readonly contentType?: string
  /** Chunks to send one after another. Default: no body. */
  readonly body?: readonly Uint8Array[]
  /** From the call to the last byte of the answer, in milliseconds. */
  readonly timeoutMs: number
}

/** One HTTP answer, whole. */
export interface TransportResponse {
  /** Of HTTP. */
  readonly status: number
  /** Of `body`; empty when none was sent. */
  readonly contentType: string
  /** The whole of it. */
  readonly body: Uint8Array
  /** Seconds, from Retry-After; 0 without it. */
  readonly retryAfterSeconds: number
}

/** `connect`: it never opened. `lost`: it broke. `timeout`: no whole answer in time. `closed`: by this side. `protocol`: what answers does not speak HTTP, or answers without end. */
export type TransportFailure = 'connect' | 'lost' | 'timeout' | 'closed' | 'protocol'

/** Why a request got no answer. */
export class TransportError extends Error {
  override readonly name: string = 'TransportError'
  /** What broke, and on which side. */
  readonly failure: TransportFailure
  /** Whether a byte of this request may have reached the broker. False is a promise. */
  readonly sent: boolean

  constructor(failure: TransportFailure, sent: boolean, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.failure = failure
    this.sent = sent
  }
}
