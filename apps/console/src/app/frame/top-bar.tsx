import { Link } from '@tanstack/react-router'
import { Moon, Search, Sun, SunMoon } from 'lucide-react'
import { useClusterPart, usePreference } from '../../data/hooks.ts'
import { setPreference } from '../../data/preferences.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import { Kbd } from '../../ui/kbd.tsx'
import { ConnectionPill, CoordinatorPill, LeaderPill } from './pills.tsx'
import { useReach } from './use-reach.ts'

const themes = {
  auto: ['light', 'Theme: as the system', SunMoon],
  light: ['dark', 'Theme: light', Sun],
  dark: ['auto', 'Theme: dark', Moon],
} as const

export function TopBar({ onPalette }: { onPalette: () => void }) {
  const clusterId = useClusterPart((cluster) => cluster?.cluster.clusterId ?? null)
  const zone = usePreference('zone')
  const lost = useReach() === 'lost'
  const theme = usePreference('theme')
  const [nextTheme, themeLabel, ThemeIcon] = themes[theme]
  return (
    <header className="flex h-12 items-center gap-2 border-b bg-surface pr-2 pl-3">
      <Link to="/" className="mr-1 flex min-w-0 items-center gap-2" aria-label="YAK, to the overview">
        <Logo />
        <span className="font-semibold text-base tracking-tight max-sm:hidden">YAK</span>
      </Link>
      {clusterId === null ? null : (
        <span
          title={`cluster ${clusterId}`}
          className="min-w-0 truncate border-l pl-3 font-mono text-text-3 text-xs max-lg:hidden"
        >
          {clusterId.slice(0, 8)}
        </span>
      )}
      <div className="grow" />
      <div className="scroll-x flex min-w-0 items-center gap-1.5 max-sm:overflow-x-auto">
        <ConnectionPill />
        {/* What nobody confirms just now is shown as such. */}
        <div
          className={cx('flex items-center gap-1.5', lost && 'dimmed')}
          title={lost ? 'Not confirmed just now' : undefined}
        >
          <LeaderPill />
          <CoordinatorPill />
        </div>
      </div>
      <div className="mx-1 h-5 w-px shrink-0 bg-line-2 max-sm:hidden" />
      <button
        type="button"
        onClick={() => setPreference('zone', zone === 'utc' ? 'local' : 'utc')}
        title={zone === 'utc' ? 'Times are UTC; switch to local' : 'Times are local; switch to UTC'}
        aria-label={zone === 'utc' ? 'Times are UTC; switch to local' : 'Times are local; switch to UTC'}
        className="h-8 min-w-12 rounded-md px-2 font-medium text-text-2 text-xs hover:bg-surface-2 max-sm:hidden"
      >
        {zone === 'utc' ? 'UTC' : 'Local'}
      </button>
      <IconButton label={themeLabel} onClick={() => setPreference('theme', nextTheme)} className="max-sm:hidden">
        <ThemeIcon />
      </IconButton>
      <Button
        size="sm"
        onClick={onPalette}
        icon={<Search />}
        className="h-8 text-text-3 max-sm:!size-10 max-sm:!min-h-0 max-sm:border-transparent"
      >
        <span className="max-lg:sr-only">Go to</span>
        <span className="max-lg:hidden" aria-hidden>
          <Kbd keys="mod K" />
        </span>
      </Button>
    </header>
  )
}

/** Two horns and a long coat. */
function Logo() {
  return (
    <svg aria-hidden viewBox="0 0 32 32" className="size-6 shrink-0">
      <rect width="32" height="32" rx="7" className="fill-inverse" />
      <path
        className="fill-on-inverse"
        d="M6 8c0 5 3 7 6.400 7.400V25h7.200v-9.600C23 15 26 13 26 8h-2.600c0 3-2 4.700-4.800 4.700h-5.200C10.600 12.700 8.600 11 8.600 8z"
      />
    </svg>
  )
}
