import { getRouteApi, Link } from '@tanstack/react-router'
import { partitionForKey } from '@yak/protocol'
import type { TopicDescription } from '@yak/protocol/schemas'
import { List, RotateCw, Route, Square } from 'lucide-react'
import { type ReactNode, useMemo, useRef, useState } from 'react'
import { useOnline, useTopic } from '../../data/hooks.ts'
import { formatBytes, formatCount, formatDuration, plural } from '../../lib/format.ts'
import { bytesOf } from '../../lib/hex.ts'
import { visibleText } from '../../lib/visible-text.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { CardSkeleton, LinesSkeleton } from '../../ui/card-skeleton.tsx'
import { cx } from '../../ui/cx.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Input } from '../../ui/input.tsx'
import { KeepPlace } from '../../ui/keep-place.tsx'
import { NoAnswer, useNoAnswer } from '../../ui/no-answer.tsx'
import { Page } from '../../ui/page.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Loading, Skeleton } from '../../ui/skeleton.tsx'
import { useKeys } from '../../ui/use-keys.ts'
import { VisibleText } from '../../ui/visible-text.tsx'
import { type JourneyKey, journeyOf } from './journey.ts'
import { JourneyStepItem } from './journey-step.tsx'
import type { RangeSpec, RangeView } from './message-range.ts'
import { PartitionPicker } from './seek-bar.tsx'
import { useMessageRange } from './use-message-range.ts'

const route = getRouteApi('/topics/$topic/journey')

/** Of one go: steps that are shown, and messages that are looked at. */
const stepsAtOnce = 100
const maxScanned = 200_000

/** All messages of one key, over all partitions, in the order of time, and what changed from one to the next. */
export function JourneyPage() {
  const { topic: name } = route.useParams()
  const { key, enc } = route.useSearch()
  const topic = useTopic(name)
  const noAnswer = useNoAnswer()
  return (
    <Page
      title={
        <span className="break-all">
          <span className="font-mono">
            <VisibleText>{name}</VisibleText>
          </span>
          <span className="font-normal text-text-3"> · journey of </span>
          {key === undefined ? 'a key' : <KeyName name={key} />}
        </span>
      }
      documentTitle={visibleText(`${name}: journey of ${key ?? 'a key'}`)}
      aside={
        <Link to="/topics/$topic/messages" params={{ topic: name }} className={buttonClass()}>
          <List /> All messages
        </Link>
      }
    >
      {noAnswer ? (
        <NoAnswer what="The messages could not be read" />
      ) : topic === undefined ? (
        <Card>
          <EmptyState
            title="There is no such topic"
            action={
              <Link to="/topics" className={buttonClass('primary')}>
                All topics
              </Link>
            }
          >
            It may have been deleted, or the address is of another cluster.
          </EmptyState>
        </Card>
      ) : (
        <Loading loading={topic === null} skeleton={<JourneySkeleton />}>
          {() =>
            topic === null ? null : (
              <Journey
                key={`${topic.id} ${enc ?? ''} ${key ?? ''}`}
                topic={topic}
                of={key === undefined ? null : { key, ...(enc === undefined ? {} : { keyEncoding: enc }) }}
              />
            )
          }
        </Loading>
      )}
    </Page>
  )
}

function JourneySkeleton() {
  return (
    <CardSkeleton aside={<Skeleton className="h-7 w-56 rounded-md max-sm:h-11" />}>
      <StepsSkeleton />
    </CardSkeleton>
  )
}

/** Steps without their times and changes. */
function StepsSkeleton() {
  return (
    <div className="flex flex-col gap-6" aria-busy="true">
      {[0, 1, 2, 3].map((each) => (
        <div key={each} className="grid grid-cols-[11.5rem_minmax(0,1fr)] gap-x-8 gap-y-2 max-sm:grid-cols-1">
          <Skeleton className="h-3.5 w-40 sm:ml-auto" />
          <LinesSkeleton lines={3} />
        </div>
      ))}
    </div>
  )
}

function KeyName({ name }: { name: string }) {
  return name === '' ? (
    <span className="text-text-2">the empty key</span>
  ) : (
    <code className="font-mono">
      <VisibleText>{name}</VisibleText>
    </code>
  )
}

function Journey({ topic, of }: { topic: TopicDescription; of: JourneyKey | null }) {
  const { p, view: look = 'changes' } = route.useSearch()
  const navigate = route.useNavigate()
  const online = useOnline()
  const list = useRef<HTMLOListElement>(null)
  const [turn, setTurn] = useState(0)
  const key = of?.key ?? null
  const spec = useMemo(
    (): RangeSpec | null =>
      key === null
        ? null
        : {
            topic: topic.name,
            from: 'newest',
            count: stepsAtOnce,
            filter: `key == ${JSON.stringify(key)}`,
            maxScanned,
          },
    [topic.name, key],
  )
  const { range, view } = useMessageRange(spec, p, topic.id, turn)
  const messages = view?.messages
  const steps = useMemo(
    () => (messages === undefined || of === null ? [] : journeyOf(messages, of)),
    [messages, of?.key, of?.keyEncoding],
  )
  const home = useMemo(
    () =>
      of === null || topic.partitions.length < 2
        ? null
        : partitionForKey(bytesOf(of.key, of.keyEncoding), topic.partitions.length),
    [of?.key, of?.keyEncoding, topic.partitions.length],
  )
  const change = (part: { p?: number[] | undefined; view?: 'whole' | undefined }) =>
    void navigate({ search: (before) => ({ ...before, ...part }), replace: true, resetScroll: false })
  const step = (by: 1 | -1) => {
    const links = [...(list.current?.querySelectorAll<HTMLElement>('a[data-step]') ?? [])]
    const at = links.indexOf(document.activeElement as HTMLElement)
    links[at === -1 ? (by === 1 ? 0 : links.length - 1) : at + by]?.focus()
  }
  useKeys({ j: () => step(1), k: () => step(-1) })

  return (
    <Card
      className={cx(!online && 'dimmed')}
      aside={
        <div className="flex w-full flex-wrap items-center gap-2">
          <KeyForm
            value={of?.keyEncoding === undefined ? (key ?? '') : ''}
            onKey={(next) =>
              void navigate({ search: (before) => ({ ...before, key: next, enc: undefined }), resetScroll: false })
            }
          />
          {of === null ? null : (
            <>
              <PartitionPicker
                count={topic.partitions.length}
                chosen={p}
                onChange={(next) => change({ p: next === undefined ? undefined : [...next] })}
              />
              {home === null ? null : p?.length === 1 && p[0] === home ? (
                <span className="text-text-3 text-xs">where this key goes</span>
              ) : (
                <Button size="sm" onClick={() => change({ p: [home] })}>
                  Only partition {home}, where this key goes
                </Button>
              )}
              <div className="ml-auto flex items-center gap-2 max-sm:w-full max-sm:justify-between">
                <Segmented
                  label="Of each message"
                  value={look}
                  options={[
                    { value: 'changes', label: 'Changes' },
                    { value: 'whole', label: 'Whole' },
                  ]}
                  onChange={(next) => change({ view: next === 'whole' ? 'whole' : undefined })}
                />
                {online ? (
                  <Button size="sm" icon={<RotateCw />} onClick={() => setTurn(turn + 1)}>
                    <span className="max-sm:sr-only">Read again</span>
                  </Button>
                ) : null}
              </div>
            </>
          )}
        </div>
      }
      footer={
        view === null ? undefined : (
          <JourneyFooter
            view={view}
            found={steps.length}
            onStop={() => range?.stop()}
            onMore={() => void range?.more()}
          />
        )
      }
    >
      {of === null ? (
        <EmptyState icon={<Route />} title="Of which key?">
          Give a key above, or choose the journey of its key at any message.
        </EmptyState>
      ) : (
        <Steps view={view} onRetry={() => setTurn(turn + 1)} onMore={() => void range?.more()} found={steps.length}>
          <KeepPlace>
            <ol ref={list}>
              {steps.map((each, index) => (
                <JourneyStepItem
                  key={`${each.message.partition}@${each.message.offset}`}
                  step={each}
                  first={index === 0}
                  whole={look === 'whole'}
                />
              ))}
            </ol>
          </KeepPlace>
        </Steps>
      )}
    </Card>
  )
}

function KeyForm({ value, onKey }: { value: string; onKey: (key: string) => void }) {
  const [text, setText] = useState(value)
  return (
    <form
      className="flex items-center gap-1.5 max-sm:w-full"
      onSubmit={(event) => {
        event.preventDefault()
        onKey(text)
      }}
    >
      <Input
        aria-label="Key"
        placeholder="Key"
        mono
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="!h-7 !w-56 max-sm:!h-11 max-sm:!w-auto max-sm:grow"
      />
      <Button type="submit" size="sm">
        Go
      </Button>
    </form>
  )
}

/** The list, or why there is none. */
function Steps({
  view,
  found,
  onRetry,
  onMore,
  children,
}: {
  view: RangeView | null
  found: number
  onRetry: () => void
  onMore: () => void
  children: ReactNode
}) {
  if (view?.state === 'failed' && found === 0)
    return <ErrorPanel what="The messages could not be read" error={view.error} onRetry={onRetry} />
  if (found > 0)
    return (
      <>
        {view?.state === 'failed' ? (
          <div className="mb-3">
            <ErrorPanel what="Reading on failed" error={view.error} onRetry={onMore} />
          </div>
        ) : null}
        {children}
      </>
    )
  if (view === null || view.state === 'reading' || view.state === 'waiting') return <StepsSkeleton />
  return view.remaining > 0 ? (
    <EmptyState title="Not among the newest" action={<Button onClick={onMore}>Look further back</Button>}>
      None of the {plural(view.progress.scanned, 'message')} looked at has this key; {formatCount(view.remaining)} older
      ones were not looked at.
    </EmptyState>
  ) : (
    <EmptyState title="No message has this key">
      {plural(view.progress.scanned, 'message')} were looked at. Older ones may have expired by retention or been
      purged.
    </EmptyState>
  )
}

function JourneyFooter({
  view,
  found,
  onStop,
  onMore,
}: {
  view: RangeView
  found: number
  onStop: () => void
  onMore: () => void
}) {
  const { scanned, bytes, ms } = view.progress
  const reading = view.state === 'reading' || view.state === 'waiting'
  return (
    <div className="flex min-h-6 flex-wrap items-center gap-x-3 gap-y-1 text-2xs text-text-3">
      <span>
        {formatCount(found)} found in {plural(scanned, 'message')} · {formatBytes(bytes)} · {formatDuration(ms)}
      </span>
      <span role="status" className={cx(reading && 'sr-only')}>
        {reading
          ? ''
          : view.remaining > 0
            ? `${formatCount(view.remaining)} older ${view.state === 'stopped' ? 'not looked at, stopped' : 'not looked at'}`
            : 'looked at everything'}
      </span>
      {view.state === 'waiting' ? <span className="text-info">waiting for a broker that can answer</span> : null}
      <span className="ml-auto flex items-center gap-2">
        {found === 0 ? null : <span className="max-sm:hidden">j next, k previous</span>}
        {reading ? (
          <Button size="sm" icon={<Square />} className="h-6" onClick={onStop}>
            Stop
          </Button>
        ) : view.remaining > 0 ? (
          <Button size="sm" className="h-6" onClick={onMore}>
            Look further back
          </Button>
        ) : null}
      </span>
    </div>
  )
}
