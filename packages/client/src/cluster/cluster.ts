import { YakError } from '@yak/protocol'
import type { ClientEmitter } from '../client-events.ts'
import type { ResolvedClientOptions } from '../client-options.ts'
import type { Connection, ConnectionOptions, TransportResponse } from '../transport/transport.ts'
import { abortable, pause } from '../waiting.ts'
import { asYakError, errorOfAnswer, jsonOfAnswer } from './answer.ts'
import { ClusterView, type Leader } from './cluster-view.ts'
import { clusterAnswerOf } from './json-shapes.ts'

/** A broker that does not answer in this time is asked again in the next round, and holds nobody up. */
const ROUND_MS = 500
const MAX_CONTROL_ANSWER_BYTES = 16_777_216

export interface LeaderOptions {
  readonly signal?: AbortSignal | undefined
  /** Default: for ever. */
  readonly timeoutMs?: number
}

/**
 * Finds the leader, from any broker that answers, and keeps one control connection to each broker. Asks only while
 * somebody waits for a leader: with all brokers down and nobody waiting, nothing happens at all.
 */
export class Cluster {
  readonly options: ResolvedClientOptions
  readonly events: ClientEmitter
  readonly view: ClusterView
  readonly #controls = new Map<string, Connection>()
  readonly #asking = new Map<string, Promise<void>>()
  readonly #errors = new Map<string, YakError>()
  readonly #waiters = new Set<(leader: Leader | YakError) => void>()
  readonly #leaderListeners = new Set<(leader: Leader) => void>()
  readonly #closing = new AbortController()
  #announced: Leader | undefined
  #isDiscovering = false

  constructor(options: ResolvedClientOptions, events: ClientEmitter) {
    this.options = options
    this.events = events
    this.view = new ClusterView(options.brokers)
  }

  get closed(): boolean {
    return this.#closing.signal.aborted
  }

  /**
   * The leader, as soon as there is one.
   *
   * @throws YakError BROKERS_UNREACHABLE or LEADER_NOT_AVAILABLE after `timeoutMs`; INVALID_RESPONSE at once when every
   * address answers as no YAK broker does; CLIENT_CLOSED. The signal's reason.
   */
  leader(options: LeaderOptions = {}): Promise<Leader> {
    if (this.closed) return Promise.reject(clientClosed())
    const known = this.view.leader
    if (known !== undefined) return Promise.resolve(known)
    return abortable(this.#nextLeader(options.timeoutMs), options.signal)
  }

  /** Calls back with each leader that answers, at once if there is one. Returns how to stop. */
  onLeader(listener: (leader: Leader) => void): () => void {
    this.#leaderListeners.add(listener)
    return () => this.#leaderListeners.delete(listener)
  }

  /** A request to this leader failed: nobody uses it until it, or a newer one, answers. */
  suspect(leader: Leader, error: YakError): void {
    if (this.view.leader?.epoch !== leader.epoch) return
    this.view.suspect(leader)
    if (this.view.leader !== undefined) return
    this.events.emit('disconnected', { url: leader.url, error })
    if (this.#waiters.size > 0) this.#discover()
  }

  /** A broker that does not lead said who does. */
  redirected(from: Leader, error: YakError): void {
    const { leader, epoch } = error.details as { leader?: { id?: unknown; url?: unknown } | null; epoch?: unknown }
    if (typeof leader?.id === 'string' && typeof leader.url === 'string' && typeof epoch === 'number') {
      this.view.hint({ id: leader.id, url: leader.url }, epoch, from.url)
    }
    if (this.view.leader?.epoch === from.epoch) this.suspect(from, error)
    this.#announce()
  }

  /** Asks all brokers once, in the background: has another taken over from a leader that is silent? */
  probe(): void {
    for (const url of this.view.candidates) this.#ask(url)
  }

  /** The control connection to a broker: metadata, offsets and administration, one request at a time. */
  control(url: string): Connection {
    let connection = this.#controls.get(url)
    if (connection === undefined || connection.closed) {
      connection = this.connect(url, { maxPipelined: 1, maxResponseBytes: MAX_CONTROL_ANSWER_BYTES })
      this.#controls.set(url, connection)
    }
    return connection
  }

  connect(url: string, options: Omit<ConnectionOptions, 'connectTimeoutMs'>): Connection {
    return this.options.transport.connect(url, { ...options, connectTimeoutMs: this.options.connectTimeoutMs })
  }

  /** Takes what a broker says of its cluster, in whatever answer it says it. */
  learn(answer: TransportResponse, url: string): void {
    const json = clusterAnswerOf(jsonOfAnswer(answer, url), url)
    const knownClusterId = this.view.clusterId
    const acceptance = this.view.accept(json, url)
    if (acceptance === 'other-cluster') {
      throw new YakError(
        'INVALID_RESPONSE',
        `${url} belongs to cluster ${json.clusterId}, and this client talks to ${knownClusterId}. ` +
          'List brokers of one cluster, and make a new client after a cluster was set up anew.',
        { details: { url, clusterId: json.clusterId, expected: knownClusterId } },
      )
    }
    if (acceptance === 'stale') {
      this.events.emit('stale-answer', { url, epoch: json.epoch, highestEpoch: this.view.epoch })
    }
    this.#errors.delete(url)
    this.#announce()
  }

  close(): void {
    if (this.closed) return
    this.#closing.abort()
    for (const settle of [...this.#waiters]) settle(clientClosed())
    for (const connection of this.#controls.values()) connection.close()
    this.#controls.clear()
    this.#leaderListeners.clear()
  }

  #nextLeader(timeoutMs: number | undefined): Promise<Leader> {
    return new Promise((resolve, reject) => {
      const settle = (outcome: Leader | YakError): void => {
        this.#waiters.delete(settle)
        clearTimeout(timer)
        if (YakError.is(outcome)) reject(outcome)
        else resolve(outcome)
      }
      const timer =
        timeoutMs === undefined ? undefined : setTimeout(() => settle(this.#whyNoLeader(timeoutMs)), timeoutMs)
      this.#waiters.add(settle)
      this.#discover()
    })
  }

  async #discover(): Promise<void> {
    if (this.#isDiscovering) return
    this.#isDiscovering = true
    for (let failures = 1; this.#waiters.size > 0 && !this.closed; failures++) {
      const asked = this.view.candidates
      await this.#round(asked)
      if (this.view.leader !== undefined) break
      const wrong = this.#allWrong(asked)
      if (wrong !== undefined) {
        for (const settle of [...this.#waiters]) settle(wrong)
        break
      }
      await pause(this.options.backoff.delayMs(failures), this.#closing.signal)
    }
    this.#isDiscovering = false
    this.#announce()
  }

  /** Asks all at once, and goes on as soon as one names a leader, all have answered, or they take too long. */
  async #round(urls: readonly string[]): Promise<void> {
    const over = new AbortController()
    const all = Promise.all(urls.map((url) => this.#ask(url))).then(() => over.abort())
    const stop = this.onLeader(() => over.abort())
    await Promise.race([all, pause(ROUND_MS, over.signal)])
    stop()
    over.abort()
  }

  /** Never rejects. One request to a broker at a time: a silent one is not asked again until it times out. */
  #ask(url: string): Promise<void> {
    let asking = this.#asking.get(url)
    if (asking === undefined) {
      asking = this.#askNow(url)
        .catch((error: unknown) => void this.#errors.set(url, asYakError(error)))
        .finally(() => this.#asking.delete(url))
      this.#asking.set(url, asking)
    }
    return asking
  }

  async #askNow(url: string): Promise<void> {
    const timeoutMs = Math.min(this.options.requestTimeoutMs, this.options.connectTimeoutMs)
    const answer = await this.control(url).request({ method: 'GET', path: '/v1/metadata?topics=', timeoutMs })
    if (answer.status !== 200) throw errorOfAnswer(answer, url)
    if (!this.closed) this.learn(answer, url)
  }

  /** Tells whoever waits, or listens, of a leader they have not heard of. */
  #announce(): void {
    const leader = this.view.leader
    if (leader === undefined || this.closed) return
    const before = this.#announced
    if (before === leader && this.#waiters.size === 0) return
    if (before !== leader) {
      this.#announced = leader
      if (before === undefined || before.epoch !== leader.epoch || before.url !== leader.url) {
        this.events.emit('leader-changed', { from: before, to: leader })
      }
      this.events.emit('connected', leader)
    }
    for (const settle of [...this.#waiters]) settle(leader)
    for (const listener of [...this.#leaderListeners]) listener(leader)
  }

  /** Waiting would not help: all of them answer, and none as a YAK broker. */
  #allWrong(urls: readonly string[]): YakError | undefined {
    const errors = urls.map((url) => this.#errors.get(url))
    return errors.every((error) => error?.code === 'INVALID_RESPONSE') ? errors[0] : undefined
  }

  #whyNoLeader(timeoutMs: number): YakError {
    const errors = this.view.candidates.map((url) => this.#errors.get(url))
    const details = { brokers: this.view.candidates, epoch: this.view.epoch }
    if (errors.every((error) => error !== undefined)) {
      return new YakError(
        'BROKERS_UNREACHABLE',
        `No broker answered within ${Math.round(timeoutMs)} ms. ${errors.map((error) => error.message).join(' ')} ` +
          'Check that the brokers run and that `brokers` has their addresses.',
        { details, cause: errors[0] },
      )
    }
    return new YakError(
      'LEADER_NOT_AVAILABLE',
      `No leader was found within ${Math.round(timeoutMs)} ms; brokers do answer. ` +
        "Look at a broker's /health for the reason, and check that the address it advertises can be reached from here.",
      { details },
    )
  }
}

export function clientClosed(): YakError {
  return new YakError('CLIENT_CLOSED', 'The client is closed. Make a new one.')
}
