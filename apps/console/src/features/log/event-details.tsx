import { Link } from '@tanstack/react-router'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import type { JournalEntry } from '../../data/live/frames.ts'
import { brokerWords } from '../../lib/broker-words.ts'
import type { ToldEvent } from '../../lib/told-events.ts'
import { BrokerMark } from '../../ui/broker-mark.tsx'
import { IconButton } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { cx } from '../../ui/cx.ts'
import { Facts } from '../../ui/stat.tsx'
import { Time } from '../../ui/time.tsx'
import { lineName } from './log-lines.ts'

/** All that is told of one event, and by whom; where brokers tell it differently, what each of them does. */
export function EventDetails({
  event: { first, entries },
  at,
  onClose,
}: {
  event: ToldEvent<JournalEntry>
  /** The line that the address names. */
  at: string | undefined
  onClose: () => void
}) {
  const names = [...new Set(entries.flatMap(({ data }) => Object.keys(data ?? {})))]
  const named = entries.find((entry) => lineName(entry) === at) ?? first
  return (
    <section
      aria-label="The line"
      className="scroll-y max-h-64 shrink-0 overflow-y-auto border-t bg-surface-2 p-3 max-sm:max-h-56"
    >
      <div className="flex items-center gap-2 max-sm:flex-wrap max-sm:items-start">
        <p className="min-w-0 grow max-sm:-order-1 max-sm:grow-0 max-sm:basis-[calc(100%-3.25rem)] text-pretty break-words font-medium">
          {brokerWords(first.text)}
        </p>
        <CopyButton label="Copy link" text={() => `${location.origin}${location.pathname}?at=${lineName(named)}`} />
        <CopyButton label="Copy JSON" text={() => JSON.stringify(entries.length === 1 ? first : entries, null, 2)} />
        <IconButton label="Close" keys="Esc" onClick={onClose} className="!size-7 max-sm:-order-1 max-sm:-my-2.5">
          <X />
        </IconButton>
      </div>
      <p className="eyebrow mt-2">{entries.length === 1 ? 'Told by' : `Told by ${entries.length}`}</p>
      <ul className="mb-1 max-w-lg">
        {entries.map((entry) => (
          <Teller key={lineName(entry)} entry={entry} on={entry === named} />
        ))}
      </ul>
      <Facts
        className="max-w-lg"
        rows={[
          [
            'Type',
            <span key="y" className="font-mono">
              {first.type}
            </span>,
          ],
          ['Written in epoch', byBroker(entries, ({ epoch }) => (epoch < 0 ? 'none' : String(epoch)))],
          ...names.map(
            (name) =>
              [
                <code key={name} className="font-mono">
                  {name}
                </code>,
                byBroker(entries, ({ data }) => valueText(data?.[name])),
              ] as const,
          ),
        ]}
      />
    </section>
  )
}

/** Who tells it, when by its own clock, and its line. */
function Teller({ entry, on }: { entry: JournalEntry; on: boolean }) {
  const name = lineName(entry)
  return (
    <li className="flex items-center gap-4 text-xs max-sm:gap-2">
      <span className="min-w-12">
        <BrokerMark id={entry.brokerId} name />
      </span>
      <Time at={entry.at} full named />
      <Link
        to="/log"
        search={(before) => ({ ...before, at: name })}
        replace
        aria-label={`Line ${name}`}
        aria-current={on || undefined}
        className={cx(
          'ml-auto inline-flex min-h-6 min-w-10 items-center justify-end font-mono underline underline-offset-2 hover:text-text max-sm:min-h-11',
          on ? 'text-text decoration-2' : 'text-text-2 decoration-line-2',
        )}
      >
        {name}
      </Link>
    </li>
  )
}

/** What all say is said once; else each says its own. */
function byBroker(entries: readonly JournalEntry[], textOf: (entry: JournalEntry) => string): ReactNode {
  const texts = new Set(entries.map(textOf))
  if (texts.size === 1) return <span className="break-all font-mono">{[...texts][0]}</span>
  return entries.map((entry) => (
    <span key={lineName(entry)} className="flex items-baseline justify-end gap-2 text-warn">
      <span className="break-all font-mono">{textOf(entry)}</span>
      <BrokerMark id={entry.brokerId} size="sm" />
    </span>
  ))
}

function valueText(value: unknown): string {
  return value === undefined ? 'not told' : typeof value === 'string' ? value : JSON.stringify(value)
}
