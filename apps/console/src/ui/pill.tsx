import type { ComponentProps, ReactNode } from 'react'
import { cx } from './cx.ts'

export type Tone = 'neutral' | 'ok' | 'warn' | 'bad' | 'info' | 'coord'

export const toneClass: Record<Tone, string> = {
  neutral: 'bg-surface-2 text-text-2 border-line-2',
  ok: 'bg-ok-tint text-ok border-ok-mark/30',
  warn: 'bg-warn-tint text-warn border-warn-mark/40',
  bad: 'bg-bad-tint text-bad border-bad-mark/40',
  info: 'bg-info-tint text-info border-info-mark/35',
  coord: 'bg-coord-tint text-coord border-coord-mark/35',
}

const shape = 'inline-flex items-center gap-1 whitespace-nowrap border font-medium [&_svg]:size-3 [&_svg]:shrink-0'

/** A state in a word, with an icon: never colour alone. */
export function Pill({
  tone = 'neutral',
  icon,
  children,
  className,
}: {
  tone?: Tone
  icon?: ReactNode
  children: ReactNode
  className?: string
}) {
  return (
    <span className={cx(shape, 'h-5 rounded-sm px-1.5 text-2xs', toneClass[tone], className)}>
      {icon}
      {children}
    </span>
  )
}

/** The pills of the top bar: they open details. Made to be a Popover's trigger. */
export function PillButton({
  tone = 'neutral',
  icon,
  children,
  className,
  ...rest
}: ComponentProps<'button'> & { tone?: Tone; icon?: ReactNode }) {
  return (
    <button
      type="button"
      {...rest}
      className={cx(
        shape,
        'h-7 rounded-md px-2 text-xs hover:brightness-97 max-sm:h-10 max-sm:min-w-10 max-sm:justify-center [&_svg]:size-3.5',
        toneClass[tone],
        className,
      )}
    >
      {icon}
      {children}
    </button>
  )
}
