import { getRouteApi, Link } from '@tanstack/react-router'
import { CircleDashed, Crown, MapPin, Unplug, Vote } from 'lucide-react'
import { Fragment, type ReactNode, useMemo } from 'react'
import type { ClusterSnapshot } from '../../data/cluster-feed.ts'
import { useCluster, useNow, useOnline, useSnapshot, useStale } from '../../data/hooks.ts'
import type { BrokerState } from '../../data/live/frames.ts'
import { useBrokerConfig } from '../../data/told-by-broker.ts'
import { brokerWords } from '../../lib/broker-words.ts'
import { brokerName } from '../../lib/brokers.ts'
import { formatBytes, formatCount, formatDuration, plural } from '../../lib/format.ts'
import { coordinatorName } from '../../lib/verdict.ts'
import { BrokerMark } from '../../ui/broker-mark.tsx'
import { buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { CardSkeleton, FactsSkeleton, StatsSkeleton, TableSkeleton } from '../../ui/card-skeleton.tsx'
import { cx } from '../../ui/cx.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Freshness } from '../../ui/freshness.tsx'
import { NoAnswer, useNoAnswer } from '../../ui/no-answer.tsx'
import { Page } from '../../ui/page.tsx'
import { Pill } from '../../ui/pill.tsx'
import { Loading } from '../../ui/skeleton.tsx'
import { Facts, Stat } from '../../ui/stat.tsx'
import { Time, useAgeText } from '../../ui/time.tsx'
import { ChaosCard } from './chaos-card.tsx'
import { LastLinesCard } from './last-lines-card.tsx'
import { LogLinesCard, LogLinesSkeleton } from './log-lines-card.tsx'
import { replicaRows } from './replica-rows.ts'
import { ReplicasCard } from './replicas-card.tsx'
import { SettingsCard, SettingsSkeleton } from './settings-card.tsx'

const route = getRouteApi('/brokers/$id')

/** Above this a broker is busy enough to say so: clients feel it. */
const slowLoopMs = 100

/** One broker: what it is, what it holds, how it feels, and what it wrote down last. */
export function BrokerPage() {
  const { id } = route.useParams()
  const snapshot = useCluster()
  const stale = useStale()
  const view = snapshot?.brokers.find((each) => each.id === id)
  const member = snapshot?.cluster.brokers.find((each) => each.id === id)
  const known = view !== undefined || member !== undefined
  return (
    <Page
      title={
        <span className="flex items-center gap-2.5">
          {snapshot === null || known ? <BrokerMark id={id} size="lg" /> : null}
          {brokerName(id)}
        </span>
      }
      documentTitle={brokerName(id)}
      {...(snapshot === null || !known ? {} : { lead: <Lead snapshot={snapshot} id={id} />, aside: <Aside id={id} /> })}
    >
      <Loading loading={snapshot === null} skeleton={<BrokerSkeleton />}>
        {() =>
          snapshot === null ? null : !known ? (
            <Card>
              <EmptyState
                title={`There is no broker ${id} in this cluster`}
                action={
                  <Link to="/" className={buttonClass()}>
                    Overview
                  </Link>
                }
              >
                {brokerName(snapshot.saidBy)} knows{' '}
                {snapshot.cluster.brokers.map((each) => brokerName(each.id)).join(', ')}.
              </EmptyState>
            </Card>
          ) : (
            <div className={cx('flex flex-col gap-4 transition-opacity', stale && 'dimmed')}>
              <Broker snapshot={snapshot} id={id} />
            </div>
          )
        }
      </Loading>
    </Page>
  )
}

function Lead({ snapshot, id }: { snapshot: ClusterSnapshot; id: string }) {
  const online = useOnline()
  const state = snapshot.brokers.find((each) => each.id === id)?.state
  const member = snapshot.cluster.brokers.find((each) => each.id === id)
  const role = snapshot.cluster.leader?.id === id ? 'leader' : (state?.role ?? member?.role)
  return (
    <span className={cx('flex flex-wrap items-center gap-2', useStale() && 'dimmed')}>
      {member?.alive === false ? (
        <Pill tone="warn" icon={<Unplug />}>
          no answer
        </Pill>
      ) : role === 'leader' ? (
        <Pill tone="ok" icon={<Crown />}>
          leader
        </Pill>
      ) : role === 'candidate' ? (
        <Pill tone="info" icon={<Vote />}>
          candidate
        </Pill>
      ) : (
        <Pill icon={<CircleDashed />}>{role ?? 'unknown'}</Pill>
      )}
      {online && snapshot.saidBy === id ? (
        <span className="inline-flex items-center gap-1 text-text-3 text-xs [&_svg]:size-3.5">
          <MapPin aria-hidden /> you are here
        </span>
      ) : null}
    </span>
  )
}

function Aside({ id }: { id: string }) {
  return (
    <>
      <Link to="/log" search={{ broker: id }} className={buttonClass()}>
        Log of {brokerName(id)}
      </Link>
      <Link to="/timeline" className={buttonClass()}>
        Timeline
      </Link>
    </>
  )
}

function Broker({ snapshot, id }: { snapshot: ClusterSnapshot; id: string }) {
  const now = useNow(1_000)
  const online = useOnline()
  const then = useSnapshot() !== null
  const ageText = useAgeText()
  const view = snapshot.brokers.find((each) => each.id === id)
  const url = view?.url ?? snapshot.cluster.brokers.find((each) => each.id === id)?.url ?? ''
  const state = view?.state ?? null
  // By the clock of the broker that told: when it heard, and how long the frame lies here since.
  const heardMs =
    view?.receivedAt == null ? null : Math.max(0, snapshot.asOf - view.receivedAt) + (now - snapshot.receivedAt)
  const old = heardMs === null || heardMs > 5_000
  const silent = view?.error != null
  // Neither it nor another tells of it any more: what stands here is of before.
  const lastHeard = useStale() || silent
  const rows = useMemo(
    () => replicaRows(id, snapshot.topics, state?.partitions ?? null, snapshot.lags.get(id)),
    [id, snapshot.topics, state, snapshot.lags],
  )
  const told = useBrokerConfig(id, state?.startedAt ?? null)
  const freshness = (
    <Freshness
      brokerId={id}
      role={state?.role}
      epoch={state?.epoch}
      at={heardMs === null ? snapshot.receivedAt : now - heardMs}
      intervalMs={2_000}
    />
  )
  return (
    <>
      {view?.error == null ? null : (
        <p role="alert" className="rounded-md border border-warn-mark/40 bg-warn-tint px-3 py-2 text-warn">
          {brokerName(snapshot.saidBy)} could not reach it: {brokerWords(view.error.detail)}{' '}
          {heardMs === null ? (
            `It ${then ? 'had' : 'has'} never answered.`
          ) : (
            <>
              The numbers below are from{' '}
              <span className="whitespace-nowrap">{heardMs < 1_000 && !then ? 'a moment ago' : ageText(heardMs)}</span>.
            </>
          )}
        </p>
      )}
      {(state?.reasons ?? []).map((reason) => (
        <p key={reason} className="rounded-md border border-warn-mark/40 bg-warn-tint px-3 py-2 text-warn">
          {brokerWords(reason)}
        </p>
      ))}
      {state === null ? (
        <Card title="State">
          <EmptyState title={`${brokerName(id)} ${then ? 'had' : 'has'} not answered yet`}>
            Its address is <span className="font-mono">{url}</span>.
            {then ? null : ` The console asks through ${brokerName(snapshot.saidBy)} about once a second.`}
          </EmptyState>
        </Card>
      ) : (
        <div className="grid gap-4 lg:grid-cols-3">
          <Card
            title={
              lastHeard
                ? 'How it was when last heard'
                : then
                  ? 'How it was when the snapshot was taken'
                  : 'How it is now'
            }
            footer={freshness}
            className="lg:col-span-2"
          >
            <div className="grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-4">
              <Stat dim={old} label="uptime" value={formatDuration(state.uptimeMs)} />
              <Stat dim={old} label="event loop delay, p99" value={<LoopDelay ms={state.eventLoopDelayMs} />} />
              <Stat
                dim={old}
                label="memory"
                value={formatBytes(state.rssBytes)}
                note={`heap ${formatBytes(state.heapUsedBytes)}`}
              />
              <Stat
                dim={old}
                label="free disk"
                value={state.freeDiskBytes === null ? 'unknown' : formatBytes(state.freeDiskBytes)}
              />
              <Stat
                dim={old}
                label="connections"
                value={formatCount(state.connections)}
                note={`${plural(state.liveConnections, 'live channel')} among them`}
              />
              <Stat dim={old} label="partitions" value={formatCount(state.partitionCount)} />
              <Stat
                dim={old}
                label="messages on disk"
                value={formatBytes(state.partitions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))}
              />
              <Stat
                dim={old}
                label="newest journal line"
                value={state.journalSeq === 0 ? 'none' : `no. ${formatCount(state.journalSeq)}`}
              />
            </div>
          </Card>
          <Card title="Who it is" footer={freshness}>
            <Facts
              rows={[
                ['Address', <Mono key="a">{url}</Mono>],
                ['Version', <Mono key="v">{state.version}</Mono>],
                ...(told.words === undefined
                  ? []
                  : [
                      ['Node', <Mono key="n">{told.words.nodeVersion}</Mono>] as const,
                      ['Platform', <Mono key="p">{told.words.platform}</Mono>] as const,
                    ]),
                [
                  'Cluster',
                  <span key="c" className="font-mono text-2xs">
                    {state.clusterId === '' ? 'none yet' : null}
                    {state.clusterId.split(/(?<=-)/).map((part, index) => (
                      <Fragment key={index}>
                        <wbr />
                        {part}
                      </Fragment>
                    ))}
                  </span>,
                ],
                ['Started', <Time key="s" at={state.startedAt} full named />],
                ['Epoch', state.epoch < 0 ? 'none yet' : formatCount(state.epoch)],
                [
                  then ? 'Followed' : 'Follows',
                  state.leader === null ? (
                    'nobody'
                  ) : state.leader.id === id ? (
                    then ? (
                      'nobody: it led'
                    ) : (
                      'nobody: it leads'
                    )
                  ) : (
                    <BrokerMark key="l" id={state.leader.id} name />
                  ),
                ],
                [
                  then ? 'In sync, as it saw it' : 'In sync, as it sees it',
                  state.isr.map(brokerName).join(', ') || 'nobody',
                ],
                ['Coordinator', <Coordinator key="k" state={state} />],
              ]}
            />
          </Card>
        </div>
      )}
      {state === null ? null : <ChaosCard state={state} answers={online && !silent} />}
      {state === null ? null : <Counters state={state} old={old} freshness={freshness} />}
      <LastLinesCard id={id} />
      <LogLinesCard id={id} />
      <SettingsCard id={id} {...told} />
      {/* The last: there may be hundreds. */}
      <ReplicasCard rows={rows} dim={old} silent={lastHeard} state={state} freshness={freshness} />
    </>
  )
}

function LoopDelay({ ms }: { ms: number }) {
  const text = ms < 10 ? `${ms.toFixed(1)} ms` : formatDuration(ms)
  return ms > slowLoopMs ? <span className="text-warn">{text}, busy</span> : text
}

function Coordinator({ state: { coordinator } }: { state: BrokerState }) {
  if (coordinator.type === 'none') return 'none: a single broker needs none'
  return coordinator.connected ? (
    `${coordinatorName(coordinator.type)}, connected`
  ) : (
    <span className="text-coord">{coordinatorName(coordinator.type)}, away</span>
  )
}

function Mono({ children }: { children: ReactNode }) {
  return <span className="break-all font-mono">{children}</span>
}

const counterNames = [
  ['recordsIn', 'messages produced'],
  ['recordsOut', 'messages read'],
  ['recordsReplicated', 'messages replicated'],
  ['requests', 'requests'],
  ['failedRequests', 'requests failed'],
  ['bytesIn', 'bytes produced'],
  ['bytesOut', 'bytes read'],
  ['bytesReplicated', 'bytes replicated'],
  ['refusedRequests', 'requests refused'],
  ['errors', 'errors of clients'],
] as const

function Counters({ state, old, freshness }: { state: BrokerState; old: boolean; freshness: ReactNode }) {
  return (
    <Card
      title="Since it started"
      footer={
        <div className="flex flex-wrap items-center justify-between gap-x-4">
          {freshness}
          <p className="text-2xs text-text-3">
            Counted since <Time at={state.startedAt} full named className="text-2xs!" />; they begin at 0 with each
            start.
          </p>
        </div>
      }
    >
      <div className="grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-3 lg:grid-cols-5">
        {counterNames.map(([name, label]) => {
          const value = state.counters[name]
          return (
            <Stat
              key={name}
              dim={old}
              label={label}
              value={
                value == null ? (
                  'not counted'
                ) : name.startsWith('bytes') ? (
                  <span title={`${formatCount(value)} bytes`}>{formatBytes(value)}</span>
                ) : (
                  formatCount(value)
                )
              }
            />
          )
        })}
      </div>
    </Card>
  )
}

function BrokerSkeleton() {
  if (useNoAnswer()) return <NoAnswer what="The broker could not be read" />
  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-4 lg:grid-cols-3">
        <CardSkeleton title="How it is now" className="lg:col-span-2">
          <StatsSkeleton count={8} className="grid-cols-2 sm:grid-cols-4" />
        </CardSkeleton>
        <CardSkeleton title="Who it is">
          <FactsSkeleton count={8} />
        </CardSkeleton>
      </div>
      <CardSkeleton title="Since it started">
        <StatsSkeleton count={counterNames.length} className="grid-cols-2 sm:grid-cols-3 lg:grid-cols-5" />
      </CardSkeleton>
      <CardSkeleton title="Last in its journal" flush>
        <TableSkeleton rows={4} columns={[3, 12]} />
      </CardSkeleton>
      <LogLinesSkeleton />
      <SettingsSkeleton />
      <CardSkeleton title="Replicas" flush>
        <TableSkeleton rows={6} columns={[4, 3, 2, 2, 3, 3]} />
      </CardSkeleton>
    </div>
  )
}
