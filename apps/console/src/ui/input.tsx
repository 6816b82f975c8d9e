import { type ComponentProps, type ReactNode, useId } from 'react'
import { cx } from './cx.ts'

/** Without the colour of the edge: `border-line-control`, or fainter where the control stands in a panel's heading. */
export const controlClass =
  'w-full rounded-md border bg-surface px-2.5 text-sm text-text hover:border-text-3 aria-invalid:border-bad-mark disabled:bg-surface-2 disabled:opacity-60'

/** Only for what is typed into: a `<select>` is `:read-only` always. */
const typedClass = 'read-only:bg-surface-2'

export function Input({ className, mono, ...rest }: ComponentProps<'input'> & { mono?: boolean }) {
  return (
    <input
      autoComplete="off"
      spellCheck={false}
      {...rest}
      className={cx(
        controlClass,
        typedClass,
        'border-line-control h-8 text-ellipsis max-sm:h-11 max-sm:text-base',
        mono && 'font-mono',
        className,
      )}
    />
  )
}

export function Textarea({ className, mono, ...rest }: ComponentProps<'textarea'> & { mono?: boolean }) {
  return (
    <textarea
      spellCheck={false}
      {...rest}
      className={cx(
        controlClass,
        typedClass,
        'border-line-control min-h-24 resize-y py-1.5',
        mono && 'font-mono',
        className,
      )}
    />
  )
}

/** A label, its control, a hint or the error beside it. `children` gets the ids to wire up. */
export function Field({
  label,
  hint,
  error,
  aside,
  children,
  noteId,
  className,
}: {
  label: ReactNode
  hint?: ReactNode
  error?: ReactNode
  /** Right of the label: a counter, a link. */
  aside?: ReactNode
  /** Of the hint or the error, where something else is described by it too. */
  noteId?: string
  className?: string
  children: (wiring: { id: string; 'aria-describedby': string; 'aria-invalid': boolean | undefined }) => ReactNode
}) {
  const id = useId()
  const note = noteId ?? `${id}-note`
  const wrong = error !== undefined && error !== null && error !== false
  return (
    <div className={cx('flex min-w-0 flex-col gap-1', className)}>
      <div className="flex items-center justify-between gap-2">
        <label htmlFor={id} className="font-medium text-text-2 text-xs">
          {label}
        </label>
        {aside === undefined ? null : <span className="flex text-2xs text-text-3">{aside}</span>}
      </div>
      {children({ id, 'aria-describedby': note, 'aria-invalid': wrong || undefined })}
      <div id={note} className={cx('text-xs', wrong ? 'text-bad' : 'text-text-3')} aria-live="polite">
        {wrong ? error : hint}
      </div>
    </div>
  )
}

export function Checkbox({ label, className, ...rest }: ComponentProps<'input'> & { label: ReactNode }) {
  return (
    <label className={cx('inline-flex min-h-6 items-center gap-2 text-sm max-sm:min-h-11', className)}>
      <input type="checkbox" {...rest} className="size-4 shrink-0 accent-inverse" />
      {label}
    </label>
  )
}
