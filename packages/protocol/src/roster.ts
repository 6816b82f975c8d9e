/**
 * Few members, in the order they came, that come and go with each message: what a `Set` is for, without what a `Set` does to the collector.
 * V8 gives a `Set` or `Map` a new table whenever it empties or fills, and each old table points to the next one. Once such a table
 * has survived a full collection, every later one is reachable from it until the next, with all that was in them: at 1,000 messages a
 * second that was 2.5 MB a second, and a full collection of 25 ms every three seconds (docs/decisions/0011-v8-threads.md).
 *
 * Adding is constant; looking up and deleting take time with the number of members.
 */
export class Roster<Member> implements Iterable<Member> {
  readonly #members: Member[] = []

  /** How many there are now. */
  get size(): number {
    return this.#members.length
  }

  /** The one that came last. */
  get newest(): Member | undefined {
    return this.#members.at(-1)
  }

  /** Whether it is one of them now. */
  has(member: Member): boolean {
    return this.#members.includes(member)
  }

  /** Once, however often it is added. */
  add(member: Member): void {
    if (!this.has(member)) this.#members.push(member)
  }

  /** Whether it was there. */
  delete(member: Member): boolean {
    const index = this.#members.indexOf(member)
    if (index === -1) return false
    this.#members.splice(index, 1)
    return true
  }

  /** Takes all of them out. */
  clear(): void {
    this.#members.length = 0
  }

  /** Over those who are members now: who comes or goes meanwhile changes nothing. */
  [Symbol.iterator](): IterableIterator<Member> {
    return this.#members.slice().values()
  }
}
