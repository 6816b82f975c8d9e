import { YakError } from '@yak/protocol'
import type {
  FetchRequest,
  FetchResponse,
  Message,
  PromiseRequest,
  PromiseResponse,
  Refused,
} from '../core/messages.ts'
import { decodeReplicaFetchResponse, encodeReplicaFetchRequest } from '../core/replica-frames.ts'
import type { ReplicaAnswer } from './answer-parser.ts'
import { decodePromiseAnswer, decodeRefused, encodeJsonMessage, type OneWayMessage } from './message-codec.ts'
import type { PeerProblemKind, PeerProblems } from './peer-problems.ts'
import { ReplicaConnection, type ReplicaFailure } from './replica-connection.ts'
import { replicaFrameType, replicaJsonType, replicaLimits, replicaPaths } from './replica-http.ts'
import { decodeSharedSettings, type SharedSettings } from './shared-settings.ts'

/** A fetch answer may have megabytes: fewer, larger reads. */
const fetchReadBytes = 262_144
const otherReadBytes = 16_384

export interface ReplicaPeerOptions {
  readonly ownId: string
  readonly brokerId: string
  /** Base URL, as `--peers` names it. */
  readonly url: string
  readonly leaseMs: number
  readonly problems: PeerProblems
  readonly onSettings: (settings: SharedSettings) => void
  readonly onMessage: (message: Message) => void
  /** The request will not be answered. */
  readonly onUnreachable: (requestId: number) => void
  /** A part of the answer to a fetch is here; told a few times in a lease. */
  readonly onArriving: (requestId: number) => void
}

/**
 * The client's side towards one peer. A connection of its own for each kind of message, so that a fetch that waits and
 * megabytes on their way hold up no election: each is made when it is needed and again after it broke.
 */
export class ReplicaPeer {
  readonly #options: ReplicaPeerOptions
  readonly #connections = new Map<string, ReplicaConnection>()
  /** One-way messages that wait, oldest first. */
  readonly #queue: Uint8Array[] = []
  /** The newest fetch, while too many older ones are still under way. */
  #nextFetch: FetchRequest | null = null
  #lastPromiseRequestId = 0
  #toldArrivingAtMs = Number.NEGATIVE_INFINITY
  #silentSinceMs: number | null = null
  #notUnderstoodAtMs = Number.NEGATIVE_INFINITY
  #isClosed = false

  constructor(options: ReplicaPeerOptions) {
    this.#options = options
  }

  close(): void {
    this.#isClosed = true
    this.#queue.length = 0
    this.#nextFetch = null
    for (const connection of this.#connections.values()) connection.close()
  }

  /** Long-poll. A newer one takes the place of an older: the peer ends that when it hears of this one. */
  fetch(request: FetchRequest): void {
    const connection = this.#connection(replicaPaths.fetch)
    if (connection.underWayCount >= replicaLimits.maxPipelined) {
      this.#nextFetch = request
      return
    }
    const { requestId } = request
    connection.request(
      {
        path: replicaPaths.fetch,
        body: { contentType: replicaFrameType, bytes: concatenated(encodeReplicaFetchRequest(request)) },
        timeoutMs: request.maxWaitMs + this.#options.leaseMs / 5,
        maxAnswerBytes: request.maxBytes + replicaLimits.maxFetchExcessBytes,
        onArriving: () => this.#onArriving(requestId),
      },
      (answer) => {
        this.#onAnswer(answer, requestId, fetchAnswerOf)
        this.#fetchNext()
      },
      (failure, reason) => {
        this.#onFailure(failure, reason)
        if (!this.#isClosed) this.#options.onUnreachable(requestId)
        this.#fetchNext()
      },
    )
  }

  promise(request: PromiseRequest): void {
    const { requestId } = request
    this.#lastPromiseRequestId = requestId
    const connection = this.#connection(replicaPaths.promise)
    // So many unanswered mean that the peer stands still.
    if (connection.underWayCount >= replicaLimits.maxPipelined) {
      queueMicrotask(() => {
        if (!this.#isClosed) this.#options.onUnreachable(requestId)
      })
      return
    }
    connection.request(
      {
        path: replicaPaths.promise,
        body: { contentType: replicaJsonType, bytes: encodeJsonMessage(request) },
        timeoutMs: this.#options.leaseMs / 2,
        maxAnswerBytes: replicaLimits.maxJsonBytes,
      },
      (answer) => this.#onAnswer(answer, this.#newest(requestId), promiseAnswerOf),
      (failure, reason) => {
        this.#onFailure(failure, reason)
        const newest = this.#newest(requestId)
        if (newest !== null && !this.#isClosed) this.#options.onUnreachable(newest)
      },
    )
  }

  /** One way: nobody hears when it is lost. */
  tell(message: OneWayMessage): void {
    this.#queue.push(encodeJsonMessage(message))
    if (this.#queue.length > replicaLimits.maxQueuedMessages) this.#queue.shift()
    this.#tellNext()
  }

  /** Asks who is there, and what it has of the settings that must be alike. */
  probe(): void {
    const connection = this.#connection(replicaPaths.message)
    if (connection.underWayCount > 0) return
    connection.request(
      { path: replicaPaths.broker, timeoutMs: this.#options.leaseMs / 2, maxAnswerBytes: replicaLimits.maxJsonBytes },
      (answer) =>
        this.#onAnswer(answer, null, ({ body }) => {
          const settings = decodeSharedSettings(body)
          if (settings !== undefined) this.#options.onSettings(settings)
          return null
        }),
      (failure, reason) => this.#onFailure(failure, reason),
    )
  }

  #onArriving(requestId: number): void {
    const nowMs = performance.now()
    if (this.#isClosed || nowMs - this.#toldArrivingAtMs < this.#options.leaseMs / 50) return
    this.#toldArrivingAtMs = nowMs
    this.#options.onArriving(requestId)
  }

  #connection(path: string): ReplicaConnection {
    const present = this.#connections.get(path)
    if (present !== undefined && (this.#isClosed || !present.isOver)) return present
    const { url, brokerId, leaseMs } = this.#options
    const readBytes = path === replicaPaths.fetch ? fetchReadBytes : otherReadBytes
    const next = new ReplicaConnection({ url, addressee: brokerId, connectTimeoutMs: leaseMs / 5, readBytes })
    this.#connections.set(path, next)
    present?.close()
    return next
  }

  #fetchNext(): void {
    const next = this.#nextFetch
    this.#nextFetch = null
    if (next !== null) this.fetch(next)
  }

  #tellNext(): void {
    const connection = this.#connection(replicaPaths.message)
    while (connection.underWayCount < replicaLimits.maxPipelined) {
      const bytes = this.#queue.shift()
      if (bytes === undefined) return
      connection.request(
        {
          path: replicaPaths.message,
          body: { contentType: replicaJsonType, bytes },
          timeoutMs: this.#options.leaseMs / 2,
          maxAnswerBytes: replicaLimits.maxJsonBytes,
        },
        (answer) => {
          this.#onAnswer(answer, null, noAnswer)
          this.#tellNext()
        },
        (failure, reason) => {
          // What waited is as old as what was lost; the core says again what matters.
          this.#queue.length = 0
          this.#onFailure(failure, reason)
        },
      )
    }
  }

  /** Of promise requests only the newest counts: the peer answers that one, and lets go of those before. */
  #newest(requestId: number): number | null {
    return requestId === this.#lastPromiseRequestId ? requestId : null
  }

  /** `requestId`: of the request that stays unanswered if this is no answer to it. */
  #onAnswer(answer: ReplicaAnswer, requestId: number | null, decode: (answer: ReplicaAnswer) => Message | null): void {
    if (this.#isClosed) return
    const message = this.#messageOf(answer, decode)
    if (message !== null) this.#options.onMessage(message)
    else if (requestId !== null) this.#options.onUnreachable(requestId)
  }

  /** Null: there is none, or none that may be believed. */
  #messageOf(answer: ReplicaAnswer, decode: (answer: ReplicaAnswer) => Message | null): Message | null {
    const { ownId, brokerId, url, leaseMs, problems } = this.#options
    this.#silentSinceMs = null
    const { status, answeredBy, contentType } = answer
    if (answeredBy === '') {
      const what = contentType === '' ? `HTTP ${status}` : `HTTP ${status}, ${contentType}`
      this.#note(
        'not-yak',
        `What answers for broker ${brokerId} at ${url} is no YAK broker that takes part in a cluster (${what}). ` +
          'Correct its URL in --peers, or start that broker there.',
      )
      return null
    }
    if (answeredBy === ownId) {
      this.#note(
        'this-broker',
        `The URL that --peers names for broker ${brokerId}, ${url}, leads to broker ${ownId}, which is this one or another ` +
          `of the same id. Give each broker its own URL in --peers, and its own --id.`,
      )
      return null
    }
    if (answeredBy !== brokerId) {
      this.#note(
        'other-broker',
        `At ${url}, which --peers names for broker ${brokerId}, broker ${answeredBy} answers. ` +
          'Give each broker its own URL in --peers, and its own --id.',
      )
      return null
    }
    if (status >= 400 && status < 500 && status !== 429) {
      this.#noteNotUnderstood(problemTextOf(answer))
      return null
    }
    try {
      const message = status === 200 ? decode(answer) : null
      if (message !== null && message.from.brokerId !== brokerId) {
        throw new YakError('INVALID_RESPONSE', `It speaks for broker ${message.from.brokerId}.`)
      }
      // Some messages may be understood where others are not: that is over only when none was refused for a while.
      if (performance.now() - this.#notUnderstoodAtMs > 2 * leaseMs) problems.clear(brokerId)
      return message
    } catch (error) {
      if (!YakError.is(error)) throw error
      this.#noteNotUnderstood(error.message)
      return null
    }
  }

  #onFailure(failure: ReplicaFailure, reason: string): void {
    if (this.#isClosed || failure === 'closed') return
    const { brokerId, url, leaseMs } = this.#options
    if (failure === 'not-http') {
      this.#note(
        'not-http',
        `What answers for broker ${brokerId} at ${url} does not speak HTTP as a broker does (${reason}). ` +
          'Correct its URL in --peers.',
      )
      return
    }
    const nowMs = performance.now()
    this.#silentSinceMs ??= nowMs
    // A restart takes a moment, and is no mistake.
    if (nowMs - this.#silentSinceMs < leaseMs) return
    this.#note(
      'silent',
      `Broker ${brokerId} does not answer at ${url} (${reason}). Start it, or correct its URL in --peers.`,
    )
  }

  #noteNotUnderstood(detail: string): void {
    this.#notUnderstoodAtMs = performance.now()
    const { brokerId, url } = this.#options
    this.#note(
      'not-understood',
      `Broker ${brokerId} at ${url} and this one do not understand each other (${detail}). ` +
        'Run the same version of YAK on all brokers of --peers.',
    )
  }

  #note(kind: PeerProblemKind, sentence: string): void {
    this.#options.problems.note(this.#options.brokerId, kind, sentence)
  }
}

function fetchAnswerOf({ contentType, body }: ReplicaAnswer): FetchResponse | Refused {
  return contentType.startsWith(replicaFrameType) ? decodeReplicaFetchResponse(body) : decodeRefused(body)
}

function promiseAnswerOf({ body }: ReplicaAnswer): PromiseResponse | Refused {
  return decodePromiseAnswer(body)
}

function noAnswer(): null {
  return null
}

/** The `detail` of a problem+json, or what there is. */
function problemTextOf({ status, body }: ReplicaAnswer): string {
  try {
    const { detail } = JSON.parse(new TextDecoder().decode(body)) as { readonly detail?: unknown }
    if (typeof detail === 'string') return detail.slice(0, 500)
  } catch {
    // Not JSON: the status has to do.
  }
  return `HTTP ${status}`
}

function concatenated(chunks: readonly Uint8Array[]): Uint8Array {
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}
