import type { Candidate, LeaseStore } from '../../lease-store.ts'
import type { ConformanceCase, LeaseStoreHarness } from '../lease-store-conformance.ts'
import { ObservationLog } from '../observation-log.ts'

/** What a case works with: a group of its own, and clients that are closed behind it. */
export interface ConformanceBench {
  readonly harness: LeaseStoreHarness
  readonly group: string
  readonly store: LeaseStore
  open(): Promise<LeaseStore>
  watch(store: LeaseStore): ObservationLog
}

let groupCount = 0

export function conformanceCase(name: string, body: (bench: ConformanceBench) => Promise<void>): ConformanceCase {
  return {
    name,
    async run(harness) {
      const stores: LeaseStore[] = []
      const logs: ObservationLog[] = []
      const group = `conformance-${++groupCount}`
      await harness.forget(group)
      const open = async () => {
        const store = await harness.open()
        stores.push(store)
        return store
      }
      const watch = (store: LeaseStore) => {
        const log = new ObservationLog(store, group)
        logs.push(log)
        return log
      }
      try {
        await body({ harness, group, store: await open(), open, watch })
      } finally {
        for (const log of logs) log.stop()
        await Promise.all(stores.map((store) => store.close()))
      }
    },
  }
}

/** Broker a, b, c, … with owner index 1, 2, 3, …: epoch 64 n + index is its own. */
export function candidate(id: 'a' | 'b' | 'c', incarnation = `${id}-1`): Candidate {
  return { id, incarnation, ownerIndex: { a: 1, b: 2, c: 3 }[id] }
}

/** Long enough that no case sees it run out by itself. */
export const ttlMs = 60_000
