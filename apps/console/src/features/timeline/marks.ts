import type { JournalEntry, JournalLevel } from '../../data/live/frames.ts'

export type MarkKind =
  | 'up'
  | 'down'
  | 'role'
  | 'leader'
  | 'no-leader'
  | 'isr-shrank'
  | 'isr-grew'
  | 'heartbeat-missed'
  | 'lease-expired'
  | 'write-fenced'
  | 'coordinator-lost'
  | 'coordinator-back'
  | 'topic'
  | 'fault'
  | 'note'

export function markKind({ type, data }: Pick<JournalEntry, 'type' | 'data'>): MarkKind {
  switch (type) {
    case 'started':
      return 'up'
    case 'stopped':
      return 'down'
    case 'role-changed':
      return 'role'
    case 'leader-changed':
      return data?.leaderId == null ? 'no-leader' : 'leader'
    case 'isr-changed': {
      const isr = Array.isArray(data?.isr) ? data.isr : []
      const previous = Array.isArray(data?.previous) ? data.previous : []
      return previous.some((id) => !isr.includes(id)) ? 'isr-shrank' : 'isr-grew'
    }
    case 'heartbeat-missed':
    case 'lease-expired':
    case 'write-fenced':
    case 'coordinator-lost':
    case 'coordinator-back':
      return type
    case 'topic-created':
    case 'topic-deleted':
    case 'records-deleted':
      return 'topic'
    case 'log-failed':
    case 'disk-full':
      return 'fault'
    default:
      return 'note'
  }
}

/** Entries that lie too close together to be drawn apart. */
export interface Mark {
  /** Where in the window, 0 to 1. */
  readonly share: number
  /** Oldest first. */
  readonly entries: readonly JournalEntry[]
  /** The gravest of them gives the mark its look. */
  readonly kind: MarkKind
  readonly level: JournalLevel
}

const levelRank: Record<JournalLevel, number> = { info: 0, warn: 1, error: 2 }
/** Among entries of one level, what a person looks for comes first. */
export const markKinds: readonly MarkKind[] = [
  'no-leader',
  'down',
  'leader',
  'coordinator-lost',
  'fault',
  'lease-expired',
  'write-fenced',
  'heartbeat-missed',
  'isr-shrank',
  'up',
  'coordinator-back',
  'isr-grew',
  'role',
  'topic',
  'note',
]

/** One broker's entries within the window as marks, at least `gapShare` of the window apart and none nearer to its beginning than half of that, where it would be cut. Entries are oldest first. */
export function marksOf(
  entries: readonly JournalEntry[],
  { from, to }: { readonly from: number; readonly to: number },
  gapShare: number,
): readonly Mark[] {
  const groups: { share: number; entries: JournalEntry[] }[] = []
  for (const entry of entries) {
    if (entry.at < from || entry.at > to) continue
    const share = Math.max(gapShare / 2, (entry.at - from) / (to - from))
    const last = groups.at(-1)
    if (last !== undefined && share - last.share < gapShare) last.entries.push(entry)
    else groups.push({ share, entries: [entry] })
  }
  return groups.map(({ share, entries: group }) => {
    const grave = group.toSorted(
      (a, b) =>
        levelRank[b.level] - levelRank[a.level] || markKinds.indexOf(markKind(a)) - markKinds.indexOf(markKind(b)),
    )[0]!
    return { share, entries: group, kind: markKind(grave), level: grave.level }
  })
}
