import { type Cluster, startCluster } from '@yak/broker'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiClient } from '../../src/data/api/api-client.ts'
import { ClusterFeed } from '../../src/data/cluster-feed.ts'
import { JournalFeed } from '../../src/data/journal-feed.ts'
import { LiveChannel } from '../../src/data/live/live-channel.ts'
import { MessageStream } from '../../src/data/message-stream.ts'
import { PeerDirectory } from '../../src/data/peer-directory.ts'

/** The page's data against real brokers, over a real WebSocket: what a browser adds is only when it draws. */
describe('the data of the page', () => {
  let cluster: Cluster
  let peers: PeerDirectory
  let live: LiveChannel
  let api: ApiClient

  beforeEach(async () => {
    vi.stubGlobal('requestAnimationFrame', (draw: FrameRequestCallback) => setTimeout(() => draw(performance.now()), 5))
    vi.stubGlobal('cancelAnimationFrame', clearTimeout)
    cluster = await startCluster({ settings: { leaseMs: 1_000 } })
    peers = new PeerDirectory((await cluster.leader()).url)
    live = new LiveChannel(peers)
    api = new ApiClient(peers, () => '')
  })
  afterEach(async () => {
    live.stop()
    await cluster.close()
    vi.unstubAllGlobals()
  })

  const send = async (count: number) => {
    const records = Array.from({ length: count }, (_, index) => ({ key: `k${index}`, value: { index } }))
    await vi.waitFor(
      async () => {
        const { url } = await cluster.leader()
        await api.json('/produce', { method: 'POST', body: { topic: 'orders', records }, brokerUrl: url })
      },
      { timeout: 15_000 },
    )
  }
  const idOf = (url: string) => String(cluster.urls.indexOf(url) + 1)

  test('a stream has each message once, also when the broker that sent them stops', async () => {
    const feed = new ClusterFeed(live, api, peers)
    await send(10)
    feed.start()
    live.start()
    const stream = new MessageStream(live, { topic: 'orders', from: 'earliest', mode: 'all', maxMessages: 500 })
    stream.open()
    await vi.waitFor(() => expect(stream.view.get().received).toBe(10), { timeout: 10_000 })
    await vi.waitFor(() => expect(peers.urls()).toHaveLength(3), { timeout: 10_000 })

    for (let round = 0; round < 10; round++) await send(300)
    await vi.waitFor(() => expect(stream.view.get().received).toBe(3_010), { timeout: 10_000 })
    expect(stream.view.get().rows).toHaveLength(500)
    expect(stream.view.get().dropped).toBe(2_510)

    const { home } = peers.store.get()
    await cluster.stop(idOf(home))
    await send(50)
    await vi.waitFor(() => expect(stream.view.get().received).toBe(3_060), { timeout: 15_000 })
    expect(peers.store.get().current).not.toBe(home)
    expect(stream.view.get()).toMatchObject({ faults: 0, skipped: 0, state: 'live' })
    expect(stream.view.get().rows.some(({ kind }) => kind === 'reconnected')).toBe(true)
    stream.close()
    feed.stop()
  })

  test('a paused stream gets what waited once it goes on', async () => {
    await send(1)
    live.start()
    const stream = new MessageStream(live, { topic: 'orders', from: 'earliest', mode: 'all' })
    stream.open()
    await vi.waitFor(() => expect(stream.view.get().received).toBe(1), { timeout: 10_000 })
    stream.pause()
    for (let round = 0; round < 5; round++) await send(1_000)
    stream.resume()
    await vi.waitFor(() => expect(stream.view.get().received).toBe(5_001), { timeout: 10_000 })
    expect(stream.view.get()).toMatchObject({ faults: 0, skipped: 0 })
    stream.close()
  })

  test('a stream of a topic that does not exist fails with the reason, and can be tried again', async () => {
    live.start()
    const stream = new MessageStream(live, { topic: 'orders', from: 'earliest', mode: 'all' })
    stream.open()
    await vi.waitFor(
      () => expect(stream.view.get()).toMatchObject({ state: 'failed', error: { code: 'UNKNOWN_TOPIC' } }),
      { timeout: 10_000 },
    )
    await send(2)
    stream.retry()
    await vi.waitFor(() => expect(stream.view.get()).toMatchObject({ state: 'live', received: 2 }), { timeout: 10_000 })
    stream.close()
  })

  test('the cluster, its topics, rates and journal arrive, and go on at another broker', async () => {
    const feed = new ClusterFeed(live, api, peers)
    const journal = new JournalFeed(live)
    feed.past.want()
    feed.start()
    journal.start()
    live.start()
    await send(30)
    await vi.waitFor(() => expect(feed.store.get()?.topics[0]).toMatchObject({ name: 'orders' }), { timeout: 10_000 })
    await vi.waitFor(
      () => expect(journal.store.get().entries.some(({ type }) => type === 'topic-created')).toBe(true),
      { timeout: 10_000 },
    )
    await vi.waitFor(() => expect(feed.history.latest('produced')).not.toBeNull(), { timeout: 10_000 })
    expect(feed.past.told.get()?.missing).toEqual([])

    const { home } = peers.store.get()
    const epoch = feed.store.get()!.cluster.epoch
    await cluster.stop(idOf(home))
    await vi.waitFor(
      () => {
        const { cluster: seen, saidBy } = feed.store.get()!
        expect(saidBy).not.toBe(idOf(home))
        expect(seen.leader).not.toBeNull()
        expect(seen.epoch).toBeGreaterThan(epoch)
        expect(seen.brokers.find(({ id }) => id === idOf(home))).toMatchObject({ alive: false })
      },
      { timeout: 15_000 },
    )
    await vi.waitFor(() => expect(feed.past.told.get()?.missing).toEqual([idOf(home)]), { timeout: 10_000 })
    const seen = journal.store.get().entries.map(({ brokerId, seq }) => `${brokerId} ${seq}`)
    expect(new Set(seen).size).toBe(seen.length)
    feed.stop()
  })

  test('REST asks a peer when the broker in use is gone, and says who answered', async () => {
    live.start()
    const feed = new ClusterFeed(live, api, peers)
    feed.start()
    await vi.waitFor(() => expect(peers.urls()).toHaveLength(3), { timeout: 10_000 })
    live.stop()
    const { home } = peers.store.get()
    await cluster.stop(idOf(home))
    const said = await api.json<{ clusterId: string }>('/cluster')
    expect(said.url).not.toBe(home)
    expect(said.brokerId).toBe(idOf(said.url))
    await expect(api.json('/topics', { method: 'POST', body: {}, brokerUrl: home })).rejects.toMatchObject({
      code: 'BROKERS_UNREACHABLE',
      outcome: 'unknown',
      retriable: false,
    })
    await expect(api.json('/nothing')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      status: 404,
      requestId: expect.any(String),
    })
    feed.stop()
  })
})
