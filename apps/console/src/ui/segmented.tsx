import { type ReactNode, useId } from 'react'
import { cx } from './cx.ts'

/** Two to five choices side by side, one of them on: ranges, views. Radio buttons underneath, so arrows work. */
export function Segmented<T extends string>({
  label,
  value,
  options,
  onChange,
  disabled,
  className,
}: {
  label: string
  value: T
  options: readonly { readonly value: T; readonly label: ReactNode; readonly title?: string }[]
  onChange: (value: T) => void
  disabled?: boolean
  className?: string
}) {
  const name = useId()
  return (
    <fieldset
      disabled={disabled}
      className={cx('inline-flex rounded-md border border-line-2 bg-surface-2 p-0.5', className)}
    >
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <label
          key={option.value}
          title={option.title}
          className={cx(
            'relative inline-flex h-6 items-center rounded-sm px-2 text-xs has-focus-visible:outline-2 has-focus-visible:outline-focus max-sm:h-10 max-sm:px-3',
            disabled ? 'cursor-not-allowed text-text-off' : 'cursor-pointer',
            option.value === value && 'bg-raised font-medium shadow-card ring-1 ring-line-2',
            disabled ? null : option.value === value ? 'text-text' : 'text-text-2 hover:text-text',
          )}
        >
          <input
            type="radio"
            name={name}
            className="absolute inset-0 cursor-[inherit] opacity-0"
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  )
}
