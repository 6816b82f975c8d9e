/** Tells the first at once, and of all that follow within `windowMs` together, as one with a count. */
export class RepeatedEvent {
  readonly #tell: (count: number) => void
  readonly #windowMs: number
  #waiting = 0
  #timer: NodeJS.Timeout | undefined

  constructor(tell: (count: number) => void, windowMs: number) {
    this.#tell = tell
    this.#windowMs = windowMs
  }

  note(): void {
    if (this.#timer !== undefined) {
      this.#waiting++
      return
    }
    this.#tell(1)
    this.#wait()
  }

  /** Tells what waits. */
  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#tellWaiting()
  }

  #wait(): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      // Quiet for a whole window, the next is told at once again.
      if (this.#tellWaiting()) this.#wait()
    }, this.#windowMs)
    this.#timer.unref()
  }

  #tellWaiting(): boolean {
    const count = this.#waiting
    this.#waiting = 0
    if (count > 0) this.#tell(count)
    return count > 0
  }
}
