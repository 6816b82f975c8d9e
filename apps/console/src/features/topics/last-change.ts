import type { JournalEntry } from '../../data/live/frames.ts'

/** What changed last about who leads a topic's partitions and who has them; undefined: nothing in these entries, oldest first. */
export function lastChange(entries: readonly JournalEntry[], topic: string): JournalEntry | undefined {
  return entries.findLast(({ type, data }) =>
    type === 'topic-created' ? data?.topic === topic : type === 'leader-changed' || type === 'isr-changed',
  )
}
