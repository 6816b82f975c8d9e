import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { preferences } from '../../data/preferences.ts'
import { inField } from '../../ui/use-keys.ts'
import { destinations } from '../destinations.ts'
import { GoSequence } from './go-sequence.ts'

/** Keys that work on every page: ⌘K, ?, and g with a letter. */
export function useShortcuts({ onPalette, onHelp }: { onPalette: () => void; onHelp: () => void }): void {
  const navigate = useNavigate()
  const latest = useRef({ onPalette, onHelp, navigate })
  latest.current = { onPalette, onHelp, navigate }
  useEffect(() => {
    const go = new GoSequence()
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || event.altKey) return
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        latest.current.onPalette()
        return
      }
      if (event.metaKey || event.ctrlKey || inField(event.target) || !preferences.get().singleKeys) return
      if (event.key === '?') {
        event.preventDefault()
        latest.current.onHelp()
      } else if (event.key === 'g') {
        go.begin(event.timeStamp)
      } else if (go.end(event.timeStamp)) {
        const destination = destinations.find(({ key }) => key === event.key)
        if (destination === undefined) return
        event.preventDefault()
        event.stopImmediatePropagation()
        void latest.current.navigate({ to: destination.to })
      }
    }
    // Before the keys of a page: after `g`, a `c` is not the page's `c`.
    document.addEventListener('keydown', listen, { capture: true })
    return () => document.removeEventListener('keydown', listen, { capture: true })
  }, [])
}
