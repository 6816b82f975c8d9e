import { afterEach, describe, expect, test } from 'vitest'
import { RedisLeaseStore } from '../../src/redis/redis-lease-store.ts'
import { freePort } from '../../src/testing/free-port.ts'
import {
  isRedisServerInstalled,
  type RedisServerOptions,
  RedisServerProcess,
} from '../../src/testing/redis-server-process.ts'
import { untilStatus } from '../until-status.ts'

const a = { id: 'a', incarnation: '1', ownerIndex: 1 }
const ttlMs = 60_000
const cleanups: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

async function start(options?: RedisServerOptions): Promise<RedisServerProcess> {
  const server = await RedisServerProcess.start(options)
  cleanups.push(() => server.stop())
  return server
}

/** What INFO says of a field. */
async function info(server: RedisServerProcess, field: string): Promise<string | undefined> {
  return new RegExp(`^${field}:(.*)\r$`, 'm').exec(String(await server.command('INFO')))?.[1]
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(setImmediate)
}

describe.skipIf(!isRedisServerInstalled())('Redis behind Sentinels', () => {
  test('by URL: the primary is found, and found again when another is made primary', async () => {
    const primary = await start()
    const replica = await start({
      args: ['--replicaof', '127.0.0.1', String(primary.port), '--repl-diskless-sync-delay', '0'],
    })
    await until(async () => (await info(replica, 'master_link_status')) === 'up')
    const sentinel = await start({ sentinelOf: { name: 'mymaster', port: primary.port } })
    await until(async () => (await info(sentinel, 'master0'))?.includes('slaves=1') ?? false)
    const dead = await freePort()
    const url = `redis+sentinel://127.0.0.1:${dead},127.0.0.1:${sentinel.port}/mymaster`
    const store = await RedisLeaseStore.open({ url, maxReconnectDelayMs: 100 })
    cleanups.push(() => store.close())
    await untilStatus(store, ({ isConnected }) => isConnected)
    expect(store.status.address).toBe(`${url}/0`)
    expect((await store.acquire({ group: 'g', candidate: a, ttlMs })).acquired).toBe(true)
    expect(await primary.command('EXISTS', 'yak:lease:g')).toBe(1)

    await until(async () => (await replica.command('EXISTS', 'yak:lease:g')) === 1)
    await primary.kill()
    await untilStatus(store, ({ isConnected }) => !isConnected)
    await untilStatus(store, ({ isConnected }) => isConnected)
    const renewal = await store.renew({ group: 'g', candidate: a, epoch: 1, ttlMs })
    expect(renewal.renewed).toBe(true)
    expect(await info(replica, 'role')).toBe('master')
  })

  test('by options; nobody knows the name', async () => {
    const primary = await start()
    const sentinel = await start({ sentinelOf: { name: 'mymaster', port: primary.port } })
    const sentinels = [{ host: '127.0.0.1', port: sentinel.port }]
    const store = await RedisLeaseStore.open({ sentinels, sentinelName: 'mymaster' })
    cleanups.push(() => store.close())
    await untilStatus(store, ({ isConnected }) => isConnected)
    expect((await store.read('g')).record.epoch).toBe(0)
    const lost = await RedisLeaseStore.open({ sentinels, sentinelName: 'other', setting: '--coordinator' })
    cleanups.push(() => lost.close())
    const { problem } = await untilStatus(lost, ({ problem }) => problem !== undefined)
    expect(problem?.code).toBe('COORDINATOR_UNREACHABLE')
    expect(problem?.message).toMatch(
      /knows a primary called other\. Correct the name, the last part of --coordinator\.$/,
    )
  })

  test('that ask for a password of their own, another than the one of Redis', async () => {
    const primary = await start({ args: ['--requirepass', 'for redis'], password: 'for redis' })
    const sentinel = await start({
      args: ['--requirepass', 'for:sentinel'],
      password: 'for:sentinel',
      sentinelOf: { name: 'mymaster', port: primary.port, password: 'for redis' },
    })
    const at = `redis+sentinel://:for%20redis@127.0.0.1:${sentinel.port}/mymaster`
    const opened = async (url: string): Promise<RedisLeaseStore> => {
      const store = await RedisLeaseStore.open({ url, setting: '--coordinator', maxReconnectDelayMs: 50 })
      cleanups.push(() => store.close())
      return store
    }
    const store = await opened(`${at}?sentinel-password=for%3Asentinel`)
    await untilStatus(store, ({ isConnected }) => isConnected)
    expect((await store.read('g')).record.epoch).toBe(0)
    expect(store.status.address).not.toContain('for')

    const refused = async (url: string): Promise<string | undefined> => {
      const { problem } = await untilStatus(await opened(url), (status) => status.problem !== undefined)
      expect(problem?.code).toBe('COORDINATOR_ACCESS_DENIED')
      expect(problem?.message).not.toContain('secret')
      return problem?.message
    }
    expect(await refused(at)).toMatch(
      /^The Sentinels of redis.sentinel:.*mymaster\/0 refuse: NOAUTH .*and --coordinator has none: .*\?sentinel-password=PASSWORD\.$/,
    )
    expect(await refused(`${at}?sentinel-password=secret`)).toMatch(
      /^The Sentinels of .* refuse: WRONGPASS .*\. Correct sentinel-password in --coordinator, and sentinel-user if they have users\.$/,
    )
    expect(await refused(`${at.replace('for%20redis', 'secret')}?sentinel-password=for%3Asentinel`)).toMatch(
      /^Redis at .* refuses: WRONGPASS .*\. Correct the user or the password in --coordinator\.$/,
    )

    const rules = ['on', '>secret', '+auth', '+hello', '+client', '+ping']
    await sentinel.command('ACL', 'SETUSER', 'broker', ...rules)
    const asUser = `${at}?sentinel-user=broker&sentinel-password=secret`
    expect(await refused(asUser)).toMatch(/refuse: NOPERM .* Give the sentinel-user of --coordinator what it needs/)
    await sentinel.command(
      'ACL',
      'SETUSER',
      'broker',
      '+@connection',
      '+sentinel|get-master-addr-by-name',
      '+sentinel|sentinels',
    )
    await untilStatus(await opened(asUser), ({ isConnected }) => isConnected)
  })

  test('all Sentinels gone: it says so, and goes on looking', async () => {
    const port = await freePort()
    const store = await RedisLeaseStore.open({
      url: `redis+sentinel://127.0.0.1:${port}/mymaster`,
      maxReconnectDelayMs: 50,
    })
    cleanups.push(() => store.close())
    const { problem } = await untilStatus(store, ({ problem }) => problem !== undefined)
    expect(problem?.message).toMatch(/no Sentinel could be asked \(.+\)\. Check that they run, and the Redis URL\.$/)
    // The same words at each attempt, or it would be news each time.
    expect(problem?.message).not.toMatch(/Retrying|\d ?ms/)
    const primary = await start()
    await start({ port, sentinelOf: { name: 'mymaster', port: primary.port } })
    await untilStatus(store, ({ isConnected }) => isConnected)
  })
})
