import { problemOf, YakError } from '@yak/protocol'
import { concatenated } from '../transport/concatenated.ts'
import {
  type Connection,
  type ConnectionOptions,
  TransportError,
  type TransportFailure,
  type TransportRequest,
  type TransportResponse,
} from '../transport/transport.ts'
import { pause } from '../waiting.ts'
import { answerOf, json } from './fake-answers.ts'
import type { FakeBroker, FakeCluster } from './fake-cluster.ts'
import type { FakeFault, FakeRequest } from './fake-fault.ts'

interface Exchange {
  readonly resolve: (response: TransportResponse) => void
  readonly reject: (error: TransportError) => void
  readonly timer: unknown
  isSent: boolean
}

const encoder = new TextEncoder()

/** A connection to a fake broker: requests are taken, and answered, in the order of the calls. */
export class FakeConnection implements Connection {
  readonly url: string
  readonly maxPipelined: number
  readonly #cluster: FakeCluster
  readonly #onClosed: () => void
  readonly #closing = new AbortController()
  readonly #exchanges = new Set<Exchange>()
  #taken: Promise<unknown> = Promise.resolve()
  #answered: Promise<unknown> = Promise.resolve()

  constructor(cluster: FakeCluster, url: string, options: ConnectionOptions, onClosed: () => void) {
    this.url = url
    this.maxPipelined = options.maxPipelined
    this.#cluster = cluster
    this.#onClosed = onClosed
  }

  get closed(): boolean {
    return this.#closing.signal.aborted
  }

  request(request: TransportRequest): Promise<TransportResponse> {
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(new TransportError('closed', false, `The connection to ${this.url} is closed.`))
      const timer = this.#cluster.clock.setTimer(
        () => this.#fail('timeout', `${this.url} did not answer within ${request.timeoutMs} ms.`),
        request.timeoutMs,
      )
      const exchange = { resolve, reject, timer, isSent: false }
      this.#exchanges.add(exchange)
      const taken = this.#taken.then(() => this.#take(request, exchange))
      this.#taken = taken
      const before = this.#answered
      this.#answered = taken.then(async ({ response }) => {
        const settled = await response
        await before
        this.#settle(exchange)
        resolve(settled)
      })
    })
  }

  close(): void {
    this.#fail('closed', `The connection to ${this.url} was closed.`)
  }

  /** Breaks, as when the broker dies. */
  lose(): void {
    this.#fail('lost', `The connection to ${this.url} broke.`)
  }

  /** Ends when the next request may be read; `response` when this one is answered. */
  async #take(
    request: TransportRequest,
    exchange: Exchange,
  ): Promise<{ readonly response: Promise<TransportResponse> }> {
    // Nothing is read in the turn it is written in.
    await pause(this.#cluster.clock, 0)
    // Broken meanwhile: its caller was told that not a byte of it left.
    if (this.closed) return { response: never() }
    const broker = this.#cluster.broker(this.url)
    if (broker === undefined || !broker.isUp) {
      this.#fail('connect', `${this.url} refuses connections.`)
      return { response: never() }
    }
    exchange.isSent = true
    const [path] = request.path.split('?') as [string]
    const noted: FakeRequest = { brokerId: broker.id, url: this.url, method: request.method, path }
    const fault = broker.isFrozen ? ({ kind: 'hang' } as const) : this.#cluster.note(noted)
    return { response: this.#answer(broker, request, fault) }
  }

  #answer(broker: FakeBroker, request: TransportRequest, fault: FakeFault | undefined): Promise<TransportResponse> {
    const usual = () =>
      answerOf(this.#cluster, broker, request.method, request.path, bodyOf(request), this.#closing.signal)
    switch (fault?.kind) {
      case undefined:
        return usual()
      case 'delay':
        return pause(this.#cluster.clock, fault.delayMs).then(usual)
      case 'problem':
        return Promise.resolve({
          ...problem(new YakError(fault.code, `Refused with ${fault.code}.`, fault)),
          retryAfterSeconds: fault.retryAfterSeconds ?? 0,
        })
      case 'html':
        return Promise.resolve({
          status: 200,
          contentType: 'text/html',
          body: encoder.encode('<h1>It works!</h1>'),
          retryAfterSeconds: 0,
        })
      case 'lose-request':
        this.lose()
        return never()
      case 'lose-answer':
        return usual().then(() => {
          this.lose()
          return never()
        })
      case 'hang':
        return never()
      case 'hang-after':
        return usual().then(never)
    }
  }

  #settle(exchange: Exchange): void {
    this.#cluster.clock.clearTimer(exchange.timer)
    this.#exchanges.delete(exchange)
  }

  #fail(failure: TransportFailure, message: string): void {
    if (this.closed) return
    this.#closing.abort()
    for (const exchange of [...this.#exchanges]) {
      this.#settle(exchange)
      exchange.reject(new TransportError(failure, exchange.isSent, message))
    }
    this.#onClosed()
  }
}

function bodyOf({ body }: TransportRequest): Uint8Array {
  return body === undefined ? new Uint8Array() : concatenated(body)
}

function never(): Promise<never> {
  return new Promise(() => {})
}

function problem(error: YakError): TransportResponse {
  return { ...json(problemOf(error), error.definition.status), contentType: 'application/problem+json' }
}
