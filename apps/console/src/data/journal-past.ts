import type { JournalEntry } from './live/frames.ts'

/** Older than what the live feed began with, as far as somebody asked for it. */
export interface History {
  readonly entries: readonly JournalEntry[]
  /** The oldest entry each broker still has, where it told. */
  readonly first: ReadonlyMap<string, number>
  readonly loading: boolean
  readonly error: unknown
}

export const noHistory: History = { entries: [], first: new Map(), loading: false, error: null }
