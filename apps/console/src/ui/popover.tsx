import { Popover as Base } from '@base-ui/react/popover'
import type { ReactElement, ReactNode } from 'react'

/** Details of a pill or a cell, by click or Enter. */
export function Popover({
  trigger,
  title,
  children,
}: {
  trigger: ReactElement
  title: ReactNode
  children: ReactNode
}) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={6} align="end" collisionPadding={8} className="z-50">
          <Base.Popup className="scroll-y max-h-(--available-height) w-[min(22rem,calc(100vw-1rem))] overflow-y-auto rounded-lg border border-line-2 bg-surface p-3 text-sm shadow-pop">
            <Base.Title className="mb-1 font-semibold text-sm">{title}</Base.Title>
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
