import { CircleAlert, CircleDot, Hourglass, Pause, Play, RotateCw, X } from 'lucide-react'
import { useMemo } from 'react'
import { useOnline, useTopic } from '../../data/hooks.ts'
import { brokerWords } from '../../lib/broker-words.ts'
import { formatBytes, formatCount, formatRate, plural } from '../../lib/format.ts'
import { visibleText } from '../../lib/visible-text.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import { Pill } from '../../ui/pill.tsx'
import { VisibleText } from '../../ui/visible-text.tsx'
import { startText } from './card.ts'
import { filterProblem } from './card-filter.ts'
import { lagOf, messagesBefore } from './card-lag.ts'
import { cardLook } from './card-look.ts'
import { CardNumber } from './card-number.tsx'
import type { ConsumeSession, OpenCard } from './consume-session.ts'
import { useCardRate, useCardView } from './use-card-view.ts'

/** One subscription: what it is, how it goes, and the buttons. A click shows only the clicked ones in the list. */
export function SubscriptionCard({
  session,
  open,
  index,
  shown,
  onToggle,
  onPause,
  onClose,
}: {
  session: ConsumeSession
  open: OpenCard
  index: number
  shown: boolean
  onToggle: () => void
  onPause: () => void
  onClose: () => void
}) {
  const { card, stream } = open
  const view = useCardView(session, open)
  const rate = useCardRate(session, open)
  const topic = useTopic(card.topic)
  const online = useOnline()
  const fault = useMemo(() => filterProblem(card.filter), [card.filter])
  const lag = lagOf(view.partitions, topic?.partitions ?? [])
  const toCome = view.received > 0 ? 0 : messagesBefore(card, topic?.partitions ?? [])
  const name = card.partition === null ? card.topic : `${card.topic}/${card.partition}`
  return (
    <li
      className={cx(
        'flex w-72 shrink-0 flex-col rounded-lg border border-l-4 bg-surface shadow-card max-sm:w-[min(18rem,85vw)]',
        cardLook(index).edge,
        !shown && 'opacity-55',
      )}
    >
      <div className="flex items-center gap-1 py-1 pr-1 pl-2">
        <button
          type="button"
          aria-pressed={shown}
          title={shown ? 'Hide or show its messages' : 'Show its messages'}
          onClick={onToggle}
          className="flex min-h-8 min-w-0 grow items-center gap-2 rounded-md text-left max-sm:min-h-11"
        >
          <CardNumber index={index} />
          <span className="truncate font-medium font-mono text-sm">
            <VisibleText>{name}</VisibleText>
          </span>
        </button>
        {/* One that failed has nothing to pause; it is retried below. */}
        {view.state === 'failed' && !card.paused ? null : (
          <IconButton label={card.paused ? `Resume ${name}` : `Pause ${name}`} onClick={onPause} className="!size-7">
            {card.paused ? <Play /> : <Pause />}
          </IconButton>
        )}
        <IconButton label={`Unsubscribe from ${name}`} onClick={onClose} className="!size-7">
          <X />
        </IconButton>
      </div>
      <p className="truncate px-2 pb-1 text-text-3 text-xs" title={visibleText(card.filter)}>
        {card.partition === null
          ? topic == null
            ? 'all partitions'
            : topic.partitions.length === 1
              ? 'its one partition'
              : `all of ${plural(topic.partitions.length, 'partition')}`
          : 'one partition'}
        , {startText(card.start)}
        {card.filter === '' ? null : (
          <>
            , where{' '}
            <span className="font-mono text-text-2">
              <VisibleText>{card.filter}</VisibleText>
            </span>
          </>
        )}
      </p>
      <dl className={cx('grid grid-cols-3 gap-x-2 border-t px-2 py-1.5', !online && 'dimmed')}>
        <Fact name="per second" value={view.state === 'live' && online ? formatRate(rate) : '–'} />
        <Fact
          name="lag, messages"
          value={lag === null ? '–' : formatCount(lag)}
          tone={lag !== null && lag > 1_000 ? 'warn' : undefined}
        />
        <Fact
          name="received"
          value={formatCount(view.received)}
          title={`${formatCount(view.received)} came, ${formatCount(view.accepted)} match, ${formatBytes(view.sizeBytes)} kept`}
        />
      </dl>
      <div className="flex min-h-7 items-center gap-2 border-t px-2 py-1 text-2xs text-text-3">
        <State view={view} online={online && toCome === 0} missing={topic === undefined} />
        <span
          className="truncate"
          title="Older rows that this page let go to keep within its ring, and messages that the broker skipped."
        >
          {[
            toCome === 0 ? null : `${plural(toCome, 'message')} before its first`,
            card.filter === '' || fault !== null ? null : `${formatCount(view.accepted)} match`,
            view.dropped === 0 ? null : `${formatCount(view.dropped)} let go`,
            view.skipped === 0 ? null : `${formatCount(view.skipped)} skipped`,
          ]
            .filter((part) => part !== null)
            .join(' · ')}
        </span>
        {view.faults === 0 ? null : (
          <Pill tone="bad" icon={<CircleAlert />} className="ml-auto">
            {plural(view.faults, 'fault')}
          </Pill>
        )}
      </div>
      {fault === null ? null : (
        <p role="alert" className="border-t bg-warn-tint px-2 py-1.5 text-warn text-xs">
          The filter cannot be read, so everything is shown: {fault}.
          <span className="mt-1 block break-words font-mono">
            <VisibleText>{card.filter}</VisibleText>
          </span>
        </p>
      )}
      {view.error === null ? null : (
        <div role="alert" className="flex items-start gap-2 border-t bg-bad-tint px-2 py-1.5 text-bad text-xs">
          <span className="min-w-0 grow text-pretty break-words">
            {view.error.code === 'UNKNOWN_TOPIC'
              ? `There is no topic ${card.topic}. Send to it or create it, then retry.`
              : brokerWords(view.error.detail)}{' '}
            <span className="font-mono">{view.error.code}</span>
          </span>
          <Button size="sm" icon={<RotateCw />} onClick={() => stream.retry()}>
            Retry
          </Button>
        </div>
      )}
    </li>
  )
}

function State({
  view,
  online,
  missing,
}: {
  view: { readonly state: 'waiting' | 'live' | 'paused' | 'failed' }
  online: boolean
  missing: boolean
}) {
  if (view.state === 'failed') {
    return (
      <Pill tone="bad" icon={<CircleAlert />}>
        stopped
      </Pill>
    )
  }
  if (view.state === 'paused') return <Pill icon={<Pause />}>paused</Pill>
  if (!online || view.state === 'waiting') {
    return (
      <Pill tone="warn" icon={<Hourglass />}>
        {missing ? 'no such topic' : 'waiting'}
      </Pill>
    )
  }
  return (
    <Pill tone="ok" icon={<CircleDot />}>
      live
    </Pill>
  )
}

function Fact({
  name,
  value,
  title,
  tone,
}: {
  name: string
  value: string
  title?: string
  tone?: 'warn' | undefined
}) {
  return (
    <div className="min-w-0" title={title}>
      <dt className="truncate text-2xs text-text-3 first-letter:uppercase">{name}</dt>
      <dd className={cx('truncate text-sm', tone === 'warn' && 'text-warn')}>{value}</dd>
    </div>
  )
}
