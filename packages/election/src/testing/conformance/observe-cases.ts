import assert from 'node:assert/strict'
import type { ConformanceCase } from '../lease-store-conformance.ts'
import { candidate, conformanceCase, ttlMs } from './conformance-bench.ts'

const a = candidate('a')
const b = candidate('b')

export const observeCases: readonly ConformanceCase[] = [
  conformanceCase('an observer is given the record, then every change', async ({ store, open, watch, group }) => {
    const log = watch(await open())
    await log.until(({ record }) => record.epoch === 0)
    await store.acquire({ group, candidate: a, ttlMs })
    const acquired = await log.until(({ record }) => record.holder === 'a')
    assert(acquired.remainingMs > 0 && acquired.remainingMs <= ttlMs)
    assert.equal(acquired.group, group)
    const renewal = await store.renew({ group, candidate: a, epoch: 1, ttlMs: ttlMs + 1 })
    await log.until(({ record }) => record.leaseUntilMs === renewal.record.leaseUntilMs)
    await store.updateIsr({ group, candidate: a, epoch: 1, expectedVersion: 0, isr: [{ brokerId: 'a', diskId: 'd' }] })
    const isr = await log.until(({ record }) => record.isrVersion === 1)
    assert.deepEqual(isr.record.isr, [{ brokerId: 'a', diskId: 'd' }])
    assert(isr.remainingMs > 0)
    await store.release({ group, candidate: a, epoch: 1 })
    const released = await log.until(({ record }) => record.epoch === 1 && record.holder === null)
    assert.equal(released.remainingMs, 0)
    assert.deepEqual(released.record, (await store.read(group)).record)
  }),

  conformanceCase('one who observes late starts with the record as it is', async ({ store, open, watch, group }) => {
    const early = watch(store)
    await store.acquire({ group, candidate: a, ttlMs })
    await early.until(({ record }) => record.epoch === 1)
    const late = watch(await open())
    const second = watch(store)
    for (const log of [late, second]) {
      await log.until(() => true)
      assert.equal(log.seen[0]?.record.epoch, 1)
    }
  }),

  conformanceCase('nothing is told twice, and nothing after the end', async ({ store, open, watch, group }) => {
    const other = await open()
    const ended = watch(other)
    const log = watch(other)
    await ended.until(() => true)
    ended.stop()
    await store.acquire({ group, candidate: a, ttlMs })
    await log.until(({ record }) => record.epoch === 1)
    await store.release({ group, candidate: a, epoch: 1 })
    await log.until(({ record }) => record.holder === null && record.epoch === 1)
    await store.acquire({ group, candidate: b, ttlMs })
    await log.until(({ record }) => record.epoch === 2)
    assert.deepEqual(
      ended.seen.map(({ record }) => record.epoch),
      [0],
    )
    const told = log.seen.map(({ record }) => JSON.stringify(record))
    assert.equal(new Set(told).size, told.length)
  }),

  conformanceCase('a record that was lost is observed as empty', async ({ store, open, harness, watch, group }) => {
    const log = watch(await open())
    await store.acquire({ group, candidate: a, ttlMs })
    await log.until(({ record }) => record.epoch === 1)
    const seenBefore = log.seen.length
    await harness.forget(group)
    await log.until((observation) => log.seen.indexOf(observation) >= seenBefore && observation.record.epoch === 0)
  }),

  conformanceCase('other groups are not observed', async ({ store, open, watch, harness, group }) => {
    const log = watch(await open())
    await log.until(() => true)
    await harness.forget(`${group}-other`)
    await store.acquire({ group: `${group}-other`, candidate: a, ttlMs })
    await store.acquire({ group, candidate: b, ttlMs })
    await log.until(({ record }) => record.holder === 'b')
    assert(log.seen.every(({ record }) => record.holder !== 'a'))
    await harness.forget(`${group}-other`)
  }),
]
