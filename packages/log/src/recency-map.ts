interface Link<Key, Value> {
  readonly key: Key
  value: Value
  older: Link<Key, Value> | undefined
  newer: Link<Key, Value> | undefined
}

/**
 * A map in the order in which its values were last set. Setting one again moves its link and makes nothing: to delete and set a key of
 * a `Map` with each message gives it a new table every few messages, and those keep each other alive
 * (docs/decisions/0011-v8-threads.md).
 */
export class RecencyMap<Key, Value> {
  readonly #links = new Map<Key, Link<Key, Value>>()
  #oldest: Link<Key, Value> | undefined
  #newest: Link<Key, Value> | undefined

  get size(): number {
    return this.#links.size
  }

  get(key: Key): Value | undefined {
    return this.#links.get(key)?.value
  }

  /** The key is the newest now. */
  set(key: Key, value: Value): void {
    let link = this.#links.get(key)
    if (link === undefined) {
      link = { key, value, older: undefined, newer: undefined }
      this.#links.set(key, link)
    } else {
      link.value = value
      if (link === this.#newest) return
      this.#takeOut(link)
    }
    link.older = this.#newest
    if (this.#newest === undefined) this.#oldest = link
    else this.#newest.newer = link
    this.#newest = link
  }

  delete(key: Key): void {
    const link = this.#links.get(key)
    if (link === undefined) return
    this.#links.delete(key)
    this.#takeOut(link)
  }

  /** What it was; undefined when there was none. */
  deleteOldest(): Value | undefined {
    const oldest = this.#oldest
    if (oldest !== undefined) this.delete(oldest.key)
    return oldest?.value
  }

  clear(): void {
    this.#links.clear()
    this.#oldest = undefined
    this.#newest = undefined
  }

  /** Oldest first. */
  *values(): IterableIterator<Value> {
    for (let link = this.#oldest; link !== undefined; link = link.newer) yield link.value
  }

  /** It points to no neighbour afterwards: what is dead keeps nothing alive. */
  #takeOut(link: Link<Key, Value>): void {
    if (link.older === undefined) this.#oldest = link.newer
    else link.older.newer = link.newer
    if (link.newer === undefined) this.#newest = link.older
    else link.newer.older = link.older
    link.older = undefined
    link.newer = undefined
  }
}
