import { CircleHelp, X } from 'lucide-react'
import { type RefObject, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { useWide } from '../../data/hooks.ts'
import {
  isWrongYet,
  type SeenField,
  type Suggestion,
  suggestionsAt,
  withSuggestion,
} from '../../lib/filter/filter-suggestions.ts'
import { readFilter } from '../../lib/filter/message-filter.ts'
import { IconButton } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import { Input } from '../../ui/input.tsx'
import { Popover } from '../../ui/popover.tsx'
import { VisibleText } from '../../ui/visible-text.tsx'

/** Typing costs a new scan, so it waits until somebody pauses. */
const settleMs = 350

/** A substring, or an expression; what is wrong with it stands below, with the place. */
export function FilterBox({
  value,
  onChange,
  fields,
  ref,
}: {
  value: string
  onChange: (value: string) => void
  /** Fields of messages seen, with values they had, to choose from. */
  fields: readonly SeenField[]
  ref: RefObject<HTMLInputElement | null>
}) {
  const id = useId()
  const wide = useWide(640)
  const [text, setText] = useState(value)
  const [sent, setSent] = useState(value)
  // From outside: a filter by key, back and forward.
  if (value !== sent) {
    setSent(value)
    setText(value)
  }
  const filter = readFilter(text)
  const fault = filter.kind === 'fault' ? filter : null
  // A live list renders this more often than the pause is long, so the timer must not hang on the function.
  const latest = useRef(onChange)
  latest.current = onChange
  const send = (next: string) => {
    setSent(next)
    latest.current(next)
  }
  const readable = fault === null
  useEffect(() => {
    if (text === sent || !readable) return undefined
    const timer = setTimeout(() => {
      setSent(text)
      latest.current(text)
    }, settleMs)
    return () => clearTimeout(timer)
  }, [text, sent, readable])
  // Where the caret is, while suggestions for that place are open.
  const [caret, setCaret] = useState<number | null>(null)
  const [active, setActive] = useState(-1)
  const suggestions = useMemo(() => (caret === null ? null : suggestionsAt(text, caret, fields)), [text, caret, fields])
  const close = () => setCaret(null)
  const wrong = fault !== null && isWrongYet(fault.index, suggestions) ? fault : null
  // The caret goes behind what was put in once the field has it.
  const moveTo = useRef<number | null>(null)
  useLayoutEffect(() => {
    if (moveTo.current === null) return
    ref.current?.setSelectionRange(moveTo.current, moveTo.current)
    moveTo.current = null
  }, [text, ref])
  const choose = (option: Suggestion) => {
    if (suggestions === null) return
    const next = withSuggestion(text, suggestions, option)
    moveTo.current = next.caret
    setText(next.text)
    setActive(-1)
    setCaret(suggestions.kind === 'field' ? next.caret : null)
  }
  const step = (by: 1 | -1, at: number) => {
    if (suggestions === null) {
      setActive(-1)
      setCaret(at)
      return
    }
    // One more place than there are options: the field itself.
    const places = suggestions.options.length + 1
    setActive(((active + 1 + by + places) % places) - 1)
  }
  return (
    <div className="relative min-w-0">
      <div className="relative flex items-center">
        <Input
          ref={ref}
          aria-label="Filter"
          aria-describedby={`${id}-note`}
          aria-invalid={wrong !== null || undefined}
          role="combobox"
          aria-autocomplete="list"
          aria-expanded={suggestions !== null}
          aria-controls={suggestions === null ? undefined : `${id}-list`}
          aria-activedescendant={suggestions === null || active === -1 ? undefined : `${id}-${active}`}
          placeholder={wide ? 'Filter: text, or key == "a" && value.total > 10 (/)' : 'Filter: text, or key == "a"'}
          mono={text !== ''}
          value={text}
          onChange={(event) => {
            setText(event.target.value)
            setActive(-1)
            setCaret(event.target.value === '' ? null : event.target.selectionStart)
          }}
          onBlur={close}
          onClick={close}
          onKeyDown={(event) => {
            const chosen = suggestions?.options[active]
            if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
              event.preventDefault()
              step(event.key === 'ArrowDown' ? 1 : -1, event.currentTarget.selectionStart ?? text.length)
            } else if (
              event.key === 'ArrowLeft' ||
              event.key === 'ArrowRight' ||
              event.key === 'Home' ||
              event.key === 'End'
            )
              close()
            if (event.key === 'Enter' && chosen !== undefined) {
              event.preventDefault()
              choose(chosen)
            } else if (event.key === 'Enter') {
              close()
              if (fault === null) send(text)
            }
            if (event.key !== 'Escape') return
            if (suggestions !== null) close()
            else if (text === '') event.currentTarget.blur()
            else {
              setText('')
              send('')
            }
          }}
          className="pr-28"
        />
        <span className="absolute right-1 flex items-center">
          {filter.kind === 'none' || fault !== null ? null : (
            <span className="px-1 text-2xs text-text-3">{filter.kind === 'text' ? 'text' : 'expression'}</span>
          )}
          {text === '' ? null : (
            <IconButton
              label="Clear the filter"
              tip={false}
              className="!size-6"
              onClick={() => {
                setText('')
                send('')
              }}
            >
              <X />
            </IconButton>
          )}
          <Popover
            title="Filter"
            trigger={
              <IconButton label="How to filter" tip={false} className="!size-6">
                <CircleHelp />
              </IconButton>
            }
          >
            <FilterHelp
              fields={fields}
              onInsert={(path) => setText(text === '' ? `exists(${path})` : `${text} ${path}`)}
            />
          </Popover>
        </span>
      </div>
      <div id={`${id}-note`} aria-live="polite" className={cx('pt-1 text-bad text-xs', wrong === null && 'sr-only')}>
        {wrong === null ? null : (
          <>
            <pre
              aria-hidden
              className="overflow-hidden pl-2.5 font-mono text-sm leading-3 max-sm:text-base max-sm:leading-3"
            >
              {`${' '.repeat(Math.min(wrong.index, 200))}^`}
            </pre>
            Character {wrong.index + 1}: {wrong.message}.{' '}
            {text === value ? null : (
              <span className="text-text-2">
                {value === '' ? 'The list is not filtered.' : 'The list is filtered as before.'}
              </span>
            )}
          </>
        )}
      </div>
      {suggestions === null ? null : (
        <SuggestionList
          id={id}
          label={suggestions.kind === 'field' ? 'Fields' : 'Values'}
          options={suggestions.options}
          active={active}
          onChoose={choose}
        />
      )}
    </div>
  )
}

/** Options below the field, half a row at the edge where there are more; the field keeps the focus. */
function SuggestionList({
  id,
  label,
  options,
  active,
  onChoose,
}: {
  id: string
  label: string
  options: readonly Suggestion[]
  active: number
  onChoose: (option: Suggestion) => void
}) {
  return (
    <div
      id={`${id}-list`}
      role="listbox"
      aria-label={label}
      className="scroll-y absolute top-full left-0 z-40 mt-1 max-h-75 min-w-64 max-w-full overflow-y-auto max-sm:right-0 max-sm:max-h-73 rounded-lg border border-line-2 bg-surface p-1 shadow-pop"
    >
      {options.map((option, index) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the field has the focus and names the active option
        // biome-ignore lint/a11y/useKeyWithClickEvents: Enter in the field does the same
        <div
          key={option.text}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === active}
          ref={index === active ? (element) => element?.scrollIntoView({ block: 'nearest' }) : undefined}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onChoose(option)}
          className={cx(
            'flex min-h-7 cursor-default items-center gap-4 rounded-sm px-2 hover:bg-surface-2 max-sm:min-h-11',
            index === active && 'bg-surface-3 [--text-3:var(--text-2)]',
          )}
        >
          <span className="min-w-0 truncate font-mono text-xs">
            <VisibleText>{option.text}</VisibleText>
          </span>
          <span className="ml-auto max-w-48 shrink-0 truncate text-2xs text-text-3">{option.hint}</span>
        </div>
      ))}
    </div>
  )
}

const examples: readonly (readonly [string, string])[] = [
  ['refused', 'text in key, value or headers, upper or lower case'],
  ['"a == b"', 'in quotes: always text'],
  ['key == "web-1" && value.cpu > 0.9', 'both'],
  ['$p in [0, 2] || !exists(value.user.id)', 'either; partitions; a field that is not there'],
  ['contains(value.host, "elb")', 'also startsWith, endsWith'],
  ['value.items[0].sku == "A-1"', 'lists; value["odd name"]'],
  ['$t >= "2026-01-31T10:00:00Z"', 'time; $o offset, $e epoch, $size bytes'],
]

function FilterHelp({ fields, onInsert }: { fields: readonly SeenField[]; onInsert: (path: string) => void }) {
  return (
    <div className="flex flex-col gap-2 text-xs">
      <dl className="flex flex-col gap-1">
        {examples.map(([code, meaning]) => (
          <div key={code}>
            <dt className="break-all font-mono">{code}</dt>
            <dd className="text-text-3">{meaning}</dd>
          </div>
        ))}
      </dl>
      <p className="text-pretty text-text-2">
        Numbers are compared digit for digit, also those that stand in quotes in the value. The filter runs in this
        browser.
      </p>
      {fields.length === 0 ? null : (
        <div>
          <p className="eyebrow mb-1">Fields seen</p>
          <div className="scroll-y flex max-h-28 flex-wrap gap-1 overflow-y-auto">
            {fields.map(({ path }) => (
              <button
                key={path}
                type="button"
                onClick={() => onInsert(path)}
                className="min-h-6 rounded-sm border bg-surface-2 px-1.5 font-mono text-2xs hover:bg-surface-3 max-sm:min-h-9"
              >
                <VisibleText>{path}</VisibleText>
              </button>
            ))}
          </div>
        </div>
      )}
    </div>
  )
}
