import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RedisLeaseStore } from '../../src/redis/redis-lease-store.ts'
import { isRedisServerInstalled, RedisServerProcess } from '../../src/testing/redis-server-process.ts'

describe.skipIf(!isRedisServerInstalled())('what a Redis is called', () => {
  let server: RedisServerProcess
  beforeAll(async () => {
    server = await RedisServerProcess.start()
  })
  afterAll(() => server.stop())

  test('however it is spelled; another database is another coordinator', async () => {
    await using one = await RedisLeaseStore.open({ url: server.url })
    await using other = await RedisLeaseStore.open({ url: server.url.replace('127.0.0.1', 'localhost') })
    await using elsewhere = await RedisLeaseStore.open({ url: `${server.url}/1` })
    const id = await one.identify()
    expect(id).toMatch(/^[0-9a-f]{32}$/)
    expect(await other.identify()).toBe(id)
    expect(await elsewhere.identify()).not.toBe(id)
  })

  test('otherwise, once it has forgotten everything', async () => {
    await using one = await RedisLeaseStore.open({ url: server.url })
    await using other = await RedisLeaseStore.open({ url: server.url })
    const id = await one.identify()
    await server.command('FLUSHALL')
    const [first, second] = await Promise.all([one.identify(), other.identify()])
    expect(first).not.toBe(id)
    expect(second).toBe(first)
  })

  test('with the permissions that the README asks for', async () => {
    const rules = ['~yak:*', '&yak:*', '+@connection', '+@scripting', '+@hash', '+@pubsub', '+time']
    await server.command('ACL', 'SETUSER', 'broker', 'on', '>pw', ...rules)
    await using store = await RedisLeaseStore.open({ url: server.url, username: 'broker', password: 'pw' })
    await server.command('DEL', 'yak:coordinator')
    expect(await store.identify()).toMatch(/^[0-9a-f]{32}$/)
  })

  test('a replica that has no id is left as it is, over the same connection', async () => {
    await using replica = await RedisServerProcess.start({ args: ['--replicaof', '127.0.0.1', '1'] })
    await using store = await RedisLeaseStore.open({ url: replica.url })
    const seen: boolean[] = []
    store.onStatus(({ isConnected }) => seen.push(isConnected))
    for (let time = 0; time < 2; time++) {
      await expect(store.identify()).rejects.toMatchObject({ code: 'COORDINATOR_READ_ONLY' })
      expect((await store.read('g')).record.epoch).toBe(0)
    }
    expect(seen).toEqual([])
    expect(store.status.problem).toBeUndefined()
  })

  test('a refusal is no trouble of the lease, and no trouble of the lease is over by an answer', async () => {
    await using store = await RedisLeaseStore.open({ url: server.url })
    await store.identify()
    await server.command('CONFIG', 'SET', 'maxmemory', '1')
    try {
      const candidate = { id: 'a', incarnation: '1' }
      await expect(store.acquire({ group: 'g', candidate, ttlMs: 1_000 })).rejects.toMatchObject({
        code: 'COORDINATOR_FULL',
      })
      expect(await store.identify()).toMatch(/^[0-9a-f]{32}$/)
      expect(store.status.problem?.code).toBe('COORDINATOR_FULL')
    } finally {
      await server.command('CONFIG', 'SET', 'maxmemory', '0')
    }
    await store.release({ group: 'g', candidate: { id: 'a', incarnation: '1' }, epoch: 1 })
    await server.command('DEL', 'yak:coordinator')
    await server.command('SET', 'yak:coordinator', 'something else')
    await expect(store.identify()).rejects.toMatchObject({ code: 'COORDINATOR_INVALID' })
    expect(store.status.problem).toBeUndefined()
    await server.command('DEL', 'yak:coordinator')
  })
})
