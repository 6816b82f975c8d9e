import assert from 'node:assert/strict'
import { YakError } from '@yak/protocol'
import type { ConformanceCase } from '../lease-store-conformance.ts'
import { candidate, conformanceCase, ttlMs } from './conformance-bench.ts'

const a = candidate('a')
const b = candidate('b')

export const holderCases: readonly ConformanceCase[] = [
  conformanceCase('a renewal runs from now and may change the length', async ({ store, harness, group }) => {
    const acquired = await store.acquire({ group, candidate: a, ttlMs })
    await harness.passTime(ttlMs / 2)
    const before = await store.read(group)
    const answer = await store.renew({ group, candidate: a, epoch: 1, ttlMs: 2 * ttlMs })
    assert(answer.renewed)
    assert.equal(answer.isrBehind, false)
    assert.equal(answer.record.ttlMs, 2 * ttlMs)
    assert(answer.record.leaseUntilMs > before.record.leaseUntilMs)
    assert.equal(answer.record.epoch, acquired.record.epoch)
    const { remainingMs } = await store.read(group)
    assert(remainingMs > ttlMs && remainingMs <= 2 * ttlMs)
  }),

  conformanceCase('only the holder renews, at its epoch, in its incarnation', async ({ store, group }) => {
    await store.acquire({ group, candidate: a, ttlMs })
    const { record } = await store.read(group)
    const refusals = [
      [{ candidate: b, epoch: 1 }, 'other-holder'],
      [{ candidate: candidate('a', 'a-2'), epoch: 1 }, 'other-holder'],
      [{ candidate: a, epoch: 0 }, 'superseded'],
      [{ candidate: a, epoch: 65 }, 'forgotten'],
    ] as const
    for (const [who, reason] of refusals) {
      const answer = await store.renew({ group, ...who, ttlMs: 1 })
      assert(!answer.renewed)
      assert.equal(answer.reason, reason)
      assert.deepEqual(answer.record, record)
      assert(answer.remainingMs > 0)
    }
    assert.deepEqual((await store.read(group)).record, record)
  }),

  conformanceCase('a lapsed lease is renewed if nobody acquired since', async ({ store, harness, group }) => {
    await store.acquire({ group, candidate: a, ttlMs })
    await harness.passTime(2 * ttlMs)
    assert.equal((await store.renew({ group, candidate: a, epoch: 1, ttlMs })).renewed, true)
    assert.equal((await store.acquire({ group, candidate: b, ttlMs })).acquired, false)
    await harness.passTime(2 * ttlMs)
    assert.equal((await store.acquire({ group, candidate: b, ttlMs })).acquired, true)
    const late = await store.renew({ group, candidate: a, epoch: 1, ttlMs })
    assert(!late.renewed)
    assert.equal(late.reason, 'superseded')
    assert.equal(late.record.holder, 'b')
  }),

  conformanceCase('a holder whose record was lost is told so', async ({ store, harness, group }) => {
    await store.acquire({ group, candidate: a, ttlMs })
    await harness.forget(group)
    const renewal = await store.renew({ group, candidate: a, epoch: 1, ttlMs })
    assert(!renewal.renewed)
    assert.equal(renewal.reason, 'forgotten')
    const release = await store.release({ group, candidate: a, epoch: 1 })
    assert(!release.released)
    assert.equal(release.reason, 'forgotten')
    const update = await store.updateIsr({ group, candidate: a, epoch: 1, expectedVersion: 0, isr: [] })
    assert(!update.updated)
    assert.equal(update.reason, 'forgotten')
    const again = await store.acquire({ group, candidate: a, minEpoch: 1, ttlMs })
    assert(again.acquired)
    assert.equal(again.epoch, 65)
  }),

  conformanceCase('a release ends the lease at once and keeps the epoch', async ({ store, group }) => {
    await store.acquire({ group, candidate: a, ttlMs })
    const answer = await store.release({ group, candidate: a, epoch: 1 })
    assert(answer.released)
    assert.equal(answer.record.holder, null)
    assert.equal(answer.record.incarnation, null)
    assert.equal(answer.record.epoch, 1)
    assert.deepEqual(await store.read(group), { group, record: answer.record, remainingMs: 0 })
    assert.equal((await store.acquire({ group, candidate: b, ttlMs })).acquired, true)
  }),

  conformanceCase('a renewal that was under way does not bring a released lease back', async ({ store, group }) => {
    await store.acquire({ group, candidate: a, ttlMs })
    await store.release({ group, candidate: a, epoch: 1 })
    const renewal = await store.renew({ group, candidate: a, epoch: 1, ttlMs })
    assert(!renewal.renewed)
    assert.equal(renewal.reason, 'released')
    const release = await store.release({ group, candidate: a, epoch: 1 })
    assert(!release.released)
    assert.equal(release.reason, 'released')
    assert.equal((await store.read(group)).record.holder, null)
  }),

  conformanceCase('only the holder releases', async ({ store, group }) => {
    await store.acquire({ group, candidate: a, ttlMs })
    const { record } = await store.read(group)
    for (const who of [b, candidate('a', 'a-2')]) {
      assert.equal((await store.release({ group, candidate: who, epoch: 1 })).released, false)
    }
    assert.equal((await store.release({ group, candidate: a, epoch: 65 })).released, false)
    assert.deepEqual((await store.read(group)).record, record)
  }),

  conformanceCase('an aborted call rejects with the reason of its signal', async ({ store, group }) => {
    const reason = new Error('no longer wanted')
    const call = store.acquire({ group, candidate: a, ttlMs }, { signal: AbortSignal.abort(reason) })
    await assert.rejects(call, (error) => error === reason)
    assert.equal((await store.read(group)).record.holder, null)
  }),

  conformanceCase(
    'close is idempotent, releases nothing, and ends all calls',
    async ({ store, open, watch, group }) => {
      await store.acquire({ group, candidate: a, ttlMs })
      assert.equal(store.status.isConnected, true)
      const statuses: boolean[] = []
      store.onStatus(({ isConnected }) => statuses.push(isConnected))
      await Promise.all([store.close(), store.close()])
      await store.close()
      assert.equal(store.status.isConnected, false)
      assert.deepEqual(statuses, [false])
      for (const call of [() => store.acquire({ group, candidate: a, ttlMs }), () => store.read(group)]) {
        await assert.rejects(call(), (error) => YakError.is(error, 'COORDINATOR_CLOSED'))
      }
      watch(store).stop()
      assert.equal((await (await open()).read(group)).record.holder, 'a')
    },
  ),
]
