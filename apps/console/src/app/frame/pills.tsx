import { Link } from '@tanstack/react-router'
import { Crown, DatabaseZap, FileJson, Plug, PlugZap, RefreshCw, Unplug } from 'lucide-react'
import { useConsoleData } from '../../data/console-data.tsx'
import { useCluster, useConnection, useNow, usePeers, useSnapshot } from '../../data/hooks.ts'
import { brokerName } from '../../lib/brokers.ts'
import { formatDuration } from '../../lib/format.ts'
import { coordinatorAway, coordinatorName } from '../../lib/verdict.ts'
import { BrokerMark } from '../../ui/broker-mark.tsx'
import { Button } from '../../ui/button.tsx'
import { PillButton } from '../../ui/pill.tsx'
import { Popover } from '../../ui/popover.tsx'
import { Facts } from '../../ui/stat.tsx'
import { useReach } from './use-reach.ts'

const host = (url: string) => url.replace(/^https?:\/\//, '')

/** Whom the page talks to. */
export function ConnectionPill() {
  const { machine, hello, since } = useConnection()
  const { peers, current, home } = usePeers()
  const { live } = useConsoleData()
  const reach = useReach()
  const cluster = useCluster()
  const now = useNow(1_000)
  const id = hello?.brokerId ?? (reach === 'polling' ? cluster?.saidBy : null) ?? null
  const look = {
    live: { tone: 'ok', icon: <Plug />, text: id === null ? 'Live' : brokerName(id) },
    polling: { tone: 'warn', icon: <RefreshCw />, text: id === null ? 'Polling' : `${brokerName(id)}, polling` },
    connecting: { tone: 'neutral', icon: <PlugZap />, text: 'Connecting' },
    lost: { tone: 'warn', icon: <Unplug />, text: 'Disconnected' },
    snapshot: { tone: 'info', icon: <FileJson />, text: 'Snapshot' },
  } as const
  const { tone, icon, text } = look[reach]
  return (
    <Popover
      trigger={
        <PillButton tone={tone} icon={icon}>
          <span className="sr-only">Connection: </span>
          {text}
        </PillButton>
      }
      title="Connection"
    >
      <Facts
        rows={[
          [
            'State',
            reach === 'polling'
              ? 'No live channel; asking every 2 s'
              : reach === 'live'
                ? `Live for ${formatDuration(now - since)}`
                : reach === 'snapshot'
                  ? 'None: a file is shown'
                  : machine.phase,
          ],
          ...(reach === 'snapshot'
            ? []
            : ([
                [
                  'Talking to',
                  <span key="c" className="font-mono">
                    {host(current)}
                  </span>,
                ],
                [
                  'Page served by',
                  <span key="h" className="font-mono">
                    {host(home)}
                  </span>,
                ],
              ] as const)),
          ...(hello === null
            ? []
            : [
                [
                  'Broker version',
                  <span key="v" className="font-mono">
                    {hello.version}
                  </span>,
                ] as const,
              ]),
        ]}
      />
      <p className="eyebrow mt-3 mb-1">Peers</p>
      <ul className="space-y-1 max-sm:space-y-0">
        {peers.map((peer) => (
          <li key={peer.url} className="flex items-center gap-2 text-xs">
            {peer.id === null ? null : <BrokerMark id={peer.id} name />}
            <a
              href={`${peer.url}/console${location.pathname.replace(/^\/console/, '')}${location.search}`}
              className="min-w-0 truncate font-mono text-text-2 underline max-sm:leading-11 decoration-line-2 underline-offset-2 hover:text-text"
            >
              {host(peer.url)}
            </a>
            {peer.url === current ? <span className="ml-auto text-text-3">in use</span> : null}
          </li>
        ))}
      </ul>
      {reach === 'live' || reach === 'snapshot' ? null : (
        <Button size="sm" className="mt-3" onClick={() => live.retryNow()}>
          Retry now
        </Button>
      )}
    </Popover>
  )
}

/** Who leads, in which epoch. */
export function LeaderPill() {
  const cluster = useCluster()
  const leads = useSnapshot() === null ? 'leads' : 'led'
  if (cluster === null) return null
  const { leader, epoch, isr, brokers } = cluster.cluster
  return (
    <Popover
      trigger={
        <PillButton tone={leader === null ? 'bad' : 'neutral'} icon={leader === null ? <Crown /> : undefined}>
          {leader === null ? 'No leader' : <BrokerMark id={leader.id} size="sm" />}
          {leader === null ? null : (
            <span className="max-sm:sr-only">
              {brokerName(leader.id)} {leads}
            </span>
          )}
          <span className="font-mono text-text-3 max-sm:hidden">e{epoch}</span>
        </PillButton>
      }
      title={leader === null ? `No broker ${leads}` : `${brokerName(leader.id)} ${leads}`}
    >
      <Facts
        rows={[
          ['Epoch', epoch],
          [
            'Address',
            <span key="a" className="font-mono">
              {leader === null ? '–' : host(leader.url)}
            </span>,
          ],
          ['In sync', `${isr.map(brokerName).join(', ') || 'none'} (${isr.length} of ${brokers.length})`],
          ['Said by', brokerName(cluster.saidBy)],
        ]}
      />
      <Link
        to="/timeline"
        className="mt-2 inline-block text-info text-xs underline underline-offset-2 max-sm:mt-0 max-sm:leading-11"
      >
        History of leaders
      </Link>
    </Popover>
  )
}

/** The store that holds the lease. */
export function CoordinatorPill() {
  const cluster = useCluster()
  const then = useSnapshot() !== null
  if (cluster === null) return null
  const { type, connected } = cluster.cluster.coordinator
  const name = coordinatorName(type)
  if (type === 'none') return null
  return (
    <Popover
      trigger={
        <PillButton tone={connected ? 'neutral' : 'coord'} icon={<DatabaseZap />}>
          <span className={connected ? 'max-sm:sr-only' : ''}>{connected ? name : `${name} away`}</span>
        </PillButton>
      }
      title={`${name} ${then ? 'was' : 'is'} ${connected ? 'connected' : 'away'}`}
    >
      <p className="text-text-2 text-xs">
        {connected
          ? `Brokers elect their leader through ${name}. Messages never pass through it. Were it away: ${coordinatorAway}.`
          : `While it is away ${coordinatorAway}.`}
      </p>
      <p className="mt-2 text-2xs text-text-3">Said by {brokerName(cluster.saidBy)}.</p>
    </Popover>
  )
}
