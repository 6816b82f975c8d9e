import { useEffect, useRef } from 'react'
import { preferences } from '../data/preferences.ts'

/**
 * Keys of a page: `useKeys({ '/': focusFilter, j: next, 'mod+Enter': send })`. Without a modifier they do nothing inside a
 * field or a dialog, and can be switched off in the settings (WCAG 2.1.4).
 */
export function useKeys(keys: Readonly<Record<string, ((event: KeyboardEvent) => void) | undefined>>): void {
  const latest = useRef(keys)
  latest.current = keys
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return
      const mod = event.metaKey || event.ctrlKey
      const handler = latest.current[`${mod ? 'mod+' : ''}${event.key}`]
      if (handler === undefined || event.altKey) return
      if (!mod && (inField(event.target) || !preferences.get().singleKeys)) return
      if ((event.key === ' ' || event.key === 'Enter') && isOperable(event.target)) return
      event.preventDefault()
      handler(event)
    }
    document.addEventListener('keydown', listen)
    return () => document.removeEventListener('keydown', listen)
  }, [])
}

/** Space and Enter belong to what has the focus, where that is something to press. */
function isOperable(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest(`button, a[href], summary, input:is(${pressed}), [role=button]`) !== null
  )
}

/** Inputs that nobody types into. */
const pressed = '[type=radio], [type=checkbox], [type=file]'

export function inField(target: EventTarget | null): boolean {
  // With a dialog open the focus may be nowhere, as between its last thing and its first; the page behind is still not meant.
  if (document.querySelector('dialog:modal:not([data-page-keys])') !== null) return true
  if (!(target instanceof HTMLElement)) return false
  return (
    target.isContentEditable ||
    target.closest(`input:not(${pressed}), textarea, select, [role=menu], [role=listbox]:not([data-page-keys])`) !==
      null
  )
}
