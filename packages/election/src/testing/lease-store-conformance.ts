import type { LeaseStore } from '../lease-store.ts'
import { acquireCases } from './conformance/acquire-cases.ts'
import { holderCases } from './conformance/holder-cases.ts'
import { identityCases } from './conformance/identity-cases.ts'
import { isrCases } from './conformance/isr-cases.ts'
import { observeCases } from './conformance/observe-cases.ts'

/** What the suite needs of an implementation: clients of one coordinator, and power over its time and memory. */
export interface LeaseStoreHarness {
  /** Another client of the same coordinator, as another process would open one. The suite closes it. */
  open(): Promise<LeaseStore>
  /** Lets time pass on the coordinator's clock; with a negative number the clock jumps back. */
  passTime(byMs: number): Promise<void>
  /** The coordinator loses the record of the group. */
  forget(group: string): Promise<void>
}

/** One thing that every LeaseStore must do. */
export interface ConformanceCase {
  /** A sentence for the test's title. */
  readonly name: string
  /** Rejects when the implementation does not conform. Cases use groups of their own and may share a coordinator. */
  run(harness: LeaseStoreHarness): Promise<void>
}

/**
 * What every LeaseStore must do. Give each case to the test runner in use:
 *
 *     for (const { name, run } of leaseStoreConformance) test(name, () => run(harness))
 */
export const leaseStoreConformance: readonly ConformanceCase[] = [
  ...acquireCases,
  ...holderCases,
  ...isrCases,
  ...observeCases,
  ...identityCases,
]
