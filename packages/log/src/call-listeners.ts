/**
 * Calls each of somebody else's functions. What one throws is thrown again where nothing of this package is under way, as an uncaught
 * exception: it must not keep the others from hearing, nor be taken for a failure of the disk, nor hold up the commits of other logs.
 */
export function callListeners<Event>(listeners: Iterable<(event: Event) => void>, event: Event): void {
  for (const listener of listeners) {
    try {
      listener(event)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}
