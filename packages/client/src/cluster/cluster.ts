import { YakError } from '@yak/protocol'
import type { ClientEmitter } from '../client-events.ts'
import type { ResolvedClientOptions } from '../client-options.ts'
import type { Clock } from '../clock.ts'
import type { Connection, ConnectionOptions } from '../transport/transport.ts'
import { pause, settledWithin } from '../waiting.ts'
import { asYakError, errorOfAnswer, isAboutLeadership, jsonOfAnswer } from './answer.ts'
import { BrokerReports, HEDGE_MS } from './broker-reports.ts'
import { ClusterView, type Leader } from './cluster-view.ts'
import { ConnectionPool } from './connection-pool.ts'
import { clusterAnswerOf } from './json-shapes.ts'

/** However many producers and consumers wonder, brokers are not asked more often. */
const MIN_PROBE_INTERVAL_MS = 200
/** How long whoever says something final is held against what other brokers know. */
const CONFIRM_MS = 500
const MAX_CONTROL_ANSWER_BYTES = 16_777_216

export interface LeaderOptions {
  readonly signal?: AbortSignal | undefined
  /** Default: for ever. */
  readonly timeoutMs?: number
}

/**
 * Finds the leader, from any broker that answers, and asks it before anybody uses it. Asks only while somebody waits for a
 * leader: with all brokers down and nobody waiting, nothing happens at all. Brokers are asked one after another, the next one as
 * soon as one has failed, does not know, or has been silent for 250 ms; so one that hangs costs that much once.
 */
export class Cluster {
  readonly options: ResolvedClientOptions
  readonly events: ClientEmitter
  readonly view: ClusterView
  /** Connections for single requests. */
  readonly controls: ConnectionPool
  readonly clock: Clock
  readonly #asking = new Map<string, Promise<void>>()
  readonly #reports = new BrokerReports()
  readonly #waiters = new Set<(leader: Leader | YakError) => void>()
  readonly #leaderListeners = new Set<(leader: Leader) => void>()
  readonly #closing = new AbortController()
  #announced: Leader | undefined
  #isDiscovering = false
  #probedAtMs = Number.NEGATIVE_INFINITY

  constructor(options: ResolvedClientOptions, events: ClientEmitter) {
    this.options = options
    this.clock = options.clock
    this.events = events
    this.view = new ClusterView(options.brokers)
    this.controls = new ConnectionPool((url) =>
      this.connect(url, { maxPipelined: 1, maxResponseBytes: MAX_CONTROL_ANSWER_BYTES }),
    )
  }

  get closed(): boolean {
    return this.#closing.signal.aborted
  }

  /**
   * The leader, as soon as there is one.
   *
   * @throws YakError BROKERS_UNREACHABLE or LEADER_NOT_AVAILABLE after `timeoutMs`; INVALID_RESPONSE at once when every
   * address answers as no YAK broker does, and none ever did otherwise; CLIENT_CLOSED. The signal's reason.
   */
  leader(options: LeaderOptions = {}): Promise<Leader> {
    if (this.closed) return Promise.reject(clientClosed())
    const known = this.view.leader
    if (known !== undefined) return Promise.resolve(known)
    return this.#nextLeader(options)
  }

  /** Calls back with each leader that is found from now on. Returns how to stop. */
  onLeader(listener: (leader: Leader) => void): () => void {
    this.#leaderListeners.add(listener)
    return () => this.#leaderListeners.delete(listener)
  }

  /** A request to this leader failed: nobody uses it until it, or a newer one, answers. */
  suspect(leader: Leader, error: YakError): void {
    if (this.closed || this.view.leader === undefined) return
    this.view.suspect(leader)
    if (this.view.leader !== undefined) return
    this.events.emit('disconnected', { url: leader.url, error })
    if (this.#waiters.size > 0) void this.#discover()
  }

  /**
   * Takes what the refusal of a leader says of who leads. True: this one does not, or is no broker at all (a follower may have a
   * wrong URL for its leader), and nothing more is to be sent to it.
   */
  refused(from: Leader, error: YakError): boolean {
    if (error.code === 'INVALID_RESPONSE') this.suspect(from, error)
    else if (isAboutLeadership(error.code)) this.#redirected(from, error)
    else return false
    return true
  }

  /** Asks all brokers once, in the background: has another taken over from a leader that is silent? */
  probe(): void {
    const nowMs = this.clock.nowMs()
    if (nowMs - this.#probedAtMs < MIN_PROBE_INTERVAL_MS) return
    this.#probedAtMs = nowMs
    for (const url of this.view.candidates) void this.#ask(url)
  }

  /** Whom to ask, the most promising first. */
  candidates(): string[] {
    return this.#reports.inOrder(this.view.candidates, this.view.doubted?.url)
  }

  /**
   * For an answer that does not say of which cluster it is: its broker is asked, unless it has said so before.
   *
   * @throws YakError INVALID_RESPONSE: of another one.
   */
  async assertMember(url: string): Promise<void> {
    if (!this.#reports.has(url)) await this.#ask(url)
    const error = this.#reports.elsewhere(url)
    if (error !== undefined) throw error
  }

  /**
   * Whether no broker that answers knows of a later leader than this one. For what must not be believed from a leader that has
   * been replaced and does not know it.
   */
  async isLatest(leader: Leader, signal: AbortSignal): Promise<boolean> {
    const others = this.view.candidates.filter((url) => url !== leader.url)
    await settledWithin(this.clock, Promise.all(others.map((url) => this.#ask(url))), CONFIRM_MS, signal)
    return this.view.epoch <= leader.epoch
  }

  /** Ended early by `signal`, and by the end of the client. */
  pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    const closing = this.#closing.signal
    return pause(this.clock, delayMs, signal === undefined ? closing : AbortSignal.any([closing, signal]))
  }

  connect(url: string, options: Omit<ConnectionOptions, 'connectTimeoutMs'>): Connection {
    return this.options.transport.connect(url, { ...options, connectTimeoutMs: this.options.connectTimeoutMs })
  }

  /** Takes what a broker says of its cluster, in whatever answer it says it. False: it has missed an election. */
  learn(json: unknown, url: string): boolean {
    const said = clusterAnswerOf(json, url)
    const { clusterId: knownClusterId, named } = this.view
    const acceptance = this.view.accept(said, url)
    if (acceptance === 'other-cluster') {
      throw new YakError(
        'INVALID_RESPONSE',
        `${url} belongs to cluster ${said.clusterId}, and this client talks to ${knownClusterId}. ` +
          'List brokers of one cluster, and make a new client after a cluster was set up anew.',
        { details: { url, clusterId: said.clusterId, expected: knownClusterId } },
      )
    }
    if (acceptance === 'stale') {
      this.events.emit('stale-answer', { url, epoch: said.epoch, highestEpoch: this.view.epoch })
    }
    this.#reports.answered(url, said.epoch, said.leader?.url)
    this.#askNamed(named)
    this.#announce()
    return acceptance === 'accepted'
  }

  close(): void {
    if (this.closed) return
    this.#closing.abort()
    for (const settle of [...this.#waiters]) settle(clientClosed())
    this.controls.close()
    this.#leaderListeners.clear()
  }

  /** A broker that does not lead may say who does. */
  #redirected(from: Leader, error: YakError): void {
    const { leader, epoch } = error.details as { leader?: { url?: unknown } | null; epoch?: unknown }
    this.suspect(from, error)
    const { named } = this.view
    if (typeof leader?.url === 'string' && typeof epoch === 'number') this.view.hint(leader.url, epoch)
    this.#askNamed(named)
  }

  /** Who is named for the leader now, and was not before, is asked at once: nobody uses it until it says so itself. */
  #askNamed(before: string | undefined): void {
    const { named } = this.view
    if (named !== undefined && named !== before && !this.closed) void this.#ask(named)
  }

  #nextLeader({ timeoutMs, signal }: LeaderOptions): Promise<Leader> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const settle = (outcome: Leader | YakError): void => {
        end()
        if (YakError.is(outcome)) reject(outcome)
        else resolve(outcome)
      }
      // Nobody is asked any more on behalf of one who has gone.
      const abort = (): void => {
        end()
        reject(signal!.reason)
      }
      const end = (): void => {
        this.#waiters.delete(settle)
        this.clock.clearTimer(timer)
        signal?.removeEventListener('abort', abort)
      }
      const giveUp = (waitedMs: number): void => {
        const { candidates, epoch } = this.view
        settle(this.#reports.whyNoLeader(candidates, epoch, waitedMs, this.clock.nowMs()))
      }
      const timer = timeoutMs === undefined ? undefined : this.clock.setTimer(() => giveUp(timeoutMs), timeoutMs)
      signal?.addEventListener('abort', abort, { once: true })
      this.#waiters.add(settle)
      void this.#discover()
    })
  }

  async #discover(): Promise<void> {
    if (this.#isDiscovering) return
    this.#isDiscovering = true
    for (let failures = 1; this.#waiters.size > 0 && !this.closed; failures++) {
      const asked = this.candidates()
      await this.#round(asked)
      if (this.view.leader !== undefined) break
      // Where there has been a cluster, something in between answers in its place, and will pass.
      const wrong = this.view.epoch < 0 ? this.#reports.allWrong(asked) : undefined
      if (wrong !== undefined) {
        for (const settle of [...this.#waiters]) settle(wrong)
        break
      }
      await pause(this.clock, this.options.backoff.delayMs(failures), this.#closing.signal)
    }
    this.#isDiscovering = false
    this.#announce()
  }

  /** Asks one after another, until one names a leader or all have answered or had their time. */
  async #round(urls: readonly string[]): Promise<void> {
    const found = new AbortController()
    const stop = this.onLeader(() => found.abort())
    const isOver = (): boolean => found.signal.aborted || this.view.leader !== undefined || this.closed
    const asked = new Set<string>()
    const turn = async (url: string | undefined): Promise<void> => {
      if (url === undefined || asked.has(url) || isOver()) return
      asked.add(url)
      const answered = this.#ask(url)
      // One that still owes an answer may have had its time in an earlier round; when it does answer, whoever waits is told.
      const patienceMs = HEDGE_MS - this.#reports.silentMs(url, this.clock.nowMs())
      if (patienceMs > 0) await settledWithin(this.clock, answered, patienceMs, found.signal)
    }
    await turn(this.view.named)
    for (const url of urls) {
      await turn(url)
      await turn(this.view.named)
      if (isOver()) break
    }
    stop()
  }

  /** Never rejects. One request to a broker at a time: a silent one is not asked again until it times out. */
  #ask(url: string): Promise<void> {
    let asking = this.#asking.get(url)
    if (asking === undefined) {
      this.#reports.asked(url, this.clock.nowMs())
      asking = this.#askNow(url)
        .catch((error: unknown) => this.#reports.failed(url, asYakError(error)))
        .finally(() => this.#asking.delete(url))
      this.#asking.set(url, asking)
    }
    return asking
  }

  async #askNow(url: string): Promise<void> {
    const timeoutMs = Math.min(this.options.requestTimeoutMs, this.options.connectTimeoutMs)
    const connection = this.controls.take(url)
    try {
      const answer = await connection.request({ method: 'GET', path: '/v1/metadata?topics=', timeoutMs })
      if (answer.status !== 200) throw errorOfAnswer(answer, url)
      if (!this.closed) this.learn(jsonOfAnswer(answer, url), url)
    } finally {
      this.controls.give(connection)
    }
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
}

export function clientClosed(): YakError {
  return new YakError('CLIENT_CLOSED', 'The client is closed. Make a new one.')
}
