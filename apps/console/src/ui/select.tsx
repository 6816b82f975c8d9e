import { ChevronDown } from 'lucide-react'
import type { ComponentProps } from 'react'
import { cx } from './cx.ts'
import { controlClass } from './input.tsx'

/** The browser's own select: for up to some twenty fixed choices. More, or free text: Combobox. */
export function Select({ className, small, children, ...rest }: ComponentProps<'select'> & { small?: boolean }) {
  return (
    <span className={cx('relative inline-flex min-w-0', className)}>
      <select
        {...rest}
        className={cx(
          controlClass,
          'appearance-none truncate pr-7 max-sm:h-11 max-sm:text-base',
          small ? 'h-7 border-line-2 px-2 text-xs' : 'h-8 border-line-control',
        )}
      >
        {children}
      </select>
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-2 size-3.5 -translate-y-1/2 text-text-3"
      />
    </span>
  )
}
