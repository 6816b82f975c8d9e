import assert from 'node:assert/strict'
import type { ConformanceCase } from '../lease-store-conformance.ts'
import { candidate, conformanceCase, ttlMs } from './conformance-bench.ts'

const a = candidate('a')
const b = candidate('b')
const isr = (...brokerIds: string[]) => brokerIds.map((brokerId) => ({ brokerId, diskId: `disk-of-${brokerId}` }))

export const isrCases: readonly ConformanceCase[] = [
  conformanceCase('the ISR is set by compare-and-set, under the epoch of its writer', async ({ store, group }) => {
    await store.acquire({ group, candidate: a, ttlMs })
    const first = await store.updateIsr({ group, candidate: a, epoch: 1, expectedVersion: 0, isr: isr('a', 'b') })
    assert(first.updated)
    assert.deepEqual(first.record.isr, isr('a', 'b'))
    assert.equal(first.record.isrEpoch, 1)
    assert.equal(first.record.isrVersion, 1)
    assert.equal(first.record.epoch, 1)
    const late = await store.updateIsr({ group, candidate: a, epoch: 1, expectedVersion: 0, isr: isr('a') })
    assert(!late.updated)
    assert.equal(late.reason, 'version-mismatch')
    assert.deepEqual(late.record, first.record)
    const second = await store.updateIsr({ group, candidate: a, epoch: 1, expectedVersion: 1, isr: isr('a') })
    assert(second.updated)
    assert.equal(second.record.isrVersion, 2)
    assert.deepEqual((await store.read(group)).record, second.record)
  }),

  conformanceCase('only the holder at its epoch sets it, even after the lease has lapsed', async (bench) => {
    const { store, harness, group } = bench
    await store.acquire({ group, candidate: a, ttlMs })
    const set = (who: typeof a, epoch: number) =>
      store.updateIsr({ group, candidate: who, epoch, expectedVersion: 0, isr: isr('a') })
    for (const [who, epoch] of [
      [b, 1],
      [candidate('a', 'a-2'), 1],
      [a, 0],
      [a, 65],
    ] as const) {
      assert.equal((await set(who, epoch)).updated, false)
    }
    await harness.passTime(2 * ttlMs)
    assert.equal((await set(a, 1)).updated, true)
    await store.acquire({ group, candidate: b, ttlMs })
    const late = await set(a, 1)
    assert(!late.updated)
    assert.equal(late.reason, 'superseded')
  }),

  conformanceCase(
    'it outlives leases and releases; the next holder writes it under its own epoch',
    async ({ store, group }) => {
      await store.acquire({ group, candidate: a, ttlMs })
      await store.updateIsr({ group, candidate: a, epoch: 1, expectedVersion: 0, isr: isr('a', 'b') })
      await store.release({ group, candidate: a, epoch: 1 })
      const answer = await store.acquire({ group, candidate: b, ttlMs })
      assert(answer.acquired)
      assert.deepEqual(answer.before.isr, isr('a', 'b'))
      assert.equal(answer.record.isrEpoch, 1)
      const update = await store.updateIsr({ group, candidate: b, epoch: 2, expectedVersion: 1, isr: isr('b') })
      assert(update.updated)
      assert.equal(update.record.isrEpoch, 2)
      assert.equal(update.record.isrVersion, 2)
    },
  ),

  conformanceCase('setting it clears the suspicion', async ({ store, group }) => {
    await store.acquire({ group, candidate: a, minEpoch: 64, ttlMs })
    assert.equal((await store.read(group)).record.suspect, true)
    const update = await store.updateIsr({ group, candidate: a, epoch: 65, expectedVersion: 0, isr: isr('a') })
    assert(update.updated)
    assert.equal(update.record.suspect, false)
  }),

  conformanceCase('a renewal says when the coordinator’s ISR is older than the caller’s', async ({ store, group }) => {
    await store.acquire({ group, candidate: a, minEpoch: 64, ttlMs })
    await store.updateIsr({ group, candidate: a, epoch: 65, expectedVersion: 0, isr: isr('a') })
    const isBehind = async (isrEpoch: number, isrVersion: number) => {
      const answer = await store.renew({ group, candidate: a, epoch: 65, isrEpoch, isrVersion, ttlMs })
      assert(answer.renewed)
      return answer.isrBehind
    }
    assert.equal(await isBehind(0, 0), false)
    assert.equal(await isBehind(65, 1), false)
    assert.equal(await isBehind(64, 9), false, 'an earlier epoch is older, whatever its version')
    assert.equal(await isBehind(65, 2), true)
    assert.equal(await isBehind(66, 0), true)
  }),

  conformanceCase(
    'a version that was given once is not given again after the coordinator went back',
    async ({ store, group }) => {
      await store.acquire({ group, candidate: a, ttlMs })
      const update = await store.updateIsr({
        group,
        candidate: a,
        epoch: 1,
        expectedVersion: 0,
        minVersion: 7,
        isr: isr('a'),
      })
      assert(update.updated)
      assert.equal(update.record.isrVersion, 8)
      const next = await store.updateIsr({ group, candidate: a, epoch: 1, expectedVersion: 8, minVersion: 3, isr: [] })
      assert(next.updated)
      assert.equal(next.record.isrVersion, 9)
      assert.deepEqual(next.record.isr, [])
    },
  ),
]
