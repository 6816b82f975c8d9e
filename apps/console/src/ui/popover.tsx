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
        <Base.Positioner
          sideOffset={6}
          align="end"
          collisionPadding={{ top: 8, bottom: 8, left: 12, right: 12 }}
          className="z-50"
        >
          <Base.Popup className="scroll-y max-h-(--available-height) w-[22rem] overflow-y-auto rounded-lg border border-line-2 bg-surface p-3 text-sm shadow-pop max-sm:w-[calc(100vw-1.5rem)]">
            <Base.Title className="mb-1 font-semibold text-sm">{title}</Base.Title>
            {children}
            {/* Phones show no scroll bar: what is cut fades. At the end this lies in the padding. */}
            <div
              aria-hidden
              className="pointer-events-none sticky -mx-3 -bottom-3 -mb-3 h-3 bg-linear-to-t from-surface sm:hidden"
            />
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
