import { LIMITS } from '@yak/protocol'
import { MAX_STORED_BATCH_BYTES } from './segment/batch-head.ts'

/** Settings of one log; each has a default. */
export interface LogConfig {
  /** A segment is closed before it would grow beyond this. 1 KiB to 1 GiB; default 128 MiB. */
  readonly segmentBytes: number
  /** A segment older than this is closed. Default 7 days. */
  readonly segmentMs: number
  /** Oldest segments go while the log is larger than this; −1: never. Default −1. */
  readonly retentionBytes: number
  /** Segments go whose newest record is older than this; −1: never. Default 7 days. */
  readonly retentionMs: number
  /** Bytes of batches between two index entries. Default 4 KiB. */
  readonly indexIntervalBytes: number
  /** The largest batch that a leader takes. At most 64 MiB; default LIMITS.maxBatchBytes. */
  readonly maxBatchBytes: number
  /**
   * `always`: an append is done when fdatasync has confirmed it. `interval`: when it is written; a sync follows within
   * `flushIntervalMs`, and a power cut may take what was appended since. Default always.
   */
  readonly flush: 'always' | 'interval'
  /** For `flush: 'interval'`. Default 1,000 ms. */
  readonly flushIntervalMs: number
  /** Producers remembered; beyond it the one not heard of for longest is forgotten. Default 10,000. */
  readonly maxProducers: number
  /** Producers not heard of for this long are forgotten. Default 7 days. */
  readonly producerExpiryMs: number
  /**
   * Zeros written ahead of small appends, so that a sync need not record a new file size; 0: none. Appends larger than a
   * quarter of it never write ahead. At most 1 MiB; default 256 KiB.
   */
  readonly preallocateBytes: number
  /** Bytes written and synced together. Default 1 MiB. */
  readonly maxGroupBytes: number
  /** Bytes appended to this log and not yet durable; above it an append throws OVERLOADED. Default 16 MiB. */
  readonly maxPendingBytes: number
  /**
   * The synced end is written to the checkpoint so long after a commit at most; 0: behind each commit. No commit waits for it.
   * It outlives the process at once, and a power cut from the next `checkpointSyncMs` of the disk on. Default 100 ms.
   */
  readonly syncedEndLagMs: number
  /** A wall clock that jumps ahead is not believed by retention for this long. Default 1 hour. */
  readonly clockDoubtMs: number
}

export const MAX_PREALLOCATE_BYTES = 1_048_576

const DAY_MS = 86_400_000
const KIB = 1_024
const MIB = 1_048_576

/** What holds for a log unless it says otherwise. */
export const DEFAULT_LOG_CONFIG: LogConfig = {
  segmentBytes: 128 * MIB,
  segmentMs: 7 * DAY_MS,
  retentionBytes: -1,
  retentionMs: 7 * DAY_MS,
  indexIntervalBytes: 4 * KIB,
  maxBatchBytes: LIMITS.maxBatchBytes,
  flush: 'always',
  flushIntervalMs: 1_000,
  maxProducers: 10_000,
  producerExpiryMs: 7 * DAY_MS,
  preallocateBytes: 256 * KIB,
  maxGroupBytes: MIB,
  maxPendingBytes: 16 * MIB,
  syncedEndLagMs: 100,
  clockDoubtMs: 3_600_000,
}

const LOWEST: Readonly<Record<Exclude<keyof LogConfig, 'flush'>, number>> = {
  segmentBytes: KIB,
  segmentMs: 1,
  retentionBytes: -1,
  retentionMs: -1,
  indexIntervalBytes: 0,
  maxBatchBytes: 61,
  flushIntervalMs: 1,
  maxProducers: 1,
  producerExpiryMs: 1,
  preallocateBytes: 0,
  maxGroupBytes: 1,
  maxPendingBytes: 1,
  syncedEndLagMs: 0,
  clockDoubtMs: 0,
}
const HIGHEST: Readonly<Partial<Record<keyof LogConfig, number>>> = {
  segmentBytes: 1_073_741_824,
  preallocateBytes: MAX_PREALLOCATE_BYTES,
  maxBatchBytes: MAX_STORED_BATCH_BYTES,
}

/** Fills in the defaults. @throws TypeError for a value that is not allowed. */
export function resolveLogConfig(config: Partial<LogConfig> = {}): LogConfig {
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined))
  const resolved: LogConfig = { ...DEFAULT_LOG_CONFIG, ...given }
  for (const [name, lowest] of Object.entries(LOWEST)) {
    const value = resolved[name as keyof typeof LOWEST]
    if (!Number.isSafeInteger(value) || value < lowest) {
      throw new TypeError(`${name} is ${value}; it must be a whole number from ${lowest} on`)
    }
  }
  for (const [name, highest] of Object.entries(HIGHEST)) {
    const value = resolved[name as keyof typeof LOWEST]
    if (value > highest) throw new TypeError(`${name} is ${value}; it must be at most ${highest}`)
  }
  if (resolved.flush !== 'always' && resolved.flush !== 'interval') {
    throw new TypeError(`flush is ${String(resolved.flush)}; it must be always or interval`)
  }
  return resolved
}
