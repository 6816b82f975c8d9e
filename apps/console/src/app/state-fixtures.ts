import type { TopicDescription } from '@yak/protocol/schemas'
import type { ClusterSnapshot } from '../data/cluster-feed.ts'
import type { ConsoleData } from '../data/console-data.tsx'
import type { BrokerState, BrokerView, JournalEntry } from '../data/live/frames.ts'
import { openedSnapshot, snapshotData } from '../data/snapshot/open-snapshot.ts'
import { readSnapshot } from '../data/snapshot/read-snapshot.ts'
import { snapshotText } from '../data/snapshot/snapshot-file.ts'
import { sumKnown } from '../lib/rates.ts'
import { FixtureBroker } from './fixture-broker.ts'
import { fixtureJournal, silentAgoMs, startedAgoMs, takenOverAgoMs } from './fixture-journal.ts'
import { fixtureConfig, fixtureLog } from './fixture-told.ts'
import { type Pause, refusedUntil, stepsUntil } from './fixture-traffic.ts'

/** The global states of CONSOLE.md as fixtures; `healthy` is none of them, for comparison. */
export const states = [
  'healthy',
  'loading',
  'empty',
  'error',
  'disconnected',
  'failover',
  'coordinator-lost',
  'replica-lost',
  'snapshot',
] as const
export type GlobalState = (typeof states)[number]

/** Nobody's address: what a part of the page might ask all the same reaches no broker. */
const url = (id: string) => `http://yak-${id}.example:5000`
const ids = ['1', '2', '3']
const topicSizes = { 'audit.log': 1, clickstream: 12, invoices: 3, orders: 6, payments: 3, server_metrics: 3 }
const topicId = (index: number) => `0195d7b3-2f1a-7abc-8def-00000000000${index}`
const clusterId = '5f0c7f7e-1b2c-4d5e-8f90-a1b2c3d4e5f6'

/** Fills the stores as brokers would have, keeps them fresh, and answers in their place. No broker is asked for anything. */
export function playState(data: ConsoleData, state: GlobalState): void {
  const { cluster, journal, live, peers } = data
  const lost = state === 'disconnected'
  // Where nobody answers, everything is as it was when somebody did.
  const openedAt = Date.now() - (lost ? 42_000 : 0)
  const hello = {
    type: 'hello',
    brokerId: '1',
    clusterId,
    version: '0.1.0',
    startedAt: openedAt - startedAgoMs('1'),
    at: openedAt,
    heartbeatMs: 5_000,
  } as const
  const home = url('1')
  peers.store.set({ peers: ids.map((id) => ({ id, url: url(id) })), current: home, home })
  globalThis.fetch = new FixtureBroker(state, () => cluster.store.get()?.topics ?? []).fetch
  if (state === 'loading') {
    // However long it is looked at: a page that has just opened.
    const begin = () =>
      live.store.set({
        machine: { phase: 'connecting', url: home, attempt: 0, lost: null },
        hello: null,
        since: Date.now(),
        lostAt: null,
      })
    begin()
    setInterval(begin, 1_000)
    return
  }
  if (state === 'error') {
    live.store.set({
      machine: { phase: 'waiting', url: home, attempt: 4, delayMs: 5_000, lost: null },
      hello: null,
      since: openedAt,
      lostAt: null,
    })
    return
  }
  // The page outlived its broker: it talks to the second one.
  if (state === 'failover') peers.use(url('2'))
  live.store.set({
    machine: lost
      ? { phase: 'waiting', url: url('2'), attempt: 2, delayMs: 500, lost: home }
      : { phase: 'open', url: home },
    hello: lost ? null : state === 'failover' ? { ...hello, brokerId: '2' } : hello,
    since: openedAt,
    lostAt: lost ? openedAt : null,
  })
  journal.store.set({
    entries: entries(openedAt, state),
    missing: [],
    loaded: true,
    dropped: 0,
  })
  // When each leader that is gone was heard last, as the page would have noted it.
  cluster.heard.set('3 7', openedAt - silentAgoMs)
  if (state === 'failover') cluster.heard.set('1 8', openedAt - leaderlessForMs)
  const refused = (second: number) => refusedUntil(second, pausesOf(state))
  const measure = (at: number) => {
    const second = (openedAt - at) / 1_000
    const topics = state === 'empty' ? [] : topicList(null, ids, stepsUntil(-second, pausesOf(state)))
    cluster.measureTopics(topics, at)
    // A gap, as a restarted broker leaves one.
    const isGap = state !== 'empty' && second > 100 && second < 108
    const rate = isGap ? null : sumKnown(topics.map(({ name }) => cluster.topicRates(name).at(-1) ?? null))
    const copies = state === 'replica-lost' && second < goneForMs / 1_000 ? 1 : 2
    cluster.history.push(at, {
      produced: state === 'empty' ? 0 : rate,
      consumed: state === 'empty' ? 0 : rate === null ? null : rate * 1.7,
      replicated: state === 'empty' ? 0 : rate === null ? null : rate * copies,
      errors: state === 'empty' ? 0 : isGap ? null : refused(-second) - refused(-second - 1),
    })
    cluster.rateVersion.update((version) => version + 1)
  }
  for (let second = 180; second > 0; second--) measure(openedAt - second * 1_000)
  const show = () => {
    const at = lost ? openedAt : Date.now()
    cluster.store.set(snapshot(state, at, openedAt))
    if (!lost && at > openedAt) measure(at)
  }
  show()
  if (state === 'snapshot') {
    const journalNow = { ...journal.store.get(), atStart: true }
    const taken = { at: openedAt, url: `${url('1')}/console/timeline`, agent: navigator.userAgent }
    const told = {
      configs: { brokers: ids.map(fixtureConfig), missing: [] },
      logs: { brokers: ids.map((id) => fixtureLog(id, openedAt)), missing: [] },
    }
    const text = snapshotText(snapshot(state, openedAt, openedAt), cluster, journalNow, told, taken)
    openedSnapshot.set(snapshotData(readSnapshot(text), 'yak-snapshot.json'))
    return
  }
  // The failover begins with a leader, so that the bar can say whose leadership ended.
  if (state === 'failover') cluster.store.set(snapshot('healthy', openedAt, openedAt))
  setTimeout(show, state === 'failover' ? 300 : 0)
  if (!lost) setInterval(show, 1_000)
}

/** So long before the page was opened the replica that is lost was heard last, and the leader that is. */
const goneForMs = 14_000
const leaderlessForMs = 2_000

/** The change of leader that the journal tells of, and the one that is under way. */
const pausesOf = (state: GlobalState): readonly Pause[] => [
  { from: -silentAgoMs / 1_000, to: -takenOverAgoMs / 1_000 },
  ...(state === 'failover' ? [{ from: -leaderlessForMs / 1_000, to: Number.POSITIVE_INFINITY }] : []),
]

function snapshot(state: GlobalState, at: number, openedAt: number): ClusterSnapshot {
  const leaderId = state === 'failover' ? null : '1'
  const gone = state === 'failover' ? '1' : state === 'replica-lost' ? '3' : null
  const leader = leaderId === null ? null : { id: leaderId, url: url(leaderId) }
  // Who is in sync is changed by a leader: as long as there is none, the one that is gone is still among them.
  const isr = leaderId === null ? ids : ids.filter((id) => id !== gone)
  const coordinator = { type: 'redis', connected: state !== 'coordinator-lost' }
  const topics = state === 'empty' ? [] : topicList(leader, isr, stepsUntil((at - openedAt) / 1_000, pausesOf(state)))
  const partitions = ownPartitions(topics)
  const written = entries(openedAt, state)
  const writtenUntil = (ms: number) => writtenSinceOpening(stepsUntil(ms / 1_000, pausesOf(state)))
  const stateOf = (id: string): BrokerState => (id === gone ? lastWords(id) : stateNow(id))
  // What one told before it was gone: everything was well, as far as it knew.
  const silentForMs = state === 'failover' ? leaderlessForMs : goneForMs
  const lastWords = (id: string): BrokerState => {
    const asOf = openedAt - silentForMs
    const before = { id: '1', url: url('1') }
    return {
      ...stateNow(id),
      asOf,
      role: id === before.id ? 'leader' : 'follower',
      leader: before,
      isr: ids,
      uptimeMs: startedAgoMs(id) - silentForMs,
      partitions: ownPartitions(topicList(before, ids, stepsUntil(-silentForMs / 1_000, pausesOf(state)))),
      counters: countersOf(state, id, -silentForMs, writtenUntil(-silentForMs)),
    }
  }
  const stateNow = (id: string): BrokerState => ({
    brokerId: id,
    clusterId,
    url: url(id),
    version: '0.1.0',
    asOf: at,
    startedAt: openedAt - startedAgoMs(id),
    role: id === leaderId ? 'leader' : 'follower',
    epoch: 8,
    leader,
    isr,
    coordinator,
    reasons: [],
    uptimeMs: startedAgoMs(id) + at - openedAt,
    rssBytes: 142_000_000 + Number(id) * 3_100_000,
    heapUsedBytes: 48_000_000,
    eventLoopDelayMs: Number(id) * 1.4,
    freeDiskBytes: 84_000_000_000,
    connections: 12 - Number(id),
    liveConnections: 1,
    counters: countersOf(state, id, at - openedAt, writtenUntil(at - openedAt)),
    journalSeq: written.findLast(({ brokerId }) => brokerId === id)?.seq ?? 0,
    partitionCount: partitions.length,
    partitions,
    chaos: ['pause', 'kill', 'cut-coordinator', 'slow-follower', ...(id === '3' ? (['heal'] as const) : [])],
  })
  const brokers: BrokerView[] = ids.map((id) =>
    id === gone
      ? {
          id,
          url: url(id),
          state: stateOf(id),
          receivedAt: openedAt - silentForMs,
          error: { code: 'BROKERS_UNREACHABLE', detail: `${url(id)} did not answer within 2000 ms.` },
        }
      : { id, url: url(id), state: stateOf(id), receivedAt: at - (id === '1' ? 0 : 640), error: null },
  )
  const saidBy = gone === '1' ? '2' : '1'
  return {
    cluster: {
      clusterId,
      asOf: at,
      epoch: 8,
      leader,
      isr,
      coordinator,
      brokers: ids.map((id) => ({
        id,
        url: url(id),
        role: id === gone ? null : id === leaderId ? 'leader' : 'follower',
        alive: id !== gone,
        epoch: 8,
      })),
    },
    brokers,
    topics,
    saidBy,
    saidByUrl: url(saidBy),
    asOf: at,
    receivedAt: at,
    via: 'live',
    lags: new Map(
      ids
        .filter((id) => id !== leaderId && id !== gone)
        .map((id) => [id, new Map(partitions.map(({ topic, partition }) => [`${topic}/${partition}`, 0]))]),
    ),
  }
}

/** What all partitions together got since the page was opened. */
function writtenSinceOpening(steps: number): number {
  const sum = (topics: readonly TopicDescription[]) =>
    topics.flatMap(({ partitions }) => partitions).reduce((all, { highWatermark }) => all + highWatermark, 0)
  return sum(topicList(null, ids, steps)) - sum(topicList(null, ids, 0))
}

/** `ms`: after the page was opened. They grow as the rates have it: each follower copies all, and each message is read 1.7 times. */
function countersOf(state: GlobalState, id: string, ms: number, written: number): BrokerState['counters'] {
  const isEmpty = state === 'empty'
  const recordsIn = isEmpty || id !== '1' ? 0 : 1_284_112 + written
  const recordsOut = isEmpty ? 0 : Math.round(898_878 + (written * 1.7) / ids.length)
  const recordsReplicated = isEmpty || id === '1' ? 0 : 1_284_112 + written
  const bytesEach = 148
  // By a follower, whose clients have no leader to go to.
  const errors = isEmpty || id !== '2' ? 0 : refusedUntil(ms / 1_000, pausesOf(state))
  return {
    recordsIn,
    bytesIn: recordsIn * bytesEach,
    recordsOut,
    bytesOut: recordsOut * bytesEach,
    recordsReplicated,
    bytesReplicated: recordsReplicated * bytesEach,
    // Where nothing is sent, only the console asks.
    requests: isEmpty ? 12 : 44_120 + Math.floor(ms / 120),
    failedRequests: errors,
    refusedRequests: 0,
    errors,
  }
}

function ownPartitions(topics: readonly TopicDescription[]): BrokerState['partitions'] {
  return topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partition, logStartOffset, logEndOffset, highWatermark }) => ({
      topic: name,
      partition,
      logStartOffset,
      logEndOffset,
      highWatermark,
      sizeBytes: logEndOffset * 180,
      error: null,
    })),
  )
}

/** `steps`: of those who write, as `stepsUntil` has them. */
function topicList(leader: { id: string; url: string } | null, isr: string[], steps: number): TopicDescription[] {
  return Object.entries(topicSizes).map(([name, count], index) => ({
    name,
    id: topicId(index),
    config: {
      retentionMs: 604_800_000,
      retentionBytes: -1,
      segmentBytes: 134_217_728,
      segmentMs: 604_800_000,
      flush: 'always',
      flushIntervalMs: 1_000,
    },
    partitions: Array.from({ length: count }, (_, partition) => {
      const end =
        40_000 * (index + 1) +
        partition * 911 +
        (name === 'audit.log' ? 0 : Math.floor((steps * (1 + ((partition * 7 + index) % 5))) / 4))
      return {
        partition,
        leader,
        epoch: 8,
        isr,
        replicas: ids,
        logStartOffset: partition * 100,
        highWatermark: end,
        logEndOffset: end,
        sizeBytes: end * 180,
      }
    }),
  }))
}

/** As the state begins: what was written down until then. */
function entries(openedAt: number, state: GlobalState): readonly JournalEntry[] {
  if (state === 'empty') return []
  const trouble =
    state === 'failover' ? 'leader-lost' : state === 'coordinator-lost' || state === 'replica-lost' ? state : null
  const topics = Object.entries(topicSizes).map(([name, partitions], index) => ({
    name,
    id: topicId(index),
    partitions,
  }))
  return fixtureJournal({ openedAt, urlOf: url, topics, trouble })
}
