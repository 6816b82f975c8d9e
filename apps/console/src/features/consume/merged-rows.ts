/** A row of a stream, which numbers its rows 1, 2, 3 …. */
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
  /** By stream: the newest row that was seen, which is also how many there ever were. */
  #newest: ReadonlyMap<string, number> = new Map()

  get rows(): readonly MergedRow<Row>[] {
    return this.#rows
  }

  /** Rows that ever came, by stream. */
  get totals(): ReadonlyMap<string, number> {
    return this.#newest
  }

  /** What a stream has now, oldest first. */
  take(key: string, rows: readonly Row[]): void {
    const before = this.#newest.get(key) ?? 0
    const oldest = rows[0]?.id ?? Number.POSITIVE_INFINITY
    let from = rows.length
    while (from > 0 && rows[from - 1]!.id > before) from--
    const kept = this.#rows.filter((each) => each.key !== key || each.row.id >= oldest)
    for (let index = from; index < rows.length; index++) kept.push({ key, row: rows[index]! })
    this.#rows = kept
    this.#newest = new Map(this.#newest).set(key, rows.at(-1)?.id ?? before)
  }

  drop(key: string): void {
    this.#rows = this.#rows.filter((each) => each.key !== key)
    this.#newest = new Map([...this.#newest].filter(([each]) => each !== key))
  }
}
