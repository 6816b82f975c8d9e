/** What is needed to put journals of several brokers in one order; `data/` has the whole entry. */
export interface Placed {
  readonly at: number
  readonly brokerId: string
  readonly seq: number
}

/** Two lists as one, each entry once, oldest first; entries of one broker stay in the order of their `seq`. */
export function mergeJournal<Entry extends Placed>(a: readonly Entry[], b: readonly Entry[]): readonly Entry[] {
  if (a.length === 0) return b
  if (b.length === 0) return a
  const entries = new Map<string, Entry>()
  for (const entry of [...a, ...b]) entries.set(`${entry.brokerId} ${entry.seq}`, entry)
  return [...entries.values()].toSorted(
    (x, y) => x.at - y.at || (x.brokerId === y.brokerId ? x.seq - y.seq : x.brokerId < y.brokerId ? -1 : 1),
  )
}

/** The oldest `seq` of each broker among these: what comes before it is not loaded. */
export function oldestSeqs(entries: readonly Placed[]): ReadonlyMap<string, number> {
  const oldest = new Map<string, number>()
  for (const { brokerId, seq } of entries) oldest.set(brokerId, Math.min(seq, oldest.get(brokerId) ?? seq))
  return oldest
}
