import { Link } from '@tanstack/react-router'
import { CircleCheck, DatabaseZap, Hourglass, Unplug, Vote } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useConsoleData } from '../../data/console-data.tsx'
import { useBrokerIds, useCluster, useConnection, useJournal, useNow, usePeers } from '../../data/hooks.ts'
import { type PendingWrite, pendingWrites } from '../../data/pending-writes.ts'
import { useStore } from '../../data/store.ts'
import { changeText, latestChange } from '../../features/timeline/leadership.ts'
import { brokerName } from '../../lib/brokers.ts'
import { type FailoverState, followFailover, initialFailover, seenGapMs } from '../../lib/failover.ts'
import { formatAge, formatDuration, plural } from '../../lib/format.ts'
import { coordinatorAway, coordinatorName } from '../../lib/verdict.ts'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import { useNoAnswerShown } from '../../ui/no-answer.tsx'
import { useReach } from './use-reach.ts'

const tones = {
  warn: 'bg-warn-tint text-warn border-warn-mark/40',
  info: 'bg-info-tint text-info border-info-mark/40',
  ok: 'bg-ok-tint text-ok border-ok-mark/40',
  coord: 'bg-coord-tint text-coord border-coord-mark/40',
}

/** One line across the page about a state of the whole. Data below stays in view. */
export function StateBar({
  tone,
  icon,
  children,
  actions,
}: {
  tone: keyof typeof tones
  icon: ReactNode
  children: ReactNode
  actions?: ReactNode
}) {
  return (
    <div
      className={cx(
        'flex items-center gap-3 border-b px-4 py-1.5 text-sm max-sm:gap-2 max-sm:px-3 [&>svg]:size-4 [&>svg]:shrink-0',
        tones[tone],
      )}
    >
      {icon}
      <p className="min-w-0 grow">{children}</p>
      {actions === undefined ? null : (
        <div className="flex shrink-0 flex-wrap items-center justify-end gap-2">{actions}</div>
      )}
    </div>
  )
}

/** Disconnected, failover, coordinator lost, and a page that outlived the broker that served it. */
export function StateBars() {
  const cluster = useCluster()
  const reach = useReach()
  const failover = useFailover()
  const writes = useStore(pendingWrites)
  const saidBelow = useNoAnswerShown()
  return (
    // Read out politely, and each bar once: running clocks inside are hidden from it.
    <div role="status">
      {reach !== 'lost' ? <MovedBar /> : saidBelow ? null : <DisconnectedBar />}
      {reach === 'lost' ? null : <FailoverBar failover={failover} writes={writes} />}
      {writes.length > 0 && failover.phase !== 'open' ? <WritesBar writes={writes} /> : null}
      {cluster !== null && !cluster.cluster.coordinator.connected && reach !== 'lost' ? (
        <StateBar tone="coord" icon={<DatabaseZap aria-hidden />}>
          <strong>{coordinatorName(cluster.cluster.coordinator.type)} is away</strong>: {coordinatorAway}.
        </StateBar>
      ) : null}
    </div>
  )
}

export function DisconnectedBar() {
  const { live } = useConsoleData()
  const { machine } = useConnection()
  const { peers, home } = usePeers()
  const cluster = useCluster()
  const now = useNow(1_000)
  const name = (url: string | null) => {
    const peer = peers.find((each) => each.url === url)
    return peer?.id == null ? (url ?? home).replace(/^https?:\/\//, '') : brokerName(peer.id)
  }
  const lost = machine.phase === 'waiting' || machine.phase === 'connecting' ? machine.lost : null
  const trying = machine.phase === 'waiting' || machine.phase === 'connecting' ? machine : null
  return (
    <StateBar
      tone="warn"
      icon={<Unplug aria-hidden />}
      actions={
        <Button size="sm" onClick={() => live.retryNow()}>
          Retry now
        </Button>
      }
    >
      <strong>{lost === null ? 'No broker answers.' : `Lost ${name(lost)}.`}</strong>{' '}
      <span aria-hidden>
        {trying === null ? null : `Trying ${name(trying.url)} (${trying.attempt + 1}) … `}
        {cluster === null
          ? 'Nothing was read yet.'
          : `What you see is from ${formatAge(now - cluster.receivedAt)}. Drafts are kept.`}
      </span>
    </StateBar>
  )
}

/** "Served by b1 (gone), now talking to b2": the page outlived its broker. */
function MovedBar() {
  const { peers, current, home } = usePeers()
  const cluster = useCluster()
  const [closed, setClosed] = useState('')
  if (current === home || closed === current) return null
  const homeId = peers.find((peer) => peer.url === home)?.id
  const homeAlive = cluster?.cluster.brokers.find(({ id }) => id === homeId)?.alive === true
  const name = (url: string) => {
    const id = peers.find((peer) => peer.url === url)?.id
    return id == null ? url.replace(/^https?:\/\//, '') : brokerName(id)
  }
  return (
    <StateBar
      tone="info"
      icon={<CircleCheck aria-hidden />}
      actions={
        <Button size="sm" variant="ghost" onClick={() => setClosed(current)}>
          Hide
        </Button>
      }
    >
      {`Served by ${name(home)}${homeAlive ? '' : ', which does not answer'}; `}
      <strong>now talking to {name(current)}</strong>. Nothing was lost here.
    </StateBar>
  )
}

function useFailover(): FailoverState {
  const cluster = useCluster()
  const now = useNow(1_000)
  const state = useRef<FailoverState>(initialFailover)
  if (cluster !== null) {
    state.current = followFailover(
      state.current,
      { leaderId: cluster.cluster.leader?.id ?? null, epoch: cluster.cluster.epoch },
      now,
    )
  }
  return state.current
}

export function FailoverBar({ failover, writes }: { failover: FailoverState; writes: readonly PendingWrite[] }) {
  const { entries } = useJournal()
  const { heard } = useConsoleData().cluster
  const brokerIds = useBrokerIds()
  const now = useNow(1_000)
  if (failover.phase === 'steady') return null
  const leaderId = failover.phase === 'over' ? failover.to : null
  const change = latestChange(entries, brokerIds, { leaderId, epoch: failover.epoch }, now, heard)
  const timeline = (
    <Link to="/timeline" className="inline-flex min-h-6 items-center text-xs underline underline-offset-2">
      Timeline
    </Link>
  )
  if (failover.phase === 'over') {
    const seenMs = seenGapMs(failover.gapMs)
    const how =
      change !== null
        ? changeText(change)
        : seenMs === null
          ? null
          : `at least ${formatDuration(seenMs)} without a leader`
    return (
      <StateBar tone="ok" icon={<CircleCheck aria-hidden />} actions={timeline}>
        <strong>{brokerName(failover.to)} leads</strong>, epoch {failover.epoch}
        {how === null ? '' : `, ${how}`}
        {failover.from === null || failover.from === failover.to ? '' : `; before it was ${brokerName(failover.from)}`}.
      </StateBar>
    )
  }
  return (
    <StateBar
      tone="info"
      icon={<Vote aria-hidden />}
      actions={
        <>
          {writes.length === 0 ? null : <CancelWrites writes={writes} />}
          {timeline}
        </>
      }
    >
      {change?.stop == null ? (
        <>
          <strong>No leader</strong>{' '}
          <span aria-hidden>
            since <Stopwatch since={failover.since} />{' '}
          </span>
        </>
      ) : (
        <>
          <strong>No leader yet</strong>: every broker had been told to stop{' '}
        </>
      )}
      (epoch {failover.epoch} → ?). Consume goes on; other reading waits, and{' '}
      {writes.length === 0 ? 'so do writes' : `${plural(writes.length, 'write')} too`}.
    </StateBar>
  )
}

function WritesBar({ writes }: { writes: readonly PendingWrite[] }) {
  return (
    <StateBar tone="info" icon={<Hourglass aria-hidden />} actions={<CancelWrites writes={writes} />}>
      {plural(writes.length, 'write waits', 'writes wait')} for the leader: {writes[0]?.label}
    </StateBar>
  )
}

function CancelWrites({ writes }: { writes: readonly PendingWrite[] }) {
  return (
    <Button
      size="sm"
      onClick={() => {
        for (const write of writes) write.cancel()
      }}
    >
      Cancel {writes.length === 1 ? 'it' : 'them'}
    </Button>
  )
}

/** Tenths of a second, drawn straight into the page: rendering everything ten times a second for it would be waste. */
function Stopwatch({ since }: { since: number }) {
  const ref = useRef<HTMLSpanElement>(null)
  useEffect(() => {
    const show = () => {
      if (ref.current !== null) ref.current.textContent = `${(Math.max(0, Date.now() - since) / 1_000).toFixed(1)} s`
    }
    show()
    const timer = setInterval(show, 100)
    return () => clearInterval(timer)
  }, [since])
  return <span ref={ref} />
}
