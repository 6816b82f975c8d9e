import type { JournalEntry, JournalLevel } from '../../data/live/frames.ts'
import { brokerWords } from '../../lib/broker-words.ts'
import type { ToldEvent } from '../../lib/told-events.ts'

export interface LogFilter {
  readonly q: string | undefined
  readonly level: JournalLevel | undefined
  readonly type: string | undefined
  readonly broker: string | undefined
}

const ranks: Record<JournalLevel, number> = { info: 0, warn: 1, error: 2 }

/** Text is looked for in the sentence, as it was written and as it is shown, the type and the data, whatever the case. */
export function matchLines(entries: readonly JournalEntry[], filter: LogFilter): readonly JournalEntry[] {
  const text = filter.q?.trim().toLowerCase() ?? ''
  const least = ranks[filter.level ?? 'info']
  return entries.filter(
    (entry) =>
      ranks[entry.level] >= least &&
      (filter.type === undefined || entry.type === filter.type) &&
      (filter.broker === undefined || entry.brokerId === filter.broker) &&
      (text === '' ||
        entry.text.toLowerCase().includes(text) ||
        shownText(entry).includes(text) ||
        entry.type.includes(text) ||
        JSON.stringify(entry.data ?? {})
          .toLowerCase()
          .includes(text)),
  )
}

/** One line of the page: an event, and the entry of it that the filter found first. */
export interface LogRow {
  readonly event: ToldEvent<JournalEntry>
  readonly lead: JournalEntry
}

/** The events of which at least one entry is among `lines`. */
export function rowsOf(events: readonly ToldEvent<JournalEntry>[], lines: readonly JournalEntry[]): readonly LogRow[] {
  const matching = new Set(lines)
  return events.flatMap((event) => {
    const lead = event.entries.find((entry) => matching.has(entry))
    return lead === undefined ? [] : [{ event, lead }]
  })
}

/** Whether a line that is named (`1:120`) is one of those that tell this event. */
export function tells({ entries }: ToldEvent<JournalEntry>, name: string | undefined): boolean {
  return name !== undefined && entries.some((entry) => lineName(entry) === name)
}

const shown = new WeakMap<JournalEntry, string>()

function shownText(entry: JournalEntry): string {
  const text = shown.get(entry) ?? brokerWords(entry.text).toLowerCase()
  shown.set(entry, text)
  return text
}

/** `1:120`, as it stands in the URL. */
export function lineName({ brokerId, seq }: Pick<JournalEntry, 'brokerId' | 'seq'>): string {
  return `${brokerId}:${seq}`
}

export function readLineName(name: string): { readonly brokerId: string; readonly seq: number } | null {
  const colon = name.lastIndexOf(':')
  const seq = Number(name.slice(colon + 1))
  return colon < 1 || !Number.isSafeInteger(seq) || seq < 1 ? null : { brokerId: name.slice(0, colon), seq }
}

/** One JSON object on each line, as the brokers told it, with the time in UTC for people. */
export function toNdjson(entries: readonly JournalEntry[]): string {
  return entries.map((entry) => `${JSON.stringify({ time: new Date(entry.at).toISOString(), ...entry })}\n`).join('')
}
