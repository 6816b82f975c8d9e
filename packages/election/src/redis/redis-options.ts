import type { ConnectionOptions } from 'node:tls'
import type { ElectionPorts } from '../election-ports.ts'
import { assertInteger } from '../lease-arguments.ts'
import { systemPorts } from '../system-ports.ts'
import { parseRedisUrl, type RedisAddress, type RedisEndpoint } from './redis-address.ts'

/** Where Redis is, how to sign in, and how long to wait for it. */
export interface RedisLeaseStoreOptions {
  /**
   * `redis://[user:password@]host[:port][/db]`, `rediss://…` for TLS, or with Sentinels
   * `redis+sentinel://[user:password@]host[:port],host[:port]/primary-name[/db][?sentinel-user=…&sentinel-password=…]`. Default `redis://127.0.0.1:6379`.
   */
  readonly url?: string
  /** An ACL user; instead of the one in the URL. */
  readonly username?: string
  /** Instead of the one in the URL, so that it need not stand there. */
  readonly password?: string
  /** For `rediss://` and `rediss+sentinel://`: `ca`, `cert`, `key`, `servername` and the like. */
  readonly tls?: ConnectionOptions
  /** Sentinels, instead of those in the URL; `sentinelName` must be there then. */
  readonly sentinels?: readonly RedisEndpoint[]
  /** The name the Sentinels know the primary by. */
  readonly sentinelName?: string
  /** For Sentinels that ask for a password of their own; instead of those in the URL. */
  readonly sentinelUsername?: string
  /** Of `sentinelUsername`, or by itself. */
  readonly sentinelPassword?: string
  /** Before every key and channel. Default `yak:`. */
  readonly prefix?: string
  /** Longest wait for an answer in milliseconds; after it the outcome is unknown. Default 1000. */
  readonly timeoutMs?: number
  /** Longest wait for a connection that can be used, in milliseconds. Default 2000. */
  readonly connectTimeoutMs?: number
  /** Longest pause between two attempts to connect, in milliseconds; the first is 50 ms. Default 1000. */
  readonly maxReconnectDelayMs?: number
  /** How often to look at an observed record when nothing was pushed, in milliseconds. Default 500. */
  readonly pollMs?: number
  /** What the user of your program calls the URL, for messages: a flag, a variable. Default `the Redis URL`. */
  readonly setting?: string
  /** Time and chance. Default: the machine's. */
  readonly ports?: ElectionPorts
}

export interface RedisSettings {
  readonly address: RedisAddress
  readonly tls: ConnectionOptions | undefined
  readonly sentinelUsername: string | undefined
  readonly sentinelPassword: string | undefined
  readonly prefix: string
  readonly timeoutMs: number
  readonly connectTimeoutMs: number
  readonly maxReconnectDelayMs: number
  readonly pollMs: number
  readonly setting: string
  readonly ports: ElectionPorts
}

export function resolveRedisOptions(options: RedisLeaseStoreOptions): RedisSettings {
  const address = withOptions(parseRedisUrl(options.url ?? 'redis://127.0.0.1:6379', options.setting), options)
  if (options.tls !== undefined && !address.usesTls) {
    throw new TypeError(
      'tls is given and the URL does not ask for TLS: it must begin with rediss:// or rediss+sentinel://',
    )
  }
  const { timeoutMs = 1000, connectTimeoutMs = 2000, maxReconnectDelayMs = 1000, pollMs = 500 } = options
  for (const [name, value] of Object.entries({ timeoutMs, connectTimeoutMs, maxReconnectDelayMs, pollMs })) {
    assertInteger(name, value, 1)
  }
  return {
    address,
    tls: address.usesTls ? (options.tls ?? {}) : undefined,
    sentinelUsername: options.sentinelUsername ?? address.sentinelUsername,
    sentinelPassword: options.sentinelPassword ?? address.sentinelPassword,
    prefix: options.prefix ?? 'yak:',
    timeoutMs,
    connectTimeoutMs,
    maxReconnectDelayMs,
    pollMs,
    setting: options.setting ?? 'the Redis URL',
    ports: options.ports ?? systemPorts,
  }
}

function withOptions(address: RedisAddress, options: RedisLeaseStoreOptions): RedisAddress {
  const username = options.username ?? address.username
  const password = options.password ?? address.password
  if (username !== undefined && password === undefined) throw new TypeError('username is given without a password')
  const { sentinels, sentinelName } = options
  if (sentinels === undefined) {
    if (sentinelName !== undefined && address.primaryName === undefined) {
      throw new TypeError('sentinelName is given, and no Sentinels: name them in sentinels or in the URL')
    }
    return { ...address, username, password, primaryName: sentinelName ?? address.primaryName }
  }
  const primaryName = sentinelName ?? address.primaryName
  if (sentinels.length === 0 || primaryName === undefined) {
    throw new TypeError('sentinels needs at least one Sentinel, and sentinelName the name they know the primary by')
  }
  const hosts = sentinels.map(({ host, port }) => `${host}:${port}`).join(',')
  const scheme = address.usesTls ? 'rediss' : 'redis'
  const text = `${scheme}+sentinel://${hosts}/${primaryName}/${address.db}`
  return { ...address, username, password, endpoints: sentinels, primaryName, text }
}
