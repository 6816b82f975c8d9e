import { Link } from '@tanstack/react-router'
import { utf8SizeBytes } from '@yak/protocol'
import { Check, CircleHelp, CircleX, Code, Hourglass, Pencil, RotateCw } from 'lucide-react'
import { useState } from 'react'
import { useConsoleData } from '../../data/console-data.tsx'
import { useStore } from '../../data/store.ts'
import { brokerWords } from '../../lib/broker-words.ts'
import { formatBytes, formatCount, formatDuration } from '../../lib/format.ts'
import { compactJson } from '../../lib/json/json-node.ts'
import { produceSnippets } from '../../lib/produce-snippets.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Snippets } from '../../ui/code-block.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Input } from '../../ui/input.tsx'
import { Pill } from '../../ui/pill.tsx'
import { Time } from '../../ui/time.tsx'
import { VisibleText } from '../../ui/visible-text.tsx'
import { CopiesNote } from './copies-note.tsx'
import { forgetHistory, historyMatches, produceHistory, type Sent } from './produce-history.ts'

const shownAtOnce = 20

export interface SentActions {
  readonly onResend: (sent: Sent) => void
  readonly onEdit: (sent: Sent) => void
  readonly onFindOut: (sent: Sent) => void
  readonly onCancel: (sent: Sent) => void
}

/** What was sent from this browser, newest first. */
export function SentList(actions: SentActions) {
  const sent = useStore(produceHistory)
  const [filter, setFilter] = useState('')
  const [shown, setShown] = useState(shownAtOnce)
  const matching = sent.filter((each) => historyMatches(each, filter))
  const open = sent.filter(({ state }) => state.kind === 'sending' || state.kind === 'waiting').length
  return (
    <Card
      title="Sent from here"
      aside={
        sent.length === 0 ? null : (
          <Button size="sm" variant="ghost" onClick={forgetHistory}>
            Clear
          </Button>
        )
      }
      flush
    >
      <p aria-live="polite" className="sr-only">
        {open > 0 ? `${open} under way.` : sent[0] === undefined ? '' : stateText(sent[0])}
      </p>
      {sent.length === 0 ? (
        <EmptyState title="Nothing listed yet">
          Each message you send is listed here with its partition and offset, kept in this browser only. A repeated run
          is not listed: its form says how it went.
        </EmptyState>
      ) : (
        <>
          <div className="border-b px-3 py-2">
            <Input
              type="search"
              aria-label="Search what was sent"
              placeholder="Search topic, key, value or p2@1042"
              value={filter}
              onChange={(event) => setFilter(event.target.value)}
            />
          </div>
          {matching.length === 0 ? <p className="p-4 text-text-2">Nothing sent matches “{filter}”.</p> : null}
          <ol className="divide-y">
            {matching.slice(0, shown).map((each) => (
              <SentItem key={each.id} sent={each} {...actions} />
            ))}
          </ol>
          {matching.length > shown ? (
            <div className="border-t p-2 text-center">
              <Button size="sm" variant="ghost" onClick={() => setShown(shown + shownAtOnce * 4)}>
                Show {formatCount(matching.length - shown)} older
              </Button>
            </div>
          ) : null}
        </>
      )}
    </Card>
  )
}

function SentItem({ sent, onResend, onEdit, onFindOut, onCancel }: { sent: Sent } & SentActions) {
  const [open, setOpen] = useState(false)
  const { peers } = useConsoleData()
  const { draft, state, partition, topic } = sent
  const canFindOut = state.kind === 'unknown' && sent.stamp !== null
  return (
    <li className="flex flex-col gap-1.5 px-3 py-2.5">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <StateMark sent={sent} />
        <span className="ml-auto text-text-3 text-xs">
          <Time at={sent.at} />
        </span>
      </div>
      <div className="flex min-w-0 items-baseline gap-2 font-mono text-xs">
        <span className="max-w-[45%] shrink-0 truncate text-text-2">
          <VisibleText>{topic}</VisibleText>
        </span>
        <span className="max-w-[35%] shrink-0 truncate">
          {draft.key === null ? (
            <span className="text-text-3">no key</span>
          ) : draft.key === '' ? (
            '""'
          ) : (
            <VisibleText>{draft.key}</VisibleText>
          )}
        </span>
        <span className="min-w-0 grow truncate text-text-3">
          {draft.kind === 'none' ? 'no value' : <VisibleText>{compactJson(draft.value, 120)}</VisibleText>}
        </span>
        <span className="shrink-0 text-2xs text-text-3">
          {draft.kind === 'none' ? '' : formatBytes(utf8SizeBytes(draft.value))}
        </span>
      </div>
      <Detail sent={sent} />
      <div className="-ml-2 flex flex-wrap gap-1">
        {state.kind === 'sending' || state.kind === 'waiting' ? (
          <Button size="sm" variant="ghost" onClick={() => onCancel(sent)}>
            Cancel
          </Button>
        ) : null}
        {canFindOut ? (
          <Button size="sm" variant="ghost" icon={<CircleHelp />} onClick={() => onFindOut(sent)}>
            Find out
          </Button>
        ) : null}
        {state.kind === 'refused' || state.kind === 'cancelled' ? (
          <Button size="sm" variant="ghost" icon={<RotateCw />} onClick={() => onResend(sent)}>
            Retry
          </Button>
        ) : null}
        {state.kind === 'written' ? (
          <Button size="sm" variant="ghost" icon={<RotateCw />} onClick={() => onResend(sent)}>
            Send again
          </Button>
        ) : null}
        <Button size="sm" variant="ghost" icon={<Pencil />} onClick={() => onEdit(sent)}>
          Edit
        </Button>
        <Button size="sm" variant="ghost" icon={<Code />} aria-expanded={open} onClick={() => setOpen(!open)}>
          Code
        </Button>
      </div>
      {open ? (
        <Snippets
          snippets={produceSnippets({
            brokerUrl: peers.store.get().current,
            topic,
            key: draft.key,
            valueText: draft.kind === 'none' ? 'null' : draft.value,
            isJson: draft.kind !== 'text',
            partition: draft.partition === null ? null : partition,
            headers: draft.headers,
          })}
        />
      ) : null}
    </li>
  )
}

function StateMark({ sent }: { sent: Sent }) {
  const { state, topic, partition } = sent
  switch (state.kind) {
    case 'sending':
      return <Pill icon={<Hourglass />}>sending</Pill>
    case 'waiting':
      return (
        <Pill tone="warn" icon={state.isUnknown ? <CircleHelp /> : <Hourglass />}>
          {state.isUnknown ? 'unknown, asking on' : 'waiting'}
        </Pill>
      )
    case 'unknown':
      return (
        <Pill tone="warn" icon={<CircleHelp />}>
          unknown
        </Pill>
      )
    case 'cancelled':
      return <Pill icon={<CircleX />}>cancelled, not written</Pill>
    case 'refused':
      return (
        <Pill tone="bad" icon={<CircleX />}>
          not written
        </Pill>
      )
    case 'written':
      return (
        <>
          <Pill tone="ok" icon={<Check />}>
            {state.wasUnknown ? 'unknown → confirmed' : 'written'}
          </Pill>
          {state.offset === null ? (
            <span className="font-mono text-xs">p{partition}, offset no longer known</span>
          ) : (
            <Link
              to="/topics/$topic/$partition/$offset"
              params={{ topic, partition: String(partition), offset: String(state.offset) }}
              className="font-mono text-xs underline decoration-line-2 underline-offset-2 hover:decoration-text"
            >
              p{partition}@{state.offset}
            </Link>
          )}
          {state.epoch >= 0 ? <span className="text-text-3 text-xs">epoch {state.epoch}</span> : null}
          <span className="text-text-3 text-xs">{formatDuration(state.ms)}</span>
          {state.attempts > 1 ? <span className="text-text-3 text-xs">{state.attempts} attempts</span> : null}
          <CopiesNote sent={sent} />
        </>
      )
  }
}

function Detail({ sent: { state, stamp } }: { sent: Sent }) {
  if (state.kind === 'refused') {
    return (
      <p className="text-bad text-xs">
        <span className="font-mono">{state.code}</span> {brokerWords(state.text)}
      </p>
    )
  }
  if (state.kind === 'unknown') {
    return (
      <p className="text-warn text-xs">
        {brokerWords(state.text)}
        {stamp === null
          ? ''
          : ' “Find out” sends the same again under the same sequence: it is written then, or was, and once.'}
      </p>
    )
  }
  if (state.kind === 'waiting') {
    return (
      <p className="text-text-2 text-xs">
        {state.isUnknown ? 'An attempt got no answer. Sending the same again, so that it is written once. ' : ''}
        {brokerWords(state.text)}
      </p>
    )
  }
  return null
}

function stateText({ state, partition, topic }: Sent): string {
  switch (state.kind) {
    case 'written':
      return `Written to ${topic}, partition ${partition}, offset ${state.offset}.`
    case 'refused':
      return `Not written: ${state.text}`
    case 'unknown':
      return `Unknown: ${state.text}`
    case 'cancelled':
      return 'Cancelled.'
    default:
      return ''
  }
}
