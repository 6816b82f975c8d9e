import { useRef, useSyncExternalStore } from 'react'

/** A value outside React that components can watch. */
export class Store<T> {
  #value: T
  readonly #listeners = new Set<() => void>()

  constructor(value: T) {
    this.#value = value
  }

  readonly get = (): T => this.#value

  set(value: T): void {
    if (Object.is(value, this.#value)) return
    this.#value = value
    for (const listener of this.#listeners) listener()
  }

  update(change: (value: T) => T): void {
    this.set(change(this.#value))
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

/** The value, and a render when it changes. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get)
}

/** A part of the value, and a render only when that part changes. */
export function useStorePart<T, Part>(store: Store<T>, pick: (value: T) => Part): Part {
  const last = useRef<{ value: T; pick: (value: T) => Part; part: Part } | null>(null)
  const read = (): Part => {
    const value = store.get()
    if (last.current !== null && Object.is(last.current.value, value) && last.current.pick === pick)
      return last.current.part
    const part = pick(value)
    // A part that is equal stays the same object, so that a list that did not change renders nothing.
    const kept = last.current !== null && sameShallow(last.current.part, part) ? last.current.part : part
    last.current = { value, pick, part: kept }
    return kept
  }
  return useSyncExternalStore(store.subscribe, read)
}

function sameShallow(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  return (
    Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => Object.is(item, b[index]))
  )
}
