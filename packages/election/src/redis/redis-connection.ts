import { YakError } from '@yak/protocol'
import type { Redis, RedisOptions } from 'ioredis'
import type { CallOptions } from '../lease-store.ts'
import { type CallKind, StatusBoard } from '../status-board.ts'
import { closedError, noAnswerError } from '../store-errors.ts'
import { type LeaseScriptName, leaseScripts } from './lease-scripts.ts'
import type { RedisSettings } from './redis-options.ts'
import {
  isReadOnlyReply,
  noPushesRemark,
  notRedisProblem,
  type RedisProblemContext,
  replyProblem,
  sentinelProblem,
  systemProblem,
  unreachableProblem,
} from './redis-problem.ts'

/** How often a single server that is a replica is connected to anew; its name may lead to another by then. */
const readOnlyReconnectMs = 10_000

type Scripts = Record<LeaseScriptName, (key: string, channel: string, ...args: (string | number)[]) => Promise<unknown>>

/**
 * One connection to Redis, kept up for ever. ioredis does the wire; what is here decides what a failure means:
 *
 *   not connected               COORDINATOR_UNREACHABLE (or why it cannot be): nothing was sent. There is no offline queue.
 *   an error reply              what Redis says, see redis-problem.ts: nothing was done
 *   no reply in time, or the    COORDINATOR_NO_ANSWER: it may have been done. Nothing is ever sent a second time, because a
 *   connection broke            renewal or a compare-and-set that comes late is another operation
 *
 *   connecting → handshake → ready → (lost) → connecting …        with a bounded, growing, random pause in between
 *
 * Commands and pushed messages share the connection (RESP3), so that a poll that is answered also shows that pushes would
 * arrive. A server without RESP3 is polled only.
 */
export class RedisConnection {
  readonly board: StatusBoard
  readonly #redis: Redis
  readonly #isReply: (error: unknown) => boolean
  readonly #settings: RedisSettings
  readonly #context: RedisProblemContext
  readonly #onReady: () => void
  readonly #channels = new Set<string>()
  readonly #inFlight = new Set<(error: YakError) => void>()
  #stage: 'connecting' | 'handshake' | 'ready' | 'closed' = 'connecting'
  /** Why the present attempt fails, once it is known. */
  #attemptProblem: YakError | undefined
  #cancelWatchdog: () => void = () => {}
  #cancelRevival: () => void = () => {}
  #canPush = false
  /** When it was last heard of, on the monotonic clock. */
  #heardAtMs = 0

  private constructor(
    redis: Redis,
    isReply: (error: unknown) => boolean,
    settings: RedisSettings,
    handlers: { readonly onReady: () => void; readonly onMessage: (channel: string, message: string) => void },
  ) {
    this.board = new StatusBoard('redis', settings.address.text)
    this.#redis = redis
    this.#isReply = isReply
    this.#settings = settings
    this.#context = { address: settings.address.text, setting: settings.setting }
    this.#onReady = handlers.onReady
    redis.on('connect', () => this.#enterHandshake())
    redis.on('ready', () => this.#enterReady())
    redis.on('error', (error: Error) => this.#noteError(error))
    redis.on('close', () => this.#noteClosed())
    redis.on('end', () => this.#revive())
    redis.on('message', handlers.onMessage)
  }

  /** Resolves once the first attempt has ended, well or badly: a Redis that is away is a state, not an error. */
  static async open(
    settings: RedisSettings,
    handlers: { readonly onReady: () => void; readonly onMessage: (channel: string, message: string) => void },
  ): Promise<RedisConnection> {
    // Loaded here, so that a program with the embedded store does not pay for it.
    const ioredis = await import('ioredis')
    const redis = new ioredis.Redis(redisOptions(settings))
    for (const [name, lua] of Object.entries(leaseScripts)) redis.defineCommand(name, { numberOfKeys: 1, lua })
    const isReply = (error: unknown) => error instanceof ioredis.ReplyError
    const connection = new RedisConnection(redis, isReply, settings, handlers)
    await new Promise<void>((resolve) => {
      const settle = () => {
        cancel()
        stop()
        resolve()
      }
      const cancel = settings.ports.schedule(settings.connectTimeoutMs, () => {
        connection.board.disconnected(connection.#notConnected())
        settle()
      })
      const stop = connection.board.onStatus(settle)
      redis.connect().catch(() => {})
    })
    return connection
  }

  async call(
    script: LeaseScriptName,
    keys: { readonly key: string; readonly channel: string },
    args: readonly (string | number)[],
    { signal, timeoutMs = this.#settings.timeoutMs }: CallOptions = {},
  ): Promise<unknown> {
    const kind = kindOf(script)
    signal?.throwIfAborted()
    if (this.#stage === 'closed') throw closedError()
    if (this.#stage !== 'ready') throw this.#notConnected()
    try {
      const reply = await this.#answered((this.#redis as unknown as Scripts)[script](keys.key, keys.channel, ...args), {
        signal,
        timeoutMs,
      })
      if (kind !== undefined) this.board.answered(kind)
      return reply
    } catch (error) {
      if (!this.#isReply(error)) throw error
      const problem = replyProblem(error as Error, this.#context)
      if (kind === undefined) throw problem
      this.board.refused(kind, problem)
      // The connection may be closed for it, to look for the primary: that is no other trouble.
      if (isReadOnlyReply(error as Error)) this.#attemptProblem = problem
      throw problem
    }
  }

  /** From now on, over every connection to come, until `unsubscribe`. */
  subscribe(channel: string): void {
    this.#channels.add(channel)
    if (this.#canPush) void this.#subscribe(channel)
  }

  unsubscribe(channel: string): void {
    this.#channels.delete(channel)
    if (this.#canPush) void this.#send(() => this.#redis.unsubscribe(channel))
  }

  close(): void {
    if (this.#stage === 'closed') return
    this.#stage = 'closed'
    this.#cancelWatchdog()
    this.#cancelRevival()
    for (const fail of [...this.#inFlight]) fail(noAnswerError(this.#context.address, 'the store was closed meanwhile'))
    this.#redis.disconnect()
    this.board.disconnected(undefined)
  }

  /** The reply, or the error reply, or COORDINATOR_NO_ANSWER. */
  #answered(
    command: Promise<unknown>,
    { signal, timeoutMs }: { readonly signal: AbortSignal | undefined; readonly timeoutMs: number },
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        cancelTimeout()
        signal?.removeEventListener('abort', abort)
        this.#inFlight.delete(fail)
        act()
      }
      const fail = (error: YakError) => settle(() => reject(error))
      const abort = () => settle(() => reject(signal?.reason))
      const cancelTimeout = this.#settings.ports.schedule(timeoutMs, () => {
        const { address, setting } = this.#context
        const error = noAnswerError(address, `did not answer within ${timeoutMs} ms`, {
          advice: `Should it last, see that it is not overloaded, stopped or blocked, or correct ${setting}.`,
        })
        fail(error)
        this.#noteSilence(error)
      })
      this.#inFlight.add(fail)
      signal?.addEventListener('abort', abort)
      command.then(
        (reply) => {
          this.#noteHeard()
          settle(() => resolve(reply))
        },
        (error) => {
          if (!this.#isReply(error)) {
            fail(noAnswerError(this.#context.address, 'the connection broke before the answer', { cause: error }))
            return
          }
          this.#noteHeard()
          settle(() => reject(error))
        },
      )
    })
  }

  #enterHandshake(): void {
    if (this.#stage === 'closed') return
    this.#stage = 'handshake'
    this.#attemptProblem = undefined
    const { ports, connectTimeoutMs } = this.#settings
    this.#cancelWatchdog = ports.schedule(connectTimeoutMs, () => {
      this.#attemptProblem ??= this.#tooSlowProblem()
      this.#reconnect()
    })
  }

  #enterReady(): void {
    this.#cancelWatchdog()
    if (this.#stage === 'closed') return
    // ioredis goes on after a failed SELECT: it would write to another database than it was told to.
    if (this.#attemptProblem !== undefined) {
      this.#reconnect()
      return
    }
    this.#stage = 'ready'
    this.#heardAtMs = this.#settings.ports.monotonicMs()
    this.board.connected()
    void this.#startPushes().finally(() => {
      if (this.#stage === 'ready') this.#onReady()
    })
  }

  async #startPushes(): Promise<void> {
    // HELLO without arguments changes nothing and names the protocol in use.
    const hello = await this.#send(() => this.#redis.call('HELLO'))
    const protocol = Array.isArray(hello) ? hello[hello.indexOf('proto') + 1] : undefined
    this.#canPush = protocol === 3
    if (this.#canPush && this.#channels.size > 0) await this.#subscribe(...this.#channels)
  }

  /** Where Redis does not let this user, it is told: everything works, and changes are seen later. */
  async #subscribe(...channels: readonly string[]): Promise<void> {
    await this.#send(async () => {
      try {
        await this.#redis.subscribe(...channels)
        this.board.noted(undefined)
      } catch (error) {
        if (this.#isReply(error)) this.board.noted(noPushesRemark(error as Error, this.#settings.pollMs, this.#context))
      }
    })
  }

  /** For what may fail without harm, because polling stands behind it. */
  async #send(command: () => Promise<unknown>): Promise<unknown> {
    if (this.#stage !== 'ready') return undefined
    try {
      return await command()
    } catch {
      return undefined
    }
  }

  #noteError(error: Error): void {
    if (this.#stage === 'closed') return
    this.#attemptProblem = this.#problemOf(error)
    if (this.#stage !== 'ready') this.board.disconnected(this.#attemptProblem)
  }

  #problemOf(error: Error): YakError {
    if (this.#isReply(error)) return replyProblem(error, this.#context)
    if (hasCode(error)) {
      const wasCutOff = error.code === 'EPIPE' || error.code === 'ECONNRESET'
      if (this.#stage === 'handshake' && wasCutOff) return this.#cutOffProblem(error)
      return systemProblem(error, this.#context)
    }
    // Neither Redis nor the system said it: ioredis could not read what came, or no Sentinel could name a primary.
    if (this.#stage === 'handshake') return notRedisProblem(error, this.#context)
    const { primaryName } = this.#settings.address
    if (primaryName !== undefined && error.message.startsWith('All sentinels are unreachable')) {
      return sentinelProblem(error, primaryName, this.#context)
    }
    return unreachableProblem(`cannot be reached (${error.message.replace(/\.$/, '')})`, this.#context, error)
  }

  #noteClosed(): void {
    this.#cancelWatchdog()
    if (this.#stage === 'closed') return
    const wasHandshake = this.#stage === 'handshake'
    this.#stage = 'connecting'
    this.#canPush = false
    this.#attemptProblem ??= wasHandshake
      ? this.#cutOffProblem(undefined)
      : unreachableProblem('closed the connection', this.#context)
    this.board.disconnected(this.#attemptProblem)
    this.#attemptProblem = undefined
  }

  #tooSlowProblem(): YakError {
    const within = `within ${this.#settings.connectTimeoutMs} ms`
    if (this.#stage === 'handshake') {
      return unreachableProblem(`accepts connections and does not answer ${within}`, this.#context)
    }
    const hint = this.#settings.address.usesTls ? ' (does it speak TLS there?)' : ''
    return unreachableProblem(`gave no connection ${within}${hint}`, this.#context)
  }

  #cutOffProblem(cause: unknown): YakError {
    return unreachableProblem(
      'closes the connection before it answers (does it ask for TLS? has it reached its maxclients?)',
      this.#context,
      cause,
    )
  }

  /** An answer, even one that comes too late for its caller, shows that the server is there. */
  #noteHeard(): void {
    if (this.#stage !== 'ready') return
    this.#heardAtMs = this.#settings.ports.monotonicMs()
    this.board.connected()
  }

  /** Several waits without a single answer: the connection may be dead at the other end, and a new one alive. */
  #noteSilence(error: YakError): void {
    if (this.#stage !== 'ready') return
    this.board.disconnected(error)
    const { ports, timeoutMs } = this.#settings
    if (ports.monotonicMs() - this.#heardAtMs >= 3 * timeoutMs) this.#reconnect()
  }

  #reconnect(): void {
    this.#redis.disconnect(true)
  }

  /** ioredis has given up, which it does only in corners of the Sentinel search: begin again. */
  #revive(): void {
    if (this.#stage === 'closed') return
    const { ports, maxReconnectDelayMs } = this.#settings
    this.#cancelRevival = ports.schedule(maxReconnectDelayMs, () => {
      if (this.#stage !== 'closed') this.#redis.connect().catch(() => {})
    })
  }

  #notConnected(): YakError {
    const { problem } = this.board.status
    if (problem === undefined) return this.#tooSlowProblem()
    return new YakError(problem.code, problem.message, { details: problem.details, cause: problem.cause })
  }
}

/** Undefined: whatever comes of it says nothing about the lease. */
function kindOf(script: LeaseScriptName): CallKind | undefined {
  if (script === 'yakCoordinatorId') return undefined
  return script === 'yakLeaseRead' ? 'look' : 'change'
}

function hasCode(error: Error): error is Error & { code: string } {
  return 'code' in error && typeof error.code === 'string'
}

function redisOptions(settings: RedisSettings): Omit<RedisOptions, 'replyMapping'> {
  const { address, connectTimeoutMs, maxReconnectDelayMs, ports } = settings
  const [first] = address.endpoints
  const delayMs = (attempt: number) =>
    Math.min(50 * 2 ** Math.min(attempt - 1, 10), maxReconnectDelayMs) * (0.5 + ports.random() / 2)
  const isSentinel = address.primaryName !== undefined
  let lastReadOnlyMs = Number.NEGATIVE_INFINITY
  return {
    ...(isSentinel
      ? {
          sentinels: [...address.endpoints],
          name: address.primaryName,
          sentinelUsername: settings.sentinelUsername,
          sentinelPassword: settings.sentinelPassword,
          sentinelRetryStrategy: delayMs,
          sentinelCommandTimeout: connectTimeoutMs,
          enableTLSForSentinelMode: address.usesTls,
          sentinelTLS: settings.tls,
        }
      : first),
    username: address.username,
    password: address.password,
    db: address.db,
    tls: settings.tls,
    connectionName: 'yak-election',
    disableClientInfo: true,
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    disconnectTimeout: 200,
    keepAlive: 5_000,
    retryStrategy: delayMs,
    // Nothing waits for a connection, nothing is sent twice: see above. With 0, what was under way is rejected as soon as the
    // connection closes; without it, ioredis 6.0 leaves it pending for ever.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    // A Sentinel may name a primary that has just been made a replica; its INFO tells. A single server needs no such look, and
    // its LOADING is answered to each command.
    enableReadyCheck: isSentinel,
    reconnectOnError: (error) => {
      if (!isReadOnlyReply(error)) return false
      const nowMs = ports.monotonicMs()
      if (!isSentinel && nowMs - lastReadOnlyMs < readOnlyReconnectMs) return false
      lastReadOnlyMs = nowMs
      return true
    },
  }
}
