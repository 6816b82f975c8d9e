/**
 * Calls somebody else's function. What it throws is thrown again where nothing of this package is under way, as an uncaught
 * exception: it must not keep the other listeners from hearing, nor a lease from being renewed.
 */
export function callListener<Event>(listener: (event: Event) => void, event: Event): void {
  try {
    listener(event)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
