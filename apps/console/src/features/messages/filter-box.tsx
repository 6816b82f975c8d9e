import { CircleHelp, X } from 'lucide-react'
import { type Ref, useEffect, useId, useRef, useState } from 'react'
import { readFilter } from '../../lib/filter/message-filter.ts'
import { IconButton } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import { Input } from '../../ui/input.tsx'
import { Popover } from '../../ui/popover.tsx'

/** Typing costs a new scan, so it waits until somebody pauses. */
const settleMs = 350

/** A substring, or an expression; what is wrong with it stands below, with the place. */
export function FilterBox({
  value,
  onChange,
  paths,
  ref,
}: {
  value: string
  onChange: (value: string) => void
  /** Fields of messages seen, to be put in by a click. */
  paths: readonly string[]
  ref: Ref<HTMLInputElement>
}) {
  const id = useId()
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
  return (
    <div className="min-w-0">
      <div className="relative flex items-center">
        <Input
          ref={ref}
          aria-label="Filter"
          aria-describedby={`${id}-note`}
          aria-invalid={fault !== null || undefined}
          placeholder={'Filter: text, or key == "a" && value.total > 10 (/)'}
          mono={text !== ''}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && fault === null) send(text)
            if (event.key !== 'Escape') return
            if (text === '') event.currentTarget.blur()
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
              paths={paths}
              onInsert={(path) => setText(text === '' ? `exists(${path})` : `${text} ${path}`)}
            />
          </Popover>
        </span>
      </div>
      <div id={`${id}-note`} aria-live="polite" className={cx('text-bad text-xs', fault === null && 'sr-only')}>
        {fault === null ? null : (
          <>
            <pre aria-hidden className="overflow-hidden pl-2.5 font-mono text-sm leading-3">
              {`${' '.repeat(Math.min(fault.index, 200))}^`}
            </pre>
            Character {fault.index + 1}: {fault.message}.
          </>
        )}
      </div>
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

function FilterHelp({ paths, onInsert }: { paths: readonly string[]; onInsert: (path: string) => void }) {
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
      {paths.length === 0 ? null : (
        <div>
          <p className="eyebrow mb-1">Fields seen</p>
          <div className="scroll-y flex max-h-28 flex-wrap gap-1 overflow-y-auto">
            {paths.map((path) => (
              <button
                key={path}
                type="button"
                onClick={() => onInsert(path.startsWith('[') ? `value${path}` : `value.${path}`)}
                className="min-h-6 rounded-sm border bg-surface-2 px-1.5 font-mono text-2xs hover:bg-surface-3 max-sm:min-h-9"
              >
                {path}
              </button>
            ))}
          </div>
        </div>
      )}
    </div>
  )
}
