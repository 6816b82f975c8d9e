import { useRef } from 'react'
import { cx } from './cx.ts'

/**
 * A textarea with line numbers, for JSON and the like; long lines scroll. Ours and small: editors from elsewhere put a <style>
 * into the page, which the content security policy forbids.
 */
export function TextEditor({
  value,
  onChange,
  faultLine,
  rows = 12,
  placeholder,
  className,
  ...wiring
}: {
  value: string
  onChange: (value: string) => void
  /** Marked; from 1 on. */
  faultLine?: number | undefined
  rows?: number
  placeholder?: string
  className?: string
  id?: string
  'aria-label'?: string
  'aria-describedby'?: string
  'aria-invalid'?: boolean | undefined
}) {
  const gutter = useRef<HTMLDivElement>(null)
  const lineCount = value.split('\n').length
  // A number for each line would be a million nodes for a megabyte; beyond this nobody counts along.
  const shown = Math.min(lineCount, 2_000)
  return (
    <div
      className={cx(
        'flex overflow-hidden rounded-md border bg-surface font-mono text-xs leading-5 focus-within:outline-2 focus-within:outline-focus',
        wiring['aria-invalid'] ? 'border-bad-mark' : 'border-line-control',
        className,
      )}
    >
      <div
        aria-hidden
        className="w-9 shrink-0 select-none overflow-hidden border-r bg-surface-2 text-right text-text-3"
      >
        <div ref={gutter} className="py-1.5">
          {Array.from({ length: shown }, (_, index) => (
            <div
              key={index}
              className={cx('h-5 pr-2', index + 1 === faultLine && 'bg-bad-tint font-semibold text-bad')}
            >
              {index + 1}
            </div>
          ))}
        </div>
      </div>
      <textarea
        {...wiring}
        value={value}
        rows={rows}
        placeholder={placeholder}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        wrap="off"
        onChange={(event) => onChange(event.target.value)}
        onScroll={(event) => {
          if (gutter.current !== null)
            gutter.current.style.transform = `translateY(${-event.currentTarget.scrollTop}px)`
        }}
        className="min-w-0 grow resize-y overflow-auto bg-transparent px-2.5 py-1.5 text-text outline-none max-sm:field-sizing-content max-sm:max-h-[50dvh] max-sm:min-h-34 max-sm:text-base max-sm:leading-5"
      />
    </div>
  )
}
