/** Whatever has a number that only grows within its stream. */
export interface Numbered {
  readonly id: number
}

export interface MergedRow<Row extends Numbered> {
  /** Of the card whose stream it came from. */
  readonly key: string
  readonly row: Row
}

/**
 * Several streams as one list, in the order in which their rows came to this page. What a stream let go is gone here too, so
 * that the list is never larger than the streams together.
 */
export class MergedRows<Row extends Numbered> {
  #rows: readonly MergedRow<Row>[] = []
  /** By stream: the newest row taken, and how many there were. */
  readonly #seen = new Map<string, { newest: number; count: number }>()
  get rows(): readonly MergedRow<Row>[] {
    return this.#rows
  }

  /** Rows that ever came, by stream. */
  get totals(): ReadonlyMap<string, number> {
    return new Map([...this.#seen].map(([key, { count }]) => [key, count]))
  }

  /** What a stream has now, oldest first. */
  take(key: string, rows: readonly Row[]): void {
    const seen = this.#seen.get(key)
    const before = seen?.newest ?? 0
    const newest = rows.at(-1)?.id ?? before
    const oldest = rows[0]?.id ?? before + 1
    let from = rows.length
    while (from > 0 && rows[from - 1]!.id > before) from--
    this.#seen.set(key, { newest: Math.max(before, newest), count: (seen?.count ?? 0) + rows.length - from })
    const kept = this.#rows.filter((each) => each.key !== key || each.row.id >= oldest)
    for (let index = from; index < rows.length; index++) kept.push({ key, row: rows[index]! })
    this.#rows = kept
  }

  drop(key: string): void {
    this.#seen.delete(key)
    this.#rows = this.#rows.filter((each) => each.key !== key)
  }
}
