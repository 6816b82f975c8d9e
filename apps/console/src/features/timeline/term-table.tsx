import { useSnapshot, useWide } from '../../data/hooks.ts'
import type { JournalEntry } from '../../data/live/frames.ts'
import { formatDuration } from '../../lib/format.ts'
import type { ToldEvent } from '../../lib/told-events.ts'
import { BrokerMark } from '../../ui/broker-mark.tsx'
import { Pill } from '../../ui/pill.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Tellers } from '../../ui/tellers.tsx'
import { Time } from '../../ui/time.tsx'
import { VirtualList } from '../../ui/virtual-list.tsx'
import { EntryIcon, EntryLink } from './entry-link.tsx'
import type { Term } from './leadership.ts'

const endings = {
  stopped: 'stopped',
  resigned: 'resigned',
  'stepped-down': 'stepped down',
  silent: 'fell silent',
} as const

/** `then`: the table is of a snapshot, where who led last may lead no more. */
const termColumns = (now: number, then: boolean): readonly Column<Term>[] => [
  { id: 'leader', header: 'Leader', cell: ({ leaderId }) => <BrokerMark id={leaderId} name /> },
  {
    id: 'epoch',
    header: 'Epoch',
    align: 'right',
    cell: ({ epoch }) => <span className="font-mono text-xs">{epoch}</span>,
  },
  { id: 'elected', header: 'Elected', cell: ({ electedAt }) => <Time at={electedAt} full /> },
  {
    id: 'serves',
    header: then ? 'Served from' : 'Serves since',
    cell: ({ servesAt }) => (servesAt === null ? <span className="text-text-3">unknown</span> : <Time at={servesAt} />),
  },
  {
    id: 'end',
    header: 'Until',
    cell: ({ endAt }) =>
      endAt !== null ? (
        <Time at={endAt} />
      ) : then ? (
        'led when the snapshot was taken'
      ) : (
        <span className="text-ok">leads now</span>
      ),
  },
  {
    id: 'how',
    header: 'How it ended',
    cell: ({ endAt, lostBy }) => (endAt === null ? '–' : endings[lostBy ?? 'silent']),
  },
  {
    id: 'led',
    header: 'Led for',
    align: 'right',
    cell: ({ servesAt, electedAt, endAt }) => formatDuration((endAt ?? now) - (servesAt ?? electedAt)),
  },
]

/** The same as the lanes, to read: a line for each event, with all brokers that tell it, as in the log. */
export function TermTable({
  terms,
  events,
  range,
  now,
}: {
  terms: readonly Term[]
  events: readonly ToldEvent<JournalEntry>[]
  range: { readonly from: number; readonly to: number }
  now: number
}) {
  const wide = useWide(640)
  const snapshot = useSnapshot()
  const shown = terms.filter(({ electedAt, endAt }) => electedAt <= range.to && (endAt ?? now) >= range.from)
  return (
    <div>
      {shown.length === 0 ? (
        <p className="px-3 py-2 text-text-2 text-xs">No leader is known of this time.</p>
      ) : (
        <Table
          rows={shown.slice(-200).toReversed()}
          columns={termColumns(now, snapshot !== null)}
          keyOf={({ epoch }) => String(epoch)}
          label="Leaders"
        />
      )}
      {events.length === 0 ? null : (
        <VirtualList
          items={events}
          rowHeight={wide ? 30 : 44}
          grows={!wide}
          keyOf={({ first }) => `${first.brokerId} ${first.seq}`}
          label="Events"
          className="h-96 border-t"
          render={({ first, entries, agree }) => (
            <div className="flex h-full items-center gap-3 px-3 hover:bg-surface-2 max-sm:min-h-11 max-sm:gap-2 max-sm:py-1.5">
              <Time at={first.at} className="text-text-3" />
              <Tellers ids={entries.map(({ brokerId }) => brokerId)} />
              <EntryIcon entry={first} />
              <span className="w-32 shrink-0 truncate font-mono text-2xs text-text-3 max-sm:hidden">{first.type}</span>
              <span className="min-w-0 max-sm:leading-4 sm:truncate">
                <EntryLink entry={first} />
              </span>
              {agree ? null : (
                <Pill tone="warn" className="ml-auto">
                  told differently
                </Pill>
              )}
            </div>
          )}
        />
      )}
    </div>
  )
}
