import {
  CircleAlert,
  Crown,
  DatabaseZap,
  HeartCrack,
  Info,
  ListTree,
  type LucideIcon,
  Power,
  PowerOff,
  ShieldBan,
  TimerOff,
  TriangleAlert,
  UserRoundX,
  Users,
  Vote,
} from 'lucide-react'
import type { JournalEntry } from '../../data/live/frames.ts'
import { type MarkKind, markKind, markKinds } from './marks.ts'

export const markIcons: Record<MarkKind, LucideIcon> = {
  up: Power,
  down: PowerOff,
  role: Vote,
  leader: Crown,
  'no-leader': TriangleAlert,
  'isr-shrank': UserRoundX,
  'isr-grew': Users,
  'heartbeat-missed': HeartCrack,
  'lease-expired': TimerOff,
  'write-fenced': ShieldBan,
  'coordinator-lost': DatabaseZap,
  'coordinator-back': DatabaseZap,
  topic: ListTree,
  fault: CircleAlert,
  note: Info,
}

export const markNames: Record<MarkKind, string> = {
  up: 'started',
  down: 'stopped',
  role: 'change of role',
  leader: 'leader known',
  'no-leader': 'no leader known',
  'isr-shrank': 'in-sync replicas shrank',
  'isr-grew': 'in-sync replicas grew',
  'heartbeat-missed': 'heartbeat missed',
  'lease-expired': 'lease expired',
  'write-fenced': 'fenced write refused',
  'coordinator-lost': 'coordinator lost',
  'coordinator-back': 'coordinator back',
  topic: 'topic created or deleted',
  fault: 'log or disk failed',
  note: 'another entry',
}

/** What the marks in view mean. */
export function MarkLegend({ entries }: { entries: readonly JournalEntry[] }) {
  const seen = new Set(entries.map(markKind))
  if (seen.size === 0) return null
  return (
    <ul aria-label="Legend" className="flex flex-wrap gap-x-4 gap-y-1 px-3 py-2 text-2xs text-text-2">
      {markKinds
        .filter((kind) => seen.has(kind))
        .map((kind) => {
          const Icon = markIcons[kind]
          return (
            <li key={kind} className="flex items-center gap-1.5 whitespace-nowrap">
              <Icon aria-hidden className="size-3 text-text-3" />
              {markNames[kind]}
            </li>
          )
        })}
    </ul>
  )
}
