import fc from 'fast-check'
import { afterAll, beforeAll, describe, test } from 'vitest'
import type { LeaseRecord } from '../../src/lease-record.ts'
import { RedisLeaseStore } from '../../src/redis/redis-lease-store.ts'
import { isRedisServerInstalled, RedisServerProcess } from '../../src/testing/redis-server-process.ts'
import { type AgreementTarget, assertAgreement, histories } from '../agreement.ts'

const group = 'agreement'
const key = `yak:lease:${group}`

describe.skipIf(!isRedisServerInstalled())('the Lua scripts', () => {
  let server: RedisServerProcess
  let store: RedisLeaseStore
  beforeAll(async () => {
    server = await RedisServerProcess.start()
    store = await RedisLeaseStore.open({ url: server.url })
  })
  afterAll(async () => {
    await store?.close()
    await server?.stop()
  })

  test('agree with the pure operations on random histories', async () => {
    const target: AgreementTarget = {
      store,
      group,
      nowMs: async () => {
        const [seconds, micros] = (await server.command('TIME')) as [string, string]
        return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
      },
      // Redis' clock cannot be moved; moving what it is compared with comes to the same.
      passTime: async (byMs, record) => {
        if (record.holder === null) return record
        const moved = { ...record, leaseUntilMs: record.leaseUntilMs - byMs }
        await put(moved)
        return moved
      },
      put,
    }
    await fc.assert(
      fc.asyncProperty(histories, (history) => assertAgreement(target, history)),
      { numRuns: 300 },
    )
  })

  async function put(record: LeaseRecord): Promise<void> {
    if (record.epoch === 0) {
      await server.command('DEL', key)
      return
    }
    const isr = JSON.stringify(record.isr.map(({ brokerId, diskId }) => [brokerId, diskId]))
    const { holder, incarnation, suspect, ...rest } = record
    const fields = { ...rest, isr, holder: holder ?? '', incarnation: incarnation ?? '', suspect: suspect ? 1 : 0 }
    await server.command('HSET', key, ...Object.entries(fields).flat())
  }
})
