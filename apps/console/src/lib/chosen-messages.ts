import type { Message } from './json/consume-text.ts'

/** A row of a list; one without a message, such as a note, is never chosen. */
export interface ListRow {
  readonly id: string
  readonly message?: Message
}

/** Messages that somebody chose, by the id of their row. They stay when the list goes on, is filtered or read anew. */
export type Chosen = ReadonlyMap<string, Message>

export const maxChosen = 10_000

/** With these too, as far as there is room. */
export function withRows(chosen: Chosen, rows: readonly ListRow[]): Chosen {
  const next = new Map(chosen)
  for (const row of rows) {
    if (next.size >= maxChosen) break
    if (row.message !== undefined) next.set(row.id, row.message)
  }
  return next
}

export function without(chosen: Chosen, id: string): Chosen {
  const next = new Map(chosen)
  next.delete(id)
  return next
}

/** The rows from one to another, whichever is above; only the second where the first is not in the list any more. */
export function rowsBetween<Row extends ListRow>(
  rows: readonly Row[],
  fromId: string | null,
  toId: string,
): readonly Row[] {
  const to = rows.findIndex(({ id }) => id === toId)
  if (to === -1) return []
  const from = rows.findIndex(({ id }) => id === fromId)
  return from === -1 ? [rows[to]!] : rows.slice(Math.min(from, to), Math.max(from, to) + 1)
}

/** By topic, and each partition in the order of its log. */
export function inLogOrder(chosen: Chosen): readonly Message[] {
  return [...chosen.values()].toSorted(
    (a, b) => Number(a.topic > b.topic) - Number(a.topic < b.topic) || a.partition - b.partition || a.offset - b.offset,
  )
}
