import { createTransport } from '#transport'
import { Backoff } from './backoff.ts'
import { type Clock, systemClock } from './clock.ts'
import { normalizedUrl } from './cluster/cluster-view.ts'
import { assertKnownFields, boundedNumber } from './option-checks.ts'
import type { Transport } from './transport/transport.ts'

/** Where the cluster is, and how patient the client is with it. */
export interface YakClientOptions {
  /** Addresses of brokers, `http://host:port`. One that answers is enough; the others are found through it. */
  readonly brokers: readonly string[]
  /**
   * How long one request may take on the wire, in milliseconds: what a dead connection that nobody closed is noticed by.
   * A long-poll gets this in addition to its own wait. Default 10,000.
   */
  readonly requestTimeoutMs?: number
  /** How long opening a connection may take, in milliseconds. Default 3,000. */
  readonly connectTimeoutMs?: number
  /** The first bound of the wait between two attempts, in milliseconds; it doubles up to the next. Default 20. */
  readonly retryBackoffMs?: number
  /** The last bound, in milliseconds. The wait is a random part of the bound (full jitter). Default 500. */
  readonly retryBackoffMaxMs?: number
  /** What to speak HTTP with. Default: undici in Node, fetch in a browser. */
  readonly transport?: Transport
  /** Random numbers in [0, 1), for jitter and for the choice of partitions. Default Math.random. */
  readonly random?: () => number
  /** What time is counted by, and the timestamps of records. Default: the machine's; `ManualClock` of `@yak/client/testing` for tests. */
  readonly clock?: Clock
}

export interface ResolvedClientOptions {
  readonly brokers: readonly string[]
  readonly requestTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly backoff: Backoff
  readonly transport: Transport
  readonly random: () => number
  readonly clock: Clock
}

export function resolveClientOptions(options: YakClientOptions): ResolvedClientOptions {
  assertKnownFields('YakClient', options, [
    'brokers',
    'requestTimeoutMs',
    'connectTimeoutMs',
    'retryBackoffMs',
    'retryBackoffMaxMs',
    'transport',
    'random',
    'clock',
  ])
  const minMs = boundedNumber('retryBackoffMs', options.retryBackoffMs, 20, 1, 60_000)
  const maxMs = boundedNumber('retryBackoffMaxMs', options.retryBackoffMaxMs, Math.max(500, minMs), minMs, 60_000)
  const random = options.random ?? Math.random
  return {
    brokers: addressesOf(options.brokers),
    requestTimeoutMs: boundedNumber('requestTimeoutMs', options.requestTimeoutMs, 10_000, 10, 120_000),
    connectTimeoutMs: boundedNumber('connectTimeoutMs', options.connectTimeoutMs, 3_000, 10, 120_000),
    backoff: new Backoff({ minMs, maxMs, random }),
    transport: options.transport ?? createTransport(),
    random,
    clock: options.clock ?? systemClock,
  }
}

function addressesOf(brokers: readonly string[]): readonly string[] {
  if (!Array.isArray(brokers) || brokers.length === 0) {
    throw new TypeError("`brokers` is a list of addresses: ['http://127.0.0.1:5001'].")
  }
  return [...new Set(brokers.map(addressOf))]
}

function addressOf(broker: unknown): string {
  if (typeof broker !== 'string' || !/^https?:\/\//.test(broker) || !URL.canParse(broker)) {
    throw new TypeError(`A broker's address is written http://host:port, not ${JSON.stringify(broker)}.`)
  }
  const { origin, pathname, search, hash, username, password } = new URL(broker)
  if (username !== '' || password !== '') {
    // Not shown: it may be the real one.
    throw new TypeError(`A broker's address has no user and no password: ${origin}.`)
  }
  if (pathname !== '/' || search !== '' || hash !== '') {
    throw new TypeError(`A broker's address ends after its port: ${origin}, not ${JSON.stringify(broker)}.`)
  }
  return normalizedUrl(origin)
}
