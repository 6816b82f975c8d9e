import { Link } from '@tanstack/react-router'
import { CircleHelp, Ellipsis } from 'lucide-react'
import { useState } from 'react'
import { cx } from '../../ui/cx.ts'
import { Sheet } from '../../ui/dialog.tsx'
import { Kbd } from '../../ui/kbd.tsx'
import { destinations } from '../destinations.ts'

const railItem =
  'group flex h-9 items-center gap-2.5 rounded-md px-2.5 text-sm text-text-2 hover:bg-surface-2 hover:text-text sm:max-lg:justify-center sm:max-lg:px-0'
const railActive = 'bg-surface-3! font-medium text-text!'

/** Left: with words from 1024 px on, icons from 640 px on. */
export function Rail({ onHelp }: { onHelp: () => void }) {
  const main = destinations.filter(({ to }) => to !== '/settings')
  const settings = destinations.find(({ to }) => to === '/settings')!
  return (
    <nav
      aria-label="Main"
      className="scroll-y flex flex-col gap-0.5 overflow-y-auto border-r bg-surface p-2 max-sm:hidden sm:w-14 lg:w-48"
    >
      {main.map((destination) => (
        <RailLink key={destination.to} destination={destination} />
      ))}
      <div className="grow" />
      <RailLink destination={settings} />
      <button type="button" onClick={onHelp} className={railItem}>
        <CircleHelp aria-hidden className="size-4 shrink-0" />
        <span className="grow text-left sm:max-lg:sr-only">Keys and help</span>
        <span className="hidden group-hover:lg:inline" aria-hidden>
          <Kbd keys="?" />
        </span>
      </button>
    </nav>
  )
}

function RailLink({ destination: { to, label, icon: Icon, key } }: { destination: (typeof destinations)[number] }) {
  return (
    <Link
      to={to}
      title={label}
      className={railItem}
      activeProps={{ className: railActive, 'aria-current': 'page' }}
      activeOptions={{ exact: to === '/', includeSearch: false }}
    >
      <Icon aria-hidden className="size-4 shrink-0" />
      <span className="grow sm:max-lg:sr-only">{label}</span>
      <span className="hidden group-hover:lg:inline" aria-hidden>
        <Kbd keys={`g ${key}`} />
      </span>
    </Link>
  )
}

const inBar = ['/', '/topics', '/produce', '/consume'] as const
const barItem =
  'flex h-14 min-w-0 flex-1 flex-col items-center justify-center gap-0.5 text-2xs text-text-3 [&_svg]:size-5'

/** Below on a phone: the four that are used most, and the rest behind "More". */
export function BottomBar() {
  const [open, setOpen] = useState(false)
  const rest = destinations.filter(({ to }) => !inBar.some((each) => each === to))
  return (
    <nav aria-label="Main" className="col-span-2 flex border-t bg-surface pb-[env(safe-area-inset-bottom)] sm:hidden">
      {inBar.map((to) => {
        const { label, icon: Icon } = destinations.find((each) => each.to === to)!
        return (
          <Link
            key={to}
            to={to}
            className={barItem}
            activeProps={{ className: 'text-text! font-medium', 'aria-current': 'page' }}
            activeOptions={{ exact: to === '/', includeSearch: false }}
          >
            <Icon aria-hidden />
            {label}
          </Link>
        )
      })}
      <button type="button" onClick={() => setOpen(true)} aria-haspopup="dialog" className={barItem}>
        <Ellipsis aria-hidden />
        More
      </button>
      <Sheet open={open} onClose={() => setOpen(false)} title="More">
        <ul className="-m-2">
          {rest.map(({ to, label, icon: Icon }) => (
            <li key={to}>
              <Link
                to={to}
                onClick={() => setOpen(false)}
                className={cx('flex h-12 items-center gap-3 rounded-md px-2 text-base')}
                activeProps={{ className: 'bg-surface-2' }}
              >
                <Icon aria-hidden className="size-5 text-text-3" />
                {label}
              </Link>
            </li>
          ))}
        </ul>
      </Sheet>
    </nav>
  )
}
