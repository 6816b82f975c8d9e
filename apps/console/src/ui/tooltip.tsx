import { Tooltip as Base } from '@base-ui/react/tooltip'
import type { ReactElement, ReactNode } from 'react'
import { Kbd } from './kbd.tsx'

/**
 * A few words about `children`, on hover and focus; none without `text`, and the children stay the same ones when it comes or goes.
 * Never the only place where something is said: touch has no hover.
 */
export function Tooltip({
  text,
  keys,
  children,
}: {
  text: ReactNode | undefined
  keys?: string | undefined
  children: ReactElement
}) {
  return (
    <Base.Root disabled={text === undefined}>
      <Base.Trigger delay={300} render={children} />
      {text === undefined ? null : (
        <Base.Portal>
          <Base.Positioner sideOffset={6} collisionPadding={8} className="z-50">
            <Base.Popup className="flex max-w-72 items-center gap-2 rounded-md bg-inverse px-2 py-1 text-on-inverse text-xs shadow-pop">
              {text}
              {keys === undefined ? null : <Kbd keys={keys} inverse />}
            </Base.Popup>
          </Base.Positioner>
        </Base.Portal>
      )}
    </Base.Root>
  )
}

export const TooltipProvider = Base.Provider
