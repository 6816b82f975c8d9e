import { Tabs as Base } from '@base-ui/react/tabs'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'

export const tabClass =
  'relative -mb-px -outline-offset-2 inline-flex h-9 shrink-0 items-center gap-1.5 border-b-2 border-transparent px-2.5 text-sm text-text-2 hover:text-text max-sm:h-11'
export const activeTabClass = 'border-text! font-medium text-text!'
export const tabListClass = 'scroll-x flex gap-1 overflow-x-auto overflow-y-hidden border-b'

/** Tabs within a panel. Tabs that are pages are links: use `tabListClass`, `tabClass` and `activeTabClass` on router Links. */
export function Tabs<T extends string>({
  value,
  onChange,
  tabs,
  className,
}: {
  value: T
  onChange: (value: T) => void
  tabs: readonly { readonly value: T; readonly label: ReactNode; readonly panel: ReactNode }[]
  className?: string
}) {
  return (
    <Base.Root value={value} onValueChange={(next) => onChange(next as T)} className={className}>
      <Base.List className={tabListClass}>
        {tabs.map((tab) => (
          <Base.Tab key={tab.value} value={tab.value} className={cx(tabClass, tab.value === value && activeTabClass)}>
            {tab.label}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map((tab) => (
        <Base.Panel key={tab.value} value={tab.value} className="pt-3">
          {tab.panel}
        </Base.Panel>
      ))}
    </Base.Root>
  )
}
