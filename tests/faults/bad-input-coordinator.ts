import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { freePort, RedisServerProcess } from '@yak/election/testing'
import { expect } from 'vitest'
import { assertToldOnce, Brokers, produce, severalAttempts, untilTold, untilWell, valuesOn } from './bad-input.ts'
import { until } from './harness/until.ts'

/** Nobody can lead without a coordinator: it says so, waits, stops when it is asked to, and serves when Redis is there. */
export async function redisIsAway(): Promise<void> {
  await using brokers = await Brokers.make()
  const port = await freePort()
  const flags = ['--coordinator', `redis://127.0.0.1:${port}`]
  const broker = await brokers.start('1', ...flags)
  const told = /cannot be reached \(ECONNREFUSED\)\. Nothing listens there: start it, or correct --coordinator\./
  await untilTold(broker, told)
  await until('it takes part', () => broker.lines.some((line) => line.includes('"msg":"taking part"')))
  expect(await broker.terminate()).toBe(0)
  broker.start()
  await until('it is there again', async () => (await broker.health()) !== undefined)
  expect((await broker.health())?.status).toBe('unavailable')
  expect(await produce(broker, 1)).toBe(503)

  await using _redis = await RedisServerProcess.start({ port })
  await untilWell(broker)
  expect(await produce(broker, 1)).toBe(200)
}

/** While it serves: the one broker in sync needs no coordinator to go on, and tells what is wrong with it. */
export async function redisFailsBroker(): Promise<void> {
  await using brokers = await Brokers.make()
  await using redis = await RedisServerProcess.start()
  const broker = await brokers.start('1', '--coordinator', redis.url)
  await untilWell(broker)
  let value = 0
  const values: number[] = []
  const goesOn = async (): Promise<void> => {
    expect(await produce(broker, ++value)).toBe(200)
    values.push(value)
  }
  const during = async (pattern: RegExp, begin: () => Promise<unknown>, end: () => Promise<unknown>): Promise<void> => {
    await begin()
    await untilTold(broker, pattern)
    await goesOn()
    await severalAttempts()
    assertToldOnce(broker, pattern)
    await goesOn()
    await end()
    await untilWell(broker)
    await goesOn()
  }

  await during(
    /refuses: OOM command not allowed when used memory > 'maxmemory'\. Raise its maxmemory or remove keys/,
    () => redis.command('CONFIG', 'SET', 'maxmemory', '1'),
    () => redis.command('CONFIG', 'SET', 'maxmemory', '0'),
  )
  await during(
    /refuses: READONLY .*\. It is a replica: name the primary in --coordinator, or its Sentinels/,
    () => redis.command('REPLICAOF', '127.0.0.1', '1'),
    () => redis.command('REPLICAOF', 'NO', 'ONE'),
  )
  await during(
    /cannot be reached \(ECONNREFUSED\)/,
    () => redis.kill(),
    () => redis.restart(),
  )
  expect(await valuesOn(broker)).toEqual(values)
}

/** Wrong from the start, told in the words of what is wrong, and well as soon as Redis is as the settings say. */
export async function redisRefuses(): Promise<void> {
  await using brokers = await Brokers.make()
  await using locked = await RedisServerProcess.start({ args: ['--requirepass', 'secret'], password: 'secret' })
  await using replica = await RedisServerProcess.start()
  await replica.command('REPLICAOF', '127.0.0.1', '1')
  await using full = await RedisServerProcess.start({ args: ['--maxmemory', '1', '--maxmemory-policy', 'noeviction'] })
  const at = ({ port }: RedisServerProcess, password = '') => [
    '--coordinator',
    `redis://${password === '' ? '' : `:${password}@`}127.0.0.1:${port}`,
  ]
  const cases = [
    {
      broker: await brokers.start('1', ...at(locked)),
      told: /refuses: NOAUTH .*\. It asks for a password and --coordinator has none: write redis:\/\/:PASSWORD@host:port\./,
    },
    {
      broker: await brokers.start('2', ...at(locked, 'wrong'), '--group', 'other'),
      told: /refuses: WRONGPASS .*\. Correct the user or the password in --coordinator\./,
      mend: () => locked.command('CONFIG', 'SET', 'requirepass', 'wrong'),
    },
    {
      broker: await brokers.start('3', ...at(replica)),
      told: /refuses: READONLY .*\. It is a replica: name the primary in --coordinator/,
      mend: () => replica.command('REPLICAOF', 'NO', 'ONE'),
    },
    {
      broker: await brokers.start('4', ...at(full)),
      told: /refuses: OOM .*\. Raise its maxmemory or remove keys/,
      mend: () => full.command('CONFIG', 'SET', 'maxmemory', '0'),
    },
  ]
  for (const { broker, told } of cases) await untilTold(broker, told)
  await severalAttempts()
  for (const { broker, told, mend } of cases) {
    assertToldOnce(broker, told)
    expect(broker.lines.join('\n')).not.toMatch(/:(wrong|secret)@/)
    const { status, reasons } = (await broker.health())!
    expect(status).toBe('unavailable')
    expect(reasons.join('\n')).toMatch(told)
    await mend?.()
    if (mend !== undefined) await untilWell(broker)
  }
}

/** A web server on the port that `--coordinator` names. */
export async function notRedis(): Promise<void> {
  await using brokers = await Brokers.make()
  const server = createServer((_request, response) => response.end('<!doctype html>')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const broker = await brokers.start('1', '--coordinator', `redis://127.0.0.1:${port}`)
  const told =
    /is not a Redis: its answer does not follow the Redis protocol\. Correct host and port in --coordinator\./
  await untilTold(broker, told)
  await severalAttempts()
  assertToldOnce(broker, told)
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
  await using _redis = await RedisServerProcess.start({ port })
  await untilWell(broker)
}
