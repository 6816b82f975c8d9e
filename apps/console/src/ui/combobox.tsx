import { Autocomplete } from '@base-ui/react/autocomplete'
import { type ReactNode, useCallback, useState } from 'react'
import { cx } from './cx.ts'
import { controlClass } from './input.tsx'
import { VisibleText } from './visible-text.tsx'

/**
 * Free text with suggestions: topics, keys, JSON paths. What is typed counts, whether suggested or not.
 * `note` says something about the text below the suggestions ("Enter creates it").
 */
export function Combobox({
  value,
  onChange,
  options,
  placeholder,
  note,
  mono,
  className,
  ...wiring
}: {
  value: string
  onChange: (value: string) => void
  options: readonly string[]
  placeholder?: string
  note?: ReactNode
  mono?: boolean
  className?: string
  id?: string
  'aria-label'?: string
  'aria-describedby'?: string
  'aria-invalid'?: boolean | undefined
}) {
  // A dialog lies above everything that is not in it.
  const [dialog, setDialog] = useState<HTMLElement>()
  const findDialog = useCallback((input: HTMLInputElement | null) => {
    if (input !== null) setDialog(input.closest('dialog') ?? undefined)
  }, [])
  return (
    <Autocomplete.Root items={options} value={value} onValueChange={onChange} openOnInputClick>
      <Autocomplete.Input
        {...wiring}
        ref={findDialog}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        className={cx(
          controlClass,
          'border-line-control h-8 max-sm:h-11 max-sm:text-base',
          mono && 'font-mono',
          className,
        )}
      />
      <Autocomplete.Portal container={dialog}>
        <Autocomplete.Positioner sideOffset={4} positionMethod="fixed" className="z-50">
          {/* As high as ten rows and a half, six on a phone: that there are more is seen. */}
          <Autocomplete.Popup
            className={cx(
              'scroll-y max-h-[min(18.75rem,var(--available-height))] max-sm:max-h-[min(18.25rem,var(--available-height))] w-[max(var(--anchor-width),12rem)] overflow-y-auto rounded-lg border border-line-2 bg-surface p-1 shadow-pop',
              // What is wrong stands below the field, and is not to be covered by less.
              wiring['aria-invalid'] === true && 'data-empty:hidden',
            )}
          >
            <Autocomplete.List>
              {(option: string) => (
                <Autocomplete.Item
                  key={option}
                  value={option}
                  className={cx(
                    'flex min-h-7 cursor-default items-center truncate rounded-sm px-2 text-sm data-highlighted:bg-surface-3 max-sm:min-h-11',
                    mono && 'font-mono text-xs',
                  )}
                >
                  <VisibleText>{option}</VisibleText>
                </Autocomplete.Item>
              )}
            </Autocomplete.List>
            <Autocomplete.Empty className="empty:hidden px-2 py-1 text-text-3 text-xs">
              Nothing like it.
            </Autocomplete.Empty>
            {note === undefined ? null : <div className="border-t px-2 pt-1 text-text-3 text-xs">{note}</div>}
          </Autocomplete.Popup>
        </Autocomplete.Positioner>
      </Autocomplete.Portal>
    </Autocomplete.Root>
  )
}
