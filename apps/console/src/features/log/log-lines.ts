import type { JournalEntry, JournalLevel } from '../../data/live/frames.ts'
import { brokerWords } from '../../lib/broker-words.ts'

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
