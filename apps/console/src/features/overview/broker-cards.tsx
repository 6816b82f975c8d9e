import { Link } from '@tanstack/react-router'
import { CircleDashed, Crown, MapPin, Unplug, Vote } from 'lucide-react'
import { useMemo } from 'react'
import type { ClusterSnapshot } from '../../data/cluster-feed.ts'
import { useNow, useOnline, useSnapshot } from '../../data/hooks.ts'
import type { BrokerState } from '../../data/live/frames.ts'
import { brokerWords } from '../../lib/broker-words.ts'
import { brokerName } from '../../lib/brokers.ts'
import { formatBytes, formatCount, formatDuration } from '../../lib/format.ts'
import { BrokerMark } from '../../ui/broker-mark.tsx'
import { cx } from '../../ui/cx.ts'
import { Pill } from '../../ui/pill.tsx'
import { useAgeText } from '../../ui/time.tsx'
import { type BrokerFacts, brokerFacts } from './broker-facts.ts'

/** Above this a broker is busy enough to say so: clients feel it. */
const slowLoopMs = 100

/** One card for each broker, what it says of itself and how old that is. */
export function BrokerCards({ snapshot }: { snapshot: ClusterSnapshot }) {
  const facts = useMemo(() => brokerFacts(snapshot), [snapshot])
  const online = useOnline()
  return (
    <section>
      <h2 className="sr-only">Brokers</h2>
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,19rem),1fr))] gap-3" aria-label="Brokers">
        {facts.map((each) => (
          <li key={each.id} className="min-w-0">
            <BrokerCard
              facts={each}
              state={snapshot.brokers.find(({ id }) => id === each.id)?.state ?? null}
              error={snapshot.brokers.find(({ id }) => id === each.id)?.error?.detail ?? null}
              here={online && each.id === snapshot.saidBy}
              receivedAt={snapshot.receivedAt}
            />
          </li>
        ))}
      </ul>
    </section>
  )
}

function BrokerCard({
  facts,
  state,
  error,
  here,
  receivedAt,
}: {
  facts: BrokerFacts
  state: BrokerState | null
  error: string | null
  here: boolean
  receivedAt: number
}) {
  const now = useNow(1_000)
  const then = useSnapshot() !== null
  const ageText = useAgeText()
  const heardMs = facts.heardMs === null ? null : facts.heardMs + Math.max(0, now - receivedAt)
  return (
    <article
      className={cx(
        'flex h-full flex-col rounded-lg border bg-surface shadow-card',
        !facts.alive && 'border-warn-mark/60',
      )}
    >
      <header className="flex min-h-12.5 items-center gap-2.5 px-3 pt-2.5">
        <BrokerMark id={facts.id} size="lg" />
        <div className="min-w-0 grow leading-tight">
          <h3 className="font-semibold text-base">
            <Link
              to="/brokers/$id"
              params={{ id: facts.id }}
              className="relative -my-1 block w-fit min-w-6 max-w-full truncate py-1 hover:underline"
            >
              {brokerName(facts.id)}
            </Link>
          </h3>
          <p className="truncate font-mono text-2xs text-text-3">{facts.url.replace(/^https?:\/\//, '')}</p>
        </div>
        <div className="flex flex-col items-end gap-1">
          <RolePill facts={facts} />
          {here ? (
            <span className="inline-flex items-center gap-1 text-2xs text-text-3 [&_svg]:size-3">
              <MapPin aria-hidden /> you are here
            </span>
          ) : null}
        </div>
      </header>
      <dl
        className={cx(
          'mt-2.5 grid grid-cols-[2fr_4fr_4fr_3fr] gap-x-2 sm:grid-cols-[6fr_7fr_7fr_6fr] gap-y-2 border-t px-3 py-2.5',
          (state === null || !facts.alive) && 'dimmed',
        )}
      >
        <Fact name="epoch" value={facts.epoch === null ? '–' : formatCount(facts.epoch)} />
        <Fact name={then ? 'led / followed' : 'leads / follows'} value={`${facts.led} / ${facts.followed}`} />
        <Fact
          name="lag, messages"
          value={facts.role === 'leader' ? '–' : facts.lag === null ? '?' : formatCount(facts.lag)}
          tone={facts.inSync || facts.role === 'leader' ? undefined : 'bad'}
          note={facts.inSync ? undefined : 'not in sync'}
        />
        <Fact
          name="last heard"
          value={heardMs === null ? 'never' : ageText(heardMs)}
          tone={heardMs !== null && heardMs > 5_000 ? 'warn' : undefined}
        />
        <Fact name="uptime" value={state === null ? '–' : formatDuration(state.uptimeMs)} wide />
        <Fact name="memory" value={state === null ? '–' : formatBytes(state.rssBytes)} wide />
        <Fact
          name="loop delay"
          value={
            state === null
              ? '–'
              : state.eventLoopDelayMs < 10
                ? `${state.eventLoopDelayMs.toFixed(1)} ms`
                : formatDuration(state.eventLoopDelayMs)
          }
          tone={state !== null && state.eventLoopDelayMs > slowLoopMs ? 'warn' : undefined}
          wide
        />
        <Fact name="connections" value={state === null ? '–' : formatCount(state.connections)} wide />
      </dl>
      {facts.alive || error === null ? null : (
        <p className="border-t px-3 py-1.5 break-words text-warn text-xs">{brokerWords(error)}</p>
      )}
    </article>
  )
}

function RolePill({ facts }: { facts: BrokerFacts }) {
  if (!facts.alive) {
    return (
      <Pill tone="warn" icon={<Unplug />}>
        no answer
      </Pill>
    )
  }
  if (facts.role === 'leader') {
    return (
      <Pill tone="ok" icon={<Crown />}>
        leader
      </Pill>
    )
  }
  if (facts.role === 'candidate') {
    return (
      <Pill tone="info" icon={<Vote />}>
        candidate
      </Pill>
    )
  }
  return <Pill icon={<CircleDashed />}>{facts.role ?? 'unknown'}</Pill>
}

function Fact({
  name,
  value,
  note,
  tone,
  wide,
}: {
  name: string
  value: string
  note?: string | undefined
  tone?: 'warn' | 'bad' | undefined
  wide?: boolean
}) {
  return (
    <div className={cx('min-w-0', wide && 'max-sm:hidden')}>
      <dt className="truncate text-2xs text-text-3 first-letter:uppercase">{name}</dt>
      <dd className={cx('truncate text-sm', tone === 'warn' && 'text-warn', tone === 'bad' && 'text-bad')} title={note}>
        {value}
      </dd>
    </div>
  )
}
