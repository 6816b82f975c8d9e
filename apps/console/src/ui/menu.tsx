import { Menu as Base } from '@base-ui/react/menu'
import type { ReactElement, ReactNode } from 'react'
import { Kbd } from './kbd.tsx'

export interface MenuEntry {
  readonly label: string
  readonly icon?: ReactNode
  readonly keys?: string
  readonly onSelect: () => void
  readonly danger?: boolean
  readonly disabledReason?: string | undefined
}

/** Row actions and the like. `<Menu trigger={<IconButton label="Actions">…</IconButton>} entries={[…]} />`; null is a line. */
export function Menu({ trigger, entries }: { trigger: ReactElement; entries: readonly (MenuEntry | null)[] }) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        {/* A click in here is none on the row whose menu this is, although React passes it on there. */}
        <Base.Positioner sideOffset={4} align="end" className="z-50" onClick={(event) => event.stopPropagation()}>
          <Base.Popup className="min-w-44 rounded-lg border border-line-2 bg-surface p-1 shadow-pop">
            {entries.map((entry, index) =>
              entry === null ? (
                <Base.Separator key={index} className="my-1 h-px bg-line" />
              ) : (
                <Base.Item
                  key={entry.label}
                  disabled={entry.disabledReason !== undefined}
                  onClick={entry.onSelect}
                  className={`flex min-h-7 cursor-default items-center gap-2 rounded-sm px-2 text-sm data-disabled:opacity-60 data-highlighted:bg-surface-3 max-sm:min-h-11 [&_svg]:size-3.5 ${entry.danger ? 'text-bad' : ''}`}
                >
                  {entry.icon}
                  <span className="grow">
                    {entry.label}
                    {entry.disabledReason === undefined ? null : (
                      <span className="block text-2xs text-text-3">{entry.disabledReason}</span>
                    )}
                  </span>
                  {entry.keys === undefined ? null : <Kbd keys={entry.keys} />}
                </Base.Item>
              ),
            )}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
