import { type ReconnectEvent, type ReconnectState, reconnect } from '../../lib/live/reconnect-machine.ts'
import { orderPeers } from '../../lib/peers.ts'
import type { PeerDirectory } from '../peer-directory.ts'
import { Store } from '../store.ts'
import type { HelloFrame, LiveError, ServerFrame, SubscribedFrame } from './frames.ts'

/** What the top bar shows of the connection. */
export interface Connection {
  readonly machine: ReconnectState
  /** Of the open connection. */
  readonly hello: HelloFrame | null
  /** When the state was entered, by this browser's clock. */
  readonly since: number
  /** When the last good connection was lost; null while there is one, or never was. */
  readonly lostAt: number | null
}

export interface LiveSubscriber {
  /** The subscribe frame without its id; asked for anew at each connection, so that it can name where to resume. */
  frame(): Readonly<Record<string, unknown>>
  onSubscribed?(frame: SubscribedFrame): void
  /** `text` is the frame as it came, for those who need exact numbers. */
  onData(frame: unknown, text: string): void
  /** Refused, or ended; it is asked for again in a moment, since the error may pass. */
  onWaiting?(error: LiveError): void
  /** The subscription is over. */
  onError?(error: LiveError): void
}

export interface LiveSubscription {
  /** Grants more; nothing when not connected, since the next subscribe frame names its own credit. */
  credit(messages: number, bytes: number): void
  /** Asks again, from `frame()`: after a change of what is wanted. */
  restart(): void
  close(): void
}

const silentHeartbeats = 3
const retryErrorMs = 2_000

/** The one WebSocket of the page. Subscriptions outlive connections: each new one is told of all of them again. */
export class LiveChannel {
  readonly store: Store<Connection> = new Store<Connection>({
    machine: { phase: 'idle' },
    hello: null,
    since: Date.now(),
    lostAt: null,
  })
  readonly #peers: PeerDirectory
  readonly #subscribers = new Map<string, { subscriber: LiveSubscriber; live: boolean }>()
  #socket: WebSocket | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #silence: ReturnType<typeof setTimeout> | undefined
  #nextId = 1

  constructor(peers: PeerDirectory) {
    this.#peers = peers
  }

  start(): void {
    this.#step({ type: 'start', url: this.#peers.store.get().current })
  }

  stop(): void {
    this.#step({ type: 'stop' })
    clearTimeout(this.#timer)
    this.#dropSocket()
  }

  retryNow(): void {
    this.#step({ type: 'retry-now' })
  }

  subscribe(subscriber: LiveSubscriber): LiveSubscription {
    let id = this.#add(subscriber)
    const close = () => {
      const known = this.#subscribers.get(id)
      this.#subscribers.delete(id)
      if (known?.live) this.#send({ type: 'unsubscribe', id })
    }
    return {
      credit: (messages, bytes) => {
        if (this.#subscribers.get(id)?.live) this.#send({ type: 'credit', id, messages, bytes })
      },
      restart: () => {
        close()
        id = this.#add(subscriber)
      },
      close,
    }
  }

  #add(subscriber: LiveSubscriber): string {
    const id = `s${this.#nextId++}`
    this.#subscribers.set(id, { subscriber, live: false })
    this.#tell(id)
    return id
  }

  #tell(id: string): void {
    const known = this.#subscribers.get(id)
    if (known === undefined || this.store.get().hello === null) return
    known.live = true
    this.#send({ type: 'subscribe', id, ...known.subscriber.frame() })
  }

  #send(frame: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame))
  }

  #step(event: ReconnectEvent): void {
    const before = this.store.get()
    const urls = orderPeers(this.#peers.store.get().peers, this.#peers.store.get().current).map(({ url }) => url)
    const { state, effect } = reconnect(before.machine, event, urls, Math.random())
    if (state !== before.machine) {
      const lostAt =
        state.phase === 'open' || state.phase === 'idle'
          ? null
          : before.machine.phase === 'open'
            ? Date.now()
            : before.lostAt
      this.store.set({ machine: state, hello: state.phase === 'open' ? before.hello : null, since: Date.now(), lostAt })
    }
    clearTimeout(this.#timer)
    if (effect?.type === 'connect') this.#connect(effect.url)
    if (effect?.type === 'wait') this.#timer = setTimeout(() => this.#step({ type: 'elapsed' }), effect.delayMs)
  }

  #connect(url: string): void {
    this.#dropSocket()
    let socket: WebSocket
    try {
      socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/live`)
    } catch {
      // An address that is none, from an old list. The next one, then.
      queueMicrotask(() => this.#step({ type: 'closed' }))
      return
    }
    this.#socket = socket
    this.#listenForSilence(10_000)
    socket.onmessage = (event) => {
      if (socket === this.#socket && typeof event.data === 'string') this.#take(event.data, url)
    }
    socket.onclose = () => {
      if (socket === this.#socket) this.#lose()
    }
  }

  #take(text: string, url: string): void {
    const frame = JSON.parse(text) as ServerFrame
    const heartbeatMs = frame.type === 'hello' ? frame.heartbeatMs : (this.store.get().hello?.heartbeatMs ?? 5_000)
    this.#listenForSilence(heartbeatMs * silentHeartbeats)
    if (frame.type === 'hello') {
      this.store.update((before) => ({ ...before, hello: frame }))
      this.#step({ type: 'opened' })
      this.#peers.use(url)
      for (const id of this.#subscribers.keys()) this.#tell(id)
      return
    }
    if (!('id' in frame) || frame.id === undefined) return
    const known = this.#subscribers.get(frame.id)
    if (known === undefined) return
    if (frame.type === 'data') known.subscriber.onData(frame, text)
    else if (frame.type === 'subscribed') known.subscriber.onSubscribed?.(frame)
    else if (frame.type === 'error') this.#refused(frame.id, known.subscriber, frame)
  }

  #refused(id: string, subscriber: LiveSubscriber, error: LiveError): void {
    const known = this.#subscribers.get(id)
    if (known !== undefined) known.live = false
    // A topic that was deleted does not come back under its id.
    if (error.retriable && error.code !== 'UNKNOWN_TOPIC_ID') {
      subscriber.onWaiting?.(error)
      setTimeout(() => {
        if (this.#subscribers.get(id)?.live === false) this.#tell(id)
      }, retryErrorMs)
    } else if (subscriber.onError !== undefined) {
      this.#subscribers.delete(id)
      subscriber.onError(error)
    }
  }

  /** A browser does not notice a broker that is gone without a word; the heartbeat that stays away tells. */
  #listenForSilence(ms: number): void {
    clearTimeout(this.#silence)
    this.#silence = setTimeout(() => this.#lose(), ms)
  }

  #lose(): void {
    this.#dropSocket()
    for (const known of this.#subscribers.values()) known.live = false
    this.#step({ type: 'closed' })
  }

  #dropSocket(): void {
    clearTimeout(this.#silence)
    const socket = this.#socket
    this.#socket = null
    if (socket === null) return
    socket.onmessage = null
    socket.onclose = null
    socket.close()
  }
}
