/** How a run of messages goes; all numbers so far. */
export interface RepeatProgress {
  readonly wanted: number
  readonly sent: number
  readonly acked: number
  readonly failed: number
  readonly elapsedMs: number
  /** Acknowledged a second. */
  readonly rate: number
  /** From the send to the acknowledgement; null before the first. */
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  readonly first: { readonly partition: number; readonly offset: number } | null
  readonly last: { readonly partition: number; readonly offset: number } | null
  readonly error: string | null
  readonly state: 'running' | 'stopping' | 'done'
}

export const maxRepeatCount = 10_000
export const maxRepeatRate = 10_000

/** How many more are due after `elapsedMs`, so that the pace holds whatever the timer does. */
export function dueCount(elapsedMs: number, ratePerSecond: number, sent: number, wanted: number): number {
  return Math.max(0, Math.min(wanted, Math.floor((elapsedMs * ratePerSecond) / 1_000) + 1) - sent)
}

/** Jitter makes a message late by up to an interval, and by this where intervals are shorter. */
const leastJitterMs = 200

/** How late the next messages leave with jitter; the pace stays as it is. `random` is in [0, 1). */
export function jitterMs(ratePerSecond: number, random: number): number {
  return Math.max(leastJitterMs, 1_000 / ratePerSecond) * random
}

/** The value below which this share of the sorted values lies; null without any. */
export function percentile(sorted: readonly number[], share: number): number | null {
  if (sorted.length === 0) return null
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)]!
}
