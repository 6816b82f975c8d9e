import type { ComponentProps, ReactNode } from 'react'
import { cx } from './cx.ts'
import { Tooltip } from './tooltip.tsx'

export interface ButtonProps extends ComponentProps<'button'> {
  /** `primary`: the one thing this view is for. `danger`: cannot be undone. Default `default`. */
  readonly variant?: 'primary' | 'default' | 'ghost' | 'danger'
  readonly size?: 'sm' | 'md' | 'icon'
  readonly icon?: ReactNode
  /** Why it cannot be used now. It stays reachable by keyboard and says so, instead of being greyed out in silence. */
  readonly disabledReason?: string | undefined
  readonly busy?: boolean
}

const variants = {
  primary: 'bg-inverse text-on-inverse border-transparent hover:opacity-88',
  default: 'bg-surface text-text border-line-2 hover:bg-surface-2 active:bg-surface-3',
  ghost: 'bg-transparent text-text-2 border-transparent hover:bg-surface-2 hover:text-text active:bg-surface-3',
  danger: 'bg-bad-tint text-bad border-bad-mark/40 hover:border-bad-mark',
}
/** What cannot be used has neither weight nor colour: at half its strength black is a grey button, and red still a red one. */
const offVariants = {
  primary: 'bg-surface-3 text-text-off border-line-2',
  default: 'bg-transparent text-text-off border-line',
  ghost: 'bg-transparent text-text-off border-transparent',
  danger: 'bg-surface-2 text-text-off border-line',
}
const sizes = {
  sm: 'h-7 px-2 text-xs gap-1 rounded-md max-sm:min-h-11 max-sm:px-3',
  md: 'h-8 px-3 text-sm gap-1.5 rounded-md max-sm:min-h-11',
  // A smaller one is asked for with `!size-7`; on a phone it is as large as a finger all the same.
  icon: 'size-8 rounded-md max-sm:!size-11',
}

export function buttonClass(
  variant: ButtonProps['variant'] = 'default',
  size: ButtonProps['size'] = 'md',
  off = false,
): string {
  return cx(
    'inline-flex shrink-0 select-none items-center justify-center whitespace-nowrap border font-medium transition-colors duration-100',
    '[&_svg]:size-3.5 [&_svg]:shrink-0',
    (off ? offVariants : variants)[variant],
    sizes[size],
  )
}

export function Button({
  variant,
  size,
  icon,
  disabledReason,
  busy,
  tip,
  keys,
  className,
  children,
  onClick,
  ...rest
}: ButtonProps & { readonly tip?: ReactNode; readonly keys?: string | undefined }) {
  const off = disabledReason !== undefined || busy === true
  return (
    <Tooltip text={disabledReason ?? tip} keys={disabledReason === undefined ? keys : undefined}>
      {(show) => (
        <button
          type="button"
          {...rest}
          aria-disabled={off || undefined}
          aria-busy={busy || undefined}
          onClick={
            off
              ? (event) => {
                  event.preventDefault()
                  if (disabledReason !== undefined) show()
                }
              : onClick
          }
          className={cx(buttonClass(variant, size, disabledReason !== undefined), busy && 'opacity-60', className)}
        >
          {busy ? (
            <span className="size-3 animate-spin rounded-full border-2 border-current border-r-transparent" />
          ) : (
            icon
          )}
          {children}
        </button>
      )}
    </Tooltip>
  )
}

export interface IconButtonProps extends Omit<ButtonProps, 'children' | 'icon' | 'size'> {
  /** What it does; its name for everybody who does not see the icon, and its tooltip. */
  readonly label: string
  readonly keys?: string
  readonly children: ReactNode
  readonly tip?: boolean
}

export function IconButton({
  label,
  keys,
  children,
  className,
  variant = 'ghost',
  tip = true,
  ...rest
}: IconButtonProps) {
  return (
    <Button
      variant={variant}
      size="icon"
      aria-label={label}
      {...rest}
      tip={tip ? label : undefined}
      keys={keys}
      className={cx('[&_svg]:!size-4', className)}
    >
      {children}
    </Button>
  )
}
