import assert from 'node:assert/strict'
import { EMPTY_LEASE_RECORD, EPOCH_OWNERS } from '../../lease-record.ts'
import type { AcquireAnswer } from '../../lease-store.ts'
import type { ConformanceCase } from '../lease-store-conformance.ts'
import { candidate, conformanceCase, ttlMs } from './conformance-bench.ts'

const a = candidate('a')
const b = candidate('b')

function epochOf(answer: AcquireAnswer): number {
  assert(answer.acquired, `acquire was refused: ${JSON.stringify(answer.record)}`)
  return answer.epoch
}

export const acquireCases: readonly ConformanceCase[] = [
  conformanceCase('a record that was never written is empty', async ({ store, group }) => {
    assert.deepEqual(await store.read(group), { group, record: EMPTY_LEASE_RECORD, remainingMs: 0 })
  }),

  conformanceCase('the first acquisition takes the candidate’s first own epoch', async ({ store, group }) => {
    const answer = await store.acquire({ group, candidate: b, ttlMs })
    assert(answer.acquired)
    assert.equal(answer.epoch, 2)
    assert.deepEqual(answer.before, EMPTY_LEASE_RECORD)
    const { leaseUntilMs, ...rest } = answer.record
    assert(leaseUntilMs > ttlMs)
    assert.deepEqual(rest, {
      epoch: 2,
      holder: 'b',
      incarnation: 'b-1',
      ttlMs,
      isr: [],
      isrEpoch: 0,
      isrVersion: 0,
      suspect: false,
    })
    const { record, remainingMs } = await store.read(group)
    assert.deepEqual(record, answer.record)
    assert(remainingMs > 0 && remainingMs <= ttlMs, `remaining ${remainingMs}`)
  }),

  conformanceCase('refused while the lease of another runs; nothing changes', async ({ store, open, group }) => {
    await store.acquire({ group, candidate: a, ttlMs })
    const { record } = await store.read(group)
    const answer = await (await open()).acquire({ group, candidate: b, minEpoch: 500, ttlMs })
    assert(!answer.acquired)
    assert.deepEqual(answer.record, record)
    assert(answer.remainingMs > 0 && answer.remainingMs <= ttlMs)
    assert.deepEqual((await store.read(group)).record, record)
  }),

  conformanceCase('the next incarnation takes over from the one it replaces, and from no other', async (bench) => {
    const { store, open, group } = bench
    const [first, second] = [candidate('a', '1.x'), candidate('a', '2.y')]
    const epoch = epochOf(await store.acquire({ group, candidate: first, ttlMs }))
    const other = await open()
    for (const replaces of [undefined, '1.z', '2.y']) {
      const request = { group, candidate: second, ttlMs, ...(replaces === undefined ? {} : { replaces }) }
      assert.equal((await other.acquire(request)).acquired, false)
    }
    assert.equal((await other.acquire({ group, candidate: b, replaces: '1.x', ttlMs })).acquired, false)
    const answer = await other.acquire({ group, candidate: second, replaces: '1.x', ttlMs })
    assert(epochOf(answer) > epoch)
    assert.equal(answer.record.incarnation, '2.y')
    // It finds out as any other holder would whose lease is gone.
    assert.equal((await store.renew({ group, candidate: first, epoch, ttlMs })).renewed, false)
    assert.equal((await store.release({ group, candidate: first, epoch })).released, false)
  }),

  conformanceCase(
    'after the lease has run out it returns the record as it stood before',
    async ({ store, harness, group }) => {
      await store.acquire({ group, candidate: a, ttlMs })
      await harness.passTime(ttlMs - 5_000)
      assert.equal((await store.acquire({ group, candidate: b, ttlMs })).acquired, false)
      await harness.passTime(5_000)
      const { record, remainingMs } = await store.read(group)
      assert.equal(remainingMs, 0)
      const answer = await store.acquire({ group, candidate: b, ttlMs })
      assert(answer.acquired)
      assert.deepEqual(answer.before, record)
      assert.equal(answer.epoch, 2)
      assert.equal(answer.record.holder, 'b')
    },
  ),

  conformanceCase('takes the smallest own epoch above the record’s and minEpoch', async ({ store, group }) => {
    assert.equal(epochOf(await store.acquire({ group, candidate: a, ttlMs })), 1)
    assert.equal(epochOf(await store.acquire({ group, candidate: a, ttlMs })), 65)
    assert.equal(epochOf(await store.acquire({ group, candidate: a, minEpoch: 200, ttlMs })), 257)
    assert.equal(epochOf(await store.acquire({ group, candidate: a, minEpoch: 20, ttlMs })), 321)
    assert.equal(epochOf(await store.acquire({ group, candidate: a, minEpoch: 385, ttlMs })), 449)
    await store.release({ group, candidate: a, epoch: 449 })
    assert.equal(epochOf(await store.acquire({ group, candidate: b, ttlMs })), 450)
    await store.release({ group, candidate: b, epoch: 450 })
    for (const ownerIndex of [0, 63]) {
      const owner = { id: `owner-${ownerIndex}`, incarnation: '1', ownerIndex }
      const epoch = epochOf(await store.acquire({ group, candidate: owner, ttlMs }))
      assert.equal(epoch % EPOCH_OWNERS, ownerIndex)
      await store.release({ group, candidate: owner, epoch })
    }
  }),

  conformanceCase('without an owner index it takes the next epoch', async ({ store, group }) => {
    const free = { id: 'free', incarnation: '1' }
    assert.equal(epochOf(await store.acquire({ group, candidate: free, ttlMs })), 1)
    assert.equal(epochOf(await store.acquire({ group, candidate: free, ttlMs })), 2)
    assert.equal(epochOf(await store.acquire({ group, candidate: free, minEpoch: 9, ttlMs })), 10)
  }),

  conformanceCase('epochs are exact up to 2^53', async ({ store, group }) => {
    const minEpoch = Number.MAX_SAFE_INTEGER - EPOCH_OWNERS
    const epoch = epochOf(await store.acquire({ group, candidate: a, minEpoch, ttlMs }))
    assert(epoch > minEpoch && Number.isSafeInteger(epoch))
    assert.equal(epoch % EPOCH_OWNERS, 1)
    assert.equal((await store.read(group)).record.epoch, epoch)
  }),

  conformanceCase('minEpoch above the record’s epoch makes the ISR suspect in the same step', async (bench) => {
    const { store, harness, group } = bench
    await store.acquire({ group, candidate: a, ttlMs })
    await store.updateIsr({ group, candidate: a, epoch: 1, expectedVersion: 0, isr: [{ brokerId: 'a', diskId: 'd' }] })
    await store.release({ group, candidate: a, epoch: 1 })
    const trusted = await store.acquire({ group, candidate: b, minEpoch: 1, ttlMs })
    assert(trusted.acquired)
    assert.equal(trusted.before.suspect, false)
    assert.equal(trusted.record.suspect, false)
    await store.release({ group, candidate: b, epoch: 2 })
    const answer = await store.acquire({ group, candidate: a, minEpoch: 3, ttlMs })
    assert(answer.acquired)
    assert.equal(answer.before.suspect, true)
    assert.equal(answer.record.suspect, true)
    assert.deepEqual(answer.record.isr, [{ brokerId: 'a', diskId: 'd' }])
    await harness.passTime(ttlMs)
    const next = await store.acquire({ group, candidate: b, ttlMs })
    assert(next.acquired)
    assert.equal(next.before.suspect, true, 'suspicion outlives its holder')
  }),

  conformanceCase(
    'a forgotten record is suspect to whoever remembers, and empty',
    async ({ store, harness, group }) => {
      await store.acquire({ group, candidate: a, ttlMs })
      await harness.forget(group)
      const answer = await store.acquire({ group, candidate: b, minEpoch: 1, ttlMs })
      assert(answer.acquired)
      assert.equal(answer.epoch, 2)
      assert.equal(answer.before.epoch, 0)
      assert.equal(answer.before.suspect, true)
      assert.deepEqual(answer.before.isr, [])
    },
  ),

  conformanceCase('the same incarnation may acquire again, above', async ({ store, group }) => {
    await store.acquire({ group, candidate: a, ttlMs })
    const answer = await store.acquire({ group, candidate: a, ttlMs })
    assert(answer.acquired)
    assert.equal(answer.epoch, 65)
    assert.equal(answer.before.epoch, 1)
  }),

  conformanceCase('another incarnation under the same id is another holder', async ({ store, harness, group }) => {
    await store.acquire({ group, candidate: a, ttlMs })
    const restarted = candidate('a', 'a-2')
    assert.equal((await store.acquire({ group, candidate: restarted, ttlMs })).acquired, false)
    await harness.passTime(ttlMs)
    assert.equal(epochOf(await store.acquire({ group, candidate: restarted, ttlMs })), 65)
  }),

  conformanceCase(
    'the clock jumps back: no lease runs longer than its length from then on',
    async ({ store, harness, group }) => {
      await store.acquire({ group, candidate: a, ttlMs })
      await harness.passTime(-3_600_000)
      assert((await store.read(group)).remainingMs <= ttlMs)
      const refused = await store.acquire({ group, candidate: b, ttlMs })
      assert(!refused.acquired)
      assert(refused.remainingMs <= ttlMs)
      await harness.passTime(ttlMs)
      assert.equal(epochOf(await store.acquire({ group, candidate: b, ttlMs })), 2)
    },
  ),

  conformanceCase(
    'the clock jumps forward: the lease is over, the epoch still rises',
    async ({ store, harness, group }) => {
      await store.acquire({ group, candidate: a, ttlMs })
      await harness.passTime(3_600_000)
      assert.equal(epochOf(await store.acquire({ group, candidate: b, ttlMs })), 2)
    },
  ),

  conformanceCase('of many who ask at once, one gets it', async ({ open, group }) => {
    const stores = await Promise.all(Array.from({ length: 8 }, () => open()))
    const answers = await Promise.all(
      stores.map((store, ownerIndex) =>
        store.acquire({ group, candidate: { id: `c${ownerIndex}`, incarnation: '1', ownerIndex }, ttlMs }),
      ),
    )
    const winners = answers.filter((answer) => answer.acquired)
    assert.equal(winners.length, 1)
    for (const answer of answers) assert.equal(answer.record.holder, winners[0]?.record.holder)
  }),

  conformanceCase('groups know nothing of each other', async ({ store, harness, group }) => {
    await store.acquire({ group, candidate: a, ttlMs })
    const other = `${group}:other group/ü {x}`
    await harness.forget(other)
    assert.equal(epochOf(await store.acquire({ group: other, candidate: b, ttlMs })), 2)
    assert.equal((await store.read(group)).record.holder, 'a')
    await harness.forget(other)
  }),

  conformanceCase('ids are any text', async ({ store, group }) => {
    const odd = { id: 'ä "quoted" \\ \n\t 日本 😀', incarnation: "it's; DROP--", ownerIndex: 7 }
    const epoch = epochOf(await store.acquire({ group, candidate: odd, ttlMs }))
    const isr = [{ brokerId: odd.id, diskId: odd.incarnation }]
    const answer = await store.updateIsr({ group, candidate: odd, epoch, expectedVersion: 0, isr })
    assert(answer.updated)
    const { record } = await store.read(group)
    assert.equal(record.holder, odd.id)
    assert.equal(record.incarnation, odd.incarnation)
    assert.deepEqual(record.isr, isr)
  }),

  conformanceCase('wrong arguments are a TypeError and reach nobody', async ({ store, group }) => {
    const wrong: (() => Promise<unknown>)[] = [
      () => store.acquire({ group: '', candidate: a, ttlMs }),
      () => store.acquire({ group, candidate: { ...a, id: '' }, ttlMs }),
      () => store.acquire({ group, candidate: { ...a, id: '\ud800' }, ttlMs }),
      () => store.acquire({ group, candidate: { ...a, id: 'a\0b' }, ttlMs }),
      () => store.acquire({ group, candidate: { ...a, ownerIndex: 64 }, ttlMs }),
      () => store.acquire({ group, candidate: a, ttlMs: 0 }),
      () => store.acquire({ group, candidate: a, ttlMs: Number.NaN }),
      () => store.acquire({ group, candidate: a, minEpoch: -1, ttlMs }),
      () => store.acquire({ group, candidate: a, minEpoch: Number.MAX_SAFE_INTEGER, ttlMs }),
      () => store.renew({ group, candidate: a, epoch: 1.5, ttlMs }),
      () => store.release({ group, candidate: a, epoch: Number.POSITIVE_INFINITY }),
      () =>
        store.updateIsr({ group, candidate: a, epoch: 1, expectedVersion: 0, isr: [{ brokerId: '', diskId: 'd' }] }),
      () => store.read('x'.repeat(257)),
    ]
    for (const call of wrong) await assert.rejects(call(), TypeError)
    assert.deepEqual((await store.read(group)).record, EMPTY_LEASE_RECORD)
  }),
]
