import type { LeaseStore } from './lease-store.ts'
import { isRedisUrl } from './redis/redis-address.ts'
import { RedisLeaseStore } from './redis/redis-lease-store.ts'
import type { RedisLeaseStoreOptions } from './redis/redis-options.ts'
import { SqliteLeaseStore, type SqliteLeaseStoreOptions } from './sqlite/sqlite-lease-store.ts'

/** What both stores understand. */
export type OpenLeaseStoreOptions = Pick<
  RedisLeaseStoreOptions & SqliteLeaseStoreOptions,
  'timeoutMs' | 'pollMs' | 'setting' | 'ports'
>

/**
 * Opens the store that a URL names: `redis://…`, `rediss://…`, `redis+sentinel://…` (see RedisLeaseStoreOptions), or
 * `sqlite:FILE`. Throws a TypeError for any other.
 */
export async function openLeaseStore(url: string, options: OpenLeaseStoreOptions = {}): Promise<LeaseStore> {
  if (isRedisUrl(url)) return RedisLeaseStore.open({ ...options, url })
  if (url.startsWith('sqlite:')) return SqliteLeaseStore.open({ ...options, path: url.slice('sqlite:'.length) })
  const setting = options.setting ?? 'The coordinator'
  const scheme = /^[a-z0-9+.-]*:/i.exec(url)?.[0] ?? ''
  throw new TypeError(
    `${setting} must be redis://HOST:PORT, rediss://…, redis+sentinel://… or sqlite:FILE; it begins with "${scheme}"`,
  )
}
