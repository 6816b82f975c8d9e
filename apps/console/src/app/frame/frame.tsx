import { type ReactNode, useLayoutEffect, useRef, useState } from 'react'
import { useSnapshot } from '../../data/hooks.ts'
import { FetchBar } from './fetch-bar.tsx'
import { useFocusKeeper } from './focus-keeper.ts'
import { HelpDialog } from './help-dialog.tsx'
import { BottomBar, Rail } from './navigation.tsx'
import { Palette } from './palette.tsx'
import { SnapshotBar, SnapshotGate } from './snapshot-gate.tsx'
import { StateBars } from './state-bars.tsx'
import { TopBar } from './top-bar.tsx'
import { useShortcuts } from './use-shortcuts.ts'

/** Around every page: where you are, where you can go, and how the cluster and the connection are. */
export function Frame({ children }: { children: ReactNode }) {
  const [palette, setPalette] = useState(false)
  const [help, setHelp] = useState(false)
  const snapshot = useSnapshot()
  const above = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => tellHeight(above.current), [])
  useFocusKeeper()
  useShortcuts({ onPalette: () => setPalette(true), onHelp: () => setHelp(true) })
  return (
    <div className="grid h-dvh grid-cols-[auto_minmax(0,1fr)] grid-rows-[auto_minmax(0,1fr)_auto]">
      <a
        href="#content"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-inverse px-3 py-2 text-on-inverse focus:translate-y-0"
      >
        Skip to the content
      </a>
      <div ref={above} className="col-span-2 flex flex-col">
        <TopBar onPalette={() => setPalette(true)} />
        <FetchBar />
        {snapshot === null ? <StateBars /> : <SnapshotBar />}
      </div>
      <Rail onHelp={() => setHelp(true)} />
      <main
        id="content"
        tabIndex={-1}
        className="scroll-y relative col-span-1 min-w-0 scroll-pb-20 overflow-y-auto max-sm:col-span-2"
      >
        <SnapshotGate>{children}</SnapshotGate>
      </main>
      <BottomBar />
      {palette ? <Palette onClose={() => setPalette(false)} /> : null}
      <HelpDialog open={help} onClose={() => setHelp(false)} />
    </div>
  )
}

/** How much of the window lies above the page, bars included: for a list that is as high as what remains. */
function tellHeight(element: HTMLElement | null): (() => void) | undefined {
  if (element === null) return undefined
  const observer = new ResizeObserver(() =>
    document.documentElement.style.setProperty('--above-page', `${element.offsetHeight}px`),
  )
  observer.observe(element)
  return () => observer.disconnect()
}
