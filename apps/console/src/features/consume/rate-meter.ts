/** What a counter grew by per second, over the last few seconds. */
export class RateMeter {
  readonly #windowMs: number
  #readings: { readonly at: number; readonly value: number }[] = []

  constructor(windowMs = 3_000) {
    this.#windowMs = windowMs
  }

  /** Null until there is a second to speak of. */
  note(at: number, value: number): number | null {
    const last = this.#readings.at(-1)
    // A counter that went back, or a machine that slept: what was before says nothing.
    if (last !== undefined && (value < last.value || at - last.at > this.#windowMs * 2)) this.#readings = []
    if (last === undefined || at > last.at) this.#readings.push({ at, value })
    while (this.#readings.length > 2 && this.#readings[1]!.at <= at - this.#windowMs) this.#readings.shift()
    const first = this.#readings[0]!
    const elapsedMs = at - first.at
    return elapsedMs < 900 ? null : ((value - first.value) * 1_000) / elapsedMs
  }
}
