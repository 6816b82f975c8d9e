import { Link } from '@tanstack/react-router'
import type { JournalEntry } from '../../data/live/frames.ts'
import { brokerWords } from '../../lib/broker-words.ts'
import { cx } from '../../ui/cx.ts'
import { markIcons } from './mark-look.tsx'
import { markKind } from './marks.ts'

/** What a journal entry says, leading to its line in the log. */
export function EntryLink({ entry }: { entry: JournalEntry }) {
  return (
    <Link
      to="/log"
      search={{ at: `${entry.brokerId}:${entry.seq}` }}
      className={cx(
        'min-w-0 break-words text-xs hover:underline',
        entry.level === 'warn' && 'text-warn',
        entry.level === 'error' && 'text-bad',
      )}
    >
      {brokerWords(entry.text)}
    </Link>
  )
}

export function EntryIcon({ entry }: { entry: JournalEntry }) {
  const Icon = markIcons[markKind(entry)]
  return <Icon aria-hidden className="size-3 shrink-0 text-text-3" />
}
