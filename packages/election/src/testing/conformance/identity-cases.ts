import assert from 'node:assert/strict'
import type { ConformanceCase } from '../lease-store-conformance.ts'
import { candidate, conformanceCase, ttlMs } from './conformance-bench.ts'

export const identityCases: readonly ConformanceCase[] = [
  conformanceCase('whoever asks is told the same id, also when all ask at once', async ({ open }) => {
    const stores = await Promise.all([open(), open(), open()])
    const ids = await Promise.all(stores.map((store) => store.identify()))
    assert.equal(new Set(ids).size, 1)
    assert.notEqual(ids[0], '')
    assert.equal(await stores[1]!.identify(), ids[0])
  }),

  conformanceCase('the id belongs to no group and stays when a record goes', async ({ store, group, harness }) => {
    const id = await store.identify()
    await store.acquire({ group, candidate: candidate('a'), ttlMs })
    await harness.forget(group)
    assert.equal(await store.identify(), id)
    assert.equal((await store.read(group)).record.epoch, 0)
  }),
]
