import { type ComponentProps, type ReactNode, useId } from 'react'
import { cx } from './cx.ts'
import { Tooltip } from './tooltip.tsx'

export interface ButtonProps extends ComponentProps<'button'> {
  /** `primary`: the one thing this view is for. `danger`: cannot be undone. Default `default`. */
  readonly variant?: 'primary' | 'default' | 'ghost' | 'danger'
  readonly size?: 'sm' | 'md' | 'icon'
  readonly icon?: ReactNode
  /**
   * Why it cannot be used now: stands beside it, and describes it. It stays reachable by keyboard. What has its children in a
   * row may put `[data-reason]` elsewhere. Where nothing can be done at all, show no button.
   */
  readonly disabledReason?: string | undefined
  /** Id of a text on the page that says the reason already; none is added then. */
  readonly reasonId?: string | undefined
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
  reasonId,
  busy,
  tip,
  keys,
  className,
  children,
  onClick,
  ...rest
}: ButtonProps & { readonly tip?: ReactNode; readonly keys?: string | undefined }) {
  const ownReasonId = useId()
  const isReasoned = disabledReason !== undefined
  const off = isReasoned || busy === true
  return (
    <>
      <Tooltip text={tip} keys={keys}>
        <button
          type="button"
          {...rest}
          {...(isReasoned ? { 'aria-describedby': reasonId ?? ownReasonId } : {})}
          aria-disabled={off || undefined}
          aria-busy={busy || undefined}
          onClick={off ? (event) => event.preventDefault() : onClick}
          className={cx(buttonClass(variant, size, isReasoned), busy && 'opacity-60', className)}
        >
          {busy ? (
            <span className="size-3 animate-spin rounded-full border-2 border-current border-r-transparent" />
          ) : (
            icon
          )}
          {children}
        </button>
      </Tooltip>
      {isReasoned && reasonId === undefined ? (
        <span id={ownReasonId} data-reason className="min-w-0 text-pretty font-normal text-text-3 text-xs">
          {disabledReason}
        </span>
      ) : null}
    </>
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
