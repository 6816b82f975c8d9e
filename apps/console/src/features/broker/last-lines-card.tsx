import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useJournal } from '../../data/hooks.ts'
import type { JournalEntry } from '../../data/live/frames.ts'
import { brokerWords } from '../../lib/broker-words.ts'
import { brokerName } from '../../lib/brokers.ts'
import { Card } from '../../ui/card.tsx'
import { cx } from '../../ui/cx.ts'
import { Age } from '../../ui/time.tsx'

const shownLines = 12

/** What the broker wrote into its journal last. */
export function LastLinesCard({ id }: { id: string }) {
  const { entries, loaded } = useJournal()
  const own = useMemo(
    () =>
      entries
        .filter(({ brokerId }) => brokerId === id)
        .slice(-shownLines)
        .toReversed(),
    [entries, id],
  )
  return (
    <Card
      title="Last in its journal"
      flush
      aside={
        <Link
          to="/log"
          search={{ broker: id }}
          className="inline-flex min-h-6 items-center text-text-3 text-xs underline underline-offset-2 hover:text-text"
        >
          All lines of {brokerName(id)}
        </Link>
      }
    >
      {own.length === 0 ? (
        <p className="p-3 text-text-3 text-xs">{loaded ? 'No line that the console has read.' : 'Reading …'}</p>
      ) : (
        <ul className="divide-y">
          {own.map((entry) => (
            <LastLine key={entry.seq} entry={entry} />
          ))}
        </ul>
      )}
    </Card>
  )
}

const levelClass = { info: 'text-text', warn: 'text-warn', error: 'text-bad' } as const

function LastLine({ entry }: { entry: JournalEntry }) {
  return (
    <li className="flex min-h-8 items-baseline gap-3 px-3 py-1.5">
      <Age at={entry.at} className="w-20 shrink-0 text-text-3 text-xs" />
      <Link
        to="/log"
        search={{ at: `${entry.brokerId}:${entry.seq}` }}
        className={cx('-my-1 min-w-0 text-pretty break-words py-1 text-xs hover:underline', levelClass[entry.level])}
      >
        {entry.level === 'info' ? null : <span className="font-semibold">{entry.level}: </span>}
        {brokerWords(entry.text)}
      </Link>
    </li>
  )
}
