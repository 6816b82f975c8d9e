import type { Message } from '../../lib/json/consume-text.ts'
import type { GridRow } from './message-grid.tsx'

/** Messages that somebody chose, by the id of their row. They stay when the list goes on, is filtered or read anew. */
export type Chosen = ReadonlyMap<string, Message>

export const maxChosen = 10_000

/** With these too, as far as there is room. */
export function withRows(chosen: Chosen, rows: readonly GridRow[]): Chosen {
  const next = new Map(chosen)
  for (const row of rows) {
    if (next.size >= maxChosen) break
    if (row.kind === 'message') next.set(row.id, row.message)
  }
  return next
}

export function without(chosen: Chosen, id: string): Chosen {
  const next = new Map(chosen)
  next.delete(id)
  return next
}

/** The rows from one to another, whichever is above; only the second where the first is not in the list any more. */
export function rowsBetween(rows: readonly GridRow[], fromId: string | null, toId: string): readonly GridRow[] {
  const to = rows.findIndex(({ id }) => id === toId)
  if (to === -1) return []
  const from = rows.findIndex(({ id }) => id === fromId)
  return from === -1 ? [rows[to]!] : rows.slice(Math.min(from, to), Math.max(from, to) + 1)
}

/** Each partition in the order of its log. */
export function inLogOrder(chosen: Chosen): readonly Message[] {
  return [...chosen.values()].toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)
}
