import { randomUUID } from 'node:crypto'
import type { Message } from '../core/messages.ts'
import type { DriverNetwork } from '../driver-ports.ts'
import type { OneWayMessage } from './message-codec.ts'
import { OwnAddress } from './own-address.ts'
import { PeerProblems } from './peer-problems.ts'
import {
  type AnswerListener,
  coreNotReady,
  networkClosed,
  type ReplicaInbox,
  type ReplicaRequestMessage,
  WaitingRequests,
} from './replica-inbox.ts'
import { ReplicaPeer } from './replica-peer.ts'
import type { SharedSettings } from './shared-settings.ts'

export interface HttpReplicaNetworkOptions {
  readonly brokerId: string
  /** Base URL of each broker by its id. */
  readonly peers: ReadonlyMap<string, string>
  /** The lease in milliseconds: connecting, answering and keeping silent are measured by it. */
  readonly leaseMs: number
  /** A peer does not answer as it should, in one sentence; null: it does again. Once per change. */
  readonly onProblem?: (brokerId: string, problem: string | null) => void
  /** For peers that ask. */
  readonly ownSettings: () => SharedSettings
  /** What a peer says it has, once a lease. */
  readonly onSettings?: (brokerId: string, settings: SharedSettings) => void
}

/** What the network needs of the driver. */
export interface ReplicaReceiver {
  /** The batches in it are free for other use when this returns: whoever keeps them has copied them. */
  receive(message: Message): void
  unreachable(brokerId: string, requestId: number): void
  arriving(brokerId: string, requestId: number): void
}

/**
 * The network between brokers over HTTP: both sides of it. What the core sends goes out as a request of its own, or as the
 * answer to the request of a peer that waits for it (`ask`); the answers to own requests come in as messages.
 *
 *     new --attach(driver)--> attached --close()--> closed
 */
export class HttpReplicaNetwork implements DriverNetwork, ReplicaInbox {
  readonly brokerId: string
  readonly processId: string = randomUUID()
  readonly #peers = new Map<string, ReplicaPeer>()
  readonly #problems: PeerProblems
  readonly #waiting: WaitingRequests
  readonly #leaseMs: number
  readonly #own: OwnAddress | undefined
  readonly #ownSettings: () => SharedSettings
  #receiver: ReplicaReceiver | undefined
  #probeTimer: ReturnType<typeof setInterval> | undefined
  #isClosed = false

  constructor(options: HttpReplicaNetworkOptions) {
    const { brokerId: ownId, peers, leaseMs, onProblem = () => {}, onSettings = () => {} } = options
    this.brokerId = ownId
    this.#leaseMs = leaseMs
    this.#ownSettings = options.ownSettings
    this.#problems = new PeerProblems(onProblem)
    this.#waiting = new WaitingRequests({ answerTimeoutMs: leaseMs })
    const { processId } = this
    for (const [brokerId, url] of peers) {
      if (brokerId === ownId) {
        this.#own = new OwnAddress({ brokerId, processId, url, timeoutMs: leaseMs / 2, problems: this.#problems })
        continue
      }
      const peer = new ReplicaPeer({
        ownId,
        brokerId,
        url,
        leaseMs,
        problems: this.#problems,
        onSettings: (settings) => onSettings(brokerId, settings),
        onMessage: (message) => this.#receiver?.receive(message),
        onUnreachable: (requestId) => this.#receiver?.unreachable(brokerId, requestId),
        onArriving: (requestId) => this.#receiver?.arriving(brokerId, requestId),
      })
      this.#peers.set(brokerId, peer)
    }
  }

  get ownSettings(): SharedSettings {
    return this.#ownSettings()
  }

  /** By peer: what is wrong with it and what to do. */
  get problems(): ReadonlyMap<string, string> {
    return this.#problems.sentences
  }

  /** Hands messages to the driver from now on. Before, peers are told to try again. */
  attach(receiver: ReplicaReceiver): void {
    if (this.#isClosed || this.#receiver !== undefined) return
    this.#receiver = receiver
    // A wrong URL is to be told at the start, and not when an election first needs that peer.
    this.#probe()
    this.#probeTimer = setInterval(() => this.#probe(), this.#leaseMs)
    this.#probeTimer.unref()
  }

  send(to: string, message: Message): void {
    if (this.#isClosed) return
    const peer = this.#peers.get(to)
    switch (message.type) {
      case 'promise-response':
      case 'fetch-response':
        this.#waiting.answer(to, message)
        return
      case 'refused':
        // Of an answer, or of what wants none: it goes out as a message of its own.
        if (!this.#waiting.answer(to, message)) peer?.tell(message)
        return
      case 'promise-request':
      case 'fetch-request':
        if (peer === undefined) queueMicrotask(() => this.#receiver?.unreachable(to, message.requestId))
        else if (message.type === 'promise-request') peer.promise(message)
        else peer.fetch(message)
        return
      default:
        peer?.tell(message)
    }
  }

  ask(request: ReplicaRequestMessage, onAnswer: AnswerListener): () => void {
    const receiver = this.#assertReceiver()
    const forget = this.#waiting.add(request, onAnswer)
    receiver.receive(request)
    this.#waiting.endOlder(request)
    return forget
  }

  tell(message: OneWayMessage): void {
    this.#assertReceiver().receive(message)
  }

  /** Answers nobody, asks nobody, and ends what waits. Idempotent. */
  close(): void {
    this.#isClosed = true
    this.#receiver = undefined
    clearInterval(this.#probeTimer)
    this.#waiting.close()
    this.#own?.close()
    for (const peer of this.#peers.values()) peer.close()
  }

  #probe(): void {
    this.#own?.probe()
    for (const peer of this.#peers.values()) peer.probe()
  }

  #assertReceiver(): ReplicaReceiver {
    if (this.#isClosed) throw networkClosed()
    if (this.#receiver === undefined) throw coreNotReady()
    return this.#receiver
  }
}
