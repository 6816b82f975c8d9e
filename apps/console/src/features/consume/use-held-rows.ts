import { useState } from 'react'
import type { ShownRow } from './shown-row.ts'

export interface HeldRows {
  readonly shown: readonly ShownRow[]
  /** Rows that came since the list stands still. */
  readonly newer: number
  /** Rows that ever came into this list. */
  readonly total: number
}

/** The newest rows while the list follows; while somebody reads further up, those there were when it stopped. */
export function useHeldRows(rows: readonly ShownRow[], total: number, follow: boolean): HeldRows {
  const [held, setHeld] = useState<{ rows: readonly ShownRow[]; total: number } | null>(null)
  if (follow && held !== null) setHeld(null)
  if (!follow && held === null) setHeld({ rows, total })
  return {
    shown: follow ? rows : (held?.rows ?? rows),
    newer: follow || held === null ? 0 : total - held.total,
    total,
  }
}
