import { type PointerEvent as ReactPointerEvent, type RefObject, useEffect, useRef } from 'react'
import { Store, useStore, useStorePart } from '../data/store.ts'
import { VisibleText } from './visible-text.tsx'

/** What is carried now, and where the mouse is. */
const carried: Store<{ readonly text: string; readonly x: number; readonly y: number } | null> = new Store<{
  readonly text: string
  readonly x: number
  readonly y: number
} | null>(null)

/** A hand that shakes while it clicks carries nothing. */
const leastPx = 6
const dropEvent = 'yak-drop'
const targetAttribute = 'data-takes-text'

/**
 * Begins to carry a text with the mouse, from `onPointerDown`; the drag of the browser does not begin on a button everywhere.
 * Escape lets it fall. Keys and fingers need another way to the same.
 */
export function startTextDrag(event: ReactPointerEvent, text: string): void {
  if (event.pointerType !== 'mouse' || event.button !== 0) return
  const { clientX: fromX, clientY: fromY } = event
  const listening = new AbortController()
  let begun = false
  const end = () => {
    listening.abort()
    carried.set(null)
  }
  const move = ({ clientX: x, clientY: y }: PointerEvent) => {
    begun ||= Math.hypot(x - fromX, y - fromY) >= leastPx
    if (begun) carried.set({ text, x, y })
  }
  const drop = ({ clientX, clientY }: PointerEvent) => {
    end()
    if (!begun) return
    swallowClick()
    const target = document.elementFromPoint(clientX, clientY)?.closest(`[${targetAttribute}]`)
    target?.dispatchEvent(new CustomEvent(dropEvent, { detail: text }))
  }
  const letFall = (key: KeyboardEvent) => {
    if (key.key !== 'Escape' || !begun) return
    key.preventDefault()
    key.stopPropagation()
    end()
    // The button of the mouse is still down.
    addEventListener('pointerup', swallowClick, { once: true })
  }
  const { signal } = listening
  addEventListener('pointermove', move, { signal })
  addEventListener('pointerup', drop, { signal })
  addEventListener('pointercancel', end, { signal })
  addEventListener('blur', end, { signal })
  addEventListener('keydown', letFall, { capture: true, signal })
}

/** The click with which a drag ends, where there is one, presses nothing. */
function swallowClick(): void {
  const swallow = (event: MouseEvent) => {
    event.preventDefault()
    event.stopPropagation()
  }
  addEventListener('click', swallow, { capture: true, once: true })
  // It comes within the same task as the release, or not at all.
  setTimeout(() => removeEventListener('click', swallow, { capture: true }))
}

const textOf = (now: { readonly text: string } | null) => now?.text ?? null

/** Takes what is dropped on this element; gives back the text that is carried now. */
export function useTextDrop(box: RefObject<HTMLElement | null>, onDrop: (text: string) => void): string | null {
  const latest = useRef(onDrop)
  latest.current = onDrop
  useEffect(() => {
    const element = box.current
    if (element === null) return undefined
    const take = (event: Event) => latest.current((event as CustomEvent<string>).detail)
    element.setAttribute(targetAttribute, '')
    element.addEventListener(dropEvent, take)
    return () => {
      element.removeAttribute(targetAttribute)
      element.removeEventListener(dropEvent, take)
    }
  }, [box])
  return useStorePart(carried, textOf)
}

/** The text beside the mouse while it is carried. Once on a page that has something to carry. */
export function CarriedText() {
  const now = useStore(carried)
  if (now === null) return null
  return (
    <div
      aria-hidden
      className="pointer-events-none fixed z-50 max-w-64 truncate rounded-md border border-line-2 bg-surface px-2 py-1 font-mono text-xs shadow-pop"
      style={{ left: now.x + 12, top: now.y + 12 }}
    >
      <VisibleText>{now.text}</VisibleText>
    </div>
  )
}
