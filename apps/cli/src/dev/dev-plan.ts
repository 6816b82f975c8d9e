import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { UsageError } from '../arguments/usage-error.ts'

/** What `yak dev` was asked for. */
export interface DevSettings {
  /** How many. */
  readonly brokers: number
  /** A Redis for the lease; none: a SQLite file in `dataDir`. */
  readonly redis: string | undefined
  readonly dataDir: string
  /** Of the first broker; the others follow. */
  readonly port: number
  readonly minInsync: number | undefined
  readonly leaseMs: number | undefined
  /** Brokers may be hurt from the console, and one that is killed there comes back. */
  readonly chaos: boolean
}

/** One broker to run: who it is and the flags of its `yak broker`. */
export interface BrokerPlan {
  readonly id: string
  readonly port: number
  readonly url: string
  readonly flags: readonly string[]
}

const maxPort = 65_535

/** The brokers of a local cluster. Throws `UsageError` for settings that cannot be true together. */
export function planBrokers(settings: DevSettings): BrokerPlan[] {
  const { brokers: count, port: firstPort, minInsync, redis, dataDir } = settings
  if (firstPort + count - 1 > maxPort) {
    throw new UsageError(
      `--port ${firstPort} leaves no room for ${count} brokers below port ${maxPort}. Give a lower one.`,
    )
  }
  if (minInsync !== undefined && minInsync > count) {
    throw new UsageError(`--min-insync is ${minInsync}, more than the ${count} brokers. Give at most ${count}.`)
  }
  const addresses = Array.from({ length: count }, (_, index) => ({
    id: String(index + 1),
    port: firstPort + index,
    url: `http://127.0.0.1:${firstPort + index}`,
  }))
  if (redis !== undefined && !/^rediss?(\+sentinel)?:\/\/./.test(redis)) {
    throw new UsageError(`--redis is "${redis}". Give redis://HOST:PORT, rediss://… or redis+sentinel://….`)
  }
  if (redis !== undefined && count === 1) {
    throw new UsageError('--redis decides which of several brokers leads, and --brokers is 1. Leave one of them out.')
  }
  const peers = addresses.map(({ id, url }) => `${id}=${url}`).join(',')
  const coordinator = redis ?? `sqlite:${join(dataDir, 'coordinator.sqlite')}`
  return addresses.map((address, index) => ({
    ...address,
    flags: [
      ...['--id', address.id, '--port', String(address.port), '--data-dir', join(dataDir, `broker-${address.id}`)],
      // A broker alone needs nobody to decide who leads.
      ...(count === 1
        ? []
        : ['--peers', peers, '--coordinator', coordinator, '--role', index === 0 ? 'leader' : 'follower']),
      ...(settings.chaos ? ['--chaos', 'true'] : []),
      // In a Redis that others use as well, each data folder's cluster has its own record.
      ...(redis === undefined ? [] : ['--group', groupOf(dataDir)]),
      ...(count === 1 || minInsync === undefined ? [] : ['--min-insync', String(minInsync)]),
      ...(count === 1 || settings.leaseMs === undefined ? [] : ['--lease-ms', String(settings.leaseMs)]),
    ],
  }))
}

/** What a broker says of the flags it was given, told of those that `yak dev` was given. */
export function inFlagsOfDev(text: string, { redis }: Pick<DevSettings, 'redis'>): string {
  return text.replaceAll('--coordinator', redis === undefined ? '--data-dir' : '--redis')
}

function groupOf(dataDir: string): string {
  return `yak-dev-${createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 12)}`
}

/** Variables that say what `planBrokers` says by flags, or what a broker of a cluster on this machine must not differ in. */
const decidedHere = [
  'ID',
  'PORT',
  'HOST',
  'DATA_DIR',
  'PEERS',
  'COORDINATOR',
  'GROUP',
  'ROLE',
  'MIN_INSYNC',
  'LEASE_MS',
  'CHAOS',
  'ADVERTISE',
]

/** The environment of a broker: any other setting of the user's, as YAK_LOG_LEVEL, goes through. */
export function brokerEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const kept = { ...environment }
  for (const name of decidedHere) delete kept[`YAK_${name}`]
  return kept
}
