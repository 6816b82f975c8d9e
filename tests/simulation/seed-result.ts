import type { ConfigurationChoice } from './configuration.ts'
import type { CoverageKind } from './coverage.ts'
import type { WriteWait } from './write-waits.ts'

/** What to run, as plain data: it travels to worker threads. */
export interface SeedRequest {
  readonly seed: number
  readonly choice?: ConfigurationChoice
  /** The names of mutations of the core's rules, from mutations.ts: all of them at once. */
  readonly mutations?: readonly string[]
  readonly isTraced?: boolean
}

export interface SeedResult {
  readonly seed: number
  /** The core on a modelled log, instead of the driver on the real one. */
  readonly isModelled: boolean
  /** Empty: clean. The first is the one to look at. */
  readonly failures: readonly string[]
  readonly coverage: ReadonlyMap<CoverageKind, number>
  readonly eventCount: number
  /** Of the order and times of all events: the same run has the same one. */
  readonly fingerprint: number
  readonly simulatedMs: number
  /** From the end of all faults to the first acknowledged send, and to the last replica being whole. */
  readonly recoveredAfterMs: number
  readonly wholeAfterMs: number
  readonly waits: readonly WriteWait[]
  readonly sends: number
  readonly records: number
  readonly trace: readonly string[]
}
