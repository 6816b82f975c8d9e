import { useEffect } from 'react'

const reachable =
  'a[href], button, input, select, textarea, summary, [tabindex]:not([tabindex="-1"]), [contenteditable="true"]'

/**
 * What has the focus may leave the page by itself: a bar that is over, a row that was removed, a button whose work is done. The
 * browser then gives the focus to nobody, and who works by keyboard or by ear begins at the top. Here, in a list, the next of it
 * gets it, or the one before; else the heading of the page or dialog, and no button, which the key that is still down would press.
 * Whoever moves the focus on purpose is not disturbed.
 */
export function useFocusKeeper(): void {
  useEffect(() => {
    let focused: Element | null = null
    let gap: { readonly parent: Element; readonly next: Node | null } | null = null
    // Only the children of what is around the focus: the rest of the page may change as often as it likes.
    const observer = new MutationObserver((records) => {
      if (focused === null || focused.isConnected) return
      const gone = focused
      for (const { target, removedNodes, nextSibling } of records) {
        if (!target.isConnected || !(target instanceof Element)) continue
        if ([...removedNodes].some((node) => node.contains(gone))) gap = { parent: target, next: nextSibling }
      }
      const found = gap
      stop()
      if (found === null) return
      // After whoever moves it on purpose, as a dialog that closes or a page that begins.
      requestAnimationFrame(() => setTimeout(() => nobodyHasFocus() && heirOf(found.parent, found.next)?.focus()))
    })
    const stop = () => {
      observer.disconnect()
      focused = null
      gap = null
    }
    const watch = (event: FocusEvent) => {
      stop()
      if (!(event.target instanceof Element)) return
      focused = event.target
      for (let each = focused.parentElement; each !== null; each = each.parentElement) {
        observer.observe(each, { childList: true })
      }
    }
    document.addEventListener('focusin', watch)
    return () => {
      document.removeEventListener('focusin', watch)
      stop()
    }
  }, [])
}

function nobodyHasFocus(): boolean {
  return document.activeElement === null || document.activeElement === document.body
}

/** For what left a gap in `parent` before `next`. */
function heirOf(parent: Element, next: Node | null): HTMLElement | null {
  // The bars above the page are about all of it, and so is a dialog that is over.
  const scope = parent.checkVisibility() ? parent.closest('dialog, [role=dialog], main') : null
  if (scope !== null && parent.matches('ul, ol, tbody, fieldset')) {
    const place = next?.isConnected ? next : null
    const inOrder = [...parent.querySelectorAll<HTMLElement>(reachable)].filter(
      (each) => each.tabIndex >= 0 && each.checkVisibility(),
    )
    const heir = (place === null ? undefined : inOrder.find((each) => !isBefore(each, place))) ?? inOrder.at(-1)
    if (heir !== undefined) return heir
  }
  if (scope === null || scope.tagName === 'MAIN') return document.querySelector('h1')
  return scope.querySelector<HTMLElement>(`h2[tabindex], ${reachable}`)
}

function isBefore(element: Element, place: Node): boolean {
  return (
    element !== place &&
    !place.contains(element) &&
    (element.compareDocumentPosition(place) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0
  )
}
