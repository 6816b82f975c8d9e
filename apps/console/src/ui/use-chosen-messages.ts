import { useCallback, useRef, useState } from 'react'
import { type Chosen, type ListRow, rowsBetween, without, withRows } from '../lib/chosen-messages.ts'

export interface ChosenMessages {
  readonly chosen: Chosen
  /** Chooses a row of `rows` or leaves it; with `range` chooses all from the one before it on. */
  readonly choose: (rows: readonly ListRow[], id: string, range: boolean) => void
  readonly chooseAll: (rows: readonly ListRow[]) => void
  readonly clear: () => void
}

/** Which messages are chosen; as long as the page is there, whatever its lists show meanwhile. */
export function useChosenMessages(): ChosenMessages {
  const [chosen, setChosen] = useState<Chosen>(new Map())
  const anchor = useRef<string | null>(null)
  const choose = useCallback((rows: readonly ListRow[], id: string, range: boolean) => {
    const between = rowsBetween(rows, range ? anchor.current : null, id)
    anchor.current = id
    setChosen((before) => (!range && before.has(id) ? without(before, id) : withRows(before, between)))
  }, [])
  const chooseAll = useCallback((rows: readonly ListRow[]) => setChosen((before) => withRows(before, rows)), [])
  const clear = useCallback(() => {
    anchor.current = null
    setChosen(new Map())
  }, [])
  return { chosen, choose, chooseAll, clear }
}
