import { useCallback, useMemo, useRef, useState } from 'react'
import { type Chosen, rowsBetween, without, withRows } from './chosen-messages.ts'
import type { GridRow } from './message-grid.tsx'

export interface ChosenMessages {
  readonly chosen: Chosen
  /** How many of them are in the list now, and how many it has. Both 0 while none is chosen. */
  readonly inList: number
  readonly listed: number
  /** Chooses a row or leaves it; with `range` chooses all from the one before it on. */
  readonly choose: (id: string, range: boolean) => void
  readonly chooseAll: () => void
  readonly clear: () => void
}

/** Which messages of a list are chosen; as long as the page of its topic is there. */
export function useChosenMessages(rows: readonly GridRow[]): ChosenMessages {
  const [chosen, setChosen] = useState<Chosen>(new Map())
  const anchor = useRef<string | null>(null)
  const latest = useRef(rows)
  latest.current = rows
  const choose = useCallback((id: string, range: boolean) => {
    const from = range ? anchor.current : null
    anchor.current = id
    const between = rowsBetween(latest.current, from, id)
    setChosen((before) => (!range && before.has(id) ? without(before, id) : withRows(before, between)))
  }, [])
  const chooseAll = useCallback(() => setChosen((before) => withRows(before, latest.current)), [])
  const clear = useCallback(() => {
    anchor.current = null
    setChosen(new Map())
  }, [])
  const [inList, listed] = useMemo(() => {
    const messages = chosen.size === 0 ? [] : rows.filter(({ kind }) => kind === 'message')
    return [messages.filter(({ id }) => chosen.has(id)).length, messages.length]
  }, [chosen, rows])
  return { chosen, inList, listed, choose, chooseAll, clear }
}
