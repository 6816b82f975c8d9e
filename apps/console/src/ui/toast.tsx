import { X } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useSyncExternalStore } from 'react'
import { Store } from '../data/store.ts'
import { IconButton } from './button.tsx'
import { cx } from './cx.ts'

/** Own and small: the libraries put a <style> into the page, which the content security policy forbids. */
interface Toast {
  readonly id: number
  readonly text: ReactNode
  readonly tone: 'neutral' | 'bad'
}

const toasts = new Store<readonly Toast[]>([])
const shownMs = 5_000
const maxToasts = 3
let nextId = 1

/** A short note about something that is also said in the page. `bad` stays until closed, and is read out at once. */
export function toast(text: ReactNode, tone: Toast['tone'] = 'neutral'): void {
  const id = nextId++
  toasts.update((shown) => [...shown.slice(1 - maxToasts), { id, text, tone }])
  if (tone === 'neutral') setTimeout(() => close(id), shownMs)
}

const close = (id: number) => toasts.update((shown) => shown.filter((each) => each.id !== id))

export function Toasts() {
  const shown = useSyncExternalStore(toasts.subscribe, toasts.get)
  const box = useRef<HTMLDivElement>(null)
  // A dialog lies over everything but what was raised after it.
  useEffect(() => {
    if (shown.length === 0 || document.querySelector('dialog:modal') === null) return
    if (box.current?.matches(':popover-open')) box.current.hidePopover()
    box.current?.showPopover()
  }, [shown])
  return (
    <div
      ref={box}
      popover="manual"
      className="pointer-events-none fixed inset-auto right-3 bottom-3 z-50 flex w-80 max-w-[calc(100vw-1.5rem)] flex-col gap-2 overflow-visible border-0 bg-transparent p-0 text-text max-sm:bottom-18"
    >
      {(['neutral', 'bad'] as const).map((tone) => (
        <div key={tone} role={tone === 'bad' ? 'alert' : 'status'} className="flex flex-col gap-2">
          {shown
            .filter((each) => each.tone === tone)
            .map((each) => (
              <div
                key={each.id}
                className={cx(
                  'pointer-events-auto flex items-start gap-2 rounded-lg border bg-surface py-2 pr-1 pl-3 text-sm shadow-pop',
                  tone === 'bad' && 'border-bad-mark text-bad',
                )}
              >
                <div className="min-w-0 grow py-1">{each.text}</div>
                <IconButton label="Close" tip={false} onClick={() => close(each.id)}>
                  <X />
                </IconButton>
              </div>
            ))}
        </div>
      ))}
    </div>
  )
}
