import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react'
import { entryMemory } from '../lib/entry-memory.ts'
import { type ListPlace, placeIn, scrollTopOf } from '../lib/list-place.ts'
import { useEntryReader } from './use-entry.ts'

/** What moves a list on purpose, wherever the focus is. */
const intents = ['wheel', 'touchstart', 'pointerdown', 'keydown'] as const

/** Where somebody was in a list of this name at this entry of the history; undefined: never there. */
export function keptPlace(entry: string, name: string | undefined): ListPlace | undefined {
  return name === undefined ? undefined : entryMemory.read<ListPlace>(entry, placeName(name))
}

function placeName(name: string): string {
  return `place ${name}`
}

/**
 * Back and Forward find a list where it was left: the same row at the same pixel, also when more rows came or are still to come.
 * `name` names what the list shows; undefined: it is not kept. Rows are all of one height.
 */
export function useListPlace(
  box: RefObject<HTMLElement | null>,
  list: {
    readonly name: string | undefined
    readonly count: number
    readonly height: number
    readonly keyOf: (index: number) => string | number
    readonly follow: boolean
    readonly onFollowChange: ((follow: boolean) => void) | undefined
  },
): {
  /** It is brought to where it was left: nothing else may scroll it at first. */
  readonly returns: boolean
  /** As given, once whoever gives it knows that this list does not begin at its end. */
  readonly follow: boolean
  /** For each scroll of the box; false: it was no person who scrolled. */
  readonly onScroll: () => boolean
} {
  const { name, follow } = list
  const entryNow = useEntryReader()
  const entry = entryNow()
  const latest = useRef(list)
  latest.current = list
  const wanted = useRef<ListPlace | undefined>(undefined)
  const current = useRef<ListPlace | null>(null)
  const returns = useRef<boolean | null>(null)
  returns.current ??= keptPlace(entry, name)?.follow === false
  const waits = useRef(returns.current)
  if (!follow) waits.current = false

  const restore = () => {
    const top = wanted.current === undefined ? null : scrollTopOf(latest.current, wanted.current)
    if (top === null || box.current === null) return
    box.current.scrollTop = top
    // Once more after whoever else scrolls a list that has just come: then the place is reached, if there are rows enough for it.
    requestAnimationFrame(() => {
      if (wanted.current === undefined || box.current === null) return
      box.current.scrollTop = top
      if (Math.abs(box.current.scrollTop - top) < 1) wanted.current = undefined
    })
  }
  const note = () => {
    const { current: element } = box
    if (name === undefined || element === null || wanted.current !== undefined) return
    current.current = placeIn(latest.current, element.scrollTop, latest.current.follow)
    if (current.current !== null) entryMemory.write(entryNow(), placeName(name), current.current)
  }

  useLayoutEffect(() => {
    const kept = keptPlace(entry, name)
    if (kept === undefined) {
      // An entry that took the place of another, or one more of the same list.
      if (name !== undefined && current.current !== null) entryMemory.write(entry, placeName(name), current.current)
      return
    }
    wanted.current = kept.follow ? undefined : kept
    if (kept.follow !== latest.current.follow) latest.current.onFollowChange?.(kept.follow)
  }, [entry, name])
  useLayoutEffect(restore)
  useEffect(note, [follow, entry, name])
  useEffect(() => {
    const give = () => {
      wanted.current = undefined
    }
    for (const intent of intents) document.addEventListener(intent, give, { capture: true, passive: true })
    return () => {
      for (const intent of intents) document.removeEventListener(intent, give, { capture: true })
    }
  }, [])
  return {
    returns: returns.current,
    follow: follow && !waits.current,
    onScroll: () => {
      if (wanted.current !== undefined) return false
      note()
      return true
    },
  }
}
