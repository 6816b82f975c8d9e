import { fieldTwice, invalidJson, LIMITS, parseJson, repeatedField, YakError } from '@yak/protocol'
import {
  type LiveClientFrame,
  type LiveError,
  type LiveHello,
  liveClientFrameSchema,
  parseRequest,
  type SubscribeFrame,
} from '@yak/protocol/schemas'
import type { WebSocket } from 'ws'
import type { LiveSubscription, SubscriptionPort } from './live-subscription.ts'

/** Why a connection was closed; those from 4000 on are ours. */
export const closeCodes = { goingAway: 1001, policyViolation: 1008, idle: 4000 } as const

export interface LiveConnectionOptions {
  readonly hello: Omit<LiveHello, 'type' | 'heartbeatMs' | 'limits'>
  readonly clock: () => number
  /** Throws when it cannot be made. */
  readonly subscribe: (port: SubscriptionPort, frame: SubscribeFrame) => LiveSubscription
  /** An error that is a bug of ours. */
  readonly onError: (error: unknown) => void
}

interface OpenSubscription {
  subscription: LiveSubscription | undefined
  readonly endListeners: Set<() => void>
}

/** One socket of the live channel, and the subscriptions on it. docs/live-channel.md has what is said. */
export class LiveConnection {
  readonly #socket: WebSocket
  readonly #options: LiveConnectionOptions
  readonly #subscriptions = new Map<string, OpenSubscription>()
  #faults = 0
  /** Heartbeats since there was a subscription. */
  #idleBeats = 0
  #unansweredPings = 0

  constructor(socket: WebSocket, options: LiveConnectionOptions) {
    this.#socket = socket
    this.#options = options
    socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary))
    socket.on('pong', () => {
      this.#unansweredPings = 0
    })
    socket.on('close', () => this.#endAll())
    const hello: LiveHello = {
      type: 'hello',
      ...options.hello,
      heartbeatMs: LIMITS.liveHeartbeatMs,
      limits: {
        maxSubscriptions: LIMITS.maxLiveSubscriptions,
        maxFrameBytes: LIMITS.maxLiveFrameBytes,
        maxCreditMessages: LIMITS.maxLiveCreditMessages,
        maxCreditBytes: LIMITS.maxLiveCreditBytes,
      },
    }
    void this.#send(JSON.stringify(hello))
  }

  /** Called every `liveHeartbeatMs`: says that the broker lives, and lets go of who does not. */
  beat(): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    if (this.#unansweredPings >= 2) {
      this.#socket.terminate()
      return
    }
    this.#idleBeats = this.#subscriptions.size > 0 ? 0 : this.#idleBeats + 1
    if (this.#idleBeats * LIMITS.liveHeartbeatMs >= LIMITS.liveIdleMs) {
      this.close(closeCodes.idle, 'no subscription')
      return
    }
    this.#unansweredPings++
    this.#socket.ping()
    void this.#send(JSON.stringify({ type: 'heartbeat', at: this.#options.clock() }))
  }

  close(code: number, reason: string): void {
    this.#endAll()
    this.#socket.close(code, reason)
  }

  terminate(): void {
    this.#socket.terminate()
  }

  /** Resolves when the frame was handed to the system, or the connection is gone. */
  #send(text: string): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.readyState !== this.#socket.OPEN) {
        resolve()
        return
      }
      this.#socket.send(text, () => {
        if (this.#socket.isPaused && this.#socket.bufferedAmount < LIMITS.maxLiveUnsentBytes) this.#socket.resume()
        resolve()
      })
    })
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#unansweredPings = 0
    try {
      this.#handle(frameOf(data, isBinary))
    } catch (error) {
      this.#refuse(error)
    }
    // Whoever asks on and takes no answer is not heard until it does.
    if (this.#socket.bufferedAmount >= LIMITS.maxLiveUnsentBytes) this.#socket.pause()
  }

  #handle(frame: LiveClientFrame): void {
    switch (frame.type) {
      case 'subscribe':
        this.#subscribe(frame)
        return
      case 'credit':
        this.#subscription(frame.id)?.subscription?.grant?.(frame.messages, frame.bytes)
        return
      case 'unsubscribe':
        if (this.#subscription(frame.id) === undefined) return
        this.#forget(frame.id)
        void this.#send(JSON.stringify({ type: 'unsubscribed', id: frame.id }))
        return
      case 'ping':
        void this.#send(JSON.stringify({ type: 'pong', echo: frame.echo ?? null, at: this.#options.clock() }))
    }
  }

  /** One that has just ended is no fault of the client: it is told, and nothing more. */
  #subscription(id: string): OpenSubscription | undefined {
    const found = this.#subscriptions.get(id)
    if (found === undefined) {
      const detail = `There is no subscription ${id} on this connection; it may just have ended.`
      this.#sendError(new YakError('SUBSCRIPTION_NOT_FOUND', detail, { details: { id } }))
    }
    return found
  }

  #subscribe(frame: SubscribeFrame): void {
    const { id } = frame
    if (this.#subscriptions.has(id)) {
      // Without the id in the frame: that would end the subscription that has it.
      throw new YakError('INVALID_REQUEST', `There is a subscription ${id} on this connection. Choose another id.`, {
        details: { id },
      })
    }
    const open: OpenSubscription = { subscription: undefined, endListeners: new Set() }
    if (this.#subscriptions.size >= LIMITS.maxLiveSubscriptions) {
      const detail = `This connection has ${this.#subscriptions.size} subscriptions, as many as it may. End one first.`
      this.#sendError(new YakError('SUBSCRIPTION_LIMIT_REACHED', detail), id)
      return
    }
    this.#subscriptions.set(id, open)
    const port = this.#portOf(id, open)
    try {
      open.subscription = this.#options.subscribe(port, frame)
    } catch (error) {
      port.fail(error)
    }
  }

  #portOf(id: string, open: OpenSubscription): SubscriptionPort {
    let seq = 0
    const isOpen = () => this.#subscriptions.get(id) === open
    return {
      id,
      send: (text) => (isOpen() ? this.#send(text) : Promise.resolve()),
      dataFrame: (fields) => `{"type":"data","id":${JSON.stringify(id)},"seq":${++seq},${fields}}`,
      fail: (error) => {
        if (!isOpen()) return
        this.#forget(id)
        this.#sendError(this.#yakErrorOf(error), id)
      },
      onEnd: (listener) => {
        if (!isOpen()) {
          listener()
          return () => {}
        }
        open.endListeners.add(listener)
        return () => open.endListeners.delete(listener)
      },
    }
  }

  #forget(id: string): void {
    const open = this.#subscriptions.get(id)
    if (open === undefined) return
    this.#subscriptions.delete(id)
    for (const listener of [...open.endListeners]) listener()
    open.subscription?.close()
  }

  #endAll(): void {
    for (const id of [...this.#subscriptions.keys()]) this.#forget(id)
  }

  #refuse(error: unknown): void {
    this.#sendError(this.#yakErrorOf(error))
    this.#faults++
    if (this.#faults >= LIMITS.maxLiveFaults)
      this.close(closeCodes.policyViolation, 'too many frames that break a rule')
  }

  #sendError({ code, message: detail, retriable, details }: YakError, id?: string): void {
    const frame: LiveError = {
      type: 'error',
      ...(id === undefined ? {} : { id }),
      code,
      detail,
      retriable,
      ...(details === undefined ? {} : { details }),
    }
    void this.#send(JSON.stringify(frame))
  }

  #yakErrorOf(error: unknown): YakError {
    if (YakError.is(error)) return error
    this.#options.onError(error)
    return new YakError('INTERNAL', 'The broker hit a bug. Its log has the details.', { cause: error })
  }
}

/** Throws INVALID_JSON or INVALID_REQUEST. */
function frameOf(data: Buffer, isBinary: boolean): LiveClientFrame {
  if (isBinary) throw new YakError('INVALID_REQUEST', 'The frame is binary. Send JSON in text frames.')
  const text = data.toString('utf8')
  let value: unknown
  try {
    value = parseJson(text)
  } catch (cause) {
    throw invalidJson(text, cause, 'frame')
  }
  const repeated = repeatedField(text)
  if (repeated !== undefined) throw fieldTwice(repeated, 'frame')
  return parseRequest(liveClientFrameSchema, value, 'frame')
}
