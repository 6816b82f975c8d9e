import { useNavigate } from '@tanstack/react-router'
import { Hourglass, Inbox, Radio, Send } from 'lucide-react'
import { useId, useState } from 'react'
import { useNoWriteReason, useOnline, usePeers, useTopics } from '../../data/hooks.ts'
import type { StreamView } from '../../data/message-stream.ts'
import { formatCount, formatDuration, plural } from '../../lib/format.ts'
import { newTopicNameProblem } from '../../lib/new-topic-name.ts'
import { yakCommand } from '../../lib/produce-snippets.ts'
import { Button } from '../../ui/button.tsx'
import { Card as Panel } from '../../ui/card.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { Combobox } from '../../ui/combobox.tsx'
import { cx } from '../../ui/cx.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { type Card, cardKey } from './card.ts'
import { messagesBefore } from './card-lag.ts'
import type { ConsumeSession, OpenCard } from './consume-session.ts'
import { useSendTest } from './send-test.ts'

const suggestedTopics = 8
const subscribeWithinMs = 10_000

/** Subscribed, and nothing came yet. */
export function NoMessages({
  session,
  cards,
  views,
}: {
  session: ConsumeSession
  cards: readonly OpenCard[]
  /** What came for them. */
  views: readonly StreamView[]
}) {
  const { state, send } = useSendTest()
  const noWriteReason = useNoWriteReason()
  const topics = useTopics()
  const going = cards.filter(({ card }) => !card.paused)
  const before = ({ card }: OpenCard) =>
    messagesBefore(card, topics.find(({ name }) => name === card.topic)?.partitions ?? [])
  // The one that shows something soonest.
  const first = going.toSorted((one, other) => before(one) - before(other))[0]
  if (views.every((view) => view.state === 'failed'))
    return <EmptyState title="Nothing is subscribed any more">The reason stands on each card, with Retry.</EmptyState>
  if (first === undefined)
    return <EmptyState title="Paused">Messages wait in the log. Resume goes on where it stopped.</EmptyState>
  const received = views.reduce((sum, view) => sum + view.received, 0)
  if (received > 0 && cards.some(({ card }) => card.filter !== '')) {
    return (
      <EmptyState title="Nothing matches">
        {formatCount(received)} came, and none has the text of the filter. The cards go on counting.
      </EmptyState>
    )
  }
  const toCome = before(first)
  if (toCome > 0) {
    return (
      <EmptyState icon={<Hourglass />} title={`Waiting for offset ${formatCount(first.card.start as number)}`}>
        The log is not as long yet: {plural(toCome, 'message')} still to be written come before it and are not shown.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      icon={<Radio />}
      title="Nothing yet"
      action={
        <Button
          icon={<Send />}
          busy={state.phase === 'sending'}
          disabledReason={noWriteReason}
          onClick={() =>
            void send(
              first.card.topic,
              first.card.partition,
              session.whenLive(first.key, AbortSignal.timeout(subscribeWithinMs)),
            )
          }
        >
          Send a test message
        </Button>
      }
    >
      {first.card.start === 'latest'
        ? 'Messages that are committed from now on appear here.'
        : 'No message is there from where you begin. New ones appear here.'}
      {state.phase === 'sent' ? ` Sent, and acknowledged in ${formatDuration(state.ms)}.` : ''}
      {state.phase === 'failed' ? (
        <div className="mt-2 text-left">
          <ErrorPanel what="The test message was not acknowledged" error={state.error} />
        </div>
      ) : null}
    </EmptyState>
  )
}

/** No card yet: choose a topic, or see one message arrive. */
export function NothingSubscribed({ session, onAdd }: { session: ConsumeSession; onAdd: (card: Card) => void }) {
  const topics = useTopics()
  const online = useOnline()
  const noWriteReason = useNoWriteReason()
  const navigate = useNavigate()
  const { state, send } = useSendTest()
  const { current } = usePeers()
  const [topic, setTopic] = useState('')
  const note = useId()
  const known = topics.some(({ name }) => name === topic)
  const card: Card = { topic, partition: null, start: 'latest', filter: '', paused: false }
  const reason =
    topic === ''
      ? 'Choose a topic first.'
      : known
        ? undefined
        : (newTopicNameProblem(topic) ?? `There is no topic ${topic}.`)
  if (topics.length === 0) {
    return (
      <Panel>
        <EmptyState
          icon={<Inbox />}
          title="No topic yet"
          action={
            <Button
              variant="primary"
              disabledReason={noWriteReason}
              onClick={() => void navigate({ to: '/topics', search: { create: true } })}
            >
              Create topic
            </Button>
          }
        >
          Messages live in topics. Make one, and watch here what is sent to it.
        </EmptyState>
      </Panel>
    )
  }
  return (
    <Panel className={cx('transition-opacity', !online && 'dimmed')}>
      <EmptyState
        icon={<Radio />}
        title="Watch a topic"
        snippet={
          <CodeBlock
            code={yakCommand('consume', known ? topic : topics[0]!.name, [`--brokers ${current}`, '--follow'])}
          />
        }
      >
        <p>Messages appear here as they are committed, newest below. The address of this page keeps what you chose.</p>
        <form
          className="mt-4 flex flex-wrap justify-center gap-2"
          onSubmit={(event) => {
            event.preventDefault()
            if (reason === undefined) onAdd(card)
          }}
        >
          <Combobox
            aria-label="Topic"
            mono
            value={topic}
            onChange={setTopic}
            options={topics.map(({ name }) => name)}
            placeholder="Topic"
            className="w-full! text-left"
          />
          <Button
            type="submit"
            variant="primary"
            disabledReason={reason}
            reasonId={note}
            className="grow max-sm:w-full"
          >
            Subscribe
          </Button>
          <Button
            icon={<Send />}
            className="grow max-sm:w-full"
            busy={state.phase === 'sending'}
            disabledReason={reason ?? noWriteReason}
            reasonId={note}
            onClick={() => {
              onAdd(card)
              session.setCards([card])
              void send(topic, null, session.whenLive(cardKey(card), AbortSignal.timeout(subscribeWithinMs)))
            }}
          >
            Subscribe and send a test message
          </Button>
          <p id={note} role="status" className="basis-full text-text-3 text-xs empty:hidden">
            {reason ?? noWriteReason}
          </p>
        </form>
        <ul aria-label="Topics" className="mt-3 flex flex-wrap justify-center gap-1.5">
          {topics.slice(0, suggestedTopics).map(({ name }) => (
            <li key={name} className="min-w-0">
              <Button size="sm" className="max-w-56 font-mono" onClick={() => onAdd({ ...card, topic: name })}>
                <span className="truncate">{name}</span>
              </Button>
            </li>
          ))}
          {topics.length > suggestedTopics ? (
            <li className="self-center text-text-3 text-xs">
              and {formatCount(topics.length - suggestedTopics)} more: type a name
            </li>
          ) : null}
        </ul>
        {state.phase === 'failed' ? (
          <div className="mt-3 text-left">
            <ErrorPanel what="The test message was not acknowledged" error={state.error} />
          </div>
        ) : null}
      </EmptyState>
    </Panel>
  )
}
