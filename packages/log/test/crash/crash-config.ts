import type { LogConfig } from '../../src/index.ts'

export const CRASH_FOLDER = 'orders-0'
/** Small, so that a short life sees rolls, and groups that write ahead and groups that do not. */
export const CRASH_CONFIG: Partial<LogConfig> = {
  segmentBytes: 131_072,
  preallocateBytes: 16_384,
  indexIntervalBytes: 1_024,
  syncedEndLagMs: 5,
}
