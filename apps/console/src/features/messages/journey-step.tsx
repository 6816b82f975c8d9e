import { Link } from '@tanstack/react-router'
import { ArrowRight, Split } from 'lucide-react'
import { useMemo } from 'react'
import { formatDuration } from '../../lib/format.ts'
import { diffJson, type JsonChange } from '../../lib/json/json-diff.ts'
import { compactJson } from '../../lib/json/json-node.ts'
import { pathText } from '../../lib/json/path-text.ts'
import { JsonTree } from '../../ui/json-tree.tsx'
import { Pill } from '../../ui/pill.tsx'
import { Time } from '../../ui/time.tsx'
import { VisibleText } from '../../ui/visible-text.tsx'
import type { JourneyStep } from './journey.ts'

const shownChanges = 50
const shownLength = 300
/** A whole value that is longer opens on its own page. */
const wholeLength = 16_384

/** One message on the way of a key: when, where, and what changed. */
export function JourneyStepItem({ step, whole, first }: { step: JourneyStep; whole: boolean; first: boolean }) {
  const { message, sinceMs, movedFrom, previous } = step
  const epoch = previous !== null && previous.epoch !== message.epoch ? previous.epoch : null
  return (
    <li
      data-place={`${message.partition}@${message.offset}`}
      className="relative grid grid-cols-[11.5rem_minmax(0,1fr)] gap-x-8 pb-5 last:pb-1 max-sm:grid-cols-1 max-sm:pl-5"
    >
      <span
        aria-hidden
        className="absolute top-3 bottom-[-0.75rem] left-[12.46875rem] w-px bg-line-2 [li:last-child>&]:hidden max-sm:left-[0.3125rem]"
      />
      <span
        aria-hidden
        className="absolute top-1.5 left-[12.1875rem] size-2.5 rounded-full border-2 border-text-2 bg-surface max-sm:left-0"
      />
      <div className="text-right max-sm:flex max-sm:items-baseline max-sm:gap-2 max-sm:text-left">
        <Time at={message.timestamp} full className="text-text-2" />
        {sinceMs === null ? null : (
          <p className="text-2xs text-text-3">
            {sinceMs < 0 ? `${formatDuration(-sinceMs)} back, by its clock` : `${formatDuration(sinceMs)} later`}
          </p>
        )}
      </div>
      <div className="min-w-0">
        <div className="flex min-h-5 flex-wrap items-center gap-x-2 gap-y-1">
          <Link
            to="/topics/$topic/$partition/$offset"
            params={{
              topic: message.topic,
              partition: String(message.partition),
              offset: String(message.offset),
            }}
            data-step
            className="rounded-xs font-mono font-semibold text-xs hover:underline max-sm:inline-flex max-sm:min-h-6 max-sm:items-center"
          >
            p{message.partition}
            <span className="text-text-3">@</span>
            {message.offset}
          </Link>
          {movedFrom === null ? null : (
            <Pill tone="warn" icon={<Split />}>
              from partition {movedFrom} to {message.partition}
            </Pill>
          )}
          {epoch === null ? null : (
            <Pill>
              epoch {epoch} <ArrowRight aria-label="to" /> {message.epoch}
            </Pill>
          )}
        </div>
        <div className="mt-1.5">
          {first || whole ? <WholeValue step={step} note={first ? 'The first that was found.' : null} /> : null}
          {first ? null : <Changes step={step} />}
        </div>
      </div>
    </li>
  )
}

function WholeValue({ step: { message }, note }: { step: JourneyStep; note: string | null }) {
  const { valueText, encoding } = message
  const plain = useMemo(
    () => (encoding === undefined ? valueText : (JSON.parse(valueText) as string)),
    [valueText, encoding],
  )
  return (
    <div className="mb-1.5">
      {note === null ? null : <p className="mb-1 text-text-3 text-xs">{note}</p>}
      {plain.length > wholeLength ? (
        <p className="break-all font-mono text-text-2 text-xs">
          <VisibleText>{compactJson(plain, 2_000)}</VisibleText>
        </p>
      ) : encoding === undefined ? (
        <JsonTree text={valueText} openDepth={2} />
      ) : (
        <pre className="whitespace-pre-wrap break-all font-mono text-xs">
          <VisibleText>{plain}</VisibleText>
        </pre>
      )}
    </div>
  )
}

function Changes({ step: { message, previous } }: { step: JourneyStep }) {
  const diff = useMemo(() => {
    if (previous === null || previous.encoding !== undefined || message.encoding !== undefined) return null
    return diffJson(previous.valueText, message.valueText, shownChanges)
  }, [previous, message])
  if (previous === null) return null
  if (message.valueText === previous.valueText && message.encoding === previous.encoding)
    return <p className="text-text-3 text-xs">The same value again.</p>
  if (message.encoding === undefined && message.valueText === 'null')
    return <p className="text-text-2 text-xs">null: whoever keeps the newest of each key lets go of it here.</p>
  if (diff === null)
    return (
      <>
        <p className="mb-1 text-text-3 text-xs">Not JSON on both sides, or too long to compare. Now:</p>
        <p className="break-all font-mono text-xs">
          <VisibleText>{compactJson(message.valueText, shownLength)}</VisibleText>
        </p>
      </>
    )
  if (diff.changes.length === 0) return <p className="text-text-3 text-xs">The same value, written in another way.</p>
  return (
    <>
      <ul className="flex flex-col gap-1 font-mono text-xs">
        {diff.changes.map((change) => (
          <Change key={`${change.kind} ${JSON.stringify(change.path)}`} change={change} />
        ))}
      </ul>
      {diff.cut ? <p className="mt-1 text-text-3 text-xs">The first {shownChanges} changes; there are more.</p> : null}
    </>
  )
}

const signs = { added: '+', removed: '−', changed: '~' } as const
const words = { added: 'added', removed: 'removed', changed: 'changed' } as const

function Change({ change: { kind, path, before, after } }: { change: JsonChange }) {
  return (
    <li className="flex items-baseline gap-2">
      <span className="w-2 shrink-0 select-none text-center text-text-3">
        <span aria-hidden>{signs[kind]}</span>
        <span className="sr-only">{words[kind]}</span>
      </span>
      <span className="wrap-anywhere min-w-0">
        <span className="text-syn-key">
          <VisibleText>{path.length === 0 ? 'value' : pathText(path)}</VisibleText>
        </span>
        <span className="text-syn-punct">: </span>
        {before === undefined ? null : (
          <del className="rounded-xs bg-bad-tint px-0.5 text-bad decoration-bad-mark/60">
            <VisibleText>{compactJson(before, shownLength)}</VisibleText>
          </del>
        )}
        {kind === 'changed' ? <span className="text-text-3"> → </span> : null}
        {after === undefined ? null : (
          <ins className="rounded-xs bg-ok-tint px-0.5 text-ok no-underline">
            <VisibleText>{compactJson(after, shownLength)}</VisibleText>
          </ins>
        )}
      </span>
    </li>
  )
}
