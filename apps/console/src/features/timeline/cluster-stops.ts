import type { LeaderEntry } from './leadership.ts'

/** A time in which no broker ran, as each had been told to stop. */
export interface ClusterStop {
  /** The last of them began to stop. */
  readonly fromAt: number
  /** The first of them ran again; null: none does yet. */
  readonly toAt: number | null
}

interface Down {
  readonly from: number
  readonly to: number
}

/**
 * When the whole cluster was stopped and not lost: every broker's own journal has its stop before that time, and its next
 * start after it. One that was killed has no such word, nor has one whose journal was not read or begins later; with one of
 * them nothing is said. `brokerIds`: all there are.
 */
export function clusterStops(entries: readonly LeaderEntry[], brokerIds: readonly string[]): readonly ClusterStop[] {
  const byBroker = Map.groupBy(entries, ({ brokerId }) => brokerId)
  const ids = new Set([...brokerIds, ...byBroker.keys()])
  const downs = [...ids].map((id) => downsOf(byBroker.get(id) ?? []))
  const stops: ClusterStop[] = []
  for (const { from } of downs.flat().toSorted((a, b) => a.from - b.from)) {
    // Before its first start of all a broker was not told to stop.
    if (from === Number.NEGATIVE_INFINITY) continue
    const around = downs.map((each) => each.find((down) => down.from <= from && from < down.to))
    const toAt = Math.min(...around.map((down) => down?.to ?? Number.NEGATIVE_INFINITY))
    if (toAt > from && stops.at(-1)?.fromAt !== from)
      stops.push({ fromAt: from, toAt: toAt === Number.POSITIVE_INFINITY ? null : toAt })
  }
  return stops
}

/** From each stop of a broker to its next start; also the time before its first start of all. */
function downsOf(own: readonly LeaderEntry[]): readonly Down[] {
  const inOrder = own.toSorted((a, b) => a.seq - b.seq)
  const downs: Down[] = []
  const [first] = inOrder
  if (first?.seq === 1 && first.type === 'started') downs.push({ from: Number.NEGATIVE_INFINITY, to: first.at })
  let from: number | null = null
  for (const { type, at } of inOrder) {
    if (type === 'stopped') from ??= at
    else if (type === 'started' && from !== null) {
      downs.push({ from, to: at })
      from = null
    }
  }
  if (from !== null) downs.push({ from, to: Number.POSITIVE_INFINITY })
  return downs
}
