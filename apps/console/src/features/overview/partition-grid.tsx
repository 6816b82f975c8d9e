import { Link, useNavigate } from '@tanstack/react-router'
import type { TopicDescription } from '@yak/protocol/schemas'
import { type KeyboardEvent, useMemo, useRef, useState } from 'react'
import type { ClusterSnapshot } from '../../data/cluster-feed.ts'
import { useConsoleData } from '../../data/console-data.tsx'
import { useSnapshot, useWide } from '../../data/hooks.ts'
import { useStore } from '../../data/store.ts'
import { brokerLook, brokerName } from '../../lib/brokers.ts'
import { formatRate, plural } from '../../lib/format.ts'
import { Card } from '../../ui/card.tsx'
import { cx } from '../../ui/cx.ts'
import { useBrokerOrder } from '../../ui/environment.tsx'
import { ClusterFreshness } from '../../ui/freshness.tsx'
import { useWidth } from '../../ui/use-width.ts'
import { evenColumns } from './even-rows.ts'

/** More than this is no picture any more; the list of topics has them all. */
const maxTopics = 40
const maxCells = 64

/** Sizes of a cell, as its classes have them. */
const cellPx = { wide: 28, phone: 44 }
const gapPx = 4
const lineClass =
  'grid grid-cols-[minmax(6rem,11rem)_minmax(0,1fr)_3.5rem] gap-3 px-3 max-sm:grid-cols-[minmax(0,1fr)_3.5rem]'

type Partition = TopicDescription['partitions'][number]

/** Topics by partitions. A cell has its leader's letter and colour, and fills with its share of the traffic. */
export function PartitionGrid({ snapshot }: { snapshot: ClusterSnapshot }) {
  const { cluster: feed } = useConsoleData()
  const version = useStore(feed.rateVersion)
  const navigate = useNavigate()
  const [focused, setFocused] = useState('0 0')
  const topics = snapshot.topics.slice(0, maxTopics)
  const busiest = useMemo(() => {
    const rates = topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partition }) => feed.partitionRate(name, partition) ?? 0),
    )
    return Math.max(1, ...rates)
  }, [feed, topics, version])
  const ruler = useRef<HTMLDivElement>(null)
  const width = useWidth(ruler)
  const wide = useWide(640)
  const cell = wide ? cellPx.wide : cellPx.phone
  const evenLines = (count: number) => {
    const columns = evenColumns(count, width, cell, gapPx)
    return columns === undefined || count > maxCells ? undefined : { maxWidth: columns * (cell + gapPx) - gapPx }
  }

  const move = (event: KeyboardEvent<HTMLElement>) => {
    const [row, column] = focused.split(' ').map(Number) as [number, number]
    const step = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
      Home: [0, -column],
      End: [0, maxCells],
    }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const nextRow = Math.min(Math.max(0, row + step[0]!), topics.length - 1)
    const count = Math.min(topics[nextRow]?.partitions.length ?? 1, maxCells)
    const nextColumn = Math.min(Math.max(0, column + step[1]!), count - 1)
    setFocused(`${nextRow} ${nextColumn}`)
    event.currentTarget.querySelector<HTMLElement>(`[data-cell="${nextRow} ${nextColumn}"]`)?.focus()
  }
  return (
    <Card
      title="Partitions"
      aside={<Legend snapshot={snapshot} />}
      footer={<ClusterFreshness snapshot={snapshot} />}
      flush
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrows move between the buttons inside */}
      <div className="scroll-y max-h-96 overflow-y-auto py-1.5 max-sm:max-h-none" onKeyDown={move}>
        <div aria-hidden className={lineClass}>
          <div ref={ruler} className="col-start-2 max-sm:col-span-2 max-sm:col-start-1" />
        </div>
        {topics.map((topic, row) => (
          <div key={topic.id} className={cx(lineClass, 'items-center py-1 hover:bg-surface-2')}>
            <Link
              to="/topics/$topic/partitions"
              params={{ topic: topic.name }}
              className="truncate font-mono text-xs hover:underline max-sm:py-2"
            >
              {topic.name}
            </Link>
            <ul
              className="flex flex-wrap gap-1 max-sm:col-span-2 max-sm:row-start-2"
              style={evenLines(topic.partitions.length)}
              aria-label={`Partitions of ${topic.name}`}
            >
              {topic.partitions.slice(0, maxCells).map((partition, column) => (
                <li key={partition.partition}>
                  <Cell
                    topic={topic.name}
                    partition={partition}
                    rate={feed.partitionRate(topic.name, partition.partition)}
                    busiest={busiest}
                    cell={`${row} ${column}`}
                    focused={focused}
                    onFocus={setFocused}
                    onOpen={() =>
                      void navigate({
                        to: '/',
                        search: (before) => ({ ...before, partition: `${topic.name}/${partition.partition}` }),
                      })
                    }
                  />
                </li>
              ))}
              {topic.partitions.length > maxCells ? (
                <li className="self-center text-text-3 text-xs">and {topic.partitions.length - maxCells} more</li>
              ) : null}
            </ul>
            <TopicRate rates={feed.topicRates(topic.name)} />
          </div>
        ))}
        {snapshot.topics.length > maxTopics ? (
          <Link to="/topics" className="block px-3 py-2 text-info text-xs underline underline-offset-2">
            {plural(snapshot.topics.length - maxTopics, 'more topic')}
          </Link>
        ) : null}
      </div>
    </Card>
  )
}

function TopicRate({ rates }: { rates: readonly (number | null)[] }) {
  const rate = rates.at(-1) ?? null
  return (
    <span className="text-right text-text-2 text-xs max-sm:col-start-2 max-sm:row-start-1">
      {formatRate(rate)}
      {rate === null ? null : <span className="text-text-3">/s</span>}
    </span>
  )
}

function Cell({
  topic,
  partition,
  rate,
  busiest,
  cell,
  focused,
  onFocus,
  onOpen,
}: {
  topic: string
  partition: Partition
  rate: number | null
  busiest: number
  cell: string
  focused: string
  onFocus: (cell: string) => void
  onOpen: () => void
}) {
  const look = brokerLook(partition.leader?.id ?? '', useBrokerOrder())
  const leads = useSnapshot() === null ? 'leads' : 'led'
  const short = partition.isr.length < partition.replicas.length
  const leaderless = partition.leader === null
  const words = [
    `${topic}/${partition.partition}`,
    leaderless ? 'no leader' : `${brokerName(partition.leader!.id)} ${leads}`,
    `${partition.isr.length} of ${partition.replicas.length} in sync`,
    `${formatRate(rate)} messages per second`,
  ].join(', ')
  return (
    <button
      type="button"
      data-cell={cell}
      tabIndex={cell === focused ? 0 : -1}
      aria-label={words}
      title={words}
      onFocus={() => onFocus(cell)}
      onClick={onOpen}
      className={cx(
        'relative block size-7 overflow-hidden rounded-sm border font-mono font-semibold text-xs hover:border-text-3 max-sm:size-11',
        leaderless
          ? 'border-bad-mark border-dashed bg-bad-tint text-bad'
          : `broker-${look.colour} border-[color-mix(in_oklab,var(--broker)_36%,var(--surface))] bg-[color-mix(in_oklab,var(--broker)_16%,var(--surface))]`,
      )}
    >
      {leaderless ? null : (
        <span
          aria-hidden
          className="absolute inset-x-0 bottom-0 h-full origin-bottom bg-[color-mix(in_oklab,var(--broker)_42%,var(--surface))] transition-transform duration-500"
          style={{ transform: `scaleY(${Math.min(1, (rate ?? 0) / busiest)})` }}
        />
      )}
      <span className="relative">{leaderless ? '?' : look.letter}</span>
      {short && !leaderless ? (
        <span
          aria-hidden
          className="absolute top-0 right-0 border-[5px] border-transparent border-t-text border-r-text"
        />
      ) : null}
    </button>
  )
}

function Legend({ snapshot }: { snapshot: ClusterSnapshot }) {
  const leads = useSnapshot() === null ? 'leads' : 'led'
  const order = useBrokerOrder()
  const leaders = new Set(snapshot.topics.flatMap(({ partitions }) => partitions.map(({ leader }) => leader?.id ?? '')))
  return (
    <ul aria-hidden className="flex flex-wrap items-center gap-x-3 text-2xs text-text-3 max-sm:hidden">
      {order
        .filter((id) => leaders.has(id))
        .map((id) => (
          <li key={id} className="flex items-center gap-1">
            <span className={`broker-${brokerLook(id, order).colour} size-2.5 rounded-xs bg-(--broker)`} />
            {brokerLook(id, order).letter} = {brokerName(id)} {leads}
          </li>
        ))}
      <li className="flex items-center gap-1">
        <span className="border-[5px] border-transparent border-t-text border-r-text" /> too few in sync
      </li>
      <li>fill = traffic</li>
    </ul>
  )
}
