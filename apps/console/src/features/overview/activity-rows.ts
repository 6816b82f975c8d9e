import type { JournalEntry } from '../../data/live/frames.ts'

/** Entries that say the same, from several brokers: one row. */
export interface ActivityRow {
  readonly first: JournalEntry
  /** Every broker that wrote it down, in that order. */
  readonly brokerIds: readonly string[]
}

/** Brokers learn of the same thing at slightly different times, by clocks that differ a little. */
const sameWithinMs = 5_000

/** Each broker writes down what it sees, so a new topic of three brokers is three entries; a person wants to read it once. */
export function activityRows(entries: readonly JournalEntry[]): readonly ActivityRow[] {
  const rows: { first: JournalEntry; brokerIds: string[] }[] = []
  const latest = new Map<string, { first: JournalEntry; brokerIds: string[] }>()
  for (const entry of entries) {
    const key = `${entry.type} ${entry.level} ${entry.text}`
    const known = latest.get(key)
    if (known !== undefined && entry.at - known.first.at <= sameWithinMs && !known.brokerIds.includes(entry.brokerId)) {
      known.brokerIds.push(entry.brokerId)
      continue
    }
    const row = { first: entry, brokerIds: [entry.brokerId] }
    rows.push(row)
    latest.set(key, row)
  }
  return rows
}
