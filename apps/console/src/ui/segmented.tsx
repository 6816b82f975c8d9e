import { type ReactNode, useId } from 'react'
import { cx } from './cx.ts'

/** Two to five choices side by side, one of them on: ranges, views. Radio buttons underneath, so arrows work. */
export function Segmented<T extends string>({
  label,
  value,
  options,
  onChange,
  className,
}: {
  label: string
  value: T
  options: readonly { readonly value: T; readonly label: ReactNode; readonly title?: string }[]
  onChange: (value: T) => void
  className?: string
}) {
  const name = useId()
  return (
    <fieldset className={cx('inline-flex rounded-md border border-line-2 bg-surface-2 p-0.5', className)}>
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <label
          key={option.value}
          title={option.title}
          className={cx(
            'relative inline-flex h-6 cursor-pointer items-center rounded-sm px-2 text-xs has-focus-visible:outline-2 has-focus-visible:outline-focus max-sm:h-10 max-sm:px-3',
            option.value === value
              ? 'bg-raised font-medium text-text shadow-card ring-1 ring-line-2'
              : 'text-text-2 hover:text-text',
          )}
        >
          <input
            type="radio"
            name={name}
            className="absolute inset-0 cursor-pointer opacity-0"
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  )
}
