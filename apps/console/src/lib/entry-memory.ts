/**
 * What belongs to an entry of the browser's history and not into its address: how far a list was scrolled, how much of it was
 * read. Of the newest entries; a page that is loaded anew begins without.
 */
export class EntryMemory {
  readonly #maxEntries: number
  readonly #entries = new Map<string, Map<string, unknown>>()

  constructor(maxEntries = 100) {
    this.#maxEntries = maxEntries
  }

  /** What was written for this entry under this name; undefined: nothing. */
  read<Value>(entry: string, name: string): Value | undefined {
    return this.#entries.get(entry)?.get(name) as Value | undefined
  }

  /** Undefined: forgets it. */
  write(entry: string, name: string, value: unknown): void {
    const values = this.#entries.get(entry) ?? new Map<string, unknown>()
    // The one that was written last goes last.
    this.#entries.delete(entry)
    if (value === undefined) values.delete(name)
    else values.set(name, value)
    if (values.size > 0) this.#entries.set(entry, values)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > this.#maxEntries && oldest !== undefined) this.#entries.delete(oldest)
  }
}

export const entryMemory: EntryMemory = new EntryMemory()
