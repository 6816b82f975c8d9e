import { LIMITS, Roster, YakError } from '@yak/protocol'
import type { FetchRequest, Message, PromiseRequest } from '../core/messages.ts'
import type { OneWayMessage } from './message-codec.ts'
import { replicaLimits } from './replica-http.ts'
import type { SharedSettings } from './shared-settings.ts'

export type ReplicaRequestMessage = PromiseRequest | FetchRequest
export type ReplicaAnswerMessage = Extract<Message, { type: 'promise-response' | 'fetch-response' | 'refused' }>

/** Takes the answer; null: there will be none. Called once. */
export type AnswerListener = (answer: ReplicaAnswerMessage | null) => void

/** What the routes need of the network. */
export interface ReplicaInbox {
  readonly brokerId: string
  /** Made anew at each start: tells two processes with one id apart. */
  readonly processId: string
  /** What this broker has of what all must have alike. */
  readonly ownSettings: SharedSettings
  /**
   * Hands a request to the core. Returns how to forget it: its connection is gone.
   *
   * @throws YakError LEADER_NOT_AVAILABLE while no core is there to ask, SHUTTING_DOWN after `close`
   */
  ask(request: ReplicaRequestMessage, onAnswer: AnswerListener): () => void
  /** Hands over what wants no answer. @throws YakError as `ask` */
  tell(message: OneWayMessage): void
}

interface WaitingRequest {
  readonly request: ReplicaRequestMessage
  readonly onAnswer: AnswerListener
  readonly timer: ReturnType<typeof setTimeout>
}

export interface WaitingRequestsOptions {
  /** How long the core may take beyond what the request says it may wait. */
  readonly answerTimeoutMs: number
}

/**
 * The requests of peers that wait for what the core answers. The core sends its answer like any message, to a broker and
 * with the request's id; here it finds its way back into the HTTP exchange that asked.
 */
export class WaitingRequests {
  readonly #answerTimeoutMs: number
  /** Oldest first. */
  readonly #waiting = new Roster<WaitingRequest>()

  constructor(options: WaitingRequestsOptions) {
    this.#answerTimeoutMs = options.answerTimeoutMs
  }

  get count(): number {
    return this.#waiting.size
  }

  /** Waits from now on; call it before the core hears of the request, which may answer at once. */
  add(request: ReplicaRequestMessage, onAnswer: AnswerListener): () => void {
    this.#end(this.#find(request.from.brokerId, request.type, request.requestId))
    const waitMs = request.type === 'fetch-request' ? Math.min(request.maxWaitMs, LIMITS.maxFetchWaitMs) : 0
    const waiting: WaitingRequest = {
      request,
      onAnswer,
      timer: setTimeout(() => this.#end(waiting), waitMs + this.#answerTimeoutMs),
    }
    this.#waiting.add(waiting)
    return () => this.#forget(waiting)
  }

  /** The core has heard of it, and has answered older ones if it cares to: those of the same peer give way now. */
  endOlder({ from, type, requestId }: ReplicaRequestMessage): void {
    const others = [...this.#waiting].filter(
      ({ request }) =>
        request.type === type && request.from.brokerId === from.brokerId && request.requestId !== requestId,
    )
    const room = type === 'fetch-request' ? 0 : replicaLimits.maxWaitingPromises - 1
    for (const waiting of others.slice(0, Math.max(0, others.length - room))) this.#end(waiting)
    for (const waiting of this.#waiting) {
      if (this.#waiting.size <= replicaLimits.maxWaitingRequests) break
      this.#end(waiting)
    }
  }

  /** False: nobody waits for it. */
  answer(to: string, answer: ReplicaAnswerMessage): boolean {
    const { requestId } = answer
    if (requestId === null) return false
    const waiting =
      answer.type === 'refused'
        ? (this.#find(to, 'fetch-request', requestId) ?? this.#find(to, 'promise-request', requestId))
        : this.#find(to, answer.type === 'fetch-response' ? 'fetch-request' : 'promise-request', requestId)
    if (waiting === undefined) return false
    this.#forget(waiting)
    waiting.onAnswer(answer)
    return true
  }

  /** Nobody is answered any more. */
  close(): void {
    for (const waiting of this.#waiting) this.#end(waiting)
  }

  #find(brokerId: string, type: ReplicaRequestMessage['type'], requestId: number): WaitingRequest | undefined {
    for (const waiting of this.#waiting) {
      const { request } = waiting
      if (request.requestId === requestId && request.type === type && request.from.brokerId === brokerId) return waiting
    }
    return undefined
  }

  #end(waiting: WaitingRequest | undefined): void {
    if (waiting === undefined || !this.#waiting.has(waiting)) return
    this.#forget(waiting)
    waiting.onAnswer(null)
  }

  #forget(waiting: WaitingRequest): void {
    clearTimeout(waiting.timer)
    this.#waiting.delete(waiting)
  }
}

export function coreNotReady(): YakError {
  return new YakError('LEADER_NOT_AVAILABLE', 'The broker is opening its logs. Try again in a moment.')
}

export function networkClosed(): YakError {
  return new YakError('SHUTTING_DOWN', 'The broker has stopped taking part. Ask another one.')
}
