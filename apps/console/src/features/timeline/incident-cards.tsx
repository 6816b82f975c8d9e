import { ArrowRight, PowerOff, ScanSearch } from 'lucide-react'
import { useSnapshot } from '../../data/hooks.ts'
import type { JournalEntry } from '../../data/live/frames.ts'
import { formatDuration, plural } from '../../lib/format.ts'
import { BrokerMark } from '../../ui/broker-mark.tsx'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import { Pill } from '../../ui/pill.tsx'
import { Age, Time } from '../../ui/time.tsx'
import type { ClusterStop } from './cluster-stops.ts'
import { fencedWrites, gapText, type Incident } from './leadership.ts'

const shownCards = 12

/** Each change of leader, the newest first: from whom to whom, and how long each part took. */
export function IncidentCards({
  incidents,
  entries,
  missing,
  onShow,
}: {
  incidents: readonly Incident[]
  entries: readonly JournalEntry[]
  /** Brokers whose journal cannot be read now: what they wrote last is not known. */
  missing: readonly string[]
  onShow: (incident: Incident) => void
}) {
  const newest = incidents.toReversed().slice(0, shownCards)
  return (
    <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,20rem),1fr))] gap-3" aria-label="Changes of leader">
      {newest.map((incident) => (
        <li key={`${incident.from.epoch} ${incident.startAt}`}>
          <IncidentCard
            incident={incident}
            refused={fencedWrites(entries, incident.from.epoch)}
            unread={missing.includes(incident.from.leaderId)}
            onShow={() => onShow(incident)}
          />
        </li>
      ))}
    </ul>
  )
}

const lostText = { stopped: 'it stopped', resigned: 'it resigned, to stop', 'stepped-down': 'it stepped down' } as const

function IncidentCard({
  incident,
  refused,
  unread,
  onShow,
}: {
  incident: Incident
  /** Writes that the old leader refused. */
  refused: number
  unread: boolean
  onShow: () => void
}) {
  const { from, to, startAt, endAt, detectedMs, electedMs, confirmedMs, heardAt, stop } = incident
  const open = endAt === null
  const then = useSnapshot() !== null
  const cannot = then ? 'could not be read' : 'cannot be read now'
  const silentMs = heardAt === null ? null : startAt - heardAt
  return (
    <article
      className={cx(
        'flex h-full flex-col gap-2 rounded-lg border bg-surface p-3 shadow-card',
        open && 'border-bad-mark/60',
      )}
    >
      <header className="flex items-center gap-2">
        <h3 className="flex min-w-0 items-center gap-2 font-normal">
          <BrokerMark id={from.leaderId} name />
          <ArrowRight aria-label="to" className="size-3.5 text-text-3" />
          {to === null ? (
            <Pill tone="bad">{then ? 'nobody' : 'nobody yet'}</Pill>
          ) : (
            <BrokerMark id={to.leaderId} name />
          )}
          <span className="whitespace-nowrap font-mono text-2xs text-text-3">
            epoch {from.epoch} → {to === null ? '?' : to.epoch}
          </span>
        </h3>
        <Button size="sm" variant="ghost" icon={<ScanSearch />} onClick={onShow} className="-my-1 -mr-1 ml-auto">
          Show
        </Button>
      </header>
      <p className="flex items-baseline gap-2">
        <span className={cx('font-medium text-xl tracking-tight', open && 'text-bad')}>{gapText(incident)}</span>
        <span className="text-text-2 text-xs">
          {!open
            ? 'without a leader'
            : then
              ? 'without a leader, up to the snapshot'
              : 'without a leader, and counting'}
        </span>
        {stop === null ? null : (
          <Pill icon={<PowerOff />} className="ml-auto self-center">
            cluster stopped
          </Pill>
        )}
      </p>
      {stop !== null ? (
        <StopParts stop={stop} endAt={endAt} then={then} />
      ) : (
        <dl className="grid grid-cols-3 gap-2 border-t pt-2">
          <Part
            name="detected in"
            ms={detectedMs}
            most={silentMs}
            why="Nobody wrote down when the old leader fell silent."
          />
          <Part
            name="elected in"
            ms={electedMs}
            why={open ? notElected(then) : 'Nobody noticed a time without a leader.'}
          />
          <Part
            name="confirmed in"
            ms={confirmedMs}
            why={`The new leader’s journal ${then ? 'was' : 'is'} not read.`}
          />
        </dl>
      )}
      <p className="mt-auto text-2xs text-text-3">
        <Time at={startAt} full named className="text-2xs!" />, <Age at={startAt} />
        {stop !== null ? (
          '; every broker had been told to stop, so no leader was lost'
        ) : from.lostBy !== null ? (
          `; ${lostText[from.lostBy]}`
        ) : heardAt === null ? (
          unread ? (
            `; its journal ${cannot}, so it was silent longer than is known`
          ) : (
            '; the old leader left no word, so it was silent longer than is known'
          )
        ) : (
          <>
            ; {unread ? `its journal ${cannot}` : 'the old leader left no word'}, and this page heard it last at{' '}
            <Time at={heardAt} className="text-2xs!" />
          </>
        )}
        .{refused === 0 ? '' : ` It refused ${plural(refused, 'write')} meant for it.`}
      </p>
    </article>
  )
}

const notElected = (then: boolean) => (then ? 'Nobody was elected by then.' : 'Nobody is elected yet.')

/** Of a time in which all brokers were stopped. */
function StopParts({
  stop: { fromAt, toAt },
  endAt,
  then,
}: {
  stop: ClusterStop
  endAt: number | null
  then: boolean
}) {
  return (
    <dl className="grid grid-cols-3 gap-2 border-t pt-2">
      <Part
        name="no broker for"
        ms={toAt === null ? null : toAt - fromAt}
        why={then ? 'None ran by then.' : 'None runs yet.'}
      />
      <Part
        name="leader after"
        ms={toAt === null || endAt === null ? null : Math.max(0, endAt - toAt)}
        why={notElected(then)}
      />
    </dl>
  )
}

function Part({ name, ms, most = null, why }: { name: string; ms: number | null; most?: number | null; why: string }) {
  return (
    <div className="min-w-0">
      <dt className="truncate text-2xs text-text-3 first-letter:uppercase">{name}</dt>
      {ms !== null ? (
        <dd className="truncate text-sm">{formatDuration(ms)}</dd>
      ) : most !== null ? (
        <dd className="truncate text-sm" title={why}>
          ≤ {formatDuration(most)}
        </dd>
      ) : (
        <dd className="text-sm text-text-3">
          unknown
          <span className="block text-pretty text-2xs">{why}</span>
        </dd>
      )}
    </div>
  )
}
