import type { JournalEntry } from '../../data/live/frames.ts'
import { brokerName } from '../../lib/brokers.ts'

/** Leader changes for the charts: each epoch once, when the first broker wrote it down. */
export function leaderTicks(
  entries: readonly JournalEntry[],
): readonly { readonly at: number; readonly label: string }[] {
  const ticks = new Map<number, { at: number; label: string }>()
  for (const { type, at, data } of entries) {
    const leaderId = data?.leaderId
    const epoch = data?.epoch
    if (type !== 'leader-changed' || typeof leaderId !== 'string' || typeof epoch !== 'number') continue
    const known = ticks.get(epoch)
    if (known === undefined || at < known.at) ticks.set(epoch, { at, label: `${brokerName(leaderId)} e${epoch}` })
  }
  return [...ticks.values()].toSorted((a, b) => a.at - b.at)
}
