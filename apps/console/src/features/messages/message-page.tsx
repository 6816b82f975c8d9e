import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { ChevronDown, ChevronUp, Clock, Hourglass, List } from 'lucide-react'
import { useApi, useOnline, useTopic } from '../../data/hooks.ts'
import { messagesQuery } from '../../data/queries.ts'
import { formatCount, formatOffset } from '../../lib/format.ts'
import { readOffset } from '../../lib/json/message-place.ts'
import { visibleText } from '../../lib/visible-text.ts'
import { Button, buttonClass, IconButton } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { CardSkeleton, LinesSkeleton, TableSkeleton } from '../../ui/card-skeleton.tsx'
import { cx } from '../../ui/cx.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Freshness } from '../../ui/freshness.tsx'
import { NoAnswer, useNoAnswer } from '../../ui/no-answer.tsx'
import { Page } from '../../ui/page.tsx'
import { Loading, Skeleton } from '../../ui/skeleton.tsx'
import { Age, Time } from '../../ui/time.tsx'
import { useKeys } from '../../ui/use-keys.ts'
import { VisibleText } from '../../ui/visible-text.tsx'
import { MessageDetail } from './message-detail.tsx'
import { NeighbourList } from './neighbour-list.tsx'
import { neighbourWindow, sameKey } from './neighbours.ts'
import { expiredEarliest } from './range-scan.ts'
import { SameKey } from './same-key.tsx'
import { absentPartitions, standingOf } from './standing.ts'
import { useMessageActions } from './use-message-actions.tsx'

const route = getRouteApi('/topics/$topic/$partition/$offset')

/** One message by its place, which never changes, and what stands around it. */
export function MessagePage() {
  const params = route.useParams()
  const { topic: name } = params
  const noAnswer = useNoAnswer()
  const partition = /^\d{1,10}$/.test(params.partition) ? Number(params.partition) : null
  const offset = readOffset(params.offset)
  const title = (
    <span className="break-all font-mono">
      <VisibleText>{name}</VisibleText>
      <span className="text-text-3"> / </span>
      <VisibleText>{params.partition}</VisibleText>
      <span className="text-text-3"> / </span>
      <VisibleText>{params.offset}</VisibleText>
    </span>
  )
  return (
    <Page
      title={title}
      documentTitle={visibleText(`${name}/${params.partition}@${params.offset}`)}
      aside={
        <Link to="/topics/$topic/messages" params={{ topic: name }} className={buttonClass()}>
          <List /> All messages
        </Link>
      }
    >
      {noAnswer ? (
        <NoAnswer what="The message could not be read" />
      ) : partition === null || offset === null ? (
        <NoPlace topic={name} text={`${params.partition} and ${params.offset} are not a partition and an offset.`} />
      ) : (
        <Around topic={name} partition={partition} digits={offset} />
      )}
    </Page>
  )
}

function Around({ topic: name, partition, digits }: { topic: string; partition: number; digits: bigint }) {
  // What is beyond an exact number is beyond every end: only its digits are shown.
  const offset = Number(digits)
  const api = useApi()
  const topic = useTopic(name)
  const online = useOnline()
  const { tab = 'value' } = route.useSearch()
  const navigate = route.useNavigate()
  const state = topic?.partitions.find((each) => each.partition === partition)
  const { from, limit } = neighbourWindow(offset, state?.logStartOffset ?? 0)
  // Beyond the end there is nothing to ask for yet; the live channel says when there is.
  const standing = topic == null ? null : standingOf(topic.partitions, { partition, offset })
  const query = useQuery({
    ...messagesQuery(api, { topic: name, partition, offset: from, limit }),
    enabled: standing?.kind === 'there',
    // Committed messages do not change; only the end of the window may still grow.
    staleTime: 30_000,
    placeholderData: (before) =>
      before?.data.topic === name && before.data.partition === partition ? before : undefined,
  })
  const messages = query.data?.data.messages ?? []
  const message = messages.find((each) => each.offset === offset) ?? null
  const actions = useMessageActions()
  const goTo = (to: number) =>
    void navigate({
      to: '/topics/$topic/$partition/$offset',
      params: { topic: name, partition: String(partition), offset: String(to) },
      search: (before) => before,
      replace: true,
      resetScroll: false,
    })
  const first = state?.logStartOffset ?? 0
  const end = state?.highWatermark ?? 0
  useKeys({
    j: offset + 1 < end ? () => goTo(offset + 1) : undefined,
    k: offset > first ? () => goTo(Math.min(offset, Math.max(end, first + 1)) - 1) : undefined,
    c: message === null ? undefined : () => actions.copyLink(message),
    r: message === null ? undefined : () => actions.resend(message),
  })

  if (topic === undefined)
    return <NoPlace text="There is no such topic. It may have been deleted, or the address is of another cluster." />
  if (topic !== null && standing?.kind === 'no-partition')
    return <NoPlace topic={name} text={absentPartitions(topic, [partition]) ?? ''} />
  const earliest = standing?.kind === 'expired' ? standing.earliest : expiredEarliest(query.error)
  if (earliest !== null)
    return (
      <Card>
        <EmptyState
          icon={<Clock />}
          title="Expired by retention, or purged"
          action={
            <Button variant="primary" onClick={() => goTo(earliest)}>
              Earliest: {formatCount(earliest)}
            </Button>
          }
        >
          Offset {formatCount(offset)} is gone; the earliest of this partition is {formatCount(earliest)}.
        </EmptyState>
      </Card>
    )
  if (standing?.kind === 'beyond')
    return (
      <Card>
        <EmptyState
          icon={<Hourglass className="animate-pulse-soft" />}
          title={`Waiting for offset ${formatOffset(String(digits))}`}
          action={
            end > first ? (
              <Button onClick={() => goTo(end - 1)}>Newest: {formatCount(end - 1)}</Button>
            ) : (
              <Link to="/produce" search={{ topic: name, partition }} className={buttonClass()}>
                Send a message
              </Link>
            )
          }
        >
          <span aria-live="polite">
            The next message of this partition gets offset {formatCount(end)}, so{' '}
            {offset === end ? '1 message' : `${formatOffset(String(digits - BigInt(end) + 1n))} messages`} to go. This
            page shows it when it is committed.
          </span>
        </EmptyState>
      </Card>
    )
  if (query.error !== null && message === null)
    return (
      <ErrorPanel
        what={`Offset ${formatCount(offset)} could not be read`}
        error={query.error}
        onRetry={() => void query.refetch()}
      />
    )
  const around = sameKey(messages, message)
  return (
    <Loading loading={query.isPending || (message === null && query.isPlaceholderData)} skeleton={<AroundSkeleton />}>
      {() => (
        <div className={cx('grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_24rem]', !online && 'dimmed')}>
          <Card
            title={
              message === null ? (
                'No message'
              ) : (
                <span className="flex flex-wrap items-baseline gap-x-3">
                  {/* On a phone the date and the hour below each other, and the buttons beside them. */}
                  <Time
                    at={message.timestamp}
                    full
                    named
                    className="font-normal max-sm:w-36 max-sm:whitespace-normal"
                  />
                  {message.timestamp < 0 ? null : (
                    <Age at={message.timestamp} className="font-normal text-text-3 text-xs max-sm:hidden" />
                  )}
                </span>
              )
            }
            aside={
              <div className="flex items-center gap-1 [&>[data-reason]]:order-first [&>[data-reason]]:mr-1">
                <IconButton
                  label="Previous message"
                  keys="k"
                  disabledReason={offset > first ? undefined : 'This is the earliest.'}
                  onClick={() => goTo(offset - 1)}
                  className="!size-7"
                >
                  <ChevronUp />
                </IconButton>
                <IconButton
                  label="Next message"
                  keys="j"
                  disabledReason={offset + 1 < end ? undefined : 'This is the newest.'}
                  onClick={() => goTo(offset + 1)}
                  className="!size-7"
                >
                  <ChevronDown />
                </IconButton>
                {message === null ? null : actions.menu(message)}
              </div>
            }
            footer={
              query.data === undefined ? undefined : (
                <Freshness brokerId={query.data.brokerId} at={query.data.at} intervalMs={86_400_000} />
              )
            }
          >
            {message === null ? (
              <p className="text-text-2">This offset holds no message: it belongs to the broker's own records.</p>
            ) : (
              <>
                <SameKey
                  key={`${message.partition}@${message.offset}`}
                  message={message}
                  near={around}
                  first={first}
                  end={end}
                  onGo={goTo}
                />
                <MessageDetail
                  message={message}
                  tab={tab}
                  onTab={(next) =>
                    void navigate({ search: next === 'value' ? {} : { tab: next }, replace: true, resetScroll: false })
                  }
                />
              </>
            )}
          </Card>
          <NeighbourList messages={messages} offset={offset} messageKey={message?.key ?? null} onGo={goTo} />
        </div>
      )}
    </Loading>
  )
}

/** Without a topic there is none whose messages could be shown. */
function NoPlace({ topic, text }: { topic?: string; text: string }) {
  return (
    <Card>
      <EmptyState
        title="There is no message here"
        action={
          <>
            {topic === undefined ? null : (
              <Link to="/topics/$topic/messages" params={{ topic }} className={buttonClass('primary')}>
                Messages of {topic}
              </Link>
            )}
            <Link to="/topics" className={buttonClass(topic === undefined ? 'primary' : 'default')}>
              All topics
            </Link>
          </>
        }
      >
        <VisibleText>{text}</VisibleText>
      </EmptyState>
    </Card>
  )
}

function AroundSkeleton() {
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_24rem]">
      <CardSkeleton aside={<Skeleton className="h-3.5 w-52" />}>
        <div className="mb-4 flex gap-6 border-b pb-3">
          {['w-10', 'w-7', 'w-14', 'w-9', 'w-9'].map((width, index) => (
            <Skeleton key={index} className={`h-3.5 ${width}`} />
          ))}
        </div>
        <Skeleton className="mb-3 h-7 w-40 rounded-md max-sm:h-11" />
        <LinesSkeleton lines={8} />
      </CardSkeleton>
      <CardSkeleton title="Messages around it" flush>
        <TableSkeleton rows={16} columns={[1, 5]} />
      </CardSkeleton>
    </div>
  )
}
