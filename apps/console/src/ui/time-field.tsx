import { type ReactNode, useId, useState } from 'react'
import { zoneName } from '../lib/format.ts'
import { otherZoneText, readTime, type TimeReading, timeExample, timeText } from '../lib/read-time.ts'
import { cx } from './cx.ts'
import { useZone } from './environment.tsx'
import { Input } from './input.tsx'

/**
 * A time as people type or paste it, and below what was understood, in both zones. What is wrong is said once somebody leaves
 * the field, or asked for it (`tried`), and not while they type.
 */
export function TimeField({
  label,
  visibleLabel = false,
  small = false,
  text,
  onText,
  tried,
  hint,
  beside,
  after,
  className,
}: {
  label: string
  visibleLabel?: boolean
  small?: boolean
  text: string
  onText: (text: string) => void
  tried: boolean
  /** While nothing is typed. */
  hint?: ReactNode
  /** In the line of the field, as the button that takes it. */
  beside?: ReactNode
  /** Other ways to a time: beside the field where there is room, else below what was understood. */
  after?: ReactNode
  className?: string
}) {
  const id = useId()
  const zone = useZone()
  const [left, setLeft] = useState(false)
  const reading = readTime(text, zone)
  const wrong = tried ? reading.kind !== 'time' : left && reading.kind === 'fault'
  return (
    <div
      className={cx(
        'grid min-w-0 grid-cols-1 gap-x-1.5 gap-y-1',
        after !== undefined && 'sm:grid-cols-[auto_auto]',
        className,
      )}
    >
      {visibleLabel ? (
        <label htmlFor={id} className="font-medium text-text-2 text-xs">
          {label}, {zoneName(zone)}
        </label>
      ) : null}
      <div className="flex items-center gap-1.5">
        <Input
          id={id}
          {...(visibleLabel ? {} : { 'aria-label': `${label}, ${zoneName(zone)}` })}
          aria-describedby={`${id}-note`}
          aria-invalid={wrong || undefined}
          mono
          placeholder={`e.g. ${timeExample}`}
          value={text}
          onChange={(event) => {
            setLeft(false)
            onText(event.target.value)
          }}
          onBlur={() => setLeft(true)}
          className={cx('max-sm:min-w-0 max-sm:grow', small && '!h-7 sm:!w-56 max-sm:!h-11')}
        />
        {beside}
      </div>
      <div
        id={`${id}-note`}
        aria-live="polite"
        className={cx(
          'text-pretty text-xs',
          wrong ? 'text-bad' : 'text-text-3',
          after !== undefined && 'sm:col-span-2 sm:row-start-2',
        )}
      >
        {wrong ? <Fault reading={reading} /> : reading.kind === 'time' ? <Understood reading={reading} /> : hint}
      </div>
      {after === undefined ? null : (
        <div className="flex items-center gap-1.5 sm:col-start-2 sm:row-start-1">{after}</div>
      )}
    </div>
  )
}

function Fault({ reading }: { reading: TimeReading }) {
  return reading.kind === 'fault' ? reading.problem : `Give a time, such as ${timeExample}.`
}

function Understood({ reading: { at, note } }: { reading: Extract<TimeReading, { kind: 'time' }> }) {
  const zone = useZone()
  const other = otherZoneText(at, zone)
  return (
    <>
      <span className="whitespace-nowrap text-text-2">
        = {timeText(at, zone)} {zoneName(zone)}
        {other === null ? ', which is also local time' : ''}
      </span>
      {other === null ? null : (
        <>
          <span className="max-sm:sr-only"> · </span>
          <span className="whitespace-nowrap max-sm:block">{other}</span>
        </>
      )}
      {note === undefined ? null : <span className="block text-warn">{note}</span>}
    </>
  )
}
