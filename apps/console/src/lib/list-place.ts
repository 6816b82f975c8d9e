/** Where somebody is in a list whose rows are all of one height: exact, whatever is put in above. */
export interface ListPlace {
  /** The first row that is seen. */
  readonly row: string | number
  /** How much of it is scrolled away. */
  readonly hiddenPx: number
  /** At the end, and staying there as rows come. */
  readonly follow: boolean
}

/** Null: there is no row. */
export function placeIn(
  rows: { readonly count: number; readonly height: number; readonly keyOf: (index: number) => string | number },
  scrollTop: number,
  follow: boolean,
): ListPlace | null {
  const { count, height, keyOf } = rows
  if (count === 0) return null
  const index = Math.min(count - 1, Math.max(0, Math.floor(scrollTop / height)))
  return { row: keyOf(index), hiddenPx: scrollTop - index * height, follow }
}

/** How far to scroll to be there again; null: its row is not there (yet). */
export function scrollTopOf(
  rows: { readonly count: number; readonly height: number; readonly keyOf: (index: number) => string | number },
  { row, hiddenPx }: ListPlace,
): number | null {
  for (let index = 0; index < rows.count; index++) {
    if (rows.keyOf(index) === row) return index * rows.height + Math.min(hiddenPx, rows.height)
  }
  return null
}
