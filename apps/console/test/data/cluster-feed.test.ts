import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ApiClient } from '../../src/data/api/api-client.ts'
import { ClusterFeed, type RateName } from '../../src/data/cluster-feed.ts'
import type { BrokerState, BrokerView } from '../../src/data/live/frames.ts'
import type { LiveChannel } from '../../src/data/live/live-channel.ts'
import type { PeerDirectory } from '../../src/data/peer-directory.ts'

const startedAt = 1_000_000

beforeEach(() => vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: startedAt }))
afterEach(() => vi.useRealTimers())

/** A feed, and how a broker tells it of the cluster, a second after the time before. */
function openFeed() {
  let onData: (data: unknown) => void = () => {}
  const live = {
    subscribe: (subscription: { onData: typeof onData }) => {
      onData = subscription.onData
    },
  } as unknown as LiveChannel
  const peers = { store: { get: () => ({ current: 'http://b2' }) }, learn: () => {} } as unknown as PeerDirectory
  const feed = new ClusterFeed(live, {} as ApiClient, peers)
  feed.start()
  let seq = 0
  let second = 0
  const reconnectAfter = (seconds: number) => {
    second += seconds
    seq = 0
  }
  const tell = (leaderId: string, ...brokers: BrokerView[]) => {
    seq++
    vi.setSystemTime(startedAt + ++second * 1_000)
    const cluster = { leader: { id: leaderId, url: '' }, epoch: 1, isr: [], brokers: [] }
    onData({
      seq,
      asOf: Date.now(),
      saidBy: '2',
      cluster,
      brokers,
      topics: [],
      removedTopics: [],
      hasMoreTopics: false,
    })
  }
  const newest = (name: RateName = 'produced') => feed.history.since(0).columns[name].at(-1)
  return { feed, tell, newest, reconnectAfter }
}

const view = (id: string, second: number, recordsIn: number, error: BrokerView['error'] = null): BrokerView => {
  const asOf = startedAt + second * 1_000
  const counters = { recordsIn, recordsOut: 0, recordsReplicated: 0, errors: recordsIn / 10 }
  const state = { brokerId: id, asOf, startedAt: 5, role: 'follower', epoch: 1, counters, partitions: [] }
  return { id, url: '', state: state as unknown as BrokerState, receivedAt: asOf, error }
}
const noAnswer = { code: 'BROKERS_UNREACHABLE', detail: 'no answer' }

test('a broker that does not answer adds nothing to the rates', () => {
  const { feed, tell, newest } = openFeed()
  tell('1', view('1', 1, 0), view('2', 1, 0))
  tell('1', view('1', 2, 100), view('2', 2, 0))
  expect(newest()).toBe(100)
  // What it told last goes on being told.
  tell('2', view('1', 2, 100, noAnswer), view('2', 3, 10))
  expect(newest()).toBe(10)
  feed.stop()
})

test('a broker that has just begun leaves a gap, and not a sum without it', () => {
  const { feed, tell, newest } = openFeed()
  const restarted = (each: BrokerView): BrokerView => ({ ...each, state: { ...each.state!, startedAt: 6 } })
  tell('1', view('1', 1, 0), { ...view('2', 1, 0), state: null, receivedAt: null })
  tell('1', view('1', 2, 100), view('2', 2, 0))
  // A rate takes two readings: that is no gap.
  expect(newest()).toBeUndefined()
  tell('1', view('1', 3, 200), view('2', 3, 7))
  expect(newest()).toBe(107)
  tell('1', view('1', 4, 300), restarted(view('2', 4, 0)))
  expect(newest()).toBeNull()
  tell('1', view('1', 5, 400), restarted(view('2', 5, 5)))
  expect(newest()).toBe(105)
  feed.stop()
})

test('a time without a connection is a gap, until brokers tell of it', () => {
  const { feed, tell, reconnectAfter } = openFeed()
  const rows = () => feed.history.since(0)
  for (const second of [1, 2]) tell('1', view('1', second, second * 10))
  reconnectAfter(60)
  for (const second of [63, 64, 65]) tell('1', view('1', second, second * 10))
  expect(rows().columns.produced).toEqual([10, null, 10, 10])
  feed.history.fill(
    [...Array(12).keys()].map((index) => ({
      at: startedAt + (index + 1) * 5_000,
      values: { produced: 9, consumed: 0, replicated: 0, errors: 0 },
    })),
    5_000,
  )
  expect(rows().columns.produced).not.toContain(null)
  feed.stop()
})

test('errors are what the brokers count as such; one that does not count them says nothing', () => {
  const { feed, tell, newest } = openFeed()
  const old = (second: number): BrokerView => {
    const { state, ...rest } = view('3', second, 0)
    const { errors: _, ...counters } = state!.counters
    return { ...rest, state: { ...state!, counters } }
  }
  tell('1', old(1))
  tell('1', old(2))
  expect(newest('errors')).toBeNull()
  tell('1', view('1', 3, 0), view('2', 3, 0))
  tell('1', view('1', 4, 100), view('2', 4, 10))
  expect(newest('errors')).toBe(11)
  feed.stop()
})

test('what was known of a broker is kept when who tells now has never heard of it', () => {
  const { feed, tell, newest } = openFeed()
  tell('1', view('1', 1, 0), view('2', 1, 0))
  tell('1', view('1', 2, 100), view('2', 2, 0))
  tell('2', { id: '1', url: '', state: null, receivedAt: null, error: noAnswer }, view('2', 3, 10))
  const [first] = feed.store.get()!.brokers
  expect(first).toMatchObject({
    state: { counters: { recordsIn: 100 } },
    receivedAt: startedAt + 2_000,
    error: noAnswer,
  })
  expect(newest()).toBe(10)
  feed.stop()
})
