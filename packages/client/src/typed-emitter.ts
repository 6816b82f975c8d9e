import { diagnostics } from './diagnostics.ts'

/** More than this on one event is a leak: a listener added on each request, say. */
const MAX_LISTENERS = 100

/**
 * Events by name with their types. A listener that throws, or whose promise is rejected, disturbs neither the others nor the
 * emitter: its error is published to the diagnostics channel `yak:client:listener-error`.
 */
export class TypedEmitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(event: never) => void>>()

  /**
   * Adds a listener; the function returned takes it off.
   *
   * @throws TypeError for the 101st listener of an event.
   */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void {
    if (typeof listener !== 'function') throw new TypeError('A listener is a function.')
    const listeners = this.#listeners.get(name) ?? new Set()
    if (listeners.size >= MAX_LISTENERS) {
      throw new TypeError(`${String(name)} has ${MAX_LISTENERS} listeners. Take off those no longer needed.`)
    }
    this.#listeners.set(name, listeners)
    // A function of its own, so that the same listener added twice is called twice and taken off once.
    const own = (event: Events[Name]) => listener(event)
    listeners.add(own)
    return () => {
      listeners.delete(own)
      // Called again it may find those of listeners added since.
      if (listeners.size === 0 && this.#listeners.get(name) === listeners) this.#listeners.delete(name)
    }
  }

  /** Whether an event is worth making. */
  has(name: keyof Events): boolean {
    return this.#listeners.has(name)
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    const listeners = this.#listeners.get(name) as Set<(event: Events[Name]) => unknown> | undefined
    if (listeners === undefined) return
    const tell = (error: unknown): void => diagnostics.listenerError.publish({ event: name, error })
    for (const listener of [...listeners]) {
      if (!listeners.has(listener)) continue
      try {
        const result = listener(event)
        // An async function is a listener too.
        if (result instanceof Promise) result.catch(tell)
      } catch (error) {
        tell(error)
      }
    }
  }
}
