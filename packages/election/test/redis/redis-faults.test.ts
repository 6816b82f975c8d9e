import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { YakError } from '@yak/protocol'
import { afterEach, describe, expect, test } from 'vitest'
import { RedisLeaseStore } from '../../src/redis/redis-lease-store.ts'
import type { RedisLeaseStoreOptions } from '../../src/redis/redis-options.ts'
import { freePort } from '../../src/testing/free-port.ts'
import { ObservationLog } from '../../src/testing/observation-log.ts'
import {
  isRedisServerInstalled,
  type RedisServerOptions,
  RedisServerProcess,
} from '../../src/testing/redis-server-process.ts'
import { untilStatus } from '../until-status.ts'
import { TcpProxy } from './tcp-proxy.ts'

const group = 'faults'
const a = { id: 'a', incarnation: '1', ownerIndex: 1 }
const ttlMs = 60_000
const cleanups: (() => Promise<unknown> | unknown)[] = []

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

async function startRedis(options?: RedisServerOptions): Promise<RedisServerProcess> {
  const server = await RedisServerProcess.start(options)
  cleanups.push(() => server.stop())
  return server
}

async function openStore(options: RedisLeaseStoreOptions): Promise<RedisLeaseStore> {
  const store = await RedisLeaseStore.open({ setting: '--coordinator', maxReconnectDelayMs: 100, ...options })
  cleanups.push(() => store.close())
  return store
}

async function listen<S extends Server>(server: S): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as { port: number }).port
}

async function errorOf(call: Promise<unknown>): Promise<YakError> {
  const error = await call.then(
    () => undefined,
    (reason) => reason,
  )
  expect(error).toBeInstanceOf(YakError)
  return error as YakError
}

const acquire = (store: RedisLeaseStore) => store.acquire({ group, candidate: a, ttlMs })

describe.skipIf(!isRedisServerInstalled())('a Redis that', () => {
  test('is not there: a state and an error at once, then it comes', async () => {
    const port = await freePort()
    const store = await openStore({ url: `redis://127.0.0.1:${port}` })
    expect(store.status).toMatchObject({ type: 'redis', address: `redis://127.0.0.1:${port}/0`, isConnected: false })
    const error = await errorOf(acquire(store))
    expect(error.code).toBe('COORDINATOR_UNREACHABLE')
    expect(error.outcome).toBe('not-written')
    expect(error.retriable).toBe(true)
    expect(error.message).toBe(
      `Redis at redis://127.0.0.1:${port}/0 cannot be reached (ECONNREFUSED). Nothing listens there: start it, or correct --coordinator.`,
    )
    await startRedis({ port })
    await untilStatus(store, ({ isConnected }) => isConnected)
    expect(store.status.problem).toBeUndefined()
    expect((await acquire(store)).acquired).toBe(true)
  })

  test('has a name nobody knows', async () => {
    const store = await openStore({ url: 'redis://no-such-host.invalid:6379' })
    const error = await errorOf(acquire(store))
    expect(error.code).toBe('COORDINATOR_UNREACHABLE')
    expect(error.message).toMatch(
      /\((ENOTFOUND|EAI_AGAIN)\)\. The name is not known: correct the host in --coordinator/,
    )
  })

  test('is killed and comes back empty', async () => {
    const server = await startRedis()
    // Never polled: what is observed was pushed, or looked at when the connection came back.
    const store = await openStore({ url: server.url, pollMs: 600_000 })
    const log = new ObservationLog(store, group)
    await acquire(store)
    await log.until(({ record }) => record.epoch === 1)
    await server.kill()
    await untilStatus(store, ({ isConnected }) => !isConnected)
    const error = await errorOf(store.renew({ group, candidate: a, epoch: 1, ttlMs }))
    expect(['COORDINATOR_UNREACHABLE', 'COORDINATOR_NO_ANSWER']).toContain(error.code)
    const seen = log.seen.length
    await server.restart()
    await untilStatus(store, ({ isConnected }) => isConnected)
    await log.until((observation) => log.seen.indexOf(observation) >= seen && observation.record.epoch === 0)
    const renewal = await store.renew({ group, candidate: a, epoch: 1, ttlMs })
    expect(renewal).toMatchObject({ renewed: false, reason: 'forgotten' })
    await acquire(store)
    await log.until((observation) => log.seen.indexOf(observation) > seen && observation.record.holder === 'a')
    log.stop()
  })

  test('dies with a call under way: unknown, not failed', async () => {
    const server = await startRedis()
    const store = await openStore({ url: server.url, timeoutMs: 600_000 })
    server.pause()
    const call = errorOf(acquire(store))
    await server.kill()
    const error = await call
    expect(error.code).toBe('COORDINATOR_NO_ANSWER')
    expect(error.outcome).toBe('unknown')
  })

  test('is flushed: the holder is told, the watchers see it', async () => {
    const server = await startRedis()
    const store = await openStore({ url: server.url, pollMs: 20 })
    await acquire(store)
    const log = new ObservationLog(store, group)
    await log.until(({ record }) => record.epoch === 1)
    await server.command('FLUSHALL')
    await log.until(({ record }) => record.epoch === 0)
    log.stop()
    const update = await store.updateIsr({ group, candidate: a, epoch: 1, expectedVersion: 0, isr: [] })
    expect(update).toMatchObject({ updated: false, reason: 'forgotten' })
  })

  test('forgets its scripts', async () => {
    const server = await startRedis()
    const store = await openStore({ url: server.url })
    await acquire(store)
    await server.command('SCRIPT', 'FLUSH')
    expect(await store.renew({ group, candidate: a, epoch: 1, ttlMs })).toMatchObject({ renewed: true })
  })

  test('is paused (CLIENT PAUSE): unknown after the time, connected again afterwards', async () => {
    const server = await startRedis()
    const store = await openStore({ url: server.url, timeoutMs: 100 })
    await server.command('CLIENT', 'PAUSE', 2_000)
    const error = await errorOf(acquire(store))
    expect(error.code).toBe('COORDINATOR_NO_ANSWER')
    expect(error.message).toMatch(
      /did not answer within 100 ms\. .* Should it last, see that it is not overloaded, stopped or blocked, or correct --coordinator\.$/,
    )
    expect(store.status.isConnected).toBe(false)
    expect(store.status.problem?.code).toBe('COORDINATOR_NO_ANSWER')
    await untilStatus(store, ({ isConnected }) => isConnected)
    expect(store.status.problem).toBeUndefined()
    // It was carried out late, or never, as the error said. Asked by one with time: a busy machine takes 100 ms for this.
    const patient = await openStore({ url: server.url, timeoutMs: 30_000 })
    const { record } = await patient.read(group)
    expect([0, 1]).toContain(record.epoch)
    expect((await acquire(patient)).record.epoch).toBe(record.epoch === 0 ? 1 : 65)
  })

  test('is behind a connection that went silent: another connection is made', async () => {
    const server = await startRedis()
    const proxy = await TcpProxy.open(server.port)
    cleanups.push(() => proxy.close())
    const store = await openStore({ url: `redis://127.0.0.1:${proxy.port}`, timeoutMs: 50, pollMs: 20 })
    // What is written is written by one with time: a busy machine takes 50 ms for it.
    const patient = await openStore({ url: server.url, timeoutMs: 30_000 })
    const log = new ObservationLog(store, group)
    await acquire(patient)
    await log.until(({ record }) => record.epoch === 1)
    proxy.silence()
    await untilStatus(store, ({ isConnected }) => !isConnected)
    await untilStatus(store, ({ isConnected }) => isConnected)
    await patient.release({ group, candidate: a, epoch: 1 })
    await log.until(({ record }) => record.epoch === 1 && record.holder === null)
    log.stop()
  })

  test('asks for a password that was not given', async () => {
    const server = await startRedis({ args: ['--requirepass', 'p@ss:w/rd%'], password: 'p@ss:w/rd%' })
    const store = await openStore({ url: server.url })
    const error = await errorOf(acquire(store))
    expect(error.code).toBe('COORDINATOR_ACCESS_DENIED')
    expect(error.message).toMatch(/refuses: NOAUTH .* It asks for a password and --coordinator has none/)
    const escaped = encodeURIComponent('p@ss:w/rd%')
    const inUrl = await openStore({ url: `redis://:${escaped}@127.0.0.1:${server.port}` })
    expect((await acquire(inUrl)).acquired).toBe(true)
    const beside = await openStore({ url: server.url, password: 'p@ss:w/rd%' })
    expect((await beside.read(group)).record.holder).toBe('a')
    expect(JSON.stringify([inUrl.status, beside.status])).not.toMatch(/p@ss|p%40ss/)
  })

  test('refuses the password; says so without the password; goes on when it is mended', async () => {
    const server = await startRedis({ args: ['--requirepass', 'right'], password: 'right' })
    const store = await openStore({ url: `redis://:secret-word@127.0.0.1:${server.port}` })
    const error = await errorOf(acquire(store))
    expect(error.code).toBe('COORDINATOR_ACCESS_DENIED')
    expect(error.message).toMatch(/refuses: WRONGPASS .* Correct the user or the password in --coordinator/)
    expect(`${error.message} ${JSON.stringify(error.details)} ${error.stack}`).not.toContain('secret-word')
    await server.command('CONFIG', 'SET', 'requirepass', 'secret-word')
    await untilStatus(store, ({ isConnected }) => isConnected)
    expect((await acquire(store)).acquired).toBe(true)
  })

  test('knows the ACL user: exactly what the message tells to allow is enough', async () => {
    const server = await startRedis()
    const permissions = ['~yak:*', '&yak:*', '+@connection', '+@scripting', '+@hash', '+@pubsub', '+time']
    await server.command('ACL', 'SETUSER', 'yak', 'on', '>pw', ...permissions)
    const url = `redis://yak:pw@127.0.0.1:${server.port}`
    const store = await openStore({ url, pollMs: 60_000 })
    const log = new ObservationLog(store, group)
    await log.until(() => true)
    await acquire(store)
    await log.until(({ record }) => record.epoch === 1)
    log.stop()
    await server.command('ACL', 'SETUSER', 'yak', 'resetkeys', '~other:*')
    const error = await errorOf(store.renew({ group, candidate: a, epoch: 1, ttlMs }))
    expect(error.code).toBe('COORDINATOR_ACCESS_DENIED')
    expect(error.message).toMatch(
      /NOPERM.*ACL SETUSER … ~yak:\* &yak:\* \+@connection \+@scripting \+@hash \+@pubsub \+time/,
    )
    expect(store.status).toMatchObject({ isConnected: true, problem: { code: 'COORDINATOR_ACCESS_DENIED' } })
  })

  test('denies the user a command inside the script: Redis has no code for that, and it is told all the same', async () => {
    const server = await startRedis()
    const permissions = ['~yak:*', '&yak:*', '+@connection', '+@scripting', '+@hash', '+@pubsub']
    await server.command('ACL', 'SETUSER', 'yak', 'on', '>pw', ...permissions)
    const store = await openStore({ url: `redis://yak:pw@127.0.0.1:${server.port}` })
    const error = await errorOf(acquire(store))
    expect(error.code).toBe('COORDINATOR_ACCESS_DENIED')
    expect(error.message).toMatch(/can't run this command.*ACL SETUSER … ~yak:\* .* \+time/)
  })

  test('denies the channels: nothing is pushed, everything is polled, changes are made', async () => {
    const server = await startRedis()
    const permissions = ['~yak:*', 'resetchannels', '+@connection', '+@scripting', '+@hash', '+@pubsub', '+time']
    await server.command('ACL', 'SETUSER', 'yak', 'on', '>pw', ...permissions)
    const store = await openStore({ url: `redis://yak:pw@127.0.0.1:${server.port}`, pollMs: 20 })
    const log = new ObservationLog(store, group)
    await log.until(() => true)
    expect((await acquire(store)).acquired).toBe(true)
    await log.until(({ record }) => record.epoch === 1)
    // Told, and no problem: it works.
    const { problem, isConnected, remark } = await untilStatus(store, (status) => status.remark !== undefined)
    expect({ problem, isConnected }).toEqual({ problem: undefined, isConnected: true })
    expect(remark).toMatch(
      /does not let the user of --coordinator subscribe \(NOPERM.*\): .* every 20 ms\. .* ACL SETUSER … ~yak:\* &yak:\*/,
    )
    await server.command('ACL', 'SETUSER', 'yak', '&yak:*')
    await server.command('CLIENT', 'KILL', 'USER', 'yak')
    await untilStatus(store, (status) => status.isConnected && status.remark === undefined)
    log.stop()
  })

  test('is a replica: it can be read, it says what to do, and it is used once it is a primary', async () => {
    const primary = await startRedis()
    const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(primary.port)] })
    const store = await openStore({ url: replica.url })
    const reading = await store.read(group).catch(() => undefined)
    expect(reading === undefined || reading.record.epoch === 0).toBe(true)
    const error = await errorOf(acquire(store))
    expect(error.code).toBe('COORDINATOR_READ_ONLY')
    expect(error.outcome).toBe('not-written')
    expect(error.message).toMatch(/READONLY.*It is a replica: name the primary in --coordinator, or its Sentinels/)
    // A name may lead to another server by now: a new connection is made.
    await untilStatus(store, ({ isConnected }) => !isConnected)
    await replica.command('REPLICAOF', 'NO', 'ONE')
    await untilStatus(store, ({ isConnected }) => isConnected)
    expect((await acquire(store)).acquired).toBe(true)
    expect(store.status.problem).toBeUndefined()
  })

  test('is out of memory: nothing was changed, and it can still be read', async () => {
    const server = await startRedis({ args: ['--maxmemory-policy', 'noeviction'] })
    const store = await openStore({ url: server.url })
    await acquire(store)
    await server.command('CONFIG', 'SET', 'maxmemory', '1')
    const { record } = await store.read(group)
    const error = await errorOf(store.renew({ group, candidate: a, epoch: 1, ttlMs: 2 * ttlMs }))
    expect(error.code).toBe('COORDINATOR_FULL')
    expect(error.outcome).toBe('not-written')
    expect(error.message).toMatch(/OOM.*Raise its maxmemory/)
    expect((await store.read(group)).record).toEqual(record)
    expect(store.status.problem?.code).toBe('COORDINATOR_FULL')
    await server.command('CONFIG', 'SET', 'maxmemory', '0')
    expect((await store.renew({ group, candidate: a, epoch: 1, ttlMs })).renewed).toBe(true)
    expect(store.status.problem).toBeUndefined()
  })

  test('cannot save, or has too few replicas, and so takes no writes', async () => {
    const server = await startRedis({ args: ['--min-replicas-to-write', '1'] })
    const store = await openStore({ url: server.url })
    const error = await errorOf(acquire(store))
    expect(error.code).toBe('COORDINATOR_READ_ONLY')
    expect(error.message).toMatch(/NOREPLICAS.*takes no writes until then/)
  })

  test('has no room for another connection', async () => {
    const server = await startRedis({ args: ['--maxclients', '1'] })
    const first = await openStore({ url: server.url })
    expect(first.status.isConnected).toBe(true)
    // It says so and hangs up; what it said is read only when it came before the first write failed.
    const error = await errorOf(acquire(await openStore({ url: server.url })))
    expect(['COORDINATOR_BUSY', 'COORDINATOR_UNREACHABLE']).toContain(error.code)
    expect(error.message).toContain('maxclients')
  })

  test('has no database of that number', async () => {
    const server = await startRedis()
    const error = await errorOf(acquire(await openStore({ url: `${server.url}/99` })))
    expect(error.code).toBe('COORDINATOR_INVALID')
    expect(error.message).toMatch(/DB index is out of range\. Correct the database, the number at the end of /)
  })

  test('is a Sentinel', async () => {
    const primary = await startRedis()
    const sentinel = await startRedis({ sentinelOf: { name: 'main', port: primary.port } })
    const error = await errorOf(acquire(await openStore({ url: sentinel.url })))
    expect(error.code).toBe('COORDINATOR_INVALID')
    expect(error.message).toMatch(
      /refuses: ERR unknown command 'eval(sha)?'\. Is it a Sentinel\? Then write redis\+sentinel:/i,
    )
  })

  test('holds something else under the key', async () => {
    const server = await startRedis()
    const store = await openStore({ url: server.url })
    await server.command('SET', `yak:lease:${group}`, 'mine')
    expect((await errorOf(acquire(store))).code).toBe('COORDINATOR_INVALID')
    await server.command('DEL', `yak:lease:${group}`)
    await server.command('HSET', `yak:lease:${group}`, 'name', 'value', 'epoch', 'x')
    const error = await errorOf(store.read(group))
    expect(error.code).toBe('COORDINATOR_INVALID')
    expect(error.message).toMatch(/INVALIDRECORD field epoch is x.*choose another database or prefix in --coordinator/)
    await server.command('DEL', `yak:lease:${group}`)
    await acquire(store)
    await server.command('HSET', `yak:lease:${group}`, 'isr', 'not json')
    expect((await errorOf(store.read(group))).message).toMatch(
      /The key yak:lease:faults in Redis .* is not a lease record/,
    )
    await server.command('HDEL', `yak:lease:${group}`, 'isr')
    expect((await errorOf(acquire(store))).message).toContain('INVALIDRECORD field isr is false')
  })

  test('has no such database: nothing is written to another', async () => {
    const server = await startRedis({ args: ['--databases', '2'] })
    const store = await openStore({ url: `${server.url}/7` })
    const error = await errorOf(acquire(store))
    expect(error.message).toContain('DB index is out of range')
    const states: boolean[] = []
    store.onStatus(({ isConnected }) => states.push(isConnected))
    const connections = async () =>
      Number(/total_connections_received:(\d+)/.exec(String(await server.command('INFO')))?.[1])
    for (const until = (await connections()) + 3; (await connections()) < until; ) await new Promise(setImmediate)
    expect((await errorOf(acquire(store))).outcome).toBe('not-written')
    expect(states).not.toContain(true)
    expect(await server.command('DBSIZE')).toBe(0)
    const other = await openStore({ url: `${server.url}/1` })
    await acquire(other)
    expect(await server.command('DBSIZE')).toBe(0)
  })

  test('is a node of a cluster', async () => {
    const server = await startRedis({ args: ['--cluster-enabled', 'yes'] })
    const store = await openStore({ url: server.url })
    expect(['COORDINATOR_BUSY', 'COORDINATOR_INVALID']).toContain((await errorOf(acquire(store))).code)
  })

  test('does not speak TLS', async () => {
    const server = await startRedis()
    const store = await openStore({ url: `rediss://127.0.0.1:${server.port}`, connectTimeoutMs: 300 })
    const error = await errorOf(acquire(store))
    expect(error.message).toMatch(/within 300 ms \(does it speak TLS there\?\)/)
  })
})

describe('what is not a Redis', () => {
  test('an HTTP server', async () => {
    const port = await listen(createHttpServer((_, response) => response.end('hello')))
    const store = await openStore({ url: `redis://127.0.0.1:${port}` })
    const error = await errorOf(acquire(store))
    expect(error.code).toBe('COORDINATOR_INVALID')
    expect(error.message).toBe(
      `What answers at redis://127.0.0.1:${port}/0 is not a Redis: its answer does not follow the Redis protocol. Correct host and port in --coordinator.`,
    )
  })

  test('a server that greets in its own language', async () => {
    const port = await listen(createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')))
    const store = await openStore({ url: `redis://127.0.0.1:${port}` })
    expect((await errorOf(acquire(store))).code).toBe('COORDINATOR_INVALID')
  })

  test('a server that never answers', async () => {
    const port = await listen(createServer())
    const store = await openStore({ url: `redis://127.0.0.1:${port}`, connectTimeoutMs: 100 })
    const { problem } = await untilStatus(store, ({ problem }) => problem !== undefined)
    expect(problem?.code).toBe('COORDINATOR_UNREACHABLE')
    expect(problem?.message).toContain('accepts connections and does not answer within 100 ms')
  })

  test('a server that hangs up; it is tried again, with growing pauses', async () => {
    const connectedAtMs: number[] = []
    let fifth = () => {}
    const fiveTimes = new Promise<void>((resolve) => {
      fifth = resolve
    })
    const server = createServer((socket) => {
      connectedAtMs.push(performance.now())
      socket.destroy()
      if (connectedAtMs.length === 5) fifth()
    })
    const port = await listen(server)
    const store = await openStore({ url: `redis://127.0.0.1:${port}`, maxReconnectDelayMs: 400 })
    expect((await errorOf(acquire(store))).code).toBe('COORDINATOR_UNREACHABLE')
    await fiveTimes
    // 50, 100, 200, 400 ms, each at least half of it.
    expect(connectedAtMs[4]! - connectedAtMs[0]!).toBeGreaterThan(370)
    expect(store.status.problem?.message).toContain('closes the connection before it answers (does it ask for TLS?')
  })

  test('a store that is closed while it connects', async () => {
    const port = await listen(createServer())
    const opening = openStore({ url: `redis://127.0.0.1:${port}`, connectTimeoutMs: 50 })
    const store = await opening
    await store.close()
    expect((await errorOf(acquire(store))).code).toBe('COORDINATOR_CLOSED')
  })
})
