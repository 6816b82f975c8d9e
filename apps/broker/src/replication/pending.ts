/**
 * What waits for an answer, by its number, until it is taken. Not a `Map`: it comes and goes with each message, and the reason is that of
 * `Roster`. The properties of an object that are numbers lie in a table that forgets the one before it.
 */
export class Pending<Value> {
  readonly #byId: Record<number, Value> = Object.create(null)

  set(id: number, value: Value): void {
    this.#byId[id] = value
  }

  take(id: number): Value | undefined {
    const value = this.#byId[id]
    delete this.#byId[id]
    return value
  }

  /** All that wait, the lowest number first. */
  takeAll(): Value[] {
    return Object.keys(this.#byId).map((id) => this.take(Number(id))!)
  }
}
