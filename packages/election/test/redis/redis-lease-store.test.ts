import { afterAll, beforeAll, describe, test } from 'vitest'
import { RedisLeaseStore } from '../../src/redis/redis-lease-store.ts'
import { leaseStoreConformance } from '../../src/testing/lease-store-conformance.ts'
import { isRedisServerInstalled, RedisServerProcess } from '../../src/testing/redis-server-process.ts'

describe.skipIf(!isRedisServerInstalled())('the Redis store conforms', () => {
  let server: RedisServerProcess
  beforeAll(async () => {
    server = await RedisServerProcess.start()
  })
  afterAll(() => server.stop())

  const harness = {
    open: () => RedisLeaseStore.open({ url: server.url, pollMs: 100 }),
    // Redis' clock cannot be moved; moving what it is compared with comes to the same.
    passTime: async (byMs: number) => {
      for (const key of (await server.command('KEYS', 'yak:lease:*')) as string[]) {
        const isHeld = (await server.command('HGET', key, 'holder')) !== ''
        if (isHeld) await server.command('HINCRBY', key, 'leaseUntilMs', -byMs)
      }
    },
    forget: async (group: string) => {
      await server.command('DEL', `yak:lease:${group}`)
    },
  }
  for (const { name, run } of leaseStoreConformance) test(name, () => run(harness))
})
