import { Roster } from '@yak/protocol'
/** Told once that the broker stops, to whoever waits for something else meanwhile. */
export class StopSignal {
  readonly #listeners = new Roster<() => void>()
  #isStopping = false

  get isStopping(): boolean {
    return this.#isStopping
  }

  /** Calls back once, at once if it is stopping already. Returns how to stop listening. */
  onStopping(listener: () => void): () => void {
    if (this.#isStopping) {
      listener()
      return () => {}
    }
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  stop(): void {
    if (this.#isStopping) return
    this.#isStopping = true
    const listeners = [...this.#listeners]
    this.#listeners.clear()
    for (const listener of listeners) listener()
  }
}
